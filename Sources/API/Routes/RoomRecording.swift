// Recording a room, as an operator or the platform asks for it.

import Access
import Control
import Sessions
import Values
import Web

extension Routes {
  static let roomRecording: [Route] = [
    Route(
      .post, "/v1/rooms/{room}/recording", .startRecording,
      .init(
        summary: "Record this room: at once if everybody in it has consented, else as soon as they do.",
        answer: (201, "RoomRecording"))
    ) { service, call async throws(Refusal) -> Response in
      let room = call.parameter("room")
      let id = try await service.rooms.startRecording(room: room, by: Operator(call.actor))
      service.noted(call, "recording.start", id, ["room": .string(room)])
      return .json(.object(try shown(id, room, service)), status: 201, headers: uncached)
    },
    Route(
      .delete, "/v1/rooms/{room}/recording", .stopRecording,
      .init(summary: "Stop recording this room.", answer: (200, "RoomRecording"))
    ) { service, call async throws(Refusal) -> Response in
      let room = call.parameter("room")
      let id = try await service.rooms.stopRecording(room: room, by: Operator(call.actor))
      service.noted(call, "recording.stop", id, ["room": .string(room)])
      return .json(.object(try shown(id, room, service)), headers: uncached)
    },
  ]

  @Control private static func shown(
    _ id: String, _ room: String, _ service: Service
  ) throws(Refusal) -> JSON.Object {
    let view = try service.rooms.show(room).view
    return [
      "recording": .string(id), "room": .string(room), "state": .string(view.recordingState.rawValue),
    ]
  }
}
