// The store's bounds, each with where its value comes from.

package enum Limits {
  /// Rows of sealed secrets that are taken at once when all of them are sealed anew.
  static let sealedRows = 500
  /// Writes that may wait for the write thread. At 20,000 small writes a second this is five seconds of work:
  /// who comes later is better served by an error than by the wait.
  static let writesWaiting = 100_000

  /// Writes that share one commit, so that the first of them need not wait for the last of a long queue.
  static let writesInCommit = 512

  /// How long bodies may take before their commit, whatever their number.
  static let commitSpan = Duration.milliseconds(50)

  /// Reads that may wait for the reading threads; each is some tens of microseconds.
  static let readsWaiting = 10_000

  /// Threads (and connections) that read. One long list must not stop all other reading; more than two only
  /// contend for the same pages.
  static let readers = 2

  /// Pages that a connection keeps for itself: the top of each index it uses. The system's own cache has the rest, and
  /// SQLite's default of 2 MB a connection is a fifth of an idle server.
  static let writerCacheKilobytes = 1_024
  static let readerCacheKilobytes = 256

  /// A read that takes longer is stopped: it holds a snapshot, and the write-ahead log grows meanwhile.
  static let readSpan = Duration.seconds(10)

  /// Prepared statements a connection keeps. The program has about a hundred texts.
  static let statements = 256

  /// How long SQLite waits for another process on the file, such as a `sqlite3` shell, before it gives up.
  static let busyMilliseconds: Int32 = 5_000

  /// Pages (of 4 KiB) in the write-ahead log that set off a checkpoint: 8 MiB, a few milliseconds of copying.
  static let checkpointPages = 2_000

  /// What the write-ahead log is cut back to after a checkpoint, should a burst have made it larger.
  static let walBytes = 64 << 20

  /// After an unclean stop a file up to this size is checked before use: about a second of reading.
  static let quickCheckBytes = 64 << 20

  /// How long a lost write that nobody waited for shows in `health`.
  static let lossShown = Duration.seconds(60)

  /// Rows of one page of a list.
  package static let page = 1_000

  /// How long the replay journal keeps events at least: twice the minute that a participant has to come back.
  package static let replayWindow = Duration.seconds(120)

  /// A segment that grows past this is closed early: two minutes of 10,000 events of 400 bytes each second.
  static let replaySegmentBytes = 480 << 20

  /// What is gathered in one turn of the loop before it is written in any case.
  static let replayBufferBytes = 256 << 10

  /// The largest event: the largest message (256 KiB) with what JSON's escapes may add.
  static let replayEventBytes = 2 << 20

  /// What a start takes back for each participant: as much as a room's event buffer keeps.
  package static let replayEvents = 512
  package static let replayBytes = 1 << 20
}
