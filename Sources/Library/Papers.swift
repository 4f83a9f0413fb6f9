// The documents beside the sound: metadata.json, analysis.json and manifest.json.

import Crypto
package import Store
import Talk
package import Values

enum Papers {
  static func metadata(
    _ row: RecordingRow, _ tracks: [RecordingTrackRow], mix: (byteCount: Int, sha256: [UInt8]),
    _ consents: [ConsentRow], _ people: [ParticipantRow]
  ) -> JSON {
    let known = row.metadata
    return [
      "recording": .string(row.id), "room": .string(row.room), "roomName": known["roomName"] ?? .null,
      "session": .string(row.session), "startedBy": known["startedBy"] ?? .null,
      "startedAt": .string(row.startedAt.rfc3339), "stoppedAt": .optional(row.stoppedAt?.rfc3339),
      "stopReason": .optional(row.stopReason),
      "durationMilliseconds": row.durationMilliseconds.map(JSON.integer) ?? .null,
      "software": .string("tandem \(Version.current)"),
      "repaired": known["repaired"] ?? false,
      "tracks": .array(tracks.map { track(of: $0, known["figures"]?[$0.id], people) }),
      "mix": [
        "file": "mix.opus", "bytes": .integer(Int64(mix.byteCount)),
        "sha256": .string(Hex.encode(mix.sha256)),
        "channels": 2,
      ],
      "consents": .array(consents.map(\.json)), "history": known["history"] ?? [],
      "gaps": known["gaps"] ?? [],
    ]
  }

  private static func track(
    of track: RecordingTrackRow, _ figures: JSON?, _ people: [ParticipantRow]
  ) -> JSON {
    let person = people.first { $0.id == track.participant }
    var object = track.json
    object.append("joinedAt", .optional(person?.joinedAt.rfc3339))
    object.append("leftAt", .optional(person?.leftAt?.rfc3339))
    object.append("figures", figures ?? .null)
    return .object(object)
  }

  static func analysis(_ row: RecordingRow, _ tracks: [AftermathOutput.Track]) -> JSON {
    let voices = tracks.filter { $0.row.source != "screen_audio" }
    var identities: [String] = []
    for voice in voices where !identities.contains(voice.row.identity) {
      identities.append(voice.row.identity)
    }
    var segments: [TalkSummary.Segment] = []
    for voice in voices {
      guard let speaker = identities.firstIndex(of: voice.row.identity) else { continue }
      for range in TalkDetector.segments(voice.levels) {
        segments.append(
          TalkSummary.Segment(
            speaker: speaker, start: Int64(range.lowerBound) * 100, end: Int64(range.upperBound) * 100))
      }
    }
    let summary = TalkSummary(segments, speakerCount: identities.count)
    let isTold = voices.allSatisfy(\.isToldByLevels)
    return [
      "recording": .string(row.id),
      "durationMilliseconds": row.durationMilliseconds.map(JSON.integer) ?? .null,
      "basis": .string(isTold ? "levels" : "sound"),
      "speakers": .array(
        identities.enumerated().map { index, identity in
          speaker(summary.speakers[index], voices.filter { $0.row.identity == identity })
        }),
      "segments": .array(summary.segments.map { segment($0, identities) }),
      "turns": .array(summary.turns.map { segment($0, identities) }),
      "pauses": [
        "count": .integer(Int64(summary.pauses)), "milliseconds": .integer(summary.pauseMilliseconds),
      ],
      "overlapMilliseconds": .integer(summary.overlapMilliseconds),
      "quality": .array(quality(row, tracks)),
      "waveform": [
        "stepMilliseconds": 100,
        "tracks": .array(
          tracks.map { ["track": .string($0.row.id), "peaks": .string(Base64.encode($0.peaks, .standard))] }),
      ],
    ]
  }

  /// Of each connection, the scores from 1 to 5, each from its moment on.
  private static func quality(_ row: RecordingRow, _ tracks: [AftermathOutput.Track]) -> [JSON] {
    var people: [(participant: String, identity: String)] = []
    for track in tracks where !people.contains(where: { $0.participant == track.row.participant }) {
      people.append((track.row.participant, track.row.identity))
    }
    return people.compactMap { one in
      guard let points = row.metadata["quality"]?[one.participant] else { return nil }
      return ["identity": .string(one.identity), "points": points]
    }
  }

  private static func segment(_ segment: TalkSummary.Segment, _ identities: [String]) -> JSON {
    [
      "identity": .string(identities[segment.speaker]), "start": .integer(segment.start),
      "end": .integer(segment.end),
    ]
  }

  private static func speaker(_ one: TalkSummary.Speaker, _ voices: [AftermathOutput.Track]) -> JSON {
    guard let voice = voices.first else { return [:] }
    return [
      "identity": .string(voice.row.identity), "name": .optional(voice.row.name),
      "role": .string(voice.row.role), "talkMilliseconds": .integer(one.milliseconds),
      "share": .number((one.share * 1_000).rounded() / 1_000), "turns": .integer(Int64(one.turns)),
      "longestTurnMilliseconds": .integer(one.longestTurn),
      "interruptions": .integer(Int64(one.interrupted)), "interrupted": .integer(Int64(one.wasInterrupted)),
      "responseMilliseconds": one.responseMilliseconds.map(JSON.integer) ?? .null,
      "loudnessDecibels": voice.loudnessDecibels.map(JSON.number) ?? .null,
    ]
  }

  /// Names every file by its hash, and the manifest before: what is signed.
  static func manifest(
    _ row: RecordingRow, _ files: [(name: String, bytes: Int64, sha256: [UInt8])], previous: [UInt8],
    at now: Timestamp
  ) -> [UInt8] {
    let manifest: JSON = [
      "recording": .string(row.id), "room": .string(row.room), "session": .string(row.session),
      "startedAt": .string(row.startedAt.rfc3339), "madeAt": .string(now.rfc3339),
      "previous": .string(Hex.encode(previous)),
      "files": .array(
        files.map {
          ["name": .string($0.name), "bytes": .integer($0.bytes), "sha256": .string(Hex.encode($0.sha256))]
        }),
    ]
    return manifest.encoded()
  }
}

extension RecordingTrackRow {
  package var json: JSON.Object {
    [
      "id": .string(id), "file": .string("tracks/\(id).opus"), "participant": .string(participant),
      "identity": .string(identity), "name": .optional(name), "role": .string(role),
      "source": .optional(source), "codec": .string(codec), "startedAt": .string(startedAt.rfc3339),
      "offsetMilliseconds": .integer(offsetMilliseconds),
      "durationMilliseconds": durationMilliseconds.map(JSON.integer) ?? .null,
      "bytes": bytes.map(JSON.integer) ?? .null, "sha256": .optional(sha256.map(Hex.encode)),
      "erasedAt": .optional(erasedAt?.rfc3339),
    ]
  }
}

extension ConsentRow {
  package var json: JSON {
    [
      "participant": .string(participant), "identity": .string(identity), "given": .bool(isGiven),
      "at": .string(at.rfc3339), "textVersion": .optional(textVersion), "purpose": .optional(purpose),
    ]
  }
}
