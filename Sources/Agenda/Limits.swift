// The bounds of the agenda.

enum Limits {
  /// Entries read in one piece; the next piece follows at once.
  static let page = 200
  /// The clock of the machine may be set in the meantime: it is looked again at least so often.
  static let longestSleep = Duration.seconds(60)
  /// Before an entry that could not be carried out is tried again.
  static let retryAfter = Duration.seconds(15)
  /// A reminder that is later than this part of its lead, or than so long, says nothing true any more and is left out.
  static let reminderLateness = Duration.seconds(600)
  static let reminderLatenessPart: Int64 = 4
  /// Events of a room read in one piece for a receipt.
  static let eventsPage = 1_000
  /// Recordings that a receipt names.
  static let recordings = 1_000
}
