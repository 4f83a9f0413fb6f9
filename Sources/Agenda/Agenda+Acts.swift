// The acts themselves. Each takes its entry and tells of it in one transaction; who finds the entry gone or moved does
// nothing.

import Access
import Control
import Observe
import Sessions
import Store
import Values

extension Agenda {
  func remind(_ entry: AgendaRow, lead: Duration, at now: Timestamp) async throws(Refusal) {
    let event = identifier(.event)
    let lateness = now.milliseconds - entry.at.milliseconds
    let isStale =
      lateness
      > min(
        Limits.reminderLateness.milliseconds, lead.milliseconds / Limits.reminderLatenessPart)
    try await writing { connection throws(StoreFailure) in
      guard try entry.take(connection), !isStale,
        let session = try SessionRow.find(entry.session, connection), let startsAt = session.startsAt,
        session.endedAt == nil
      else { return }
      try EventLog.append(
        event, "session.reminder", room: session.room,
        [
          "session": session.summary, "beforeSeconds": .integer(lead.milliseconds / 1_000),
          "startsInSeconds": .integer(max(0, startsAt.milliseconds - now.milliseconds) / 1_000),
        ], at: now, connection)
    }
  }

  func lookForAbsent(_ entry: AgendaRow, at now: Timestamp) async throws(Refusal) {
    let event = identifier(.event)
    let isNoShow = try await writing { connection throws(StoreFailure) -> Bool in
      guard try entry.take(connection), let session = try SessionRow.find(entry.session, connection),
        session.endedAt == nil
      else { return false }
      return try Self.noteAbsent(session, event: event, at: now, connection)
    }
    if isNoShow { Metrics.noShows.add() }
  }

  /// False: both sides came.
  nonisolated static func noteAbsent(
    _ session: SessionRow, event: String, at now: Timestamp, _ connection: any Connection
  ) throws(StoreFailure) -> Bool {
    let present = Set(try ParticipantRow.took(partIn: session.id, connection).map(\.identity))
    let absent = session.sides.filter { !present.contains($0.person.identity) }
    guard let first = absent.first, session.noShow == nil else { return false }
    try SessionRow.note(
      noShow: absent.count > 1 ? "both" : first.role.rawValue, of: session.id, connection)
    try EventLog.append(
      event, "session.no_show", room: session.room,
      [
        "session": session.summary,
        "absent": .array(
          absent.map { role, person in
            [
              "identity": .string(person.identity), "name": .optional(person.name),
              "role": .string(role.rawValue),
            ]
          }),
        "waitedSeconds": .integer(max(0, now.milliseconds - session.awaitedAt.milliseconds) / 1_000),
      ], at: now, connection)
    return true
  }

  /// To those in the room, and as an event; not if nobody is there.
  func warn(_ entry: AgendaRow, at now: Timestamp) async throws(Refusal) {
    let found = try await reading { connection throws(StoreFailure) in
      try SessionRow.find(entry.session, connection)
    }
    let event = identifier(.event)
    var isOn = false
    if let found, found.endedAt == nil, let end = found.plannedEnd, now < end {
      isOn = rooms.isOccupied(found.room, by: found.id)
    }
    let tells = isOn
    let session = try await writing { connection throws(StoreFailure) -> SessionRow? in
      guard try entry.take(connection), tells,
        let session = try SessionRow.find(entry.session, connection), let end = session.plannedEnd
      else { return nil }
      try EventLog.append(
        event, "session.ending", room: session.room,
        [
          "session": session.summary, "endsAt": .string(end.rfc3339),
          "remainingSeconds": .integer(max(0, end.milliseconds - now.milliseconds) / 1_000),
        ], at: now, connection)
      return session
    }
    if let session { rooms.warn(session: session.id, room: session.room, at: clock()) }
  }

  /// The receipt goes out, signed; and who never came is named, if the room was given up before it was looked.
  func complete(_ entry: AgendaRow, at now: Timestamp) async throws(Refusal) {
    let found = try await reading { connection throws(StoreFailure) in
      try SessionReceipt.of(entry.session, connection)
    }
    guard let found else {
      _ = try await writing { connection throws(StoreFailure) in try entry.take(connection) }
      return
    }
    let receipt = found.json(issuedAt: now)
    let signed = try await sign(receipt).get()
    let (event, absence) = (identifier(.event), identifier(.event))
    let isNoShow = try await writing { connection throws(StoreFailure) -> Bool in
      guard try entry.take(connection), let session = try SessionRow.find(entry.session, connection)
      else { return false }
      var isNoShow = false
      if session.endReason == RoomEnd.empty.rawValue, session.noShow == nil {
        isNoShow = try Self.noteAbsent(session, event: absence, at: now, connection)
      }
      try EventLog.append(
        event, "session.completed", room: session.room,
        [
          "session": session.summary, "receipt": receipt, "jws": .string(signed.jws),
          "key": .string(signed.key),
        ], at: now, connection)
      return isNoShow
    }
    if isNoShow { Metrics.noShows.add() }
  }

  /// The queue writes down what it is told before the entry goes: a crash in between tells it again, and it knows better.
  func rememberPairs(_ entry: AgendaRow) async throws(Refusal) {
    let pairs = try await reading { connection throws(StoreFailure) -> [PairRatings] in
      var pairs: [PairRatings] = []
      for row in try RatingRow.of(session: entry.session, connection) {
        guard let mentor = row.mentor, let student = row.student,
          !pairs.contains(where: { $0.mentor == mentor && $0.student == student })
        else { continue }
        let (totals, sessions) = try RatingRow.totals(mentor: mentor, student: student, connection)
        pairs.append(
          PairRatings(mentor: mentor, student: student, sessions: sessions, mean: totals.mean))
      }
      return pairs
    }
    for pair in pairs { remember(pair) }
    _ = try await writing { connection throws(StoreFailure) in try entry.take(connection) }
  }
}
