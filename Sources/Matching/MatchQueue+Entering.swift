// Into the queue and out of it, and what happens when somebody changes while waiting.

extension MatchQueue {
  mutating func enter(_ ticket: Ticket) throws(QueueRefusal) {
    guard slotOfTicket.count < Limits.tickets else { throw .full }
    let person = ticket.profile.id
    guard slotOfTicket[ticket.id] == nil, !waitingPeople.contains(person) else { throw .alreadyWaiting }
    guard !matchedStudents.contains(person) else { throw .alreadyMatched }
    guard busyMentors[person] == nil else { throw .alreadyMatched }
    var entry = Entry(sequence: nextSequence, enteredAt: now, side: ticket.profile.side)
    nextSequence += 1
    entry.priorityMilliseconds = Int64(ticket.priority * rules.prioritySeconds) * 1_000
    reindex(place(ticket, entry))
    if ticket.profile.side == .student { rates.arrived(ticket.profile.subjects.map(\.name), at: now) }
  }

  /// Gives the ticket a slot and everything that is derived from it.
  mutating func place(_ ticket: Ticket, _ entry: Entry) -> Int {
    let slot = freeSlots.popLast().map(Int.init) ?? entries.count
    let candidate = Candidate(ticket.profile, rules, &names)
    if slot == entries.count {
      entries.append(entry)
      tickets.append(ticket)
      candidates.append(candidate)
    } else {
      entries[slot] = entry
      tickets[slot] = ticket
      candidates[slot] = candidate
    }
    slotOfTicket[ticket.id] = Int32(slot)
    slotOfSequence[entry.sequence] = Int32(slot)
    waitingPeople.insert(ticket.profile.id)
    let patience = Int64(ticket.maximumWaitSeconds ?? rules.maximumWaitSeconds) * 1_000
    if entry.side == .student {
      alarms.set(.expiry, entry.sequence, at: entry.enteredAt + patience)
      if let next = rules.widening.dropFirst(entry.step + 1).first {
        alarms.set(.widening, entry.sequence, at: entry.enteredAt + Int64(next.afterSeconds) * 1_000)
      }
    }
    for cooled in entry.cooled { alarms.set(.pair, entry.sequence, at: cooled.until) }
    if entry.isDirty { dirty.append(.init(sequence: entry.sequence, slot: Int32(slot))) }
    return slot
  }

  mutating func leave(_ ticket: String) throws(QueueRefusal) -> [MatchEvent] {
    let slot = try slot(ticket)
    return remove(slot, .left)
  }

  /// Takes a ticket out, and whatever offer it is in; matches that run go on.
  mutating func remove(_ slot: Int, _ why: Departure?) -> [MatchEvent] {
    guard let ticket = tickets[slot] else { return [] }
    var events = takeBackOffers(of: slot, at: nil)
    guard let entry = entries[slot], let candidate = candidates[slot] else { return events }
    let member = CandidateIndex.Member(sequence: entry.sequence, slot: Int32(slot))
    if entry.side == .student {
      students.remove(member, candidate.topics)
    } else {
      mentors.remove(member, candidate.topics)
    }
    entries[slot] = nil
    tickets[slot] = nil
    candidates[slot] = nil
    freeSlots.append(Int32(slot))
    slotOfTicket[ticket.id] = nil
    slotOfSequence[entry.sequence] = nil
    waitingPeople.remove(ticket.profile.id)
    if let why { events.append(.departed(ticket: ticket.id, why)) }
    return events
  }

  /// A new profile counts at once. An offer that it forbids is taken back.
  mutating func update(_ ticket: String, _ profile: Profile) throws(QueueRefusal) -> [MatchEvent] {
    let slot = try slot(ticket)
    guard let entry = entries[slot], let old = candidates[slot], let before = tickets[slot],
      before.profile.id == profile.id, before.profile.side == profile.side
    else { throw .unknownTicket }
    let member = CandidateIndex.Member(sequence: entry.sequence, slot: Int32(slot))
    students.remove(member, old.topics)
    mentors.remove(member, old.topics)
    tickets[slot]?.profile = profile
    candidates[slot] = Candidate(profile, rules, &names)
    entries[slot]?.cursor = 0
    var events: [MatchEvent] = []
    for number in openOffers(of: slot) where isForbidden(number) {
      events += takeBack(number, at: nil)
    }
    reindex(slot)
    return events
  }

  /// The offers that are open and hold this ticket, in order.
  func openOffers(of slot: Int) -> [UInt64] {
    guard let entry = entries[slot] else { return [] }
    if case .offered(let number) = entry.standing { return [number] }
    return entry.rooms.filter { offers[$0] != nil }.sorted()
  }

  private func isForbidden(_ number: UInt64) -> Bool {
    guard let offer = offers[number], let mentorSlot = slotOfTicket[offer.mentorTicket],
      let mentor = candidates[Int(mentorSlot)]
    else { return true }
    let room = offer.students.compactMap { seat in slotOfTicket[seat.ticket].flatMap { candidates[Int($0)] } }
    for (index, student) in room.enumerated() {
      if Candidate.barrier(mentor: mentor, student: student) != nil { return true }
      for other in room[..<index] where !Candidate.mayShare(student, other) { return true }
    }
    return false
  }
}
