// What matching keeps: profiles, who waits and by which key they came, matches with their reasons, and everything that the
// queue was told since a state of it was written down.

package import Values

package struct ProfileRow: Sendable, Equatable {
  package var identity: String
  package var body: JSON
  package var updatedAt: Timestamp

  package init(identity: String, body: JSON, updatedAt: Timestamp) {
    self.identity = identity
    self.body = body
    self.updatedAt = updatedAt
  }

  private init(_ row: Row) throws(StoreFailure) {
    identity = try row.text(0)
    body = try row.json(1)
    updatedAt = try row.time(2)
  }

  package func save(_ connection: any Connection) throws(StoreFailure) {
    try connection.execute(
      """
      insert into profiles (identity, body, updated_at) values ($1, $2, $3)
      on conflict (identity) do update set body = excluded.body, updated_at = excluded.updated_at
      """, .text(identity), .json(body), .time(updatedAt))
  }

  package static func find(_ identity: String, _ connection: any Connection) throws(StoreFailure)
    -> ProfileRow?
  {
    try connection.query(
      "select identity, body, updated_at from profiles where identity = $1", .text(identity)
    ).first.map(ProfileRow.init)
  }

  static let pageByIdentity = """
    select identity, body, updated_at from profiles where identity > $1 order by identity limit $2
    """

  package static func page(
    after identity: String = "", limit: Int, _ connection: any Connection
  ) throws(StoreFailure) -> [ProfileRow] {
    try connection.query(pageByIdentity, .text(identity), .page(limit)).mapRows(ProfileRow.init)
  }

  /// False: there was none.
  package static func delete(_ identity: String, _ connection: any Connection) throws(StoreFailure) -> Bool {
    try connection.execute("delete from profiles where identity = $1", .text(identity)) == 1
  }
}

/// Who waits: what the queue itself does not know.
package struct TicketRow: Sendable, Equatable {
  package var id: String
  package var identity: String
  package var name: String?
  package var enteredAt: Timestamp

  package init(id: String, identity: String, name: String?, enteredAt: Timestamp) {
    self.id = id
    self.identity = identity
    self.name = name
    self.enteredAt = enteredAt
  }

  private init(_ row: Row) throws(StoreFailure) {
    id = try row.text(0)
    identity = try row.text(1)
    name = try row.optionalText(2)
    enteredAt = try row.time(3)
  }

  package func save(_ connection: any Connection) throws(StoreFailure) {
    try connection.execute(
      """
      insert into tickets (id, identity, name, entered_at) values ($1, $2, $3, $4)
      on conflict (id) do update set name = excluded.name
      """, .text(id), .text(identity), .optional(name), .time(enteredAt))
  }

  package static func delete(_ id: String, _ connection: any Connection) throws(StoreFailure) {
    try connection.execute("delete from tickets where id = $1", .text(id))
  }

  package static func all(_ connection: any Connection) throws(StoreFailure) -> [TicketRow] {
    try connection.query("select id, identity, name, entered_at from tickets order by entered_at, id")
      .mapRows(TicketRow.init)
  }
}

package struct MatchRow: Sendable, Equatable {
  package enum State: String, Sendable, CaseIterable { case offered, matched, cancelled, ended }

  package var id: String
  /// The queue's own.
  package var number: Int64
  package var state: State
  package var mentor: String
  /// As the queue decided: people, scores and reasons.
  package var offer: JSON
  package var session: String?
  package var room: String?
  package var reason: String?
  package var offeredAt: Timestamp
  package var matchedAt: Timestamp?
  package var endedAt: Timestamp?

  package init(id: String, number: Int64, state: State, mentor: String, offer: JSON, offeredAt: Timestamp) {
    self.id = id
    self.number = number
    self.state = state
    self.mentor = mentor
    self.offer = offer
    self.offeredAt = offeredAt
  }

  private static let columns =
    "id, number, state, mentor, offer, session, room, reason, offered_at, matched_at, ended_at"

  private init(_ row: Row) throws(StoreFailure) {
    id = try row.text(0)
    number = try row.integer(1)
    state = State(rawValue: try row.text(2)) ?? .cancelled
    mentor = try row.text(3)
    offer = try row.json(4)
    session = try row.optionalText(5)
    room = try row.optionalText(6)
    reason = try row.optionalText(7)
    offeredAt = try row.time(8)
    matchedAt = try row.optionalTime(9)
    endedAt = try row.optionalTime(10)
  }

  package func save(_ connection: any Connection) throws(StoreFailure) {
    try connection.execute(
      """
      insert into matches (\(Self.columns)) values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11)
      on conflict (id) do update set state = excluded.state, offer = excluded.offer, session = excluded.session,
        room = excluded.room, reason = excluded.reason, matched_at = excluded.matched_at,
        ended_at = excluded.ended_at
      """, .text(id), .integer(number), .text(state.rawValue), .text(mentor), .json(offer),
      .optional(session), .optional(room), .optional(reason), .time(offeredAt), .optional(matchedAt),
      .optional(endedAt))
  }

  package static func find(_ id: String, _ connection: any Connection) throws(StoreFailure) -> MatchRow? {
    try connection.query("select \(columns) from matches where id = $1", .text(id)).first.map(MatchRow.init)
  }

  /// All in which a person is, which is looked for in every match: for exports.
  package static func of(
    person: String, limit: Int, _ connection: any Connection
  ) throws(StoreFailure) -> [MatchRow] {
    let needle = String(decoding: JSON.string(person).encoded(), as: UTF8.self)
    return try connection.query(
      "select \(columns) from matches where instr(offer, $1) > 0 order by number limit $2", .text(needle),
      .page(limit)
    ).mapRows(MatchRow.init).filter { row in
      row.mentor == person
        || row.offer["students"]?.array?.contains { $0["person"]?.string == person } == true
    }
  }

  static let openOnes = "select \(columns) from matches where state in ('offered', 'matched') order by number"

  /// Those that are asked about, and those that run.
  package static func open(_ connection: any Connection) throws(StoreFailure) -> [MatchRow] {
    try connection.query(openOnes).mapRows(MatchRow.init)
  }
}

/// The queue's own memory: a state now and then, and what it was told after it.
package enum QueueLog {
  package static func append(_ command: JSON, _ connection: any Connection) throws(StoreFailure) {
    try connection.execute("insert into queue_log (command) values ($1)", .json(command))
  }

  /// The last command so far.
  package static func end(_ connection: any Connection) throws(StoreFailure) -> Int64 {
    try connection.query("select coalesce(max(seq), 0) from queue_log").first?.integer(0) ?? 0
  }

  /// The queue as it was after the command `seq`.
  package static func write(
    state: String, after seq: Int64, at time: Timestamp, _ connection: any Connection
  ) throws(StoreFailure) {
    try connection.execute(
      "insert into queue_states (seq, at, body) values ($1, $2, $3)", .integer(seq), .time(time), .text(state)
    )
  }

  /// The newest state, and every command after it.
  package static func latest(
    _ connection: any Connection
  ) throws(StoreFailure) -> (state: JSON?, commands: [JSON]) {
    let row = try connection.query("select seq, body from queue_states order by id desc limit 1").first
    let seq = try row?.integer(0) ?? 0
    let commands = try connection.query(
      "select command from queue_log where seq > $1 order by seq", .integer(seq))
    var list: [JSON] = []
    for command in commands { list.append(try command.json(0)) }
    return (try row?.json(1), list)
  }

  /// Lets go of what is older than any decision that somebody may still ask about.
  package static func sweep(before time: Timestamp, _ connection: any Connection) throws(StoreFailure) {
    let kept = try connection.query(
      "select id, seq from queue_states where at < $1 order by id desc limit 1", .time(time)
    ).first
    guard let kept else { return }
    try connection.execute("delete from queue_log where seq <= $1", .integer(try kept.integer(1)))
    try connection.execute("delete from queue_states where id < $1", .integer(try kept.integer(0)))
  }
}
