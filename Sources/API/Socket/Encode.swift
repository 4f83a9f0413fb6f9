// Events as the protocol's bytes. An event is encoded once for all who get it; only its number differs, and that
// is spliced in between head and tail.

package import Control
package import Sessions
import Values

/// Hands rooms the bytes of their events. `admitted` says what `joined` says, some of which only the service knows.
@Control package final class EventEncoder {
  package weak var service: Service?

  package init() {}

  package func encode(_ event: Event) -> EncodedEvent {
    guard case .admitted(let view) = event, let service else { return event.encoded }
    return Event.encoded("admitted", service.joined(view))
  }
}

extension Event {
  package var encoded: EncodedEvent {
    let (type, fields) = content
    return Self.encoded(type, fields)
  }

  static func encoded(_ type: String, _ fields: JSON.Object) -> EncodedEvent {
    var head: [UInt8] = []
    head.reserveCapacity(40)
    head.append(contentsOf: "{\"type\":".utf8)
    JSON.write(type, into: &head)
    head.append(contentsOf: ",\"seq\":".utf8)
    // `{"a":1}` becomes `,"a":1}`, and `{}` becomes `}`.
    var tail = JSON.object(fields).encoded()
    if fields.members.isEmpty { tail.removeFirst() } else { tail[0] = UInt8(ascii: ",") }
    return EncodedEvent(head: head, tail: tail)
  }

  private var content: (type: String, fields: JSON.Object) {
    switch self {
    case .participantJoined(let participant):
      return ("participant.joined", ["participant": participant.json])
    case .participantUpdated(let participant):
      return ("participant.updated", ["participant": participant.json])
    case .participantLeft(let participant, let reason):
      return ("participant.left", ["participant": .string(participant), "reason": .string(reason.rawValue)])
    case .chat(let from, let text, let to, let at):
      var fields: JSON.Object = ["from": .string(from), "text": .string(text)]
      if let to { fields.append("to", .string(to)) }
      fields.append("at", .string(at.rfc3339))
      return ("chat", fields)
    case .hand(let participant, let raised):
      return ("hand", ["participant": .string(participant), "raised": .bool(raised)])
    case .consent(let participant, let recording):
      return ("consent", ["participant": .string(participant), "recording": .bool(recording)])
    case .recording(let state, let recording):
      return ("recording", ["state": .string(state.rawValue), "recording": .string(recording)])
    case .roomUpdated(let room):
      return ("room.updated", ["room": .object(room.object)])
    case .roomClosed(let reason):
      return ("room.closed", ["reason": .string(reason)])
    case .trackAdded(let participant, let track):
      return ("track.added", ["participant": .string(participant), "track": track.json])
    case .trackUpdated(let participant, let track):
      return ("track.updated", ["participant": .string(participant), "track": track.json])
    case .trackRemoved(let participant, let track):
      return ("track.removed", ["participant": .string(participant), "track": .string(track)])
    case .offer(let sdp, let tracks):
      return ("offer", ["sdp": .string(sdp), "tracks": .array(tracks.map(\.json))])
    case .topology(let topology, let reason):
      return ("topology", ["topology": .string(topology.rawValue), "reason": .string(reason)])
    case .speakers(let speakers):
      return ("speakers", ["speakers": .array(speakers.map(\.json))])
    case .quality(let scores):
      return ("quality", ["participants": .array(scores.map(\.json))])
    case .talk(let shares):
      return ("talk", ["participants": .array(shares.map(\.json))])
    case .delivery(let track, let state, let reason):
      return (
        "delivery", ["track": .string(track), "state": .string(state), "reason": .optional(reason)]
      )
    case .layers(let track, let idle):
      return ("layers", ["track": .string(track), "idle": .array(idle.map(JSON.string))])
    case .relayedOffer(let from, let sdp, let tracks):
      var fields: JSON.Object = ["from": .string(from), "sdp": .string(sdp)]
      if let tracks { fields.append("tracks", tracks) }
      return ("offer", fields)
    case .relayedAnswer(let from, let sdp):
      return ("answer", ["from": .string(from), "sdp": .string(sdp)])
    case .relayedCandidate(let from, let candidate, let mid):
      var fields: JSON.Object = ["from": .string(from), "candidate": candidate]
      if let mid { fields.append("mid", mid) }
      return ("candidate", fields)
    case .admitted(let joined):
      return ("admitted", joined.fields)
    case .denied:
      return ("denied", [:])
    case .waiting(let participant):
      return ("waiting", ["participant": participant.json])
    case .token(let token):
      return ("token", ["token": .string(token)])
    case .draining(let deadline):
      return ("draining", ["deadline": .string(deadline.rfc3339)])
    case .sessionExtended(let session):
      return ("session.extended", ["session": session.json])
    case .sessionEnding(let session, let remaining):
      return (
        "session.ending",
        ["session": session.json, "remainingSeconds": .integer(remaining.milliseconds / 1_000)]
      )
    }
  }
}

extension JoinedView {
  /// What `joined` and `admitted` have in common; `joined` adds what only this node knows.
  var fields: JSON.Object {
    var fields: JSON.Object = [
      "self": me.json, "room": .object(room.object), "participants": .array(participants.map(\.json)),
      "resume": .string(resume), "lastSeq": .integer(Int64(clamping: lastSeq)),
    ]
    if let session { fields.append("session", session.json) }
    // Only moderators are told, and most rooms have nobody waiting.
    if !waiting.isEmpty { fields.append("waiting", .array(waiting.map(\.json))) }
    if let answer { fields.append("answer", .object(answer.fields)) }
    return fields
  }
}

extension Speaker {
  fileprivate var json: JSON {
    ["participant": .string(participant), "level": .integer(Int64(levelDecibels))]
  }
}

extension TalkShare {
  fileprivate var json: JSON {
    [
      "participant": .string(participant), "share": .number((share * 1_000).rounded() / 1_000),
      "seconds": .number(Double(milliseconds) / 1_000), "turn": .number(Double(turnMilliseconds) / 1_000),
    ]
  }
}

extension ConnectionScore {
  fileprivate var json: JSON { ["participant": .string(participant), "score": .number(score)] }
}
