// What is planned for a booked session: which entries its agenda gets, who is late, and who may come before the start.

package import Access
package import Store
package import Values

extension SessionRow {
  /// For a new booking. What would be due already is left out: nobody is reminded of what they have just booked.
  func agenda(_ lessons: LessonOptions, at now: Timestamp) -> [AgendaRow] {
    var entries: [AgendaRow] = []
    if let startsAt {
      for lead in lessons.reminders where startsAt.milliseconds - lead.milliseconds > now.milliseconds {
        let at = Timestamp(milliseconds: startsAt.milliseconds - lead.milliseconds)
        entries.append(AgendaRow(.reminder(milliseconds: lead.milliseconds), of: id, at: at))
      }
    }
    if lessons.noShowAfter > .zero {
      entries.append(AgendaRow(.noShow, of: id, at: max(awaitedAt, now) + lessons.noShowAfter))
    }
    if let warning = warning(lessons, at: now) { entries.append(warning) }
    return entries
  }

  /// Before the planned end, once that is known.
  func warning(_ lessons: LessonOptions, at now: Timestamp) -> AgendaRow? {
    guard isBooked, lessons.endWarning > .zero, let plannedEnd else { return nil }
    let at = Timestamp(milliseconds: plannedEnd.milliseconds - lessons.endWarning.milliseconds)
    return at > now ? AgendaRow(.ending, of: id, at: at) : nil
  }

  /// From when on people are expected: at once if the booking names no time.
  package var awaitedAt: Timestamp { startsAt ?? createdAt }

  /// The sides of a booking.
  package var sides: [(role: Role, person: Person)] {
    [(Role.mentor, mentor), (.student, student)].compactMap { role, person in person.map { (role, $0) } }
  }
}

extension ParticipantRow {
  /// Milliseconds after the start, of who was booked for a time; nil: not late.
  func lateness(in session: SessionRow) -> Int64? {
    guard let startsAt = session.startsAt, joinedAt > startsAt,
      session.sides.contains(where: { $0.person.identity == identity })
    else { return nil }
    return joinedAt.milliseconds - startsAt.milliseconds
  }

  /// Whether they were not there before, and came so late that it is worth telling.
  func isFirst(
    of session: SessionRow, lateBy bound: Duration, _ connection: any Connection
  ) throws(StoreFailure) -> Bool {
    guard bound > .zero, let late = lateness(in: session), late >= bound.milliseconds else { return false }
    return try ParticipantRow.took(partIn: session.id, connection).allSatisfy {
      $0.identity != identity || $0.id == id
    }
  }
}

extension Room {
  /// Operators come at any time, to look after the room.
  func checkEntry(_ grant: Grant, _ lessons: LessonOptions, at now: Timestamp) throws(Refusal) {
    guard lessons.earlyEntry > .zero, !grant.rights.admin, let startsAt = session?.booking?.startsAt
    else { return }
    let opens = startsAt.milliseconds - lessons.earlyEntry.milliseconds
    guard now.milliseconds < opens else { return }
    throw Refusal(
      .tooEarly,
      "The session starts at \(startsAt.rfc3339): come \(lessons.earlyEntry.milliseconds / 1000) s before.",
      retryAfter: .milliseconds(opens - now.milliseconds))
  }

  /// Who in the call may lengthen the session is bounded in all; an operator is bounded by what a booking may be.
  mutating func extend(
    _ change: SessionChange, by name: String, inAll bound: Duration?, event: String?, at now: Moment
  ) throws(Refusal) -> [Action] {
    guard phase == .open else { throw Self.closed }
    guard var session, var booking = session.booking else {
      throw Refusal(.conflict, "Nobody booked this session: it has no planned length.")
    }
    let old = booking.duration
    let new: Duration
    switch change {
    case .by(let more):
      guard let old else {
        throw Refusal(.conflict, "The session has no planned length: say `duration`, how long it is to be.")
      }
      new = old + more
    case .to(let length): new = length
    }
    guard new <= Limits.longestSession else {
      throw Refusal(.invalidMessage, "duration: a session may be planned for a day at most")
    }
    guard new != old else { return [] }
    let gained = session.extendedMilliseconds + new.milliseconds - (old ?? new).milliseconds
    if let bound, gained > bound.milliseconds {
      throw Refusal(
        .forbidden, "In the call a session grows by \(bound.milliseconds / 60_000) minutes at most.")
    }
    booking.duration = new
    session.booking = booking
    session.extendedMilliseconds = gained
    self.session = session
    let told = session.view(room: id).map { [Action.tell(.sessionExtended($0), .everyone)] } ?? []
    return told + [.keep(.sessionExtended(session.row(room: id, at: now.time), by: name, event: event))]
  }
}
