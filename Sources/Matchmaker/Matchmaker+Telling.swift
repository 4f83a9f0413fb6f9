// Who hears of what, after it is on the disk.

import Control
import Matching
import Store
import Values

extension Matchmaker {
  /// `ids` are those of the matches that the events are about.
  func tell(_ event: MatchEvent, _ ids: [UInt64: String], because cause: String) {
    switch event {
    case .offered(let offer):
      for ticket in [offer.mentorTicket] + offer.students.map(\.ticket) {
        if let person = people[ticket] { tellFound(offer, to: person) }
      }
    case .matched(let offer):
      guard let row = matches[offer.number] else { return }
      for seat in offer.students { retire(seat.ticket) }
      Task.immediate { await book(row, offer) }
    case .withdrawn(let number, let ticket):
      guard let match = ids[number] else { return }
      people[ticket]?.listener?.tell(.cancelled(match: match, reason: cause))
    case .requeued(let ticket):
      people[ticket]?.told = nil
      tellUpdate(of: ticket)
    case .departed(let ticket, let why):
      if why != .left { people[ticket]?.listener?.tell(.departed(ticket: ticket, reason: why.rawValue)) }
      forget(ticket)
    }
  }

  /// A student who is matched has no ticket any more; the connection still hears where to go.
  private func retire(_ ticket: String) {
    guard let person = people[ticket] else { return }
    formerNames[ticket] = person.name
    formerListeners[ticket] = person.listener
    forget(ticket)
  }

  func tellFound(_ offer: Offer, to person: Person) {
    guard let row = matches[offer.number], let listener = person.listener else { return }
    let isMentor = offer.mentorTicket == person.ticket
    let seat = offer.students.first { isMentor || $0.ticket == person.ticket }
    let mentor = FoundMatch.Other(
      identity: offer.mentor, name: name(of: offer.mentorTicket), role: "mentor")
    let students = offer.students.filter { isMentor || $0.ticket != person.ticket }.map {
      FoundMatch.Other(identity: $0.person, name: name(of: $0.ticket), role: "student")
    }
    listener.tell(
      .found(
        FoundMatch(
          match: row.id, role: isMentor ? "mentor" : "student",
          others: isMentor ? students : [mentor] + students,
          subject: offer.subject, score: seat?.score ?? 0, reasons: seat?.reasons ?? [],
          expiresAt: Timestamp(milliseconds: offer.expiresAt))))
  }

  func confirm(_ match: ConfirmedMatch, _ ticket: String, _ identity: String) {
    let listener = people[ticket]?.listener ?? formerListeners.removeValue(forKey: ticket) ?? nil
    formerNames[ticket] = nil
    guard let listener else {
      undelivered[identity, default: []].append(match)
      if undelivered[identity]?.count ?? 0 > Limits.undelivered { undelivered[identity]?.removeFirst() }
      return
    }
    listener.tell(.confirmed(match))
  }

  // MARK: How long it takes

  /// A second's share of those who wait: everybody's turn comes, and none is told the same again.
  func tellUpdates() {
    if updateTurn.isEmpty { updateTurn = people.values.filter { $0.listener != nil }.map(\.ticket) }
    for _ in 0..<min(Limits.updatesAtOnce, updateTurn.count) { tellUpdate(of: updateTurn.removeLast()) }
    scheduleUpdates()
  }

  func tellUpdate(of ticket: String) {
    guard let person = people[ticket], let listener = person.listener else { return }
    var update = QueueUpdate(
      ticket: ticket, waitingStudents: queue.waitingStudents, freeMentors: queue.freeMentors)
    if queue.ticket(ticket)?.profile.side == .student {
      guard let estimate = queue.estimate(ticket) else { return }
      update.position = estimate.position
      update.seconds = estimate.seconds
      update.secondsAtMost = estimate.secondsAtMost
      update.widening = estimate.widening
    }
    guard update != person.told else { return }
    people[ticket]?.told = update
    listener.tell(.update(update))
  }
}
