// What people say of each other after a session: checked, kept, told, and passed on to the profiles and to the queue's
// memory of pairs.

package import Access
import Control
import Observe
import Sessions
package import Store
import Values

package struct RatingWish: Sendable, Equatable {
  package var session: String
  package var rater: String
  /// Nil: the other one, of a session of two.
  package var ratee: String?
  package var stars: Int
  package var comment: String?

  package init(session: String, rater: String, ratee: String?, stars: Int, comment: String?) {
    self.session = session
    self.rater = rater
    self.ratee = ratee
    self.stars = stars
    self.comment = comment
  }
}

/// What two people gave each other in all their sessions.
package struct PairRatings: Sendable, Equatable {
  package var mentor: String
  package var student: String
  package var sessions: Int
  /// 0 to 1.
  package var mean: Double
}

extension Agenda {
  /// The rating as it is kept now.
  package func rate(_ wish: RatingWish) async throws(Refusal) -> RatingRow {
    let (now, window, event) = (clock(), options.ratingWindow, identifier(.event))
    let outcome = try await writing { connection throws(StoreFailure) -> Result<Kept, Refusal> in
      try Self.keep(wish, window: window, event: event, at: now, connection)
    }
    let kept = try outcome.get()
    if kept.isNews {
      Metrics.ratings.add()
      await rated(kept.row.ratee)
    }
    return kept.row
  }

  struct Kept: Sendable {
    let row: RatingRow
    /// False: the same was said before.
    let isNews: Bool
  }

  private nonisolated static func keep(
    _ wish: RatingWish, window: Duration, event: String, at now: Timestamp, _ connection: any Connection
  ) throws(StoreFailure) -> Result<Kept, Refusal> {
    guard let session = try SessionRow.find(wish.session, connection) else {
      return .failure(Refusal(.notFound, "There is no such session."))
    }
    guard session.startedAt != nil else {
      return .failure(Refusal(.conflict, "The session has not begun."))
    }
    if let end = session.endedAt, now > end + window {
      return .failure(Refusal(.conflict, "The time in which this session may be rated is over."))
    }
    let people = try ParticipantRow.took(partIn: session.id, connection)
      .filter { $0.role != Role.observer.rawValue }
    var roles: [String: String] = [:]
    for one in people { roles[one.identity] = one.role }
    for side in session.sides where roles[side.person.identity] != nil {
      roles[side.person.identity] = side.role.rawValue
    }
    guard let role = roles[wish.rater] else {
      return .failure(Refusal(.forbidden, "Only who took part in a session rates it."))
    }
    let others = roles.keys.filter { $0 != wish.rater }
    guard let ratee = wish.ratee ?? (others.count == 1 ? others.first : nil) else {
      return .failure(Refusal(.invalidMessage, "ratee: is required where there is more than one other"))
    }
    guard ratee != wish.rater, let otherRole = roles[ratee] else {
      return .failure(Refusal(.invalidMessage, "ratee: must be another one who took part"))
    }
    let isPair = Set([role, otherRole]) == [Role.mentor.rawValue, Role.student.rawValue]
    let raterTaught = role == Role.mentor.rawValue
    var row = RatingRow(
      session: session.id, rater: wish.rater, ratee: ratee,
      mentor: isPair ? (raterTaught ? wish.rater : ratee) : nil,
      student: isPair ? (raterTaught ? ratee : wish.rater) : nil, stars: Int64(wish.stars),
      comment: wish.comment, at: now)
    if let known = try RatingRow.find(session: session.id, rater: wish.rater, ratee: ratee, connection) {
      if known.stars == row.stars, known.comment == row.comment {
        return .success(Kept(row: known, isNews: false))
      }
      row.at = known.at
    }
    try row.save(connection)
    try EventLog.append(
      event, "session.rated", room: session.room,
      [
        "session": session.summary, "rater": .string(row.rater), "ratee": .string(row.ratee),
        "stars": .integer(row.stars), "changed": .bool(row.at != row.updatedAt),
      ], at: now, connection)
    if isPair { try AgendaRow(.history, of: session.id, at: now).save(connection) }
    return .success(Kept(row: row, isNews: true))
  }
}
