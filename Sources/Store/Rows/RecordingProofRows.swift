// What stands for a recording before others: who fetched it, the signed chain of manifests, and what was erased. None of
// these rows goes with the recording.

package import Values

package struct RecordingAccessRow: Sendable, Equatable {
  /// Given by the database.
  package private(set) var id: Int64 = 0
  package var recording: String
  package var file: String
  package var actor: String
  package var reason: String?
  package var address: String?
  package var at: Timestamp

  package init(
    recording: String, file: String, actor: String, reason: String?, address: String?, at: Timestamp
  ) {
    self.recording = recording
    self.file = file
    self.actor = actor
    self.reason = reason
    self.address = address
    self.at = at
  }

  private init(_ row: Row) throws(StoreFailure) {
    id = try row.integer(0)
    recording = try row.text(1)
    file = try row.text(2)
    actor = try row.text(3)
    reason = try row.optionalText(4)
    address = try row.optionalText(5)
    at = try row.time(6)
  }

  package func insert(_ connection: any Connection) throws(StoreFailure) {
    try connection.execute(
      """
      insert into recording_access (recording, file, actor, reason, address, at)
      values ($1, $2, $3, $4, $5, $6)
      """, .text(recording), .text(file), .text(actor), .optional(reason), .optional(address), .time(at))
  }

  static let pageOfRecording = """
    select id, recording, file, actor, reason, address, at from recording_access
    where recording = $1 and id > $2 order by id limit $3
    """

  package static func page(
    of recording: String, after id: Int64 = 0, limit: Int, _ connection: any Connection
  ) throws(StoreFailure) -> [RecordingAccessRow] {
    try connection.query(pageOfRecording, .text(recording), .integer(id), .page(limit))
      .mapRows(RecordingAccessRow.init)
  }
}

/// Each signs its own manifest's hash together with the one before: none can be taken out or put in.
package struct ManifestRow: Sendable, Equatable {
  /// Given by the database.
  package private(set) var seq: Int64 = 0
  package var recording: String
  package var hash: [UInt8]
  package var previous: [UInt8]
  package var signature: [UInt8]
  package var at: Timestamp

  package init(recording: String, hash: [UInt8], previous: [UInt8], signature: [UInt8], at: Timestamp) {
    self.recording = recording
    self.hash = hash
    self.previous = previous
    self.signature = signature
    self.at = at
  }

  private static let columns = "seq, recording, hash, previous, signature, at"

  private init(_ row: Row) throws(StoreFailure) {
    seq = try row.integer(0)
    recording = try row.text(1)
    hash = try row.bytes(2)
    previous = try row.bytes(3)
    signature = try row.bytes(4)
    at = try row.time(5)
  }

  package func insert(_ connection: any Connection) throws(StoreFailure) {
    try connection.execute(
      "insert into manifests (recording, hash, previous, signature, at) values ($1, $2, $3, $4, $5)",
      .text(recording), .bytes(hash), .bytes(previous), .bytes(signature), .time(at))
  }

  package static func last(_ connection: any Connection) throws(StoreFailure) -> ManifestRow? {
    try connection.query("select \(columns) from manifests order by seq desc limit 1").first
      .map(ManifestRow.init)
  }

  /// The newest of a recording: erasing a voice makes another one.
  package static func of(
    recording: String, _ connection: any Connection
  ) throws(StoreFailure) -> ManifestRow? {
    try connection.query(
      "select \(columns) from manifests where recording = $1 order by seq desc limit 1", .text(recording)
    ).first.map(ManifestRow.init)
  }

  package static func before(_ seq: Int64, _ connection: any Connection) throws(StoreFailure) -> ManifestRow?
  {
    try connection.query(
      "select \(columns) from manifests where seq < $1 order by seq desc limit 1", .integer(seq)
    ).first.map(ManifestRow.init)
  }

  static let pageBySeq = "select \(columns) from manifests where seq > $1 order by seq limit $2"

  package static func page(
    after seq: Int64 = 0, limit: Int, _ connection: any Connection
  ) throws(StoreFailure) -> [ManifestRow] {
    try connection.query(pageBySeq, .integer(seq), .page(limit)).mapRows(ManifestRow.init)
  }
}

/// What was erased, for whom and by whom: the proof that it is gone.
package struct ErasureRow: Sendable, Equatable {
  package var recording: String
  /// Nil: the whole recording.
  package var track: String?
  package var identity: String?
  package var actor: String
  package var reason: String?
  package var bytes: Int64
  package var at: Timestamp

  package init(
    recording: String, track: String? = nil, identity: String? = nil, actor: String, reason: String?,
    bytes: Int64, at: Timestamp
  ) {
    self.recording = recording
    self.track = track
    self.identity = identity
    self.actor = actor
    self.reason = reason
    self.bytes = bytes
    self.at = at
  }

  private static let columns = "recording, track, identity, actor, reason, bytes, at"

  private init(_ row: Row) throws(StoreFailure) {
    recording = try row.text(0)
    track = try row.optionalText(1)
    identity = try row.optionalText(2)
    actor = try row.text(3)
    reason = try row.optionalText(4)
    bytes = try row.integer(5)
    at = try row.time(6)
  }

  package func insert(_ connection: any Connection) throws(StoreFailure) {
    try connection.execute(
      "insert into erasures (\(Self.columns)) values ($1, $2, $3, $4, $5, $6, $7)", .text(recording),
      .optional(track), .optional(identity), .text(actor), .optional(reason), .integer(bytes), .time(at))
  }

  package static func of(
    recording: String, _ connection: any Connection
  ) throws(StoreFailure) -> [ErasureRow] {
    try connection.query(
      "select \(columns) from erasures where recording = $1 order by id", .text(recording)
    ).mapRows(ErasureRow.init)
  }

  package static func of(
    identity: String, limit: Int, _ connection: any Connection
  ) throws(StoreFailure) -> [ErasureRow] {
    try connection.query(
      "select \(columns) from erasures where identity = $1 order by id limit $2", .text(identity),
      .page(limit)
    ).mapRows(ErasureRow.init)
  }
}

/// A secret of the server's own, sealed under the master key.
package enum SecretRow {
  package static func find(_ name: String, _ connection: any Connection) throws(StoreFailure) -> [UInt8]? {
    try connection.query("select sealed from secrets where name = $1", .text(name)).first?.bytes(0)
  }

  package static func save(
    _ name: String, _ sealed: [UInt8], _ connection: any Connection
  ) throws(StoreFailure) {
    try connection.execute(
      """
      insert into secrets (name, sealed) values ($1, $2)
      on conflict (name) do update set sealed = excluded.sealed
      """, .text(name), .bytes(sealed))
  }
}

/// What somebody said about being recorded, when, and to which words.
package struct ConsentRow: Sendable, Equatable {
  package var participant: String
  package var session: String
  package var room: String
  package var identity: String
  package var isGiven: Bool
  package var textVersion: String?
  package var purpose: String?
  package var at: Timestamp

  package init(
    participant: String, session: String, room: String, identity: String, isGiven: Bool,
    textVersion: String?, purpose: String?, at: Timestamp
  ) {
    self.participant = participant
    self.session = session
    self.room = room
    self.identity = identity
    self.isGiven = isGiven
    self.textVersion = textVersion
    self.purpose = purpose
    self.at = at
  }

  private static let columns = "participant, session, room, identity, is_given, text_version, purpose, at"

  private init(_ row: Row) throws(StoreFailure) {
    participant = try row.text(0)
    session = try row.text(1)
    room = try row.text(2)
    identity = try row.text(3)
    isGiven = try row.bool(4)
    textVersion = try row.optionalText(5)
    purpose = try row.optionalText(6)
    at = try row.time(7)
  }

  package func insert(_ connection: any Connection) throws(StoreFailure) {
    try connection.execute(
      "insert into consents (\(Self.columns)) values ($1, $2, $3, $4, $5, $6, $7, $8)", .text(participant),
      .text(session), .text(room), .text(identity), .flag(isGiven), .optional(textVersion),
      .optional(purpose), .time(at))
  }

  package static func of(session: String, _ connection: any Connection) throws(StoreFailure) -> [ConsentRow] {
    try connection.query("select \(columns) from consents where session = $1 order by id", .text(session))
      .mapRows(ConsentRow.init)
  }

  package static func of(identity: String, _ connection: any Connection) throws(StoreFailure) -> [ConsentRow]
  {
    try connection.query("select \(columns) from consents where identity = $1 order by id", .text(identity))
      .mapRows(ConsentRow.init)
  }
}
