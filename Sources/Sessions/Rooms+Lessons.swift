// Booked sessions while they last: lengthened over HTTP or by who moderates, and warned of their end.

package import Access
import Control
import Observe
package import Store
package import Values

extension Rooms {
  /// `event` names the event that tells of it, so that a repetition of the same request changes nothing more.
  package func extend(
    session: String, _ change: SessionChange, by actor: Operator, event: String?
  ) async throws(Refusal) -> SessionRow {
    let (found, isDone) = try await lesson(session, event)
    guard let found else { throw Refusal(.notFound, "There is no such session.") }
    if isDone { return found }
    guard found.endedAt == nil, let open = rooms[found.room], open.room.session?.id == session else {
      throw Refusal(.conflict, "The session has ended.")
    }
    let facts = perform(
      try open.room.extend(change, by: actor.name, inAll: nil, event: event, at: clock()), in: open)
    do throws(StoreFailure) {
      if !facts.isEmpty { try await keep(facts, .disk) }
    } catch {
      log.error("an extension could not be written down", ["reason": .string(error.message)])
      throw Refusal(.unavailable, "It is done, but the server cannot write it down right now.")
    }
    return open.room.session?.row(room: open.room.id, at: clock().time) ?? found
  }

  private func lesson(
    _ session: String, _ event: String?
  ) async throws(Refusal) -> (row: SessionRow?, isDone: Bool) {
    do throws(StoreFailure) {
      return try await store.read { connection throws(StoreFailure) in
        let isDone = try event.map { id throws(StoreFailure) in try EventLog.has(id, connection) } ?? false
        return (try SessionRow.find(session, connection), isDone)
      }
    } catch {
      throw Refusal(.unavailable, "The server cannot read right now.", retryAfter: .seconds(5))
    }
  }

  package func isOccupied(_ room: String, by session: String) -> Bool {
    guard let open = rooms[room] else { return false }
    return open.room.session?.id == session && !open.room.roster.isEmpty
  }

  /// Everybody in the room learns that the planned end is near.
  package func warn(session: String, room: String, at now: Timestamp) {
    guard let open = rooms[room], open.room.session?.id == session,
      let view = open.room.session?.view(room: room), let endsAt = view.endsAt
    else { return }
    let remaining = Duration.milliseconds(max(0, endsAt.milliseconds - now.milliseconds))
    tell(.sessionEnding(view, remaining: remaining), .everyone, in: open)
  }
}
