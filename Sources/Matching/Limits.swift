// The bounds of this floor that no operator sets.

enum Limits {
  /// Skills, subjects or languages of one person: more than a form asks for, and each is compared with each.
  static let listed = 32
  /// Bytes of a skill's, subject's or attribute's name.
  static let nameLength = 64
  /// Bytes of a language tag (RFC 5646 recommends room for 35).
  static let languageLength = 35
  /// The highest level of a skill or a language; 1 is the lowest.
  static let highestLevel = 6
  /// Numbers of an embedding: what the large public models give.
  static let dimensions = 1_024
  /// Spans of one week in which somebody has time: four a day.
  static let spans = 28
  /// Minutes of a week.
  static let weekMinutes = 7 * 24 * 60
  /// The offsets from UTC in use on Earth, in minutes.
  static let offsetMinutes = -12 * 60...14 * 60
  /// People whom one person shuts out.
  static let blocked = 1_000
  /// Free attributes of a profile, and conditions of a ticket on them.
  static let attributes = 32
  /// Bytes of an attribute's value.
  static let attributeLength = 256
  /// Rooms that one mentor holds at a time.
  static let seats = 64
  /// Students in one group.
  static let groupSize = 64
  /// Sessions that a rating may stand on: beyond it one more changes nothing.
  static let ratedSessions = 1_000_000
  /// The longest wait that a ticket may ask for, in seconds: a day.
  static let longestWait = 86_400
  /// Priorities from 0, the usual, to this.
  static let highestPriority = 10
  /// Steps in which criteria widen.
  static let wideningSteps = 8
  /// Tickets in the queue: what one core keeps within its 250 ms a tick.
  static let tickets = 200_000
  /// Pairs of whom the queue remembers earlier sessions.
  static let histories = 1_000_000
  /// Mentors looked at for one student in one tick, from each list of the index.
  static let mentorsPerStudent = 48
  /// Students looked at for one mentor in one tick, the longest waiting first, from each list of the index.
  static let studentsPerMentor = 64
  /// Edges that a student keeps in one tick, the best by score: the optimum of larger graphs differs by parts of a
  /// thousandth.
  static let edgesPerStudent = 24
  /// Tickets that one tick looks at anew, some 150 ms of work; the rest has its turn in the next, by age.
  static let dirtyPerTick = 1_536
  /// Steps along edges that one assignment may take before the rest is given out greedily: some 150 ms.
  static let relaxations = 30_000_000
  /// Bids that a student has on average before the search begins: what still moves then moves in small steps.
  static let bidsPerStudent = 10_000
  /// Scores are whole numbers of this many parts, so that sums and comparisons are exact everywhere.
  static let scoreParts = 1_000_000
  /// Names, of people above all, that are remembered before the unused are forgotten: some 50 MB.
  static let names = 500_000
  /// Subjects whose rates are measured; one more is measured when another was not asked for within the window.
  static let ratedSubjects = 10_000
  /// Minutes over which rates of arrival and service are measured.
  static let rateMinutes = 30
  /// Matches in that window from which on an estimate is more than a guess.
  static let matchesForEstimate = 3
  /// Mentors who are looked at to say what widening would bring: enough for a figure, and within a millisecond.
  static let mentorsAsked = 1_000
  /// Rows of an embedding table.
  static let rows = 1_000_000
  /// Rows whose products are taken in one call of the kernel: its results stay in the first-level cache.
  static let rowsPerBlock = 1_024
}
