// What the tape's thread tells.

import Control
package import Engine
import Glibc
import Observe
import Sessions
import Store
import Tape
import Values

extension Library {
  package func happened(_ news: TapeNews) {
    switch news {
    case .gap(let number, let from, let until):
      guard let id = recordingOfNumber[number], let recording = active[id] else { return }
      let gap: JSON = ["from": .integer(recording.offset(from)), "to": .integer(recording.offset(until))]
      Metrics.recordingGaps.add()
      log.error(
        "the disk is too slow: sound of a recording was lost", ["recording": .string(id), "gap": gap])
      guard recording.gaps.count < Limits.gaps else { return }
      active[id]?.gaps.append(gap)
      let (row, eventID) = (recording.row, identifier(.event))
      store.enqueue(.process) { connection throws(StoreFailure) in
        try Self.announce("recording.gap", row, eventID, more: ["gap": gap], at: .now, connection)
      }
    case .failed(let number, let reason):
      guard let id = recordingOfNumber[number], let recording = active[id] else { return }
      log.error("a recording failed", ["recording": .string(id), "reason": .string(reason)])
      Metrics.recordingsFailed.add()
      rooms?.recordingEnded(id, room: recording.start.room, .failed)
    case .closed(let number, let ends): closed(number, ends)
    case .figures(let new, let free):
      Metrics.tapePackets.add(new.packets - figures.packets)
      Metrics.tapeBytes.add(new.bytes - figures.bytes)
      Metrics.tapeRefused.add(new.refused - figures.refused)
      Metrics.tapeCommits.add(
        nanoseconds: Int(new.commitNanoseconds - figures.commitNanoseconds),
        count: new.commits - figures.commits)
      figures = new
      if let free, free < options.reserveBytes { closeAll(free) }
    }
  }

  /// The disk is at its reserve: what runs is closed while there is still room for it.
  private func closeAll(_ free: UInt64) {
    guard active.values.contains(where: { $0.end == nil }) else { return }
    log.error(
      "the disk is nearly full: all recordings are closed", ["freeBytes": .integer(Int64(clamping: free))])
    for (id, recording) in active where recording.end == nil {
      rooms?.recordingEnded(id, room: recording.start.room, .diskFull)
    }
  }

  private func closed(_ number: UInt64, _ ends: [TapeFileEnd]) {
    guard let id = recordingOfNumber[number], let recording = active[id] else { return }
    let end = recording.end ?? (.restart, .now, TapeDisk.nowNanoseconds)
    var row = recording.row
    row.state = .processing
    row.stopReason = end.reason.rawValue
    row.stoppedAt = end.at
    row.durationMilliseconds = recording.offset(end.nanoseconds)
    row.expiresAt = options.retention.map { end.at + $0 }
    var tracks: [RecordingTrackRow] = []
    var figures: JSON.Object = [:]
    for file in recording.files.values {
      guard let end = ends.first(where: { $0.number == file.number }) else { continue }
      levels[id, default: [:]][file.track.id] = end.levels.isTold ? end.levels.steps : nil
      figures.append(file.track.id, end.figures.json)
      var track = file.track
      track.durationMilliseconds = row.durationMilliseconds
      tracks.append(track)
    }
    row.metadata = metadata(of: recording, figures)
    forget(id)
    let (saved, eventID, savedTracks) = (row, identifier(.event), tracks)
    let write = Task {
      defer { ending[id] = nil }
      do throws(StoreFailure) {
        try await store.write(.disk) { connection throws(StoreFailure) in
          try saved.save(connection)
          for track in savedTracks { try track.save(connection) }
          try Self.announce(
            "recording.stopped", saved, eventID, more: ["reason": .optional(saved.stopReason)], at: .now,
            connection)
        }
      } catch {
        // The next start finds it unfinished and completes it.
        log.error("a recording's end could not be written down", ["reason": .string(error.message)])
        return
      }
      enqueue(id)
    }
    ending[id] = write
  }

  func metadata(of recording: ActiveRecording, _ figures: JSON.Object) -> JSON {
    var metadata = recording.row.metadata.object ?? [:]
    metadata.append("history", .array(recording.notes))
    metadata.append("gaps", .array(recording.gaps))
    metadata.append("figures", .object(figures))
    var quality: JSON.Object = [:]
    for (participant, points) in recording.quality.sorted(by: { $0.key < $1.key }) {
      quality.append(participant, .array(points.map { [.integer($0.at), .number($0.score)] }))
    }
    metadata.append("quality", .object(quality))
    return .object(metadata)
  }

  /// At the end of the process, behind the tape's own: ends are written down; mixes are made after the next start.
  package func settle() async {
    for end in ending.values { await end.value }
  }
}

extension TrackFigures {
  var json: JSON {
    var object: JSON.Object = [
      "packets": .integer(Int64(packets)), "payloadBytes": .integer(Int64(payloadBytes)),
      "lost": .integer(Int64(lost)), "restored": .integer(Int64(restored)),
      "correctable": .integer(Int64(correctable)), "late": .integer(Int64(late)),
      "malformed": .integer(Int64(malformed)), "streams": .integer(Int64(streams)),
      "concealedMilliseconds": .integer(concealedSamples / 48),
      "comfortMilliseconds": .integer(comfortSamples / 48),
      "silentMilliseconds": .integer(silentSamples / 48),
    ]
    if let driftPartsPerMillion { object.append("driftPartsPerMillion", .number(driftPartsPerMillion)) }
    return .object(object)
  }
}
