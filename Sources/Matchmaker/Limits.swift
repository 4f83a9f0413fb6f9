// The bounds of the matchmaker.

enum Limits {
  /// From a change to the tick that looks at it: long enough to take those who come together, too short to be noticed.
  static let tickDelay = Duration.milliseconds(20)
  /// Nobody's wait is told more often.
  static let updateInterval = Duration.seconds(1)
  /// Whose wait is worked out at once: an estimate looks at hundreds of mentors.
  static let updatesAtOnce = 200
  /// Commands after which the queue's state is written down: what a start reads and plays again at most.
  static let commandsPerState = 20_000
  /// Matches that wait to be told to one person: a mentor's seats.
  static let undelivered = 16
}
