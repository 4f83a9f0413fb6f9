// The tick: what is due happens, then those about whom something changed are assigned together, as well as possible. Whoever
// is unchanged and unmatched has no acceptable partner left, so the graph of the changed is the graph of all: what a
// tick costs depends on what happened since the last, not on how many wait.

extension MatchQueue {
  mutating func tick() -> [MatchEvent] {
    var events: [MatchEvent] = []
    while let alarm = alarms.popDue(at: now) { events += ring(alarm) }
    if names.names.count > namesAllowed { forgetNames() }
    let changed = takeDirty()
    lastRelaxations = 0
    lastGreedy = 0
    guard !changed.isEmpty else { return events }
    var graph = TickGraph()
    collectEdges(of: changed, into: &graph)
    assign(&graph, &events)
    for slot in graph.unfinished + graph.cut where isFree(Int(slot)) { markDirty(Int(slot)) }
    return events
  }

  private func isFree(_ slot: Int) -> Bool {
    guard let entry = entries[slot] else { return false }
    return entry.side == .student ? entry.standing == .waiting : freeSeats(slot) > 0
  }

  private mutating func ring(_ alarm: Alarm) -> [MatchEvent] {
    if alarm.kind == .offer {
      guard offers[alarm.number]?.expiresAt == alarm.milliseconds else { return [] }
      return takeBack(alarm.number, at: now)
    }
    guard let slot = slotOfSequence[alarm.number].map(Int.init), let entry = entries[slot] else { return [] }
    switch alarm.kind {
    case .offer:
      return []
    case .expiry:
      // Who is asked just now may still say yes.
      if case .offered(let number) = entry.standing, let offer = offers[number] {
        alarms.set(.expiry, entry.sequence, at: offer.expiresAt)
        return []
      }
      return remove(slot, .expired)
    case .widening:
      let step = rules.step(afterMilliseconds: now - entry.enteredAt)
      entries[slot]?.step = step
      entries[slot]?.cursor = 0
      if let next = rules.widening.dropFirst(step + 1).first {
        alarms.set(.widening, entry.sequence, at: entry.enteredAt + Int64(next.afterSeconds) * 1_000)
      }
    case .pair:
      entries[slot]?.cooled.removeAll { $0.until <= now }
    }
    if entry.standing == .waiting { markDirty(slot) }
    return []
  }

  /// The longest waiting of those who changed; more than a tick can do stay for the next.
  private mutating func takeDirty() -> [Int] {
    dirty.removeAll { entries[Int($0.slot)]?.sequence != $0.sequence }
    dirty.sort { $0.sequence < $1.sequence }
    let taken = dirty.prefix(Limits.dirtyPerTick)
    dirty.removeFirst(taken.count)
    var slots: [Int] = []
    slots.reserveCapacity(taken.count)
    for member in taken {
      let slot = Int(member.slot)
      entries[slot]?.isDirty = false
      if isFree(slot) { slots.append(slot) }
    }
    return slots
  }

  /// Solves the graph and turns what was chosen into offers.
  private mutating func assign(_ graph: inout TickGraph, _ events: inout [MatchEvent]) {
    let (problem, mentorSlots, rows) = graph.problem { slot in
      let size = self.tickets[slot]?.groupSize ?? 1
      return Int32(self.freeSeats(slot) * size)
    }
    let assignment = Assignment(problem)
    lastRelaxations = assignment.relaxations
    lastGreedy = assignment.greedy
    var rooms = [[TickGraph.Edge]](repeating: [], count: mentorSlots.count)
    for (row, chosen) in assignment.chosen.enumerated() {
      if chosen >= 0 {
        let mentor = Int(problem.edges[Int(chosen)].mentor)
        if let edge = rows[row].first(where: { $0.mentor == mentorSlots[mentor] }) {
          rooms[mentor].append(edge)
        }
      } else if graph.capped.contains(rows[row][0].student) {
        graph.unfinished.append(rows[row][0].student)
      }
    }
    for (index, edges) in rooms.enumerated() where !edges.isEmpty {
      let mentor = Int(mentorSlots[index])
      for group in groups(of: edges, mentor: mentor, &graph) { offer(group, by: mentor, &events) }
    }
  }

  /// Those who got one mentor, room by room: alone, or with others for the same subject who may be together.
  private func groups(
    of edges: [TickGraph.Edge], mentor: Int, _ graph: inout TickGraph
  ) -> [[TickGraph.Edge]] {
    let size = tickets[mentor]?.groupSize ?? 1
    let seats = freeSeats(mentor)
    var rooms: [(isOpen: Bool, edges: [TickGraph.Edge])] = []
    for edge in edges {
      let isSocial = size > 1 && tickets[Int(edge.student)]?.acceptsGroup == true
      let fitting = rooms.firstIndex { room in
        isSocial && room.isOpen && room.edges.count < size
          && room.edges.allSatisfy { other in
            guard let left = candidates[Int(other.student)], let right = candidates[Int(edge.student)]
            else { return false }
            return other.parts.subject == edge.parts.subject && Candidate.mayShare(left, right)
          }
      }
      if let fitting {
        rooms[fitting].edges.append(edge)
      } else if rooms.count < seats {
        rooms.append((isSocial, [edge]))
      } else {
        graph.unfinished.append(edge.student)
      }
    }
    return rooms.map(\.edges)
  }

  private mutating func offer(_ group: [TickGraph.Edge], by mentor: Int, _ events: inout [MatchEvent]) {
    guard let ticket = tickets[mentor], let first = group.first else { return }
    let seats = group.compactMap { edge -> Offer.Seat? in
      guard let student = tickets[Int(edge.student)] else { return nil }
      return Offer.Seat(
        ticket: student.id, person: student.profile.id, score: scorer.total(edge.parts),
        reasons: edge.parts.reasons(rules, names))
    }
    let subject = first.parts.subject
    let offer = Offer(
      number: nextOffer, mentorTicket: ticket.id, mentor: ticket.profile.id, students: seats,
      subject: subject < 0 ? nil : names.names[Int(subject)],
      expiresAt: now + Int64(rules.offerSeconds) * 1_000)
    nextOffer += 1
    entries[mentor]?.rooms.append(offer.number)
    for edge in group {
      entries[Int(edge.student)]?.standing = .offered(offer.number)
      entries[Int(edge.student)]?.cursor = 0
      reindex(Int(edge.student))
    }
    reindex(mentor)
    if rules.consent == .automatic {
      events += start(offer)
    } else {
      offers[offer.number] = offer
      alarms.set(.offer, offer.number, at: offer.expiresAt)
      events.append(.offered(offer))
    }
  }
}
