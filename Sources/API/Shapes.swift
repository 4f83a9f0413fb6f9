// The JSON shapes that messages and resources share: participant, track, room.

import Sessions
import Values

extension ParticipantView {
  var json: JSON {
    [
      "id": .string(id), "identity": .string(identity), "name": .string(name), "role": .string(role),
      "attributes": attributes, "state": .string(state.rawValue), "handRaised": .bool(handRaised),
      "tracks": .array(tracks.map(\.json)),
    ]
  }
}

extension TrackView {
  var json: JSON {
    var object: JSON.Object = ["id": .string(id)]
    if let mid { object.append("mid", .string(mid)) }
    object.append("kind", .string(kind.rawValue))
    object.append("source", .string(source.rawValue))
    object.append("muted", .bool(muted))
    object.append("simulcast", .bool(simulcast))
    object.append("codec", .string(codec))
    return .object(object)
  }
}

extension SessionView {
  var json: JSON {
    var object: JSON.Object = ["id": .string(id)]
    if let startsAt { object.append("startsAt", .string(startsAt.rfc3339)) }
    if let duration { object.append("duration", .integer(duration.milliseconds / 1_000)) }
    if let endsAt { object.append("endsAt", .string(endsAt.rfc3339)) }
    return .object(object)
  }
}

extension RoomView {
  var object: JSON.Object {
    var recordingObject: JSON.Object = ["state": .string(recordingState.rawValue)]
    if let recording { recordingObject.append("recording", .string(recording)) }
    return [
      "id": .string(id), "name": .string(name), "topology": .string(topology.rawValue),
      "locked": .bool(locked),
      "recording": .object(recordingObject), "createdAt": .string(createdAt.rfc3339),
    ]
  }
}
