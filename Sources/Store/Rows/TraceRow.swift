// What happened to a session's media and why, moment by moment: what the explanation of a session is made of. Written for
// operators, unlike events: nobody is told of it, and it is kept no longer than they are.

package import Values

package struct TraceRow: Sendable, Equatable {
  package enum Kind: String, Sendable, CaseIterable {
    /// The transport stands: over what, from which network, how long it took.
    case connected
    /// The same from another address.
    case moved
    case failed
    /// The first media of others went out.
    case firstMedia = "first_media"
    /// How good the connection is, when that has changed, and by what.
    case quality
    case muted, unmuted
    /// What somebody wants of a track of somebody else.
    case wished
    /// A picture goes out in another size or rate, or not at all, and why.
    case sending
    case offered, topology
  }

  package var session: String
  package var at: Timestamp
  package var participant: String?
  package var kind: Kind
  package var detail: JSON

  package init(session: String, at: Timestamp, participant: String?, kind: Kind, detail: JSON) {
    self.session = session
    self.at = at
    self.participant = participant
    self.kind = kind
    self.detail = detail
  }

  private init(_ row: Row) throws(StoreFailure) {
    session = try row.text(0)
    at = try row.time(1)
    participant = try row.optionalText(2)
    let text = try row.text(3)
    guard let kind = Kind(rawValue: text) else { throw .damaged("no trace is \"\(text)\"") }
    self.kind = kind
    detail = try row.json(4)
  }

  package func insert(_ connection: any Connection) throws(StoreFailure) {
    try connection.execute(
      "insert into session_trace (session, at, participant, kind, detail) values ($1, $2, $3, $4, $5)",
      .text(session), .time(at), .optional(participant), .text(kind.rawValue), .json(detail))
  }

  static let ofSession = """
    select session, at, participant, kind, detail from session_trace where session = $1 order by id limit $2
    """

  package static func of(
    session: String, limit: Int, _ connection: any Connection
  ) throws(StoreFailure) -> [TraceRow] {
    try connection.query(ofSession, .text(session), .page(limit)).mapRows(TraceRow.init)
  }

  package static func sweep(before time: Timestamp, _ connection: any Connection) throws(StoreFailure) {
    try connection.execute("delete from session_trace where at < $1", .time(time))
  }

  /// Of all places that a person ever had.
  static func forget(_ identity: String, _ connection: any Connection) throws(StoreFailure) {
    try connection.execute(
      """
      delete from session_trace where participant in (select id from participants where identity = $1)
        and session in (select session from participants where identity = $1)
      """, .text(identity))
  }
}
