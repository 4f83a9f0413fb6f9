// What operators see.

package import Access
import Control
import Matching
package import Store
package import Values

extension Matchmaker {
  package struct QueueView: Sendable {
    package var students: Int
    package var mentors: Int
    package var offers: Int
    package var matches: Int
    package var items: [(sequence: UInt64, json: JSON)]
  }

  /// Those who wait, in the order of coming.
  package func view(after sequence: UInt64, limit: Int) -> QueueView {
    let now = clock().milliseconds
    let items = queue.waiting(after: sequence, limit: limit).map { sequence, one -> (UInt64, JSON) in
      let estimate = queue.estimate(one.ticket)
      return (
        sequence,
        [
          "ticket": .string(one.ticket), "identity": .string(one.person), "role": .string(one.side.rawValue),
          "name": .optional(people[one.ticket]?.name),
          "state": .string(one.offer != nil ? "offered" : one.rooms >= one.seats ? "busy" : "waiting"),
          "connected": .bool(people[one.ticket]?.listener != nil),
          "enteredAt": .string(Timestamp(milliseconds: one.enteredAt).rfc3339),
          "waitedSeconds": .number(Double(max(0, now - one.enteredAt)) / 1_000),
          "match": .optional(one.offer.flatMap { matches[$0]?.id }),
          "rooms": .integer(Int64(one.rooms)), "seats": .integer(Int64(one.seats)),
          "step": .integer(Int64(one.step)),
          "position": estimate.map { .integer(Int64($0.position)) } ?? .null,
          "estimatedSeconds": estimate?.seconds.map { .integer(Int64($0)) } ?? .null,
        ]
      )
    }
    var view = totals
    view.items = items
    return view
  }

  /// How many, without who.
  package var totals: QueueView {
    QueueView(
      students: queue.waitingStudents, mentors: queue.freeMentors, offers: queue.openOffers,
      matches: queue.runningMatches, items: [])
  }

  /// Offers and matches that are open, newest first.
  package func openMatches(before number: Int64, limit: Int) -> [MatchRow] {
    let open = matches.values.filter { $0.number < number }
    return Array(open.sorted { $0.number > $1.number }.prefix(limit))
  }

  package func match(_ id: String) async throws(Refusal) -> MatchRow {
    let found: MatchRow?
    do throws(StoreFailure) {
      found = try await store.read { connection throws(StoreFailure) in try MatchRow.find(id, connection) }
    } catch {
      throw Refusal(.unavailable, "The server cannot read right now.", retryAfter: .seconds(5))
    }
    guard let found else { throw Refusal(.notFound, "There is no such match.") }
    return found
  }
}
