// Recordings: find, show, fetch, hold, erase. Fetching takes a token with the right, or a link that such a token made; each
// fetch is written down with its reason.

import Access
import Control
import Crypto
import Library
import Store
import Values
import Web

extension Routes {
  static let recordings: [Route] = [
    Route(
      .get, "/v1/recordings", .listRecordings,
      .init(
        summary: "Recordings, newest first.",
        query: [
          .init(name: "room", type: "string", about: "Only those of this room."),
          .init(name: "session", type: "string", about: "Only those of this session."),
          .init(name: "identity", type: "string", about: "Only those in which this person is heard."),
          .init(
            name: "from", type: "string", about: "Only those that began at this time (RFC 3339) or later."),
          .init(name: "to", type: "string", about: "Only those that began before this time."),
          .limit, .cursor,
        ], answer: (200, "RecordingPage"))
    ) { service, call async throws(Refusal) -> Response in
      let limit = try Page.limit(call.request)
      let filter = RecordingRow.Filter(
        room: call.request.queryValue("room"), session: call.request.queryValue("session"),
        identity: call.request.queryValue("identity"), from: try call.time("from"))
      var (before, id) = (try call.time("to"), "")
      if let key = try Page.key(call.request), key.count == 2, let at = key[0].integer,
        let last = key[1].string
      {
        (before, id) = (Timestamp(milliseconds: at), last)
      }
      let library = try service.kept()
      let rows = try await library.list(before: before, id, filter, limit: limit)
      return Page.response(rows.map { .object($0.json(library.progress(of: $0.id))) }, limit: limit) {
        [.integer(rows[$0].startedAt.milliseconds), .string(rows[$0].id)]
      }
    },
    Route(
      .get, "/v1/recordings/{recording}", .listRecordings,
      .init(summary: "A recording with its tracks and files.", answer: (200, "Recording"))
    ) { service, call async throws(Refusal) -> Response in
      let library = try service.kept()
      let known = try await library.show(call.parameter("recording"))
      var object = known.json(library.progress(of: known.row.id))
      if known.row.state == .ready, let proof = try await library.proof(of: known.row.id) {
        object.append("proof", proof.json)
      }
      return .json(.object(object), headers: uncached)
    },
    Route(
      .get, "/v1/recordings/{recording}/verify", .fetchRecording,
      .init(
        summary: "Read all of a recording once more, and say of each file whether it is what was signed.",
        answer: (200, "RecordingVerdict"))
    ) { service, call async throws(Refusal) -> Response in
      let id = call.parameter("recording")
      let verdict = try await service.kept().verify(id)
      return .json(
        [
          "recording": .string(id), "sound": .bool(verdict.isSound),
          "problems": .array(verdict.problems.map(JSON.string)),
          "files": .array(
            verdict.files.map { ["name": .string($0.name), "problem": .optional($0.problem)] }),
        ], headers: uncached)
    },
    Route(
      .post, "/v1/recordings/{recording}/analyse", .eraseRecording,
      .init(
        summary: "Make a recording's mix, analysis and manifest anew; its progress is in the recording.",
        answer: (202, "Recording"))
    ) { service, call async throws(Refusal) -> Response in
      let id = call.parameter("recording")
      let library = try service.kept()
      try await library.analyse(id)
      service.noted(call, "recording.analyse", id)
      let known = try await library.show(id)
      return .json(.object(known.json(library.progress(of: id))), status: 202, headers: uncached)
    },
    Route(
      .delete, "/v1/recordings", .eraseRecording,
      .init(
        summary: "Erase every recording of a room or of a session; those that are held or running are kept.",
        query: [
          .init(name: "room", type: "string", about: "Those of this room."),
          .init(name: "session", type: "string", about: "Those of this session."), .reason,
        ], answer: (200, "ErasedRecordings"))
    ) { service, call async throws(Refusal) -> Response in
      let (room, session) = (call.request.queryValue("room"), call.request.queryValue("session"))
      guard room != nil || session != nil else {
        throw Refusal(.invalidMessage, "say which: room=… or session=…; nothing erases all recordings")
      }
      let done = try await service.kept().erase(
        room: room, session: session, by: call.actor, reason: call.reason)
      service.noted(
        call, "recording.erase_all", room ?? session ?? "",
        ["erased": .integer(Int64(done.recordings.count)), "reason": .optional(call.reason)])
      return .json(
        [
          "erased": .array(done.recordings.map(JSON.string)), "kept": .array(done.kept.map(JSON.string)),
        ], headers: uncached)
    },
    Route(
      .delete, "/v1/recordings/{recording}", .eraseRecording,
      .init(
        summary: "Erase a recording: its keys are forgotten, its files removed, a proof stays.",
        query: [.reason], answer: (204, nil))
    ) { service, call async throws(Refusal) -> Response in
      let id = call.parameter("recording")
      try await service.kept().erase(id, by: call.actor, reason: call.reason)
      service.noted(call, "recording.erase", id, ["reason": .optional(call.reason)])
      return Response(status: 204)
    },
    Route(
      .delete, "/v1/recordings/{recording}/voices/{identity}", .eraseRecording,
      .init(
        summary: "Erase one person's voice from a recording; the others remain and are mixed anew.",
        query: [.reason], answer: (200, "ErasedVoices"))
    ) { service, call async throws(Refusal) -> Response in
      try await eraseVoice(service, call, in: call.parameter("recording"))
    },
    Route(
      .delete, "/v1/users/{identity}/recordings", .eraseRecording,
      .init(
        summary: "Erase one person's voice from all recordings; the others remain.", query: [.reason],
        answer: (200, "ErasedVoices"))
    ) { service, call async throws(Refusal) -> Response in
      try await eraseVoice(service, call, in: nil)
    },
    Route(
      .put, "/v1/recordings/{recording}/hold", .eraseRecording,
      .init(
        summary: "Put a recording under a legal hold: it cannot be erased.", body: "Hold", answer: (204, nil))
    ) { service, call async throws(Refusal) -> Response in
      let fields = try call.fields()
      let reason = try call.body { () throws(InvalidField) in
        try fields.string("reason", length: 1...Limits.reasonBytes)
      }
      try await service.kept().hold(call.parameter("recording"), reason)
      service.noted(call, "recording.hold", call.parameter("recording"), ["reason": .string(reason)])
      return Response(status: 204)
    },
    Route(
      .delete, "/v1/recordings/{recording}/hold", .eraseRecording,
      .init(summary: "End a legal hold.", answer: (204, nil))
    ) { service, call async throws(Refusal) -> Response in
      try await service.kept().hold(call.parameter("recording"), nil)
      service.noted(call, "recording.release", call.parameter("recording"))
      return Response(status: 204)
    },
    Route(
      .get, "/v1/recordings/{recording}/access", .eraseRecording,
      .init(
        summary: "Who fetched what of a recording, when and why.", query: [.limit, .cursor],
        answer: (200, "RecordingAccessPage"))
    ) { service, call async throws(Refusal) -> Response in
      let limit = try Page.limit(call.request)
      let after = try Page.key(call.request)?.first?.integer ?? 0
      let rows = try await service.kept().accesses(
        of: call.parameter("recording"), after: after, limit: limit)
      return Page.response(rows.map(\.json), limit: limit) { [.integer(rows[$0].id)] }
    },
  ]

  @Control private static func eraseVoice(
    _ service: Service, _ call: Route.Call, in recording: String?
  ) async throws(Refusal) -> Response {
    let identity = call.parameter("identity")
    let count = try await service.kept().eraseVoice(
      of: identity, in: recording, by: call.actor, reason: call.reason)
    guard count > 0 || recording == nil else {
      throw Refusal(.notFound, "This person is not heard in the recording.")
    }
    service.noted(
      call, "recording.erase_voice", identity,
      ["recording": .optional(recording), "tracks": .integer(Int64(count)), "reason": .optional(call.reason)])
    return .json(["identity": .string(identity), "tracks": .integer(Int64(count))], headers: uncached)
  }
}

extension Route.Call {
  func time(_ name: String) throws(Refusal) -> Timestamp? {
    guard let text = request.queryValue(name) else { return nil }
    guard let time = Timestamp(rfc3339: text) else {
      throw Refusal(.invalidMessage, "\(name): must be a time such as 2026-01-31T09:00:00Z")
    }
    return time
  }

  /// Why somebody wants to hear or erase it; for the records.
  var reason: String? {
    request.queryValue("reason").map { String(decoding: $0.utf8.prefix(Limits.reasonBytes), as: UTF8.self) }
  }
}

extension Route.Documentation.Parameter {
  static let reason = Self(name: "reason", type: "string", about: "Why; kept with the proof or the access.")
}

extension Service {
  func kept() throws(Refusal) -> Library {
    guard let library else { throw Refusal(.unavailable, "This server keeps no recordings.") }
    return library
  }
}

extension RecordingRow {
  func json(_ progress: Double?) -> JSON.Object {
    var object: JSON.Object = [
      "id": .string(id), "room": .string(room), "session": .string(session), "state": .string(state.rawValue),
      "startedAt": .string(startedAt.rfc3339), "stoppedAt": .optional(stoppedAt?.rfc3339),
      "durationMilliseconds": durationMilliseconds.map(JSON.integer) ?? .null,
      "bytes": bytes.map(JSON.integer) ?? .null, "stopReason": .optional(stopReason),
      "hold": .optional(hold), "expiresAt": .optional(expiresAt?.rfc3339),
      "repaired": metadata["repaired"] ?? false,
    ]
    if let progress { object.append("progress", .number(progress)) }
    return object
  }
}

extension Library.Known {
  func json(_ progress: Double?) -> JSON.Object {
    var object = row.json(progress)
    object.append("tracks", .array(tracks.map { .object($0.json) }))
    object.append(
      "files",
      .array(
        files.map {
          [
            "name": .string($0.name), "bytes": .integer($0.bytes),
            "sha256": .string(Hex.encode($0.sha256)),
          ]
        }))
    return object
  }
}

extension RecordingAccessRow {
  fileprivate var json: JSON {
    [
      "id": .integer(id), "file": .string(file), "actor": .string(actor), "reason": .optional(reason),
      "address": .optional(address), "at": .string(at.rfc3339),
    ]
  }
}
