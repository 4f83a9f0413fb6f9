// What moderators may do to others, and operators from outside (`asker` nil). Letting people in from the lobby
// is in Room+Lobby.swift, ending the room in Room+Life.swift.

import Access
import Values

extension Room {
  func moderator(_ id: String) throws(Refusal) -> Participant {
    guard try member(id).moderates, let asker = roster[id] else {
      throw Refusal(.forbidden, "Only a moderator may do this.")
    }
    return asker
  }

  /// Out, and out for as long as any token lives. Who waits is sent away and banished likewise.
  mutating func kick(_ id: String, at now: Moment) throws(Refusal) -> [Action] {
    if let one = waiting.first(where: { $0.id == id }) {
      return [.tell(.denied, .one(id))] + stopWaiting(id, .kicked, at: now)
        + [.banish(identity: one.identity, issuedAtSeconds: one.grant.issuedAtSeconds)]
    }
    try checkMember(id, knownTo: nil)
    guard let one = roster[id] else { return [] }
    return remove(id, .kicked, at: now) + [
      .banish(identity: one.identity, issuedAtSeconds: one.grant.issuedAtSeconds), .arm,
    ]
  }

  mutating func lock(_ wanted: Bool) -> [Action] {
    guard locked != wanted else { return [] }
    locked = wanted
    return [.tell(.roomUpdated(view), .everyone), .keep(.roomChanged(row))]
  }
}
