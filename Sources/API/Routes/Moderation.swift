// What an operator or a platform does to a participant from outside the room.

import Access
import Control
import Sessions
import Values
import Web

extension Routes {
  static let moderation: [Route] = [
    Route(
      .post, "/v1/rooms/{room}/participants/{participant}/mute", .moderateRoom,
      .init(
        summary: "Mute a participant's track, or unmute it with `muted: false`.", body: "Mute",
        answer: (204, nil))
    ) { service, call async throws(Refusal) -> Response in
      let fields = try call.fields()
      let (track, muted) = try call.body { () throws(InvalidField) in
        (try fields.string("track", length: 1...128), try fields.optionalBool("muted") ?? true)
      }
      let participant = call.parameter("participant")
      try await service.rooms.mute(
        room: call.parameter("room"), participant: participant, track: track, muted: muted,
        by: Operator(call.actor))
      service.noted(call, "participant.mute", participant, .object(fields.object))
      return Response(status: 204)
    },
    Route(
      .delete, "/v1/rooms/{room}/participants/{participant}", .moderateRoom,
      .init(summary: "Remove a participant, whose tokens no longer open this room.", answer: (204, nil))
    ) { service, call async throws(Refusal) -> Response in
      let participant = call.parameter("participant")
      try await service.rooms.kick(
        room: call.parameter("room"), participant: participant, by: Operator(call.actor))
      service.noted(call, "participant.kick", participant, ["room": .string(call.parameter("room"))])
      return Response(status: 204)
    },
  ]
}
