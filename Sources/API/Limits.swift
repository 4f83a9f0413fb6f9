// The API's own bounds.

enum Limits {
  /// A profile with an embedding of 1,024 numbers as text, and long lists.
  static let profileBytes = 65_536
  /// Long enough to open the room's page, and to come back after a crash.
  static let matchTokenSeconds: Int64 = 4 * 3_600
  /// Of each kind of row in one person's export: a session an hour for ten years.
  static let exportRows = 100_000
  /// Addresses, and people, whose request rate is remembered: 8,192 cost about a megabyte, and one that fell out of
  /// the table has a full bucket again, which is what it would have after a few seconds anyway.
  static let rated = 8_192

  /// Messages that may wait behind a join. A client that pipelines sends a handful of candidates.
  static let messagesBehindJoin = 64

  /// Wrong frames (no JSON, binary) before a client is closed with 4400, as the contract says.
  static let wrongFrames = 3

  /// Messages over the rate before a client is closed with 4429: two seconds of a flood at twice the rate.
  static let floodedMessages = 200

  /// A participant's own attributes: a few labels, not a store.
  static let attributesBytes = 4_096

  /// An SDP of a browser with nine people in the room has about 40 KB.
  static let sdpBytes = 200_000
  static let candidateBytes = 4_096
  /// As many as an offer has m-lines at most.
  static let offeredTracks = 64
  /// What a client may ask of a picture: 8K, at twice the rate of any camera; priorities are an order, not a scale.
  static let pictureHeight = 4_320
  static let picturesPerSecond = 120
  static let trackPriority = 100
  static let chatBytes = 8_192
  static let nameBytes = 256

  /// Operators who watch at once. Each costs a snapshot a second on the wire, not on the loop.
  static let watchers = 32
  /// A snapshot of that many has some 80 KB: the rest is in the totals, and each room at its own address.
  static let watchedRooms = 100
  static let watchedPeople = 400
  /// Events that are read at once while somebody watches.
  static let watchedEvents = 200

  /// Metadata of rooms and sessions: the platform's references, not its documents.
  static let metadataBytes = 16_384

  /// What somebody writes of a session beside the stars.
  static let commentBytes = 2_000

  /// What a consent was given to: the name of a text, not the text.
  static let consentTextBytes = 512
  /// Why somebody fetches, holds or erases a recording.
  static let reasonBytes = 512
  /// How long a link to a recording works: a lesson's length by default, a day at most.
  static let defaultLinkSeconds = 3_600
  static let linkSeconds = 24 * 3_600
  /// What an explanation shows: hours of a session with a dozen people, in an answer of some megabytes.
  static let explanationLines = 10_000
}
