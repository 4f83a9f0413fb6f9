// Rooms: what they are and the little of their state that must outlive a restart. A closed room's row stays
// until the same id is opened again.

package import Values

package struct RoomRow: Sendable, Equatable {
  package var id: String
  package var name: String
  package var topology: String
  package var maxParticipants: Int64
  package var recording: String
  package var lobby: Bool
  package var locked: Bool
  package var emptyTimeoutMilliseconds: Int64
  package var metadata: JSON
  package var createdAt: Timestamp
  package var closedAt: Timestamp?
  package var closeReason: String?
  /// What the room's machine wants back after a restart, such as who was admitted.
  package var state: JSON

  package init(
    id: String, name: String, topology: String, maxParticipants: Int64, recording: String, lobby: Bool,
    locked: Bool, emptyTimeoutMilliseconds: Int64, metadata: JSON, createdAt: Timestamp,
    closedAt: Timestamp? = nil, closeReason: String? = nil, state: JSON
  ) {
    self.id = id
    self.name = name
    self.topology = topology
    self.maxParticipants = maxParticipants
    self.recording = recording
    self.lobby = lobby
    self.locked = locked
    self.emptyTimeoutMilliseconds = emptyTimeoutMilliseconds
    self.metadata = metadata
    self.createdAt = createdAt
    self.closedAt = closedAt
    self.closeReason = closeReason
    self.state = state
  }

  private static let columns = """
    id, name, topology, max_participants, recording, lobby, locked, empty_timeout_ms, metadata, created_at, \
    closed_at, close_reason, state
    """

  private init(_ row: Row) throws(StoreFailure) {
    id = try row.text(0)
    name = try row.text(1)
    topology = try row.text(2)
    maxParticipants = try row.integer(3)
    recording = try row.text(4)
    lobby = try row.bool(5)
    locked = try row.bool(6)
    emptyTimeoutMilliseconds = try row.integer(7)
    metadata = try row.json(8)
    createdAt = try row.time(9)
    closedAt = try row.optionalTime(10)
    closeReason = try row.optionalText(11)
    state = try row.json(12)
  }

  private var values: [StoreValue] {
    [
      .text(id), .text(name), .text(topology), .integer(maxParticipants), .text(recording), .flag(lobby),
      .flag(locked), .integer(emptyTimeoutMilliseconds), .json(metadata), .time(createdAt),
      .optional(closedAt), .optional(closeReason), .json(state),
    ]
  }

  /// Writes the row whether there was one or not: a room's owner knows all of it.
  package func save(_ connection: any Connection) throws(StoreFailure) {
    try connection.execute(
      """
      insert into rooms (\(Self.columns)) values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13)
      on conflict (id) do update set name = excluded.name, topology = excluded.topology,
        max_participants = excluded.max_participants, recording = excluded.recording, lobby = excluded.lobby,
        locked = excluded.locked, empty_timeout_ms = excluded.empty_timeout_ms, metadata = excluded.metadata,
        created_at = excluded.created_at, closed_at = excluded.closed_at,
        close_reason = excluded.close_reason, state = excluded.state
      """, values)
  }

  package static func find(_ id: String, _ connection: any Connection) throws(StoreFailure) -> RoomRow? {
    try connection.query("select \(columns) from rooms where id = $1", .text(id)).first.map(RoomRow.init)
  }

  static let openPage = """
    select \(columns) from rooms where closed_at is null and id > $1 order by id limit $2
    """

  /// Open rooms in the order of their ids, after the one named `after`.
  package static func open(
    after: String = "", limit: Int, _ connection: any Connection
  ) throws(StoreFailure) -> [RoomRow] {
    try connection.query(openPage, .text(after), .page(limit)).mapRows(RoomRow.init)
  }

  package static func closeRow(
    _ id: String, reason: String, at time: Timestamp, _ connection: any Connection
  ) throws(StoreFailure) {
    try connection.execute(
      "update rooms set closed_at = $2, close_reason = $3 where id = $1 and closed_at is null", .text(id),
      .time(time), .text(reason))
  }
}
