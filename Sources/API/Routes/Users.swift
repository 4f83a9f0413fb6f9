// What a person may ask for: all that is known of them as one archive, and that it be forgotten.

import Access
import Agenda
import Control
import Library
import Matchmaker
import Store
import Values
import Web

extension Routes {
  static let users: [Route] = [
    Route(
      .get, "/v1/users/{identity}/export", .exportUser,
      .init(
        summary: "All that is known of a person: person.json, and their own voice from each recording.",
        query: [.reason], answer: (200, nil), contentType: "application/x-tar")
    ) { service, call async throws(Refusal) -> Response in
      let identity = call.parameter("identity")
      let library = try service.kept()
      let document = try await person(identity, service, call)
      service.noted(call, "user.export", identity, ["reason": .optional(call.reason)])
      let archive = library.export(of: identity, document: document.encoded())
      return .archive(archive, named: "person")
    },
    Route(
      .delete, "/v1/users/{identity}", .eraseUser,
      .init(
        summary:
          "Forget a person: their voice goes from all recordings, their name from all records.",
        query: [.reason], answer: (200, "ForgottenUser"))
    ) { service, call async throws(Refusal) -> Response in
      let identity = call.parameter("identity")
      let place = try await service.reading { connection throws(StoreFailure) in
        try PersonRecords.presence(of: identity, connection)
      }
      if let place {
        throw Refusal(.conflict, "This person is in \(place) now: remove them from it first.")
      }
      service.matchmaker?.forget(person: identity)
      let done = try await service.kept().forget(identity, by: call.actor, reason: call.reason)
      // The audit log says that it was done, and not for whom: that is what was asked for.
      service.noted(call, "user.erase", done.pseudonym, ["reason": .optional(call.reason)])
      return .json(
        [
          "erasedAs": .string(done.pseudonym), "tracks": .integer(Int64(done.tracks)),
          "participations": .integer(Int64(done.records.participations)),
          "sessions": .integer(Int64(done.records.sessions)),
          "events": .integer(Int64(done.records.events)),
        ], headers: uncached)
    },
  ]

  @Control private static func person(
    _ identity: String, _ service: Service, _ call: Route.Call
  ) async throws(Refusal) -> JSON {
    try await service.reading { connection throws(StoreFailure) -> JSON in
      let limit = Limits.exportRows
      let sessions = try SessionRow.page(identity: identity, limit: limit, connection)
      let appearances = try ParticipantRow.of(identity: identity, limit: limit, connection)
      let consents = try ConsentRow.of(identity: identity, connection)
      let tracks = try RecordingTrackRow.of(identity: identity, limit: limit, connection)
      let erasures = try ErasureRow.of(identity: identity, limit: limit, connection)
      let profile = try ProfileRow.find(identity, connection)
      let ratings = try RatingRow.of(identity: identity, limit: limit, connection)
      let matches = try MatchRow.of(person: identity, limit: limit, connection)
      return [
        "profile": profile?.body ?? .null, "matches": .array(matches.map { .object($0.summary) }),
        "ratings": .array(ratings.map(\.json)),
        "identity": .string(identity), "exportedAt": .string(call.now.rfc3339),
        "sessions": .array(sessions.map { .object($0.json) }),
        "participations": .array(appearances.map(\.record)), "consents": .array(consents.map(\.json)),
        "recordings": .array(
          tracks.map { track in
            var object = track.json
            object.append("recording", .string(track.recording))
            return .object(object)
          }),
        "erasures": .array(erasures.map(\.json)),
      ]
    }
  }
}

extension Service {
  func reading<Result: Sendable>(
    _ body: @escaping @Sendable (any Connection) throws(StoreFailure) -> Result
  ) async throws(Refusal) -> Result {
    let store = store
    return try await stored { () async throws(StoreFailure) in try await store.read(body) }
  }
}

extension Response {
  static func archive(_ archive: Archive, named name: String) -> Response {
    Response(
      headers: Headers([
        ("Content-Type", "application/x-tar"), ("Cache-Control", "private, no-store"),
        ("Content-Disposition", "attachment; filename=\"\(name).tar\""),
      ]), body: .stream { try await archive.next() })
  }
}

extension ParticipantRow {
  fileprivate var record: JSON {
    [
      "id": .string(id), "session": .string(session), "room": .string(room), "name": .string(name),
      "role": .string(role), "attributes": attributes, "joinedAt": .string(joinedAt.rfc3339),
      "leftAt": .optional(leftAt?.rfc3339), "reason": .optional(leaveReason),
    ]
  }
}

extension ErasureRow {
  fileprivate var json: JSON {
    [
      "recording": .string(recording), "track": .optional(track), "actor": .string(actor),
      "reason": .optional(reason), "bytes": .integer(bytes), "at": .string(at.rfc3339),
    ]
  }
}
