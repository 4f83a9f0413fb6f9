// The JSON schemas of everything that HTTP takes and gives. The contract tests check real answers against them.

import Store
import Matching
import Access
import Sessions
import Values

enum Schemas {
  static let all: JSON.Object = [
    "Problem": object(
      [
        "type": string, "title": string, "status": integer, "detail": string,
        "code": choice(Refusal.Code.allCases.map(\.rawValue)), "instance": string,
      ], required: ["type", "title", "status", "detail", "code"]),
    "Participant": object(
      [
        "id": string, "identity": string, "name": string, "role": choice(Role.allCases.map(\.rawValue)),
        "attributes": free, "state": choice(["active", "reconnecting", "waiting"]), "handRaised": boolean,
        "tracks": list("Track"),
      ], required: ["id", "identity", "name", "role", "attributes", "state", "handRaised", "tracks"]),
    "Track": object(
      [
        "id": string, "mid": string, "kind": choice(["audio", "video"]),
        "source": choice(TrackView.Source.allCases.map(\.rawValue)), "muted": boolean, "simulcast": boolean,
        "codec": string,
      ], required: ["id", "kind", "source", "muted", "simulcast", "codec"]),
    "RoomSettings": object(roomSettings, required: []),
    "RoomChanges": object(
      [
        "name": string, "topology": choice(Topology.allCases.map(\.rawValue)), "locked": boolean,
        "recording": choice(RecordingPolicy.allCases.map(\.rawValue)), "maxParticipants": integer,
        "emptyTimeout": integer, "lobby": boolean,
        "metadata": free,
      ], required: []),
    "Room": object(room, required: roomRequired),
    "RoomWithParticipants": object(
      room + ["participants": list("Participant")], required: roomRequired + ["participants"]),
    "RoomPage": page("Room"),
    "Mute": object(["track": string, "muted": boolean], required: ["track"]),
    "TokenRequest": object(
      [
        "identity": string, "name": string, "room": string, "role": choice(Role.allCases.map(\.rawValue)),
        "ttl": integer, "publish": boolean, "subscribe": boolean, "moderate": boolean, "record": boolean,
        "admin": boolean,
        "recordings": boolean, "match": boolean,
      ], required: ["identity"]),
    "Token": object(["token": string, "expiresAt": time], required: ["token", "expiresAt"]),
    "KeyRequest": object(["note": string], required: []),
    "NewKey": object(["id": string, "secret": string], required: ["id", "secret"]),
    "Key": object(
      [
        "id": string, "note": nullable("string"), "createdAt": nullable("string"),
        "revokedAt": nullable("string"), "source": choice(["configuration", "store"]),
      ], required: ["id", "source"]),
    "KeyPage": page("Key"),
    "Person": object(["identity": string, "name": string], required: ["identity"]),
    "Seat": object(["identity": string, "name": string, "token": string], required: ["identity", "token"]),
    "BookingRequest": object(
      [
        "mentor": reference("Person"), "student": reference("Person"), "startsAt": time, "duration": integer,
        "topology": choice(Topology.allCases.map(\.rawValue)), "metadata": free,
      ], required: ["mentor", "student"]),
    "Booking": object(
      session + ["mentor": reference("Seat"), "student": reference("Seat")],
      required: ["id", "room", "mentor", "student", "createdAt"]),
    "Session": object(session, required: ["id", "room", "state", "createdAt"]),
    "SessionWithParticipants": object(
      session + ["participants": list("Attendance"), "ratings": list("Rating")],
      required: ["id", "room", "state", "createdAt", "participants", "ratings"]),
    "Attendance": object(
      [
        "id": string, "identity": string, "name": string, "role": string, "joinedAt": time,
        "leftAt": nullable("string"), "reason": nullable("string"), "quality": score,
      ], required: ["id", "identity", "role", "joinedAt"]),
    "Explanation": object(
      session + [
        "participants": [
          "type": "array",
          "items": object(
            [
              "id": string, "identity": string, "name": string, "role": string, "joinedAt": time,
              "leftAt": nullable("string"), "reason": nullable("string"), "quality": score,
              "connectedAfterMilliseconds": nullable("integer"),
              "firstMediaAfterMilliseconds": nullable("integer"), "moves": integer, "failures": integer,
              "interruptions": integer,
            ], required: ["id", "identity", "role", "joinedAt"]),
        ],
        "causes": [
          "type": "array",
          "items": object(
            [
              "participant": string, "name": string, "from": time, "until": nullable("string"),
              "fault": string, "lowestScore": number, "text": string,
            ], required: ["participant", "from", "fault", "text"]),
        ],
        "timeline": [
          "type": "array",
          "items": object(
            [
              "at": time, "offsetMilliseconds": integer, "kind": string, "participant": nullable("string"),
              "name": nullable("string"), "text": string, "detail": free,
            ], required: ["at", "offsetMilliseconds", "kind", "text"]),
        ],
        "truncated": boolean,
      ], required: ["id", "room", "state", "participants", "causes", "timeline", "truncated"]),
    "SessionPage": page("Session"),
    "Extension": object(["seconds": integer, "duration": integer], required: []),
    "RatingRequest": object(
      ["rater": string, "ratee": string, "stars": integer, "comment": string], required: ["stars"]),
    "Rating": object(
      [
        "session": string, "rater": string, "ratee": string, "stars": integer, "comment": nullable("string"),
        "at": time, "updatedAt": time,
      ], required: ["session", "rater", "ratee", "stars", "at", "updatedAt"]),
    "Receipt": object(["receipt": free, "jws": string, "key": string], required: ["receipt", "jws", "key"]),
    "RoomRecording": object(
      ["recording": string, "room": string, "state": choice(RecordingState.allCases.map(\.rawValue))],
      required: ["recording", "room", "state"]),
    "RecordingTrack": object(
      [
        "id": string, "file": string, "participant": string, "identity": string, "name": nullable("string"),
        "role": string, "source": nullable("string"), "codec": string, "startedAt": time,
        "offsetMilliseconds": integer, "durationMilliseconds": nullable("integer"),
        "bytes": nullable("integer"), "sha256": nullable("string"), "erasedAt": nullable("string"),
      ], required: ["id", "file", "participant", "identity", "role", "codec", "startedAt"]),
    "RecordingFile": object(
      ["name": string, "bytes": integer, "sha256": string], required: ["name", "bytes", "sha256"]),
    "Recording": object(
      recording + ["tracks": list("RecordingTrack"), "files": list("RecordingFile")],
      required: ["id", "room", "session", "state", "startedAt"]),
    "RecordingPage": page("Recording"),
    "RecordingVerdict": object(
      [
        "recording": string, "sound": boolean, "problems": ["type": "array", "items": string],
        "files": list("VerifiedFile"),
      ], required: ["recording", "sound", "problems", "files"]),
    "VerifiedFile": object(["name": string, "problem": nullable("string")], required: ["name", "problem"]),
    "SigningKey": object(
      ["kid": string, "kty": string, "crv": string, "alg": string, "use": string, "x": string],
      required: ["kid", "kty", "crv", "x"]),
    "SigningKeys": object(["items": list("SigningKey")], required: ["items"]),
    "ForgottenUser": object(
      [
        "erasedAs": string, "tracks": integer, "participations": integer, "sessions": integer,
        "events": integer,
      ], required: ["erasedAs", "tracks"]),
    "Profile": object(
      [
        "identity": string, "role": choice(Side.allCases.map(\.rawValue)),
        "skills": ["type": "array", "items": free], "subjects": ["type": "array", "items": free],
        "languages": ["type": "array", "items": free], "timeZone": nullable("string"),
        "utcOffsetMinutes": integer, "availability": ["type": "array", "items": free], "rating": free,
        "embedding": ["type": "array", "items": ["type": "number"]],
        "blocked": ["type": "array", "items": string], "safeguarding": free, "attributes": free,
        "ratings": free, "requires": free, "maximumWaitSeconds": integer, "priority": integer,
        "seats": integer,
        "groupSize": integer, "acceptsGroup": boolean, "updatedAt": time,
      ], required: ["role"]),
    "ProfilePage": page("Profile"),
    "WaitingTicket": object(
      [
        "ticket": string, "identity": string, "role": string, "name": nullable("string"),
        "state": choice(["waiting", "offered", "busy"]), "connected": boolean, "enteredAt": time,
        "waitedSeconds": ["type": "number"], "match": nullable("string"), "rooms": integer,
        "seats": integer, "step": integer, "position": nullable("integer"),
        "estimatedSeconds": nullable("integer"),
      ], required: ["ticket", "identity", "role", "state", "enteredAt", "waitedSeconds"]),
    "Queue": object(
      [
        "waitingStudents": integer, "freeMentors": integer, "offers": integer, "matches": integer,
        "items": list("WaitingTicket"), "next": nullable("string"),
      ], required: ["waitingStudents", "freeMentors", "offers", "matches", "items", "next"]),
    "MatchSummary": object(match, required: ["match", "state", "mentor", "students", "offeredAt"]),
    "MatchPage": page("MatchSummary"),
    "Match": object(
      match + ["offer": free], required: ["match", "state", "mentor", "students", "offeredAt", "offer"]),
    "ErasedRecordings": object(
      ["erased": ["type": "array", "items": string], "kept": ["type": "array", "items": string]],
      required: ["erased", "kept"]),
    "ErasedVoices": object(["identity": string, "tracks": integer], required: ["identity", "tracks"]),
    "Hold": object(["reason": string], required: ["reason"]),
    "RecordingAccess": object(
      [
        "id": integer, "file": string, "actor": string, "reason": nullable("string"),
        "address": nullable("string"), "at": time,
      ], required: ["id", "file", "actor", "at"]),
    "RecordingAccessPage": page("RecordingAccess"),
    "LinkRequest": object(["file": string, "ttl": integer], required: ["file"]),
    "Link": object(["url": string, "expiresAt": time], required: ["url", "expiresAt"]),
    "Event": object(
      [
        "cursor": string, "id": string, "type": string, "room": nullable("string"),
        "seq": nullable("integer"),
        "at": time, "data": free,
      ], required: ["cursor", "id", "type", "at", "data"]),
    "EventPage": page("Event"),
    "AuditEntry": object(
      [
        "id": integer, "at": time, "actor": string, "action": string, "target": string, "detail": free,
        "address": nullable("string"), "hash": string,
      ], required: ["id", "at", "actor", "action", "target", "hash"]),
    "AuditPage": page("AuditEntry"),
    "Health": object(["status": choice(["ok"]), "version": string, "node": string], required: ["status"]),
    "Readiness": object(
      ["status": choice(["ready", "draining", "not_ready"]), "checks": ["type": "object"]],
      required: ["status", "checks"]),
  ]

  private static let roomSettings: JSON.Object = [
    "id": string, "name": string, "topology": choice(Topology.allCases.map(\.rawValue)),
    "maxParticipants": integer, "recording": choice(RecordingPolicy.allCases.map(\.rawValue)),
    "emptyTimeout": integer, "lobby": boolean, "metadata": free,
  ]

  private static let room: JSON.Object = [
    "id": string, "name": string, "topology": choice(Topology.allCases.map(\.rawValue)), "locked": boolean,
    "recording": ["type": "object"], "createdAt": time, "maxParticipants": integer,
    "recordingPolicy": choice(RecordingPolicy.allCases.map(\.rawValue)), "emptyTimeout": integer,
    "lobby": boolean, "metadata": free, "participantCount": integer, "session": nullable("string"),
  ]

  private static let roomRequired = [
    "id", "name", "topology", "locked", "recording", "createdAt", "maxParticipants", "recordingPolicy",
    "emptyTimeout", "lobby", "metadata", "participantCount",
  ]

  private static let match: JSON.Object = [
    "match": string, "state": choice(MatchRow.State.allCases.map(\.rawValue)), "mentor": string,
    "students": ["type": "array", "items": string], "subject": nullable("string"),
    "session": nullable("string"), "room": nullable("string"), "reason": nullable("string"),
    "offeredAt": time, "matchedAt": nullable("string"), "endedAt": nullable("string"),
  ]

  private static let session: JSON.Object = [
    "id": string, "room": string, "state": choice(["booked", "running", "ended"]),
    "mentor": reference("Person"), "student": reference("Person"), "startsAt": nullable("string"),
    "duration": nullable("integer"), "createdAt": time, "startedAt": nullable("string"),
    "endedAt": nullable("string"), "endReason": nullable("string"), "bothPresentSeconds": ["type": "number"],
    "extendedSeconds": integer, "endsAt": nullable("string"), "noShow": nullable("string"),
    "metadata": free,
  ]

  private static let recording: JSON.Object = [
    "id": string, "room": string, "session": string,
    "state": choice(["recording", "processing", "ready", "failed"]), "startedAt": time,
    "stoppedAt": nullable("string"), "durationMilliseconds": nullable("integer"),
    "bytes": nullable("integer"),
    "stopReason": nullable("string"), "hold": nullable("string"), "expiresAt": nullable("string"),
    "repaired": boolean, "progress": ["type": "number"], "proof": free,
  ]

  private static let string: JSON = ["type": "string"]
  private static let integer: JSON = ["type": "integer"]
  private static let number: JSON = ["type": "number"]
  /// How good a connection was, from 1 to 5.
  private static let score: JSON = [
    "type": ["object", "null"], "properties": ["average": number, "lowest": number],
  ]
  private static let boolean: JSON = ["type": "boolean"]
  private static let time: JSON = ["type": "string", "format": "date-time"]
  private static let free: JSON = ["type": "object", "additionalProperties": true]

  private static func nullable(_ type: String) -> JSON { ["type": [.string(type), "null"]] }
  private static func choice(_ values: [String]) -> JSON {
    ["type": "string", "enum": .array(values.map(JSON.string))]
  }
  private static func reference(_ name: String) -> JSON { ["$ref": .string("#/components/schemas/\(name)")] }
  private static func list(_ name: String) -> JSON { ["type": "array", "items": reference(name)] }
  private static func page(_ name: String) -> JSON {
    object(["items": list(name), "next": nullable("string")], required: ["items", "next"])
  }
  private static func object(_ properties: JSON.Object, required: [String]) -> JSON {
    [
      "type": "object", "properties": .object(properties), "required": .array(required.map(JSON.string)),
    ]
  }
}

extension JSON.Object {
  /// Later members win.
  fileprivate static func + (left: JSON.Object, right: JSON.Object) -> JSON.Object {
    var result = left
    for member in right.members { result[member.name] = member.value }
    return result
  }
}
