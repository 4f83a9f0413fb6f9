// The catalogue of recordings and their tracks: what there is and where in time. The files themselves lie
// beside the database.

package import Values

package struct RecordingRow: Sendable, Equatable {
  package var id: String
  package var room: String
  package var session: String
  package var state: String
  package var startedAt: Timestamp
  package var stoppedAt: Timestamp?
  package var durationMilliseconds: Int64?
  package var bytes: Int64?
  package var metadata: JSON

  package init(
    id: String, room: String, session: String, state: String, startedAt: Timestamp,
    stoppedAt: Timestamp? = nil, durationMilliseconds: Int64? = nil, bytes: Int64? = nil, metadata: JSON = [:]
  ) {
    self.id = id
    self.room = room
    self.session = session
    self.state = state
    self.startedAt = startedAt
    self.stoppedAt = stoppedAt
    self.durationMilliseconds = durationMilliseconds
    self.bytes = bytes
    self.metadata = metadata
  }

  private static let columns =
    "id, room, session, state, started_at, stopped_at, duration_ms, bytes, metadata"

  private init(_ row: Row) throws(StoreFailure) {
    id = try row.text(0)
    room = try row.text(1)
    session = try row.text(2)
    state = try row.text(3)
    startedAt = try row.time(4)
    stoppedAt = try row.optionalTime(5)
    durationMilliseconds = try row.optionalInteger(6)
    bytes = try row.optionalInteger(7)
    metadata = try row.json(8)
  }

  package func save(_ connection: any Connection) throws(StoreFailure) {
    try connection.execute(
      """
      insert into recordings (\(Self.columns)) values ($1, $2, $3, $4, $5, $6, $7, $8, $9)
      on conflict (id) do update set state = excluded.state, stopped_at = excluded.stopped_at,
        duration_ms = excluded.duration_ms, bytes = excluded.bytes, metadata = excluded.metadata
      """, .text(id), .text(room), .text(session), .text(state), .time(startedAt), .optional(stoppedAt),
      .optional(durationMilliseconds), .optional(bytes), .json(metadata))
  }

  /// The tracks go with it.
  package static func delete(_ id: String, _ connection: any Connection) throws(StoreFailure) -> Bool {
    try connection.execute("delete from recordings where id = $1", .text(id)) == 1
  }

  package static func find(_ id: String, _ connection: any Connection) throws(StoreFailure) -> RecordingRow? {
    try connection.query("select \(columns) from recordings where id = $1", .text(id)).first
      .map(RecordingRow.init)
  }

  package static func ofSession(
    _ session: String, _ connection: any Connection
  ) throws(StoreFailure) -> [RecordingRow] {
    try connection.query(
      "select \(columns) from recordings where session = $1 order by started_at, id limit $2", .text(session),
      .page(.max)
    ).mapRows(RecordingRow.init)
  }

  static let unfinishedPage = """
    select \(columns) from recordings where stopped_at is null and id > $1 order by id limit $2
    """

  /// What a start finds unfinished.
  package static func unfinished(
    after id: String = "", limit: Int, _ connection: any Connection
  ) throws(StoreFailure) -> [RecordingRow] {
    try connection.query(unfinishedPage, .text(id), .page(limit)).mapRows(RecordingRow.init)
  }

  static let pageOfAll = """
    select \(columns) from recordings where (started_at, id) < ($1, $2)
    order by started_at desc, id desc limit $3
    """
  static let pageOfRoom = """
    select \(columns) from recordings where room = $4 and (started_at, id) < ($1, $2)
    order by started_at desc, id desc limit $3
    """

  /// Newest first, before the one that started at `startedAt` with this id.
  package static func page(
    before startedAt: Timestamp? = nil, _ id: String = "", room: String? = nil, limit: Int,
    _ connection: any Connection
  ) throws(StoreFailure) -> [RecordingRow] {
    let from: [StoreValue] = [.integer(startedAt?.milliseconds ?? .max), .text(id), .page(limit)]
    let rows =
      if let room {
        try connection.query(pageOfRoom, from + [.text(room)])
      } else {
        try connection.query(pageOfAll, from)
      }
    return try rows.mapRows(RecordingRow.init)
  }
}

package struct RecordingTrackRow: Sendable, Equatable {
  package var id: String
  package var recording: String
  package var participant: String
  package var identity: String
  package var role: String
  package var codec: String
  package var startedAt: Timestamp
  /// From the recording's beginning.
  package var offsetMilliseconds: Int64
  package var durationMilliseconds: Int64?
  package var bytes: Int64?
  /// Of the finished file.
  package var sha256: [UInt8]?

  package init(
    id: String, recording: String, participant: String, identity: String, role: String, codec: String,
    startedAt: Timestamp, offsetMilliseconds: Int64, durationMilliseconds: Int64? = nil, bytes: Int64? = nil,
    sha256: [UInt8]? = nil
  ) {
    self.id = id
    self.recording = recording
    self.participant = participant
    self.identity = identity
    self.role = role
    self.codec = codec
    self.startedAt = startedAt
    self.offsetMilliseconds = offsetMilliseconds
    self.durationMilliseconds = durationMilliseconds
    self.bytes = bytes
    self.sha256 = sha256
  }

  private static let columns = """
    id, recording, participant, identity, role, codec, started_at, offset_ms, duration_ms, bytes, sha256
    """

  private init(_ row: Row) throws(StoreFailure) {
    id = try row.text(0)
    recording = try row.text(1)
    participant = try row.text(2)
    identity = try row.text(3)
    role = try row.text(4)
    codec = try row.text(5)
    startedAt = try row.time(6)
    offsetMilliseconds = try row.integer(7)
    durationMilliseconds = try row.optionalInteger(8)
    bytes = try row.optionalInteger(9)
    sha256 = row.values[10] == .null ? nil : try row.bytes(10)
  }

  package func save(_ connection: any Connection) throws(StoreFailure) {
    try connection.execute(
      """
      insert into recording_tracks (\(Self.columns)) values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11)
      on conflict (id) do update set duration_ms = excluded.duration_ms, bytes = excluded.bytes,
        sha256 = excluded.sha256
      """, .text(id), .text(recording), .text(participant), .text(identity), .text(role), .text(codec),
      .time(startedAt), .integer(offsetMilliseconds), .optional(durationMilliseconds), .optional(bytes),
      sha256.map(StoreValue.bytes) ?? .null)
  }

  static let ofRecording = """
    select \(columns) from recording_tracks where recording = $1 order by started_at, id limit $2
    """

  package static func of(
    recording: String, _ connection: any Connection
  ) throws(StoreFailure) -> [RecordingTrackRow] {
    try connection.query(ofRecording, .text(recording), .page(.max)).mapRows(RecordingTrackRow.init)
  }
}
