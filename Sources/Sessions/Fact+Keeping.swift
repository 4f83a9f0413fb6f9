// How a fact is written: its row, and in the same transaction the event that the outside hears of. What events
// carry is fixed here (docs/protocol.md lists it); no chat text, no attribute of people beyond who they are.

package import Store
package import Values

extension Fact {
  func keep(
    eventID: String, at now: Timestamp, _ lessons: LessonOptions, _ connection: any Connection
  ) throws(StoreFailure) {
    var eventID = eventID
    switch self {
    case .roomOpened(let row):
      if let known = try RoomRow.find(row.id, connection), known.closedAt == nil,
        known.createdAt == row.createdAt
      {
        return
      }
      try row.save(connection)
    case .roomChanged(let row), .roomClosed(let row), .roomState(let row): try row.save(connection)
    case .sessionBooked(let row):
      try row.insert(connection)
      for entry in row.agenda(lessons, at: now) { try entry.save(connection) }
    case .sessionStarted(let row):
      let known = try SessionRow.find(row.id, connection)
      if known?.startedAt != nil { return }
      if known == nil { try row.insert(connection) } else { try row.update(connection) }
      try row.warning(lessons, at: now)?.save(connection)
    case .sessionEnded(let row):
      try row.update(connection)
      guard row.isBooked else { break }
      try AgendaRow.close(row.id, connection)
      try AgendaRow(.completed, of: row.id, at: now).save(connection)
    case .sessionExtended(let row, _, let chosen):
      try row.update(connection)
      try row.warning(lessons, at: now)?.save(connection)
      if let chosen { eventID = chosen }
    case .cameLate(let session, let row):
      guard try row.isFirst(of: session, lateBy: lessons.lateAfter, connection) else { return }
    case .joined(let row), .left(let row), .reconnecting(let row), .resumed(let row), .renewed(let row),
      .hand(let row):
      try row.save(connection)
    case .traced(let session, let participant, let kind, let detail):
      try TraceRow(session: session, at: now, participant: participant, kind: kind, detail: detail)
        .insert(connection)
    case .consent(let row, let terms, let time):
      try row.save(connection)
      try ConsentRow(
        participant: row.id, session: row.session, room: row.room, identity: row.identity,
        isGiven: row.consent == true, textVersion: terms.textVersion, purpose: terms.purpose, at: time
      ).insert(connection)
    }
    guard let (type, room, body) = event else { return }
    try EventLog.append(eventID, type, room: room, body, at: now, connection)
  }

  /// What the platform is told; nil: nothing.
  var event: (type: String, room: String, body: JSON)? {
    switch self {
    case .roomOpened(let row): ("room.created", row.id, ["room": row.summary])
    case .roomChanged(let row): ("room.updated", row.id, ["room": row.summary])
    case .roomClosed(let row):
      ("room.closed", row.id, ["room": row.summary, "reason": .optional(row.closeReason)])
    case .sessionBooked(let row): ("session.booked", row.room, ["session": row.summary])
    case .sessionStarted(let row): ("session.started", row.room, ["session": row.summary])
    case .sessionEnded(let row):
      ("session.ended", row.room, ["session": row.summary, "reason": .optional(row.endReason)])
    case .sessionExtended(let row, let by, _):
      (
        "session.extended", row.room,
        [
          "session": row.summary, "by": .string(by),
          "endsAt": .optional(row.plannedEnd?.rfc3339),
        ]
      )
    case .cameLate(let session, let row):
      (
        "session.late", row.room,
        [
          "session": session.summary, "participant": row.eventBody["participant"] ?? .null,
          "lateSeconds": .number(Double(row.lateness(in: session) ?? 0) / 1000),
        ]
      )
    case .joined(let row): ("participant.joined", row.room, row.eventBody)
    case .left(let row):
      (
        "participant.left", row.room,
        row.eventBody.adding("reason", .optional(row.leaveReason))
          .adding("leftAt", .optional(row.leftAt?.rfc3339))
      )
    case .reconnecting(let row): ("participant.reconnecting", row.room, row.eventBody)
    case .resumed(let row): ("participant.resumed", row.room, row.eventBody)
    case .renewed, .hand, .roomState, .traced: nil
    case .consent(let row, let terms, let time):
      (
        row.consent == true ? "consent.given" : "consent.withdrawn", row.room,
        row.eventBody.adding("at", .string(time.rfc3339))
          .adding("textVersion", .optional(terms.textVersion)).adding("purpose", .optional(terms.purpose))
      )
    }
  }
}

extension JSON {
  fileprivate func adding(_ name: String, _ value: JSON) -> JSON {
    guard case .object(var object) = self else { return self }
    object.append(name, value)
    return .object(object)
  }
}

extension RoomRow {
  fileprivate var summary: JSON {
    [
      "id": .string(id), "name": .string(name), "topology": .string(topology),
      "maxParticipants": .integer(maxParticipants), "recording": .string(recording), "lobby": .bool(lobby),
      "locked": .bool(locked), "metadata": metadata, "createdAt": .string(createdAt.rfc3339),
    ]
  }
}

extension SessionRow {
  /// How events name it.
  package var summary: JSON {
    var object: JSON.Object = [
      "id": .string(id), "room": .string(room), "booked": .bool(isBooked), "metadata": metadata,
      "createdAt": .string(createdAt.rfc3339),
    ]
    if let mentor { object.append("mentor", mentor.summary) }
    if let student { object.append("student", student.summary) }
    if let startsAt { object.append("startsAt", .string(startsAt.rfc3339)) }
    if let durationMilliseconds { object.append("duration", .integer(durationMilliseconds / 1000)) }
    if extendedMilliseconds != 0 {
      object.append("extendedSeconds", .integer(extendedMilliseconds / 1000))
    }
    if let startedAt { object.append("startedAt", .string(startedAt.rfc3339)) }
    if let endedAt {
      object.append("endedAt", .string(endedAt.rfc3339))
      object.append("bothPresentSeconds", .number(Double(bothPresentMilliseconds) / 1000))
    }
    return .object(object)
  }
}

extension SessionRow.Person {
  package var summary: JSON { ["identity": .string(identity), "name": .optional(name)] }
}

extension ParticipantRow {
  fileprivate var eventBody: JSON {
    [
      "session": .string(session),
      "participant": [
        "id": .string(id), "identity": .string(identity), "name": .string(name), "role": .string(role),
        "joinedAt": .string(joinedAt.rfc3339),
      ],
    ]
  }
}
