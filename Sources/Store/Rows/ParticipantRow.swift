// Participants: who was in which room and session, when, and what is needed to let them take their place
// again after a restart.

package import Values

package struct ParticipantRow: Sendable, Equatable {
  package enum State: String, Sendable, CaseIterable { case active, reconnecting, left, waiting }

  package var id: String
  package var session: String
  package var room: String
  package var identity: String
  package var name: String
  package var role: String
  package var rights: JSON
  package var attributes: JSON
  package var joinedAt: Timestamp
  package var leftAt: Timestamp?
  package var leaveReason: String?
  /// A hash of the secret with which this participant resumes; the secret itself is nowhere.
  package var resumeHash: [UInt8]
  package var handRaised: Bool
  /// Nil until asked and answered.
  package var consent: Bool?
  package var state: State
  package var tokenID: String?
  package var tokenIssuedAtSeconds: Int64?
  package var tokenExpiresAtSeconds: Int64
  /// How good the connection was, in tenths of a point: the sum of so many measurements, and the lowest.
  package var scoreSum: Int64
  package var scoreCount: Int64
  package var scoreLowest: Int64?

  package init(
    id: String, session: String, room: String, identity: String, name: String, role: String, rights: JSON,
    attributes: JSON, joinedAt: Timestamp, leftAt: Timestamp? = nil, leaveReason: String? = nil,
    resumeHash: [UInt8], handRaised: Bool = false, consent: Bool? = nil, state: State = .active,
    tokenID: String?, tokenIssuedAtSeconds: Int64?, tokenExpiresAtSeconds: Int64, scoreSum: Int64 = 0,
    scoreCount: Int64 = 0,
    scoreLowest: Int64? = nil
  ) {
    self.id = id
    self.session = session
    self.room = room
    self.identity = identity
    self.name = name
    self.role = role
    self.rights = rights
    self.attributes = attributes
    self.joinedAt = joinedAt
    self.leftAt = leftAt
    self.leaveReason = leaveReason
    self.resumeHash = resumeHash
    self.handRaised = handRaised
    self.consent = consent
    self.state = state
    self.tokenID = tokenID
    self.tokenIssuedAtSeconds = tokenIssuedAtSeconds
    self.tokenExpiresAtSeconds = tokenExpiresAtSeconds
    self.scoreSum = scoreSum
    self.scoreCount = scoreCount
    self.scoreLowest = scoreLowest
  }

  private static let columns = """
    id, session, room, identity, name, role, rights, attributes, joined_at, left_at, leave_reason, \
    resume_hash, hand_raised, consent, state, token_id, token_issued_at_seconds, token_expires_at_seconds, \
    score_sum, score_count, score_lowest
    """

  private init(_ row: Row) throws(StoreFailure) {
    id = try row.text(0)
    session = try row.text(1)
    room = try row.text(2)
    identity = try row.text(3)
    name = try row.text(4)
    role = try row.text(5)
    rights = try row.json(6)
    attributes = try row.json(7)
    joinedAt = try row.time(8)
    leftAt = try row.optionalTime(9)
    leaveReason = try row.optionalText(10)
    resumeHash = try row.bytes(11)
    handRaised = try row.bool(12)
    consent = try row.optionalBool(13)
    let text = try row.text(14)
    guard let state = State(rawValue: text) else { throw .damaged("no participant is \"\(text)\"") }
    self.state = state
    tokenID = try row.optionalText(15)
    tokenIssuedAtSeconds = try row.optionalInteger(16)
    tokenExpiresAtSeconds = try row.integer(17)
    scoreSum = try row.integer(18)
    scoreCount = try row.integer(19)
    scoreLowest = try row.optionalInteger(20)
  }

  /// Writes the row whether there was one or not.
  package func save(_ connection: any Connection) throws(StoreFailure) {
    try connection.execute(
      """
      insert into participants (\(Self.columns))
      values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $18, $19, $20,
        $21)
      on conflict (id) do update set name = excluded.name, role = excluded.role, rights = excluded.rights,
        attributes = excluded.attributes, left_at = excluded.left_at, leave_reason = excluded.leave_reason,
        resume_hash = excluded.resume_hash, hand_raised = excluded.hand_raised, consent = excluded.consent,
        state = excluded.state, token_id = excluded.token_id,
        token_issued_at_seconds = excluded.token_issued_at_seconds,
        token_expires_at_seconds = excluded.token_expires_at_seconds, score_sum = excluded.score_sum,
        score_count = excluded.score_count, score_lowest = excluded.score_lowest
      """,
      [
        .text(id), .text(session), .text(room), .text(identity), .text(name), .text(role), .json(rights),
        .json(attributes), .time(joinedAt), .optional(leftAt), .optional(leaveReason), .bytes(resumeHash),
        .flag(handRaised), .optional(consent), .text(state.rawValue), .optional(tokenID),
        .optional(tokenIssuedAtSeconds), .integer(tokenExpiresAtSeconds), .integer(scoreSum),
        .integer(scoreCount),
        .optional(scoreLowest),
      ])
  }

  package static func leave(
    _ id: String, reason: String, at time: Timestamp, _ connection: any Connection
  ) throws(StoreFailure) {
    try connection.execute(
      """
      update participants set state = 'left', left_at = $2, leave_reason = $3
      where id = $1 and left_at is null
      """, .text(id), .time(time), .text(reason))
  }

  /// Everybody still in the room leaves it, in one statement.
  package static func leaveAll(
    room: String, reason: String, at time: Timestamp, _ connection: any Connection
  ) throws(StoreFailure) {
    try connection.execute(
      """
      update participants set state = 'left', left_at = $2, leave_reason = $3
      where room = $1 and left_at is null
      """, .text(room), .time(time), .text(reason))
  }

  package static func find(
    _ id: String, _ connection: any Connection
  ) throws(StoreFailure) -> ParticipantRow? {
    try connection.query("select \(columns) from participants where id = $1", .text(id)).first
      .map(ParticipantRow.init)
  }

  static let presentInRoom = """
    select \(columns) from participants where room = $1 and left_at is null order by joined_at, id
    """

  /// Who is in the room (or waits at its door), in the order of joining.
  package static func present(
    room: String, _ connection: any Connection
  ) throws(StoreFailure) -> [ParticipantRow] {
    try connection.query(presentInRoom, .text(room)).mapRows(ParticipantRow.init)
  }

  static let ofSession = """
    select \(columns) from participants where session = $1 order by joined_at, id limit $2
    """

  /// Who took part, those who left included.
  package static func took(
    partIn session: String, limit: Int = 1_000, _ connection: any Connection
  ) throws(StoreFailure) -> [ParticipantRow] {
    try connection.query(ofSession, .text(session), .page(limit)).mapRows(ParticipantRow.init)
  }

  static let ofIdentity = """
    select \(columns) from participants where identity = $1 and joined_at < $2
    order by joined_at desc limit $3
    """

  /// A person's appearances before a time, newest first.
  package static func of(
    identity: String, before time: Timestamp? = nil, limit: Int, _ connection: any Connection
  ) throws(StoreFailure) -> [ParticipantRow] {
    try connection.query(
      ofIdentity, .text(identity), .integer(time?.milliseconds ?? .max), .page(limit)
    ).mapRows(ParticipantRow.init)
  }
}
