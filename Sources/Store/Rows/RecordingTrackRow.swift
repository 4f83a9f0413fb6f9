// One participant's sound in a recording, and the other files that belong to it.

package import Values

package struct RecordingTrackRow: Sendable, Equatable {
  package var id: String
  package var recording: String
  package var participant: String
  package var identity: String
  package var name: String?
  package var role: String
  /// `microphone` or `screen_audio`.
  package var source: String?
  package var codec: String
  package var startedAt: Timestamp
  /// From the recording's beginning.
  package var offsetMilliseconds: Int64
  /// When the recording began.
  package var recordedAt: Timestamp?
  package var durationMilliseconds: Int64?
  package var bytes: Int64?
  /// Of the finished file.
  package var sha256: [UInt8]?
  /// The key of its file, sealed under the recording's; nil once it is erased.
  package var sealedKey: [UInt8]?
  package var erasedAt: Timestamp?

  package init(
    id: String, recording: String, participant: String, identity: String, name: String?, role: String,
    source: String?, codec: String, startedAt: Timestamp, offsetMilliseconds: Int64, recordedAt: Timestamp,
    sealedKey: [UInt8]?
  ) {
    self.id = id
    self.recording = recording
    self.participant = participant
    self.identity = identity
    self.name = name
    self.role = role
    self.source = source
    self.codec = codec
    self.startedAt = startedAt
    self.offsetMilliseconds = offsetMilliseconds
    self.recordedAt = recordedAt
    self.sealedKey = sealedKey
  }

  private static let columns = """
    id, recording, participant, identity, name, role, source, codec, started_at, offset_ms, duration_ms,
    bytes, sha256, sealed_key, erased_at, recorded_at
    """

  private init(_ row: Row) throws(StoreFailure) {
    id = try row.text(0)
    recording = try row.text(1)
    participant = try row.text(2)
    identity = try row.text(3)
    name = try row.optionalText(4)
    role = try row.text(5)
    source = try row.optionalText(6)
    codec = try row.text(7)
    startedAt = try row.time(8)
    offsetMilliseconds = try row.integer(9)
    durationMilliseconds = try row.optionalInteger(10)
    bytes = try row.optionalInteger(11)
    sha256 = row.values[12] == .null ? nil : try row.bytes(12)
    sealedKey = row.values[13] == .null ? nil : try row.bytes(13)
    erasedAt = try row.optionalTime(14)
    recordedAt = try row.optionalTime(15)
  }

  package func save(_ connection: any Connection) throws(StoreFailure) {
    try connection.execute(
      """
      insert into recording_tracks (\(Self.columns))
      values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16)
      on conflict (id) do update set duration_ms = excluded.duration_ms, bytes = excluded.bytes,
        sha256 = excluded.sha256, sealed_key = excluded.sealed_key, erased_at = excluded.erased_at
      """, .text(id), .text(recording), .text(participant), .text(identity), .optional(name), .text(role),
      .optional(source), .text(codec), .time(startedAt), .integer(offsetMilliseconds),
      .optional(durationMilliseconds), .optional(bytes), sha256.map(StoreValue.bytes) ?? .null,
      sealedKey.map(StoreValue.bytes) ?? .null, .optional(erasedAt), .optional(recordedAt))
  }

  static let ofRecording = """
    select \(columns) from recording_tracks where recording = $1 order by started_at, id limit $2
    """

  package static func of(
    recording: String, _ connection: any Connection
  ) throws(StoreFailure) -> [RecordingTrackRow] {
    try connection.query(ofRecording, .text(recording), .page(.max)).mapRows(RecordingTrackRow.init)
  }

  static let ofIdentity = """
    select \(columns) from recording_tracks where identity = $1 and recording > $2 order by recording limit $3
    """

  package static func of(
    identity: String, after recording: String = "", limit: Int, _ connection: any Connection
  ) throws(StoreFailure) -> [RecordingTrackRow] {
    try connection.query(ofIdentity, .text(identity), .text(recording), .page(limit))
      .mapRows(RecordingTrackRow.init)
  }
}

/// What is made of a recording after its end.
package struct RecordingFileRow: Sendable, Equatable {
  package var recording: String
  /// Such as `mix.opus`.
  package var name: String
  package var sealedKey: [UInt8]
  package var bytes: Int64
  package var sha256: [UInt8]

  package init(recording: String, name: String, sealedKey: [UInt8], bytes: Int64, sha256: [UInt8]) {
    self.recording = recording
    self.name = name
    self.sealedKey = sealedKey
    self.bytes = bytes
    self.sha256 = sha256
  }

  private init(_ row: Row) throws(StoreFailure) {
    recording = try row.text(0)
    name = try row.text(1)
    sealedKey = try row.bytes(2)
    bytes = try row.integer(3)
    sha256 = try row.bytes(4)
  }

  package func save(_ connection: any Connection) throws(StoreFailure) {
    try connection.execute(
      """
      insert into recording_files (recording, name, sealed_key, bytes, sha256) values ($1, $2, $3, $4, $5)
      on conflict (recording, name) do update set sealed_key = excluded.sealed_key, bytes = excluded.bytes,
        sha256 = excluded.sha256
      """, .text(recording), .text(name), .bytes(sealedKey), .integer(bytes), .bytes(sha256))
  }

  package static func delete(of recording: String, _ connection: any Connection) throws(StoreFailure) {
    try connection.execute("delete from recording_files where recording = $1", .text(recording))
  }

  package static func of(
    recording: String, _ connection: any Connection
  ) throws(StoreFailure) -> [RecordingFileRow] {
    try connection.query(
      "select recording, name, sealed_key, bytes, sha256 from recording_files where recording = $1 order by name",
      .text(recording)
    ).mapRows(RecordingFileRow.init)
  }
}
