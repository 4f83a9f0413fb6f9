// What is to be done about sessions, and when: a list on the disk, so that it survives any crash and costs no timer a
// session. An entry is written in the transaction that gives rise to it and taken in the one that does it.

package import Values

package struct AgendaRow: Sendable, Equatable {
  package enum Kind: Sendable, Hashable {
    /// So long before the start.
    case reminder(milliseconds: Int64)
    /// Who has not come by now?
    case noShow
    /// The planned end is near.
    case ending
    /// It is over: the receipt goes out.
    case completed
    /// A pair was rated: the queue is to remember it.
    case history

    var text: String {
      switch self {
      case .reminder(let milliseconds): "reminder \(milliseconds)"
      case .noShow: "no_show"
      case .ending: "ending"
      case .completed: "completed"
      case .history: "history"
      }
    }

    init?(text: String) {
      switch text {
      case "no_show": self = .noShow
      case "ending": self = .ending
      case "completed": self = .completed
      case "history": self = .history
      default:
        let parts = text.split(separator: " ")
        guard parts.count == 2, parts[0] == "reminder", let lead = Int64(parts[1]) else { return nil }
        self = .reminder(milliseconds: lead)
      }
    }
  }

  package var session: String
  package var kind: Kind
  package var at: Timestamp

  package init(_ kind: Kind, of session: String, at time: Timestamp) {
    self.session = session
    self.kind = kind
    at = time
  }

  private init(_ row: Row) throws(StoreFailure) {
    session = try row.text(0)
    let text = try row.text(1)
    guard let kind = Kind(text: text) else { throw .damaged("nothing of the agenda is \"\(text)\"") }
    self.kind = kind
    at = try row.time(2)
  }

  /// Writes the entry, or moves the one of the same kind; whoever keeps the agenda looks again after the commit.
  package func save(_ connection: any Connection) throws(StoreFailure) {
    try connection.execute(
      """
      insert into agenda (session, kind, at) values ($1, $2, $3)
      on conflict (session, kind) do update set at = excluded.at
      """, .text(session), .text(kind.text), .time(at))
    connection.announce(.agenda)
  }

  /// False: somebody moved it, or it is done already.
  package func take(_ connection: any Connection) throws(StoreFailure) -> Bool {
    try connection.execute(
      "delete from agenda where session = $1 and kind = $2 and at = $3", .text(session), .text(kind.text),
      .time(at)) == 1
  }

  static let duePage = "select session, kind, at from agenda where at <= $1 order by at, session limit $2"

  package static func due(
    at time: Timestamp, limit: Int, _ connection: any Connection
  ) throws(StoreFailure) -> [AgendaRow] {
    try connection.query(duePage, .time(time), .page(limit)).mapRows(AgendaRow.init)
  }

  /// When the next is due; nil: nothing is to be done.
  package static func next(_ connection: any Connection) throws(StoreFailure) -> Timestamp? {
    try connection.query("select min(at) from agenda").first?.optionalTime(0)
  }

  package static func of(session: String, _ connection: any Connection) throws(StoreFailure) -> [AgendaRow] {
    try connection.query(
      "select session, kind, at from agenda where session = $1 order by at", .text(session)
    )
    .mapRows(AgendaRow.init)
  }

  /// The session is over: of what was planned for it nothing is left, but a pair's history is still remembered.
  package static func close(_ session: String, _ connection: any Connection) throws(StoreFailure) {
    try connection.execute(
      "delete from agenda where session = $1 and kind <> $2", .text(session), .text(Kind.history.text))
  }
}
