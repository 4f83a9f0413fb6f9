// Sessions: book a matched pair, and the history of who met when and for how long.

import Access
import Agenda
import Control
import Sessions
import Store
import Values
import Web

extension Routes {
  static let sessions: [Route] = [
    Route(
      .post, "/v1/sessions", .bookSession,
      .init(
        summary: "Book a matched pair: a room, and a join token for each.", body: "BookingRequest",
        answer: (201, "Booking"), takesIdempotencyKey: true)
    ) { service, call async throws(Refusal) -> Response in
      let fields = try call.fields()
      let wanted = try call.body { () throws(InvalidField) in try booking(fields) }
      guard !service.draining else { throw Refusal(.draining, "this server is being drained") }
      let key = try service.mintingKey(for: call)
      let idempotency = try await service.idempotency(call)
      let chosen = idempotency.map {
        Booking.Identifiers(session: $0.identifier(.session), room: $0.identifier(.room))
      }
      let detail = try await service.rooms.book(wanted, as: chosen)
      service.noted(call, "session.book", detail.id, ["room": .string(detail.room)])
      return .json(.object(booked(detail, key: key, at: call.now)), status: 201, headers: uncached)
    },
    Route(
      .get, "/v1/sessions", .listSessions,
      .init(
        summary: "Sessions, newest first.",
        query: [
          .init(name: "room", type: "string", about: "Only those in this room."),
          .init(
            name: "identity", type: "string", about: "Only those this person was booked for or took part in."),
          .init(name: "from", type: "string", about: "Only those made at this time (RFC 3339) or later."),
          .init(name: "to", type: "string", about: "Only those made before this time."),
          .limit, .cursor,
        ], answer: (200, "SessionPage"))
    ) { service, call async throws(Refusal) -> Response in
      let limit = try Page.limit(call.request)
      let (room, identity) = (call.request.queryValue("room"), call.request.queryValue("identity"))
      let (from, to) = (try call.time("from"), try call.time("to"))
      // Newest first: a list that ends at a time is one that goes on from there.
      var cursor = to.map { SessionRow.Cursor(createdAt: $0, id: "") }
      if let key = try Page.key(call.request), key.count == 2, let at = key[0].integer, let id = key[1].string
      {
        cursor = SessionRow.Cursor(createdAt: Timestamp(milliseconds: at), id: id)
      }
      let before = cursor
      var rows = try await service.stored { () async throws(StoreFailure) in
        try await service.store.read { connection throws(StoreFailure) in
          try SessionRow.page(before: before, room: room, identity: identity, limit: limit, connection)
        }
      }
      // Whoever is older is past the end, so the page is not full and the last one.
      if let from { rows.removeAll { $0.createdAt < from } }
      return Page.response(rows.map { .object($0.json) }, limit: limit) {
        [.integer(rows[$0].createdAt.milliseconds), .string(rows[$0].id)]
      }
    },
    Route(
      .get, "/v1/sessions/{session}", .showSession,
      .init(summary: "A session and who was in it.", answer: (200, "SessionWithParticipants"))
    ) { service, call async throws(Refusal) -> Response in
      let id = call.parameter("session")
      let found = try await service.stored { () async throws(StoreFailure) in
        try await service.store.read {
          connection throws(StoreFailure) -> (SessionRow, [ParticipantRow], [RatingRow])? in
          guard let session = try SessionRow.find(id, connection) else { return nil }
          return (
            session, try ParticipantRow.took(partIn: id, connection),
            try RatingRow.of(session: id, connection)
          )
        }
      }
      guard let (session, participants, ratings) = found else {
        throw Refusal(.notFound, "there is no such session")
      }
      var object = session.json
      object.append("participants", .array(participants.map { .object($0.attendance) }))
      object.append("ratings", .array(ratings.map(\.json)))
      return .json(.object(object), headers: uncached)
    },
  ]

  /// How long a join token of a booking lives: to its end, an hour on top, and never over a day.
  private static func lifetimeSeconds(_ booking: Booking, at now: Timestamp) -> Int64 {
    let begin = max(booking.startsAt ?? now, now)
    let end = begin + (booking.duration ?? .seconds(3600)) + .seconds(3600)
    return min(24 * 3600, end.seconds - now.seconds)
  }

  private static func booking(_ fields: Fields) throws(InvalidField) -> Booking {
    func person(_ name: String) throws(InvalidField) -> Booking.Person {
      let person = try fields.fields(name)
      return Booking.Person(
        identity: try person.string("identity", length: 1...128),
        name: try person.optionalString("name", length: 1...Limits.nameBytes))
    }
    let (mentor, student) = (try person("mentor"), try person("student"))
    guard mentor.identity != student.identity else {
      throw fields.invalid("student.identity", "must be another person than the mentor")
    }
    return Booking(
      mentor: mentor, student: student, startsAt: try fields.optionalTimestamp("startsAt"),
      duration: try fields.optionalInteger("duration", in: 60...24 * 3600).map { .seconds($0) },
      topology: try fields.optionalChoice("topology", Topology.self),
      metadata: try fields.optionalFreeObject("metadata", bytesAtMost: Limits.metadataBytes) ?? [:])
  }

  private static func booked(
    _ detail: SessionDetail, key: MintingKey, at now: Timestamp
  ) -> JSON.Object {
    func seat(_ person: Booking.Person, _ role: Role) -> JSON {
      let claims = TokenClaims(
        subject: person.identity, expiresAtSeconds: now.seconds + lifetimeSeconds(detail.booking, at: now),
        issuedAtSeconds: now.seconds, name: person.name, tandem: .init(room: detail.room, role: role))
      var object: JSON.Object = ["identity": .string(person.identity)]
      if let name = person.name { object.append("name", .string(name)) }
      object.append("token", .string(key.sign(claims)))
      return .object(object)
    }
    return [
      "id": .string(detail.id), "room": .string(detail.room), "mentor": seat(detail.booking.mentor, .mentor),
      "student": seat(detail.booking.student, .student), "state": "booked",
      "startsAt": .optional(detail.booking.startsAt?.rfc3339),
      "duration": detail.booking.duration.map { .integer($0.milliseconds / 1000) } ?? .null,
      "metadata": detail.booking.metadata, "createdAt": .string(detail.createdAt.rfc3339),
    ]
  }
}

extension ParticipantRow {
  var attendance: JSON.Object {
    [
      "id": .string(id), "identity": .string(identity), "name": .string(name), "role": .string(role),
      "joinedAt": .string(joinedAt.rfc3339), "leftAt": .optional(leftAt?.rfc3339),
      "reason": .optional(leaveReason), "quality": quality,
    ]
  }
}
