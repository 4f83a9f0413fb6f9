// The bounds of a load test.

enum Limits {
  /// More than ten thousand callers say in the time that the control loop may be busy.
  static let eventCapacity = 65_536
  static let tickMilliseconds: Int64 = 5
  static let progressMilliseconds: Int64 = 500
  /// How long the last ones may take to join and to hear something before the window begins without them.
  static let joinPatience = Duration.seconds(30)
  /// How long the generators may take for their last figures.
  static let figuresPatience = Duration.seconds(3)
  /// Tokens outlive any test.
  static let tokenSeconds: Int64 = 6 * 3600
  /// Lateness of the generator's own work, at the 99th percentile, beyond which its figures say nothing.
  static let tolerableLatenessNanoseconds: Int64 = 10_000_000
}
