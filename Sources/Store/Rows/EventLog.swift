// Every event that the outside may hear of, in the order in which it happened: appended in the transaction
// that changes the state, so that there is never one without the other. Webhooks and `GET /v1/events` read
// from here.

package import Values

package struct EventRow: Sendable, Equatable {
  /// The global cursor: grows with every event, with gaps where a transaction was undone.
  package var seq: Int64
  package var id: String
  package var room: String?
  /// Counts the events of one room without gaps; zero in events without a room.
  package var roomSeq: Int64
  package var type: String
  package var at: Timestamp
  /// JSON text, an object.
  package var body: String

  package init(
    seq: Int64, id: String, room: String?, roomSeq: Int64, type: String, at: Timestamp, body: String
  ) {
    self.seq = seq
    self.id = id
    self.room = room
    self.roomSeq = roomSeq
    self.type = type
    self.at = at
    self.body = body
  }

  /// What the outside sees: `{"id", "type", "room", "seq", "at", "data"}`, where `seq` is the room's.
  package func encoded() -> [UInt8] {
    var bytes: [UInt8] = []
    bytes.reserveCapacity(body.utf8.count + 160)
    bytes.append(contentsOf: "{\"id\":".utf8)
    JSON.write(id, into: &bytes)
    bytes.append(contentsOf: ",\"type\":".utf8)
    JSON.write(type, into: &bytes)
    if let room {
      bytes.append(contentsOf: ",\"room\":".utf8)
      JSON.write(room, into: &bytes)
      bytes.append(contentsOf: ",\"seq\":\(roomSeq)".utf8)
    } else {
      bytes.append(contentsOf: ",\"room\":null".utf8)
    }
    bytes.append(contentsOf: ",\"at\":\"\(at.rfc3339)\",\"data\":".utf8)
    bytes.append(contentsOf: body.utf8)
    bytes.append(UInt8(ascii: "}"))
    return bytes
  }

  /// The same as a tree.
  package func json() throws(StoreFailure) -> JSON {
    do { return try JSON(parsing: encoded()) } catch { throw .damaged("event \(id) is not JSON: \(error)") }
  }
}

package enum EventLog {
  private static let columns = "seq, id, room, room_seq, type, at, body"

  /// Appends an event and wakes whoever observes `.events` after the commit. `id` is
  /// `Identifier.make(.event)`.
  package static func append(
    _ id: String, _ type: String, room: String?, _ body: JSON, at time: Timestamp,
    _ connection: any Connection
  ) throws(StoreFailure) {
    var roomSeq: Int64 = 0
    if let room {
      let row = try connection.query(
        """
        insert into room_sequences (room, seq) values ($1, 1)
        on conflict (room) do update set seq = room_sequences.seq + 1 returning seq
        """, .text(room)
      ).first
      roomSeq = try row?.integer(0) ?? 0
    }
    try connection.execute(
      "insert into events (id, room, room_seq, type, at, body) values ($1, $2, $3, $4, $5, $6)", .text(id),
      .optional(room), .integer(roomSeq), .text(type), .time(time), .json(body))
    connection.announce(.events)
  }

  static let pageBySeq = "select \(columns) from events where seq > $1 order by seq limit $2"

  /// Events after the cursor, oldest first.
  package static func after(
    _ seq: Int64, limit: Int, _ connection: any Connection
  ) throws(StoreFailure) -> [EventRow] {
    try connection.query(pageBySeq, .integer(seq), .page(limit)).mapRows(event)
  }

  static let pageOfRoom = """
    select \(columns) from events where room = $1 and room_seq > $2 order by room_seq limit $3
    """

  package static func ofRoom(
    _ room: String, after roomSeq: Int64, limit: Int, _ connection: any Connection
  ) throws(StoreFailure) -> [EventRow] {
    try connection.query(pageOfRoom, .text(room), .integer(roomSeq), .page(limit)).mapRows(event)
  }

  package static func has(_ id: String, _ connection: any Connection) throws(StoreFailure) -> Bool {
    try !connection.query("select 1 from events where id = $1", .text(id)).isEmpty
  }

  package static func find(seq: Int64, _ connection: any Connection) throws(StoreFailure) -> EventRow? {
    try connection.query("select \(columns) from events where seq = $1", .integer(seq)).first.map(event)
  }

  /// The newest event's cursor; zero if there has never been one.
  package static func latest(_ connection: any Connection) throws(StoreFailure) -> Int64 {
    try connection.query("select coalesce(max(seq), 0) from events").first?.integer(0) ?? 0
  }

  /// Forgets up to `limit` events older than `time`; returns how many. Called again while it returns `limit`,
  /// so that no single transaction is long. A room none of whose events are left, and that is not open,
  /// starts counting anew.
  package static func sweep(
    before time: Timestamp, limit: Int = 1_000, _ connection: any Connection
  ) throws(StoreFailure) -> Int {
    let count = try connection.execute(
      """
      delete from events where seq in (select seq from events where at < $1 order by at limit $2)
      """, .time(time), .page(limit))
    if count < limit {
      try connection.execute(
        """
        delete from room_sequences
        where not exists (select 1 from events where events.room = room_sequences.room)
          and not exists (select 1 from rooms where rooms.id = room_sequences.room and closed_at is null)
        """)
    }
    return count
  }

  private static func event(_ row: Row) throws(StoreFailure) -> EventRow {
    EventRow(
      seq: try row.integer(0), id: try row.text(1), room: try row.optionalText(2),
      roomSeq: try row.integer(3), type: try row.text(4), at: try row.time(5), body: try row.text(6))
  }
}
