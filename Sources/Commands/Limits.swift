// The bounds of the command line.

import Values

enum Limits {
  /// What a person waits for before wondering; a busy server answers its API in milliseconds.
  static let requestTimeout = Duration.seconds(15)
  /// Reading all of a long recording once more.
  static let longRequestTimeout = Duration.seconds(600)
  /// One request of a download: two seconds at 16 Mbit/s, so that a break costs little.
  static let downloadPieceBytes = 4 << 20
  /// A server that restarts is back by then: pauses of 1, 2, 3 … seconds.
  static let downloadTries = 8
  static let downloadPause = Duration.seconds(1)
  /// Everything of one person, streamed.
  static let exportTimeout = Duration.seconds(24 * 3_600)
  /// Between two looks at work that a server does, or at what has come.
  static let watchInterval = Duration.milliseconds(250)
  /// A page of 1,000 rooms with 4 KiB of metadata each, twice over.
  static let answerBytes = 8 << 20
  /// The largest page that the API gives: fewest round trips for `--all`.
  static let pageItems = 500
  /// `--all` ends here, so that a server that never stops paging cannot fill the memory.
  static let mostItems = 1_000_000
  /// A command that runs for longer mints anew before each request.
  static let tokenAge = Duration.seconds(60)
  /// Between two questions of `events --follow`.
  static let followInterval = Duration.seconds(1)
  /// A hundred years: longer is a typing mistake.
  static let longestDurationSeconds: Int64 = 100 * 366 * 86_400
  /// Beyond it nobody meant one of our words, and the distance is quadratic.
  static let longestSuggestedWordBytes = 64
  /// A token has 2 KiB at most.
  static let inputLineBytes = 16_384
  /// Copying backups: big enough that the disk is the limit.
  static let copyChunkBytes = 1 << 20

  // What doctor goes by.

  /// A server on this machine answers its health check in a millisecond.
  static let probeTimeout = Duration.seconds(3)
  /// A day of a busy server's write-ahead log and events.
  static let leastFreeBytes: UInt64 = 256 << 20
  /// A hundred hours of recordings.
  static let comfortableFreeBytes: UInt64 = 2 << 30
  /// Database, log, loops, workers, and requests to others.
  static let ownDescriptors: UInt64 = 256
  /// 50 ms of a gigabit: what a worker may find waiting after a pause of the scheduler.
  static let socketBufferBytes = 4 << 20
  /// Automatic renewal happens 30 days before the end; two weeks later it has failed for a while.
  static let certificateWarningDays: Int64 = 14
  /// A million files, each with a long name.
  static let manifestBytes = 256 << 20
  /// What every server allows in a room that nobody has made.
  static let peopleOfAnyRoom = 20
}
