// What people were given after their sessions, as it counts for matching: over what the platform wrote down, which stands
// for the time before.

import Control
package import Matching
import Store
import Values

extension Matchmaker {
  /// The platform's profile with the ratings in it; nil if nothing is known of this person.
  static nonisolated func profile(
    of identity: String, _ connection: any Connection
  ) throws(StoreFailure) -> JSON? {
    let body = try ProfileRow.find(identity, connection)?.body
    let totals = try RatingRow.totals(of: identity, connection)
    guard totals.count > 0 else { return body }
    var object = body?.object ?? [:]
    let known = Rating(
      mean: object["rating"]?["mean"]?.double ?? 0,
      sessions: Int(object["rating"]?["sessions"]?.integer ?? 0))
    let rating = known.adding(mean: totals.mean, sessions: totals.count)
    object["rating"] = ["mean": .number(rating.mean), "sessions": .integer(Int64(rating.sessions))]
    return .object(object)
  }

  /// What a rating of this many is worth to the score.
  package func bound(_ rating: Rating) -> Double { options.rules.ratingBound(rating) }

  /// Somebody was rated: counts at once, also for who waits.
  package func rated(_ identity: String) async {
    guard ticketOfIdentity[identity] != nil, let body = try? await profile(of: identity),
      let mean = body["rating"]?["mean"]?.double, let sessions = body["rating"]?["sessions"]?.integer,
      let ticket = ticketOfIdentity[identity], var profile = queue.ticket(ticket)?.profile
    else { return }
    profile.rating = Rating(mean: min(1, max(0, mean)), sessions: Int(sessions))
    decide(.update(ticket: ticket, profile), because: "changed")
  }

  /// What two said of their sessions together. Told twice it changes nothing.
  package func remember(mentor: String, student: String, sessions: Int, mean: Double) {
    let pair = Pair(mentor: mentor, student: student)
    let history = PairHistory(sessions: sessions, mean: mean)
    guard queue.history(of: pair) != history else { return }
    decide(.remember(pair, history), because: "rated")
  }

  /// The queue remembers nothing of this person any more. What it was told before is the store's to rewrite.
  package func forget(person identity: String) {
    for pair in queue.memories(of: identity) {
      decide(.remember(pair, PairHistory(sessions: 0, mean: 0)), because: "erased")
      decide(.refine(pair, 0), because: "erased")
    }
  }
}
