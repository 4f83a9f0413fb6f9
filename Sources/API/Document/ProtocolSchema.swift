// The WebSocket messages as JSON Schema (2020-12), served at /protocol.json. Under `$defs`, `client.TYPE` is what a
// client may send and `server.TYPE` what it may get. The conformance suite checks every frame it receives.

import Access
import Matching
import Sessions
import Values

enum ProtocolSchema {
  static let document: JSON = [
    "$schema": "https://json-schema.org/draft/2020-12/schema",
    "$id": "urn:tandem:protocol:v1",
    "title": "Tandem's WebSocket messages, subprotocol tandem.v1",
    "$defs": .object(JSON.Object(definitions)),
  ]

  private static let definitions: [JSON.Object.Member] =
    shapes.members + client.members.map { message("client", $0, ["id": id]) }
    + replies.members.map { message("server", $0, ["id": id]) }
    + events.members.map { message("server", $0, ["seq": count]) }

  // MARK: Shapes

  private static let shapes: JSON.Object = [
    "participant": object(
      [
        "id": text, "identity": text, "name": text, "role": choice(Role.allCases.map(\.rawValue)),
        "attributes": free, "state": choice(["active", "reconnecting", "waiting"]), "handRaised": flag,
        "tracks": list("track"),
      ]),
    "track": object(
      [
        "id": text, "mid": text, "kind": choice(["audio", "video"]),
        "source": choice(TrackView.Source.allCases.map(\.rawValue)), "muted": flag, "simulcast": flag,
        "codec": text,
      ], optional: ["mid"]),
    "room": object([
      "id": text, "name": text, "topology": choice(Topology.allCases.map(\.rawValue)), "locked": flag,
      "recording": object(
        ["state": choice(RecordingState.allCases.map(\.rawValue)), "recording": text],
        optional: ["recording"]), "createdAt": time,
    ]),
    "session": object(
      ["id": text, "startsAt": time, "duration": count, "endsAt": time],
      optional: ["startsAt", "duration", "endsAt"]),
    // What operators watch.
    "worker": object([
      "number": count, "load": ["type": "number"], "peers": count, "tracks": count, "subscriptions": count,
      "packetsIn": count, "packetsOut": count, "bytesIn": count, "bytesOut": count, "lost": count,
    ]),
    "watchedRoom": object([
      "id": text, "name": text, "topology": text, "locked": flag, "recording": text,
      "session": ["type": ["string", "null"]], "count": count, "people": list("watchedPerson"),
    ]),
    "watchedPerson": object(
      [
        "id": text, "identity": text, "name": text, "role": text, "state": text, "tracks": count,
        "muted": count, "score": ["type": "number"], "fault": ["type": ["string", "null"]], "kbpsUp": count,
        "kbpsDown": count,
      ], optional: ["score", "fault", "kbpsUp", "kbpsDown"]),
    "iceServer": object(
      ["urls": ["type": "array", "items": text], "username": text, "credential": text],
      optional: ["username", "credential"]),
    "place": object(["mid": text, "track": text, "participant": text]),
    "published": object(["mid": text, "track": text]),
    "source": object(
      ["mid": text, "source": choice(TrackView.Source.allCases.map(\.rawValue))], optional: ["source"]),
    "offer": object(["sdp": text, "tracks": list("source")], optional: ["tracks"]),
    "answer": object(["sdp": text, "tracks": list("place"), "published": list("published")]),
    "server": object(
      ["version": text, "node": text, "region": ["type": ["string", "null"]]], optional: ["region"]),
  ]

  private static let seat: JSON.Object = [
    "self": reference("participant"), "room": reference("room"), "participants": list("participant"),
    "waiting": list("participant"), "iceServers": list("iceServer"), "resume": text, "lastSeq": count,
    "server": reference("server"), "answer": reference("answer"), "session": reference("session"),
  ]

  // MARK: Messages: the last member of each pair names what may be missing

  private static let client: JSON.Object = [
    "join": fields(
      [
        "token": text, "room": text, "name": text, "attributes": free, "offer": reference("offer"),
        "resume": text, "lastSeq": count,
      ], optional: ["token", "room", "name", "attributes", "offer", "resume", "lastSeq"]),
    "leave": fields([:]),
    "ping": fields([:]),
    "offer": fields(["to": text, "sdp": text, "tracks": ["type": "array"]], optional: ["to", "tracks"]),
    "answer": fields(["to": text, "sdp": text], optional: ["to"]),
    "candidate": fields(["to": text, "candidate": [:], "mid": [:]], optional: ["to", "mid"]),
    "chat": fields(["text": text, "to": text], optional: ["to"]),
    "hand": fields(["raised": flag]),
    "consent": fields(
      ["recording": flag, "textVersion": text, "purpose": text], optional: ["textVersion", "purpose"]),
    "recording.start": fields([:]),
    "recording.stop": fields([:]),
    "moderate": fields(
      [
        "action": choice(["mute", "kick", "lock", "unlock", "admit", "deny", "end", "extend"]),
        "participant": text, "track": text, "muted": flag, "seconds": count,
      ], optional: ["participant", "track", "muted", "seconds"]),
    "mute": fields(["track": text, "muted": flag]),
    "subscribe": fields(
      [
        "track": text, "quality": choice(TrackWish.Quality.allCases.map(\.rawValue)), "maxHeight": count,
        "maxFps": count, "priority": count,
      ], optional: ["quality", "maxHeight", "maxFps", "priority"]),
    "queue.enter": fields(["token": text, "profile": free], optional: ["profile"]),
    "queue.leave": fields([:]),
    "match.accept": fields(["match": text]),
    "match.decline": fields(["match": text]),
    "watch": fields(["token": text]),
  ]

  private static let replies: JSON.Object = [
    // `recording` in the reply to `recording.start` and `recording.stop`.
    "ok": fields(["recording": text], optional: ["recording"]),
    "pong": fields(["time": count]),
    "queued": fields(["ticket": text]),
    "watching": fields(["cursor": text, "server": reference("server"), "dev": flag]),
    "joined": .object(
      fields(seat, optional: ["waiting", "answer", "session"]).object.map {
        extended($0, "missed", ["type": "array", "items": free])
      }
        ?? [:]),
    "error": fields(
      [
        "code": choice(Refusal.Code.allCases.map(\.rawValue)), "message": text,
        "retryAfter": ["type": "number"],
      ],
      optional: ["retryAfter"]),
  ]

  private static let events: JSON.Object = [
    "session.extended": fields(["session": reference("session")]),
    "session.ending": fields(["session": reference("session"), "remainingSeconds": count]),
    "participant.joined": fields(["participant": reference("participant")]),
    "participant.updated": fields(["participant": reference("participant")]),
    "participant.left": fields([
      "participant": text, "reason": choice(LeaveReason.allCases.map(\.rawValue)),
    ]),
    "track.added": fields(["participant": text, "track": reference("track")]),
    "track.updated": fields(["participant": text, "track": reference("track")]),
    "track.removed": fields(["participant": text, "track": text]),
    // Relayed, and then from somebody; or the server's own, whose tracks are places.
    "offer": fields(
      ["from": text, "sdp": text, "tracks": ["type": "array"]], optional: ["from", "tracks"]),
    // The reply to an offer to the server; as an event, somebody's, relayed.
    "answer": fields(
      ["from": text, "sdp": text, "tracks": list("place"), "published": list("published")],
      optional: ["from", "tracks", "published"]),
    "topology": fields(["topology": choice(["sfu", "p2p"]), "reason": text]),
    "speakers": fields([
      "speakers": [
        "type": "array", "items": object(["participant": text, "level": ["type": "integer"]]),
      ]
    ]),
    "quality": fields([
      "participants": [
        "type": "array", "items": object(["participant": text, "score": ["type": "number"]]),
      ]
    ]),
    "talk": fields([
      "participants": [
        "type": "array",
        "items": object([
          "participant": text, "share": ["type": "number", "minimum": 0, "maximum": 1],
          "seconds": ["type": "number"], "turn": ["type": "number"],
        ]),
      ]
    ]),
    "delivery": fields([
      "track": text, "state": choice(["full", "reduced", "paused"]), "reason": ["type": ["string", "null"]],
    ]),
    "layers": fields(["track": text, "idle": ["type": "array", "items": text]]),
    "candidate": fields(["from": text, "candidate": [:], "mid": [:]], optional: ["mid"]),
    "chat": fields(["from": text, "text": text, "to": text, "at": time], optional: ["to"]),
    "hand": fields(["participant": text, "raised": flag]),
    "consent": fields(["participant": text, "recording": flag]),
    "recording": fields([
      "state": choice(RecordingState.allCases.map(\.rawValue)), "recording": text,
    ]),
    // As the reply to a join `self` waits; as an event it is somebody else.
    "waiting": fields(
      ["self": reference("participant"), "participant": reference("participant")],
      optional: ["self", "participant"]),
    "admitted": fields(seat, optional: ["waiting", "answer", "session"]),
    "denied": fields([:]),
    "room.updated": fields(["room": reference("room")]),
    "room.closed": fields(["reason": text]),
    "token": fields(["token": text]),
    "queue.update": fields(
      [
        "ticket": text, "state": choice(["waiting"] + Departure.allCases.map(\.rawValue)), "position": count,
        "waitingStudents": count, "freeMentors": count, "estimatedSeconds": count, "secondsAtMost": count,
        "widening": ["type": "array", "items": object(["kind": text, "mentorsMore": count])],
      ],
      optional: [
        "position", "waitingStudents", "freeMentors", "estimatedSeconds", "secondsAtMost", "widening",
      ]),
    "match.found": fields([
      "match": text, "role": choice(["mentor", "student"]), "subject": ["type": ["string", "null"]],
      "people": [
        "type": "array",
        "items": object(["identity": text, "name": ["type": ["string", "null"]], "role": text]),
      ], "score": ["type": "number"],
      "reasons": [
        "type": "array",
        "items": object([
          "part": text, "value": ["type": "number"], "weight": ["type": "number"], "words": text,
        ]),
      ], "expiresAt": time,
    ]),
    "match.confirmed": fields(
      ["match": text, "room": text, "session": text, "token": text], optional: ["token"]),
    "match.cancelled": fields(["match": text, "reason": text]),
    "draining": fields(["deadline": time]),
    "log": fields(["cursor": text, "event": free]),
    "snapshot": fields(
      [
        "at": time, "draining": flag,
        "totals": object(["rooms": count, "activeRooms": count, "participants": count]),
        "loadLimit": ["type": "number"], "workers": list("worker"), "rooms": list("watchedRoom"),
        "queue": object([
          "waitingStudents": count, "freeMentors": count, "offers": count, "matches": count,
        ]),
      ], optional: ["queue"]),
  ]

  // MARK: Words

  private static let text: JSON = ["type": "string"]
  private static let flag: JSON = ["type": "boolean"]
  private static let count: JSON = ["type": "integer", "minimum": 0]
  private static let time: JSON = ["type": "string", "format": "date-time"]
  private static let free: JSON = ["type": "object"]
  private static let id: JSON = ["type": ["string", "integer"]]

  private static func choice(_ values: [String]) -> JSON { ["enum": .array(values.map(JSON.string))] }
  private static func reference(_ name: String) -> JSON { ["$ref": .string("#/$defs/\(name)")] }
  private static func list(_ name: String) -> JSON { ["type": "array", "items": reference(name)] }

  private static func object(_ properties: JSON.Object, optional: Set<String> = []) -> JSON {
    let required = properties.members.map(\.name).filter { !optional.contains($0) }
    return [
      "type": "object", "properties": .object(properties), "required": .array(required.map(JSON.string)),
    ]
  }

  private static func fields(_ properties: JSON.Object, optional: Set<String> = []) -> JSON {
    object(properties, optional: optional)
  }

  private static func extended(_ schema: JSON.Object, _ name: String, _ property: JSON) -> JSON.Object {
    var schema = schema
    var properties = schema["properties"]?.object ?? [:]
    properties.append(name, property)
    schema["properties"] = .object(properties)
    return schema
  }

  /// Adds the type, which is fixed, and the frame's own member, which not every frame has.
  private static func message(
    _ side: String, _ member: JSON.Object.Member, _ own: JSON.Object
  ) -> JSON.Object.Member {
    var schema = member.value.object ?? [:]
    for one in own.members { schema = extended(schema, one.name, one.value) }
    schema = extended(schema, "type", ["const": .string(member.name)])
    let required = (schema["required"]?.array ?? []) + ["type"]
    schema["required"] = .array(required)
    return JSON.Object.Member(name: "\(side).\(member.name)", value: .object(schema))
  }
}
