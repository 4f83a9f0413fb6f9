// One command after the other: the queue decides, the store keeps what it was told and what follows, and only then is
// anybody told.

import Access
import Control
import Matching
import Observe
import Sessions
package import Store
package import Values

extension Matchmaker {
  /// For what cannot be refused, or where a refusal means that it is over already.
  func decide(_ command: QueueCommand, because cause: String) {
    _ = try? decideOrRefuse(command, because: cause)
  }

  func decideOrRefuse(_ command: QueueCommand, because cause: String) throws(QueueRefusal) {
    let time = queueTime
    let events = try queue.apply(command, at: time)
    var ids: [UInt64: String] = [:]
    for case .withdrawn(let number, _) in events { ids[number] = matches[number]?.id }
    let rows = events.flatMap { follow($0, because: cause) }
    let gone = events.compactMap { event -> String? in
      if case .departed(let ticket, _) = event { ticket } else { nil }
    }
    schedule()
    // A tick that decided nothing still counts: it has widened, aged or begun anew.
    Task.immediate {
      do throws(StoreFailure) {
        try await write(command, at: time, rows) { connection throws(StoreFailure) in
          for ticket in gone { try TicketRow.delete(ticket, connection) }
        }
      } catch {
        log.error("a decision could not be written down", ["reason": .string(error.message)])
      }
      for event in events { tell(event, ids, because: cause) }
    }
  }

  /// In one transaction: the command, what became of matches, and the events for the platform.
  func write(
    _ command: QueueCommand, at time: Int64, _ rows: [MatchRow],
    _ more: @escaping @Sendable (any Connection) throws(StoreFailure) -> Void
  ) async throws(StoreFailure) {
    let recorded = RecordedCommand(time: time, command: command).json
    let now = clock()
    let events = rows.map { (identifier(.event), $0) }
    var isTick = false
    if case .tick = command { isTick = true }
    commandsSinceState += 1
    try await store.write(isTick && rows.isEmpty ? .process : .disk) { connection throws(StoreFailure) in
      try QueueLog.append(recorded, connection)
      for (eventID, row) in events {
        try row.save(connection)
        try EventLog.append(
          eventID, "match.\(row.state.rawValue)", room: row.room, .object(row.summary), at: now, connection)
      }
      try more(connection)
    }
    if commandsSinceState >= Limits.commandsPerState { try await writeState() }
  }

  func writeState() async throws(StoreFailure) {
    commandsSinceState = 0
    let (copy, now) = (queue, clock())
    // Every command that the copy has seen is in front of this in the store's own queue.
    let seq = try await store.write(.process) { connection throws(StoreFailure) in
      try QueueLog.end(connection)
    }
    let text = await withCheckedContinuation { continuation in
      writer.submit { continuation.resume(returning: copy.json.text) }
    }
    try await store.write(.disk) { connection throws(StoreFailure) in
      try QueueLog.write(state: text, after: seq, at: now, connection)
    }
  }

  /// What a decision makes of the matches; the rows to be written.
  private func follow(_ event: MatchEvent, because cause: String) -> [MatchRow] {
    switch event {
    case .offered(let offer):
      Metrics.matchesOffered.add()
      return [keep(row(of: offer))]
    case .matched(let offer):
      var row = matches[offer.number] ?? row(of: offer)
      row.state = .matched
      row.offer = offer.json
      row.matchedAt = clock()
      row.session = identifier(.session)
      row.room = identifier(.room)
      Metrics.matchesMade.add()
      return [keep(row)]
    case .withdrawn(let number, _):
      // A group goes on without one of its students.
      guard queue.offer(number) == nil, var row = matches[number], row.state == .offered else { return [] }
      row.state = .cancelled
      row.reason = cause
      row.endedAt = clock()
      matches[number] = nil
      numberOfMatch[row.id] = nil
      return [row]
    case .requeued, .departed: return []
    }
  }

  private func row(of offer: Offer) -> MatchRow {
    MatchRow(
      id: identifier(.match), number: Int64(offer.number), state: .offered, mentor: offer.mentor,
      offer: offer.json, offeredAt: clock())
  }

  private func keep(_ row: MatchRow) -> MatchRow {
    let number = UInt64(row.number)
    matches[number] = row
    numberOfMatch[row.id] = number
    if let session = row.session { numberOfSession[session] = number }
    return row
  }

  // MARK: Rooms

  /// The room of two who agreed; the same one again after a crash.
  func book(_ row: MatchRow, _ offer: Offer) async {
    guard let session = row.session, let room = row.room, let student = offer.students.first else { return }
    let booking = Booking(
      mentor: .init(identity: offer.mentor, name: name(of: offer.mentorTicket)),
      student: .init(identity: student.person, name: name(of: student.ticket)),
      metadata: ["match": .string(row.id)])
    do throws(Refusal) {
      _ = try await rooms.book(booking, as: .init(session: session, room: room))
    } catch {
      log.error(
        "the room of a match could not be made",
        ["match": .string(row.id), "reason": .string(error.message)])
      ended(session)
      return
    }
    let confirmed = ConfirmedMatch(match: row.id, room: room, session: session)
    for (ticket, identity) in [(offer.mentorTicket, offer.mentor)]
      + offer.students.map({ ($0.ticket, $0.person) })
    {
      confirm(confirmed, ticket, identity)
    }
  }

  /// The session is over: the mentor's seat is free.
  package func ended(_ session: String) {
    guard let number = numberOfSession.removeValue(forKey: session),
      var row = matches.removeValue(forKey: number)
    else { return }
    numberOfMatch[row.id] = nil
    for identity in undelivered.keys {
      undelivered[identity]?.removeAll { $0.session == session }
      if undelivered[identity]?.isEmpty == true { undelivered[identity] = nil }
    }
    row.state = .ended
    row.endedAt = clock()
    let time = queueTime
    _ = try? queue.apply(.ended(match: number), at: time)
    schedule()
    let done = row
    Task.immediate {
      do throws(StoreFailure) {
        try await write(.ended(match: number), at: time, [done]) { _ throws(StoreFailure) in }
      } catch {
        log.error("the end of a match could not be written down", ["reason": .string(error.message)])
      }
    }
  }

  func name(of ticket: String) -> String? { people[ticket]?.name ?? formerNames[ticket] }
}

extension MatchRow {
  package var summary: JSON.Object {
    [
      "match": .string(id), "state": .string(state.rawValue), "mentor": .string(mentor),
      "students": .array((offer["students"]?.array ?? []).map { $0["person"] ?? .null }),
      "subject": offer["subject"] ?? .null, "session": .optional(session), "room": .optional(room),
      "reason": .optional(reason), "offeredAt": .string(offeredAt.rfc3339),
      "matchedAt": .optional(matchedAt?.rfc3339), "endedAt": .optional(endedAt?.rfc3339),
    ]
  }
}
