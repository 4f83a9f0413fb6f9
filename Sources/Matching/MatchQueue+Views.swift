// What an operator sees of the queue.

extension MatchQueue {
  package struct Waiting: Sendable, Equatable {
    package let ticket: String
    package let person: String
    package let side: Side
    package let enteredAt: Int64
    /// Of a student: the offer that they are asked about.
    package let offer: UInt64?
    /// Of a mentor: how many rooms are taken, of how many.
    package let rooms: Int
    package let seats: Int
    /// How far the criteria have widened.
    package let step: Int
  }

  /// In the order of coming, after the one that came as number `sequence`.
  package func waiting(after sequence: UInt64, limit: Int) -> [(sequence: UInt64, Waiting)] {
    var found: [(UInt64, Waiting)] = []
    for slot in entries.indices {
      guard let entry = entries[slot], let ticket = tickets[slot], entry.sequence > sequence else { continue }
      var offer: UInt64?
      if case .offered(let number) = entry.standing { offer = number }
      found.append(
        (
          entry.sequence,
          Waiting(
            ticket: ticket.id, person: ticket.profile.id, side: entry.side, enteredAt: entry.enteredAt,
            offer: offer, rooms: entry.rooms.count, seats: ticket.seats, step: entry.step)
        ))
    }
    return Array(found.sorted { $0.0 < $1.0 }.prefix(limit))
  }

  package func history(of pair: Pair) -> PairHistory? { histories[pair] }

  /// The pairs with this person of which something is remembered, in order.
  package func memories(of person: String) -> [Pair] {
    Set(histories.keys).union(refinements.keys).filter { $0.mentor == person || $0.student == person }
      .sorted { ($0.mentor, $0.student) < ($1.mentor, $1.student) }
  }

  package func ticket(_ id: String) -> Ticket? { slotOfTicket[id].flatMap { tickets[Int($0)] } }
  package func offer(_ number: UInt64) -> Offer? { offers[number] }

  /// The offers that a ticket is asked about right now, oldest first.
  package func offers(of ticket: String) -> [Offer] {
    guard let slot = slotOfTicket[ticket] else { return [] }
    return openOffers(of: Int(slot)).compactMap { offers[$0] }
  }
}
