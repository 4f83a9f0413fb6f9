// What people said of each other after a session: one rating of each by each.

package import Values

package struct RatingRow: Sendable, Equatable {
  package var session: String
  package var rater: String
  package var ratee: String
  /// The pair, if one of the two taught the other.
  package var mentor: String?
  package var student: String?
  package var stars: Int64
  package var comment: String?
  package var at: Timestamp
  package var updatedAt: Timestamp

  package init(
    session: String, rater: String, ratee: String, mentor: String?, student: String?, stars: Int64,
    comment: String?, at: Timestamp
  ) {
    self.session = session
    self.rater = rater
    self.ratee = ratee
    self.mentor = mentor
    self.student = student
    self.stars = stars
    self.comment = comment
    self.at = at
    updatedAt = at
  }

  private static let columns =
    "session, rater, ratee, mentor, student, stars, comment, at, updated_at"

  private init(_ row: Row) throws(StoreFailure) {
    session = try row.text(0)
    rater = try row.text(1)
    ratee = try row.text(2)
    mentor = try row.optionalText(3)
    student = try row.optionalText(4)
    stars = try row.integer(5)
    comment = try row.optionalText(6)
    at = try row.time(7)
    updatedAt = try row.time(8)
  }

  /// The first time stays.
  package func save(_ connection: any Connection) throws(StoreFailure) {
    try connection.execute(
      """
      insert into ratings (\(Self.columns)) values ($1, $2, $3, $4, $5, $6, $7, $8, $9)
      on conflict (session, rater, ratee) do update set mentor = excluded.mentor, student = excluded.student,
        stars = excluded.stars, comment = excluded.comment, updated_at = excluded.updated_at
      """, .text(session), .text(rater), .text(ratee), .optional(mentor), .optional(student), .integer(stars),
      .optional(comment), .time(at), .time(updatedAt))
  }

  package static func find(
    session: String, rater: String, ratee: String, _ connection: any Connection
  ) throws(StoreFailure) -> RatingRow? {
    try connection.query(
      "select \(columns) from ratings where session = $1 and rater = $2 and ratee = $3", .text(session),
      .text(rater), .text(ratee)
    ).first.map(RatingRow.init)
  }

  package static func of(session: String, _ connection: any Connection) throws(StoreFailure) -> [RatingRow] {
    try connection.query(
      "select \(columns) from ratings where session = $1 order by rater, ratee", .text(session)
    ).mapRows(RatingRow.init)
  }

  /// All that a person gave or got: for exports.
  package static func of(
    identity: String, limit: Int, _ connection: any Connection
  ) throws(StoreFailure) -> [RatingRow] {
    try connection.query(
      "select \(columns) from ratings where rater = $1 or ratee = $1 order by at limit $2", .text(identity),
      .page(limit)
    ).mapRows(RatingRow.init)
  }

  package struct Totals: Sendable, Equatable {
    package var count: Int
    package var stars: Int
    package init(count: Int = 0, stars: Int = 0) {
      self.count = count
      self.stars = stars
    }

    /// 0, all gave one star, to 1, all gave five.
    package var mean: Double { count == 0 ? 0 : Double(stars - count) / Double(4 * count) }
  }

  static let totalsOfPerson = "select count(*), coalesce(sum(stars), 0) from ratings where ratee = $1"

  /// What a person got in all sessions.
  package static func totals(of identity: String, _ connection: any Connection) throws(StoreFailure) -> Totals
  {
    try totals(try connection.query(totalsOfPerson, .text(identity)).first)
  }

  static let totalsOfPair = """
    select count(*), coalesce(sum(stars), 0), count(distinct session) from ratings
    where mentor = $1 and student = $2
    """

  /// What two people gave each other, and in how many sessions.
  package static func totals(
    mentor: String, student: String, _ connection: any Connection
  ) throws(StoreFailure) -> (totals: Totals, sessions: Int) {
    let row = try connection.query(totalsOfPair, .text(mentor), .text(student)).first
    return (try totals(row), Int(try row?.integer(2) ?? 0))
  }

  private static func totals(_ row: Row?) throws(StoreFailure) -> Totals {
    guard let row else { return Totals() }
    return Totals(count: Int(try row.integer(0)), stars: Int(try row.integer(1)))
  }
}
