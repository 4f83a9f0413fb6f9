// Who comes, goes, and answers.

package import Access
import Control
package import Matching
import Observe
import Store
import Values

extension Matchmaker {
  /// Takes a ticket, or the one that this person has already: whoever lost the connection comes back to the old place.
  package func enter(
    _ grant: Grant, _ wish: QueueWish, _ listener: any QueueListener
  ) async throws(Refusal) -> String {
    guard grant.role != .observer else {
      throw Refusal(.forbidden, "An observer is not matched: the token's role must be mentor or student.")
    }
    let known = try await profile(of: grant.identity)
    let ticket = try wish.ticket(identifier(.ticket), grant, known)
    if let present = ticketOfIdentity[grant.identity],
      queue.ticket(present)?.profile.side == ticket.profile.side
    {
      attach(present, listener)
      if wish.profile != nil { decide(.update(ticket: present, ticket.profile), because: "changed") }
      return present
    }
    // The room is there already: it is told behind the reply.
    if let waiting = undelivered[grant.identity]?.first { return waiting.match }
    // One moment for both: the record has to play again as it was.
    let time = queueTime
    do throws(QueueRefusal) {
      try admit(ticket, grant, listener, at: time)
    } catch {
      guard error == .alreadyMatched, let match = confirmed(grant.identity) else { throw error.refusal }
      // Told before, maybe into a connection that had broken: told again.
      undelivered[grant.identity] = [match]
      return match.match
    }
    let row = TicketRow(id: ticket.id, identity: grant.identity, name: grant.name, enteredAt: clock())
    do throws(StoreFailure) {
      try await write(.enter(ticket), at: time, []) { connection throws(StoreFailure) in
        try row.save(connection)
      }
    } catch {
      forget(ticket.id)
      _ = try? queue.apply(.leave(ticket: ticket.id), at: queueTime)
      throw Refusal(.unavailable, "The server cannot write right now.", retryAfter: .seconds(5))
    }
    schedule()
    return ticket.id
  }

  var queueTime: Int64 { clock().milliseconds }

  private func admit(
    _ ticket: Ticket, _ grant: Grant, _ listener: any QueueListener, at time: Int64
  ) throws(QueueRefusal) {
    _ = try queue.apply(.enter(ticket), at: time)
    people[ticket.id] = Person(
      ticket: ticket.id, identity: grant.identity, name: grant.name, listener: listener)
    ticketOfIdentity[grant.identity] = ticket.id
    Metrics.queueTickets.add(1)
  }

  /// The match that this person is in, once its room is named.
  private func confirmed(_ identity: String) -> ConfirmedMatch? {
    for row in matches.values where row.state == .matched {
      let students = row.offer["students"]?.array ?? []
      guard row.mentor == identity || students.contains(where: { $0["person"]?.string == identity }),
        let room = row.room, let session = row.session
      else { continue }
      return ConfirmedMatch(match: row.id, room: room, session: session)
    }
    return nil
  }

  private func attach(_ ticket: String, _ listener: any QueueListener) {
    guard var person = people[ticket] else { return }
    person.patience?.cancel()
    person.patience = nil
    if let former = person.listener, former !== listener { former.replaced() }
    person.listener = listener
    person.told = nil
    people[ticket] = person
  }

  /// Behind the reply to `queue.enter`: what has been decided already, and how long it will take.
  package func entered(_ ticket: String, _ identity: String, _ listener: any QueueListener) {
    for match in undelivered.removeValue(forKey: identity) ?? [] { listener.tell(.confirmed(match)) }
    guard let person = people[ticket] else { return }
    tellUpdate(of: ticket)
    for offer in queue.offers(of: ticket) { tellFound(offer, to: person) }
    scheduleUpdates()
  }

  package func leave(_ ticket: String) throws(Refusal) {
    do throws(QueueRefusal) {
      try decideOrRefuse(.leave(ticket: ticket), because: "left")
    } catch {
      throw error.refusal
    }
    forget(ticket)
  }

  package func accept(_ match: String, by ticket: String) throws(Refusal) {
    do throws(QueueRefusal) {
      try decideOrRefuse(.accept(offer: try number(match), ticket: ticket), because: "declined")
    } catch {
      throw error.refusal
    }
  }

  package func decline(_ match: String, by ticket: String) throws(Refusal) {
    do throws(QueueRefusal) {
      try decideOrRefuse(.decline(offer: try number(match), ticket: ticket), because: "declined")
    } catch {
      throw error.refusal
    }
  }

  private func number(_ match: String) throws(QueueRefusal) -> UInt64 {
    guard let number = numberOfMatch[match] else { throw .unknownOffer }
    return number
  }

  /// The place is kept for a while.
  package func connectionLost(_ ticket: String, _ listener: any QueueListener) {
    guard let person = people[ticket], person.listener === listener else { return }
    people[ticket]?.listener = nil
    wait(for: ticket)
  }

  func wait(for ticket: String) {
    people[ticket]?.patience = Timer(after: options.resumeWindow) { [weak self] in
      try? self?.leave(ticket)
    }
  }

  func forget(_ ticket: String) {
    guard let person = people.removeValue(forKey: ticket) else { return }
    person.patience?.cancel()
    if ticketOfIdentity[person.identity] == ticket { ticketOfIdentity[person.identity] = nil }
    Metrics.queueTickets.add(-1)
  }

  // MARK: Profiles

  func profile(of identity: String) async throws(Refusal) -> JSON? {
    do throws(StoreFailure) {
      return try await store.read { connection throws(StoreFailure) in
        try Self.profile(of: identity, connection)
      }
    } catch {
      throw Refusal(.unavailable, "The server cannot read right now.", retryAfter: .seconds(5))
    }
  }

  /// What the platform wrote down counts at once, also for somebody who waits.
  package func changed(_ identity: String) async {
    guard ticketOfIdentity[identity] != nil, let body = try? await profile(of: identity) else { return }
    guard let ticket = ticketOfIdentity[identity], let present = queue.ticket(ticket)?.profile,
      let fields = try? Fields(body), let profile = try? Profile(fields), profile.side == present.side
    else { return }
    decide(.update(ticket: ticket, profile), because: "changed")
  }
}

extension QueueRefusal {
  package var refusal: Refusal {
    switch self {
    case .full: Refusal(.unavailable, "The queue is full.", retryAfter: .seconds(60))
    case .alreadyWaiting: Refusal(.conflict, "You wait already, on the other side: leave the queue first.")
    case .alreadyMatched: Refusal(.conflict, "You are in a session: it ends before you can wait again.")
    case .unknownTicket: Refusal(.notFound, "You are not in the queue.")
    case .unknownOffer, .unknownMatch: Refusal(.notFound, "There is no such match, or it is over.")
    }
  }
}
