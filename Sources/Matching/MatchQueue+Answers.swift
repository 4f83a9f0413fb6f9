// What people say to an offer, or do not say in time; and what becomes of everybody else in it. Whoever was not at fault
// is back at the old place at once.

extension MatchQueue {
  mutating func accept(_ number: UInt64, by ticket: String) throws(QueueRefusal) -> [MatchEvent] {
    guard var offer = offers[number], now < offer.expiresAt else { throw .unknownOffer }
    if offer.mentorTicket == ticket {
      offer.mentorHasAccepted = true
    } else if let seat = offer.students.firstIndex(where: { $0.ticket == ticket }) {
      offer.students[seat].hasAccepted = true
    } else {
      throw .unknownOffer
    }
    offers[number] = offer
    return offer.isAccepted ? start(offer) : []
  }

  mutating func decline(_ number: UInt64, by ticket: String) throws(QueueRefusal) -> [MatchEvent] {
    guard let offer = offers[number],
      offer.mentorTicket == ticket || offer.students.contains(where: { $0.ticket == ticket })
    else { throw .unknownOffer }
    for seat in offer.students where ticket == offer.mentorTicket || ticket == seat.ticket {
      cool(seat.ticket, mentor: offer.mentor)
    }
    guard ticket != offer.mentorTicket, offer.students.count > 1 else { return takeBack(number, at: nil) }
    return dropSeat(ticket, of: number)
  }

  /// A group goes on without one of its students.
  private mutating func dropSeat(_ ticket: String, of number: UInt64) -> [MatchEvent] {
    guard var offer = offers[number] else { return [] }
    offer.students.removeAll { $0.ticket == ticket }
    offers[number] = offer
    var events = [MatchEvent.withdrawn(offer: number, ticket: ticket)] + requeue(ticket)
    if offer.isAccepted { events += start(offer) }
    return events
  }

  /// Everybody agreed: the students leave the queue, the mentor's seat stays taken until the session ends.
  mutating func start(_ offer: Offer) -> [MatchEvent] {
    offers[offer.number] = nil
    matches[offer.number] = Running(
      mentorTicket: offer.mentorTicket, mentor: offer.mentor, students: offer.students.map(\.person))
    busyMentors[offer.mentor, default: 0] += 1
    if let mentor = slotOfTicket[offer.mentorTicket] {
      entries[Int(mentor)]?.served += 1
      entries[Int(mentor)]?.unanswered = 0
    }
    for seat in offer.students {
      guard let slot = slotOfTicket[seat.ticket] else { continue }
      if let profile = tickets[Int(slot)]?.profile { rates.matched(profile.subjects.map(\.name), at: now) }
      entries[Int(slot)]?.standing = .waiting
      _ = remove(Int(slot), nil)
      matchedStudents.insert(seat.person)
    }
    return [.matched(offer)]
  }

  mutating func ended(_ number: UInt64) throws(QueueRefusal) {
    guard let match = matches.removeValue(forKey: number) else { throw .unknownMatch }
    for student in match.students { matchedStudents.remove(student) }
    if let rooms = busyMentors[match.mentor] { busyMentors[match.mentor] = rooms > 1 ? rooms - 1 : nil }
    guard let slot = slotOfTicket[match.mentorTicket] else { return }
    entries[Int(slot)]?.rooms.removeAll { $0 == number }
    reindex(Int(slot))
  }

  /// Ends an offer. At a time: it ran out, and who had not answered is counted.
  mutating func takeBack(_ number: UInt64, at expiry: Int64?) -> [MatchEvent] {
    guard let offer = offers.removeValue(forKey: number) else { return [] }
    var events: [MatchEvent] = []
    if let slot = slotOfTicket[offer.mentorTicket] {
      entries[Int(slot)]?.rooms.removeAll { $0 == number }
    }
    let all =
      [(offer.mentorTicket, offer.mentorHasAccepted)] + offer.students.map { ($0.ticket, $0.hasAccepted) }
    for (ticket, _) in all { events.append(.withdrawn(offer: number, ticket: ticket)) }
    for (ticket, hasAccepted) in all {
      guard let slot = slotOfTicket[ticket].map(Int.init) else { continue }
      if expiry != nil {
        let before = entries[slot]?.unanswered ?? 0
        entries[slot]?.unanswered = hasAccepted ? 0 : before + 1
      }
      if expiry != nil, !hasAccepted { coolAll(ticket, offer) }
      if let entry = entries[slot], entry.unanswered >= rules.unansweredOffers {
        entries[slot]?.standing = .waiting
        events += remove(slot, .unanswered)
      } else {
        events += requeue(ticket)
      }
    }
    return events
  }

  mutating func takeBackOffers(of slot: Int, at expiry: Int64?) -> [MatchEvent] {
    guard let ticket = tickets[slot] else { return [] }
    var events: [MatchEvent] = []
    for number in openOffers(of: slot) {
      guard let offer = offers[number] else { continue }
      if offer.mentorTicket != ticket.id, offer.students.count > 1 {
        events += dropSeat(ticket.id, of: number)
      } else {
        events += takeBack(number, at: expiry)
      }
    }
    return events
  }

  private mutating func requeue(_ ticket: String) -> [MatchEvent] {
    guard let slot = slotOfTicket[ticket].map(Int.init), let entry = entries[slot] else { return [] }
    entries[slot]?.cursor = 0
    if entry.side == .student { entries[slot]?.standing = .waiting }
    reindex(slot)
    return [.requeued(ticket: ticket)]
  }

  /// Who does not answer is not asked with the same person at once.
  private mutating func coolAll(_ ticket: String, _ offer: Offer) {
    for seat in offer.students where ticket == offer.mentorTicket || ticket == seat.ticket {
      cool(seat.ticket, mentor: offer.mentor)
    }
  }

  private mutating func cool(_ student: String, mentor: String) {
    guard let slot = slotOfTicket[student].map(Int.init), let entry = entries[slot] else { return }
    let until = now + Int64(rules.declinedPairSeconds) * 1_000
    entries[slot]?.cooled.removeAll { $0.person == mentor || $0.until <= now }
    entries[slot]?.cooled.append(Cooled(person: mentor, until: until))
    alarms.set(.pair, entry.sequence, at: until)
  }
}
