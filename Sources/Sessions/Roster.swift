// Who is in a room, in the order of joining. Rooms are small: walking the list beats hashing until there are
// many, and then an index takes over.

import Access

struct Roster: Sendable, Equatable {
  private var list: [Participant] = []
  /// Where each one is in the list; empty while the list is short.
  private var index: [String: Int] = [:]

  var count: Int { list.count }
  var isEmpty: Bool { list.isEmpty }
  var all: [Participant] { list }

  subscript(id: String) -> Participant? { position(of: id).map { list[$0] } }

  /// What is asked of a participant at every message, without a copy of all that is known of it.
  func standing(of id: String) -> Standing? {
    position(of: id).map { position in
      Standing(
        position: position, isJoining: list[position].presence == .joining,
        isAnnounced: list[position].isAnnounced, moderates: list[position].moderates,
        publishes: list[position].grant.rights.publish, subscribes: list[position].grant.rights.subscribe)
    }
  }

  func contains(_ id: String) -> Bool { position(of: id) != nil }

  func forEach(_ body: (borrowing Participant) -> Void) {
    for position in list.indices { body(list[position]) }
  }

  /// Those whom the others' events reach: who is still joining is not among them.
  func forEachPresent(_ body: (_ id: String, _ moderates: Bool) -> Void) {
    for position in list.indices where list[position].presence != .joining {
      body(list[position].id, list[position].moderates)
    }
  }

  func first(where condition: (Participant) -> Bool) -> Participant? { list.first(where: condition) }

  func contains(where condition: (Participant) -> Bool) -> Bool { list.contains(where: condition) }

  func count(where condition: (Participant) -> Bool) -> Int {
    list.reduce(0) { $0 + (condition($1) ? 1 : 0) }
  }

  /// Changes one in place; what `body` returns, or nil if there is no such one.
  mutating func update<Result>(_ id: String, _ body: (inout Participant) -> Result) -> Result? {
    guard let position = position(of: id) else { return nil }
    return body(&list[position])
  }

  /// Sets one thing about one of them and returns it as it is now; nil if nothing changed.
  mutating func change<Value: Equatable>(
    _ id: String, _ property: WritableKeyPath<Participant, Value>, to value: Value
  ) -> Participant? {
    guard let position = position(of: id), list[position][keyPath: property] != value else { return nil }
    list[position][keyPath: property] = value
    return list[position]
  }

  mutating func append(_ participant: Participant) {
    precondition(!contains(participant.id), "participant ids are made once")
    list.append(participant)
    if list.count > Limits.rosterIndexFrom {
      if index.isEmpty { reindex() } else { index[participant.id] = list.count - 1 }
    }
  }

  mutating func remove(_ id: String) -> Participant? {
    guard let position = position(of: id) else { return nil }
    let removed = list.remove(at: position)
    if !index.isEmpty { reindex() }
    return removed
  }

  private func position(of id: String) -> Int? {
    guard index.isEmpty else { return index[id] }
    // By position: an element handed to a closure would be copied whole.
    for position in list.indices where list[position].id == id { return position }
    return nil
  }

  private mutating func reindex() {
    index.removeAll(keepingCapacity: list.count > Limits.rosterIndexFrom)
    guard list.count > Limits.rosterIndexFrom else { return }
    for (position, participant) in list.enumerated() { index[participant.id] = position }
  }
}

/// Who one is among the others, and what it may do.
struct Standing: Sendable, Equatable {
  let position: Int
  let isJoining: Bool
  let isAnnounced: Bool
  let moderates: Bool
  let publishes: Bool
  let subscribes: Bool
}
