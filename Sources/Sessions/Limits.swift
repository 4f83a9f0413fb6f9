// The bounds of this floor that no operator sets.

enum Limits {
  /// People who wait in one lobby: more than a moderator can look through, and each holds a connection.
  static let waiting = 100
  /// From this many participants on, a room keeps an index of them: below, walking the list is faster.
  static let rosterIndexFrom = 16
  /// A direct path has two ends.
  static let directPathEnds = 2
  /// Rooms that a moderator or the platform ended and that may not be opened again by a mere join.
  static let endedRooms = 10_000
  /// How long: outlasts any client's automatic joining anew, not the next lesson.
  static let endedRoomsWindow = Duration.seconds(600)
  /// A kicked user stays out of the room for this long: no token lives longer.
  static let kickWindow = Duration.seconds(24 * 3600)
  /// Characters of a resume secret: about 190 bits.
  static let resumeSecretLength = 32
  /// How often the time that both were present is written down: what a crash can cost of it.
  static let presenceCheckpoint = Duration.seconds(60)
  /// What a booking or its extensions may plan at most.
  static let longestSession = Duration.seconds(24 * 3600)
  /// Rooms looked at in one turn of the loop when many windows end together, as a minute after a restart.
  static let expiriesPerTurn = 200
  /// Rooms read in one piece at start.
  static let restoreBatch = 200
  /// What a browser can count to exactly; no participant is told of more events.
  static let highestSeq: UInt64 = 1 << 53
  /// Sessions in one transaction of a checkpoint, so that others' writes get their turn.
  static let checkpointBatch = 500
  /// M-lines of one PeerConnection: a browser repeats all of its formats in each, 64 of them, half of them video, make
  /// an offer of 160 KB, and a frame holds 256.
  static let mediaLines = 64
  /// Commands that wait for a worker whose mailbox is full: some seconds of a restart's joins.
  static let commandsWaiting = 1 << 16

  /// Of one room, in an operator's view of all.
  static let glancedPeople = 50

  /// From here on nobody complains.
  static let goodScore = 4.0
  /// A smaller change of the score is no news.
  static let scoreStep = 0.7
  /// Without a change a score is written down once a minute.
  static let scoreTraceMilliseconds: Int64 = 60_000

  /// Sizes of one picture that a client may send: what browsers offer.
  static let layers = 3

  /// Up to this load a media thread takes all new rooms before the next one gets any.
  static let sharedLoad = 0.4
  /// What a new room will cost its thread, at a guess, until the thread says what it does cost.
  static let likelyLoadOfRoom = 0.003
}
