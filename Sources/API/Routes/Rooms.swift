// Rooms: list, create, show, change, close.

import Access
import Control
import Sessions
import Values
import Web

extension Routes {
  static let rooms: [Route] = [
    Route(
      .get, "/v1/rooms", .listRooms,
      .init(summary: "List open rooms by id.", query: [.limit, .cursor], answer: (200, "RoomPage"))
    ) { service, call async throws(Refusal) -> Response in
      let limit = try Page.limit(call.request)
      let after = try Page.key(call.request)?.first?.string
      let rooms = service.rooms.list(after: after ?? "", limit: limit)
      return Page.response(rooms.map { .object($0.json) }, limit: limit) { [.string(rooms[$0].view.id)] }
    },
    Route(
      .post, "/v1/rooms", .createRoom,
      .init(
        summary: "Create a room; 200 if it exists with the same settings.", body: "RoomSettings",
        answer: (201, "Room"), takesIdempotencyKey: true)
    ) { service, call async throws(Refusal) -> Response in
      let fields = try call.fields()
      var room = try call.body { () throws(InvalidField) in try specification(fields) }
      guard !service.draining else { throw Refusal(.draining, "this server is being drained") }
      let key = try await service.idempotency(call)
      if room.id == nil { room.id = key.map { $0.identifier(.room) } }
      let (detail, isNew) = try await service.rooms.create(room)
      if isNew { service.noted(call, "room.create", detail.view.id) }
      return .json(.object(detail.json), status: isNew ? 201 : 200, headers: uncached)
    },
    Route(
      .get, "/v1/rooms/{room}", .showRoom,
      .init(summary: "Show a room and who is in it.", answer: (200, "RoomWithParticipants"))
    ) { service, call async throws(Refusal) -> Response in
      .json(
        .object(try service.rooms.show(call.parameter("room")).jsonWithParticipants), headers: uncached)
    },
    Route(
      .patch, "/v1/rooms/{room}", .changeRoom,
      .init(summary: "Change a room.", body: "RoomChanges", answer: (200, "RoomWithParticipants"))
    ) { service, call async throws(Refusal) -> Response in
      let fields = try call.fields()
      let wanted = try call.body { () throws(InvalidField) in try changes(fields) }
      let detail = try await service.rooms.update(call.parameter("room"), wanted)
      service.noted(call, "room.update", call.parameter("room"), .object(fields.object))
      return .json(.object(detail.jsonWithParticipants), headers: uncached)
    },
    Route(
      .delete, "/v1/rooms/{room}", .closeRoom,
      .init(summary: "Close a room: everybody leaves.", answer: (204, nil))
    ) { service, call async throws(Refusal) -> Response in
      try await service.rooms.close(call.parameter("room"), by: Operator(call.actor))
      service.noted(call, "room.close", call.parameter("room"))
      return Response(status: 204)
    },
  ]

  private static func specification(_ fields: Fields) throws(InvalidField) -> RoomSpecification {
    let id = try fields.optionalString("id", length: 1...128)
    if let id, !Identifier.isAcceptable(id) {
      throw fields.invalid("id", "may have letters, digits and - _ . ~ : @ + only")
    }
    var room = RoomSpecification()
    room.id = id
    room.name = try fields.optionalString("name", length: 1...Limits.nameBytes)
    room.topology = try fields.optionalChoice("topology", Topology.self)
    room.maxParticipants = try fields.optionalInteger("maxParticipants", in: 1...1000)
    room.recording = try fields.optionalChoice("recording", RecordingPolicy.self)
    room.emptyTimeout = try fields.optionalInteger("emptyTimeout", in: 1...7 * 86_400).map { .seconds($0) }
    room.lobby = try fields.optionalBool("lobby")
    room.metadata = try fields.optionalFreeObject("metadata", bytesAtMost: Limits.metadataBytes)
    return room
  }

  private static func changes(_ fields: Fields) throws(InvalidField) -> RoomChanges {
    var changes = RoomChanges()
    changes.name = try fields.optionalString("name", length: 1...Limits.nameBytes)
    changes.topology = try fields.optionalChoice("topology", Topology.self)
    changes.locked = try fields.optionalBool("locked")
    changes.maxParticipants = try fields.optionalInteger("maxParticipants", in: 1...1000)
    changes.recording = try fields.optionalChoice("recording", RecordingPolicy.self)
    changes.emptyTimeout = try fields.optionalInteger("emptyTimeout", in: 1...7 * 86_400).map { .seconds($0) }
    changes.lobby = try fields.optionalBool("lobby")
    changes.metadata = try fields.optionalFreeObject("metadata", bytesAtMost: Limits.metadataBytes)
    return changes
  }
}

extension RoomDetail {
  var json: JSON.Object {
    var object = view.object
    object.append("maxParticipants", .integer(Int64(maxParticipants)))
    object.append("recordingPolicy", .string(recording.rawValue))
    object.append("emptyTimeout", .integer(emptyTimeout.milliseconds / 1000))
    object.append("lobby", .bool(lobby))
    object.append("metadata", metadata)
    object.append("participantCount", .integer(Int64(participantCount)))
    object.append("session", .optional(session))
    return object
  }

  var jsonWithParticipants: JSON.Object {
    var object = json
    object.append("participants", .array(participants.map(\.json)))
    return object
  }
}
