// What rooms order: recordings begin, tracks are heard and dropped, recordings end.

package import Access
import Control
import Engine
import Link
import Observe
package import Sessions
import Store
import Tape
import Values

extension Library: Recorder {
  package func check() throws(Refusal) {
    guard TapeDisk.freeBytes(in: directory) ?? .max >= options.leastFreeBytes else {
      throw Refusal(
        .unavailable, "The disk for recordings is nearly full: no new recording begins.",
        retryAfter: .seconds(60))
    }
  }

  package func perform(_ order: RecordingOrder) {
    switch order {
    case .begin(let start): begin(start)
    case .hear(_, let id), .drop(_, let id), .note(_, _, let id, _), .quality(_, let id),
      .end(let id, _, _):
      guard let recording = active[id] else { return }
      if case .hear(let track, _) = order { active[id]?.wanted.insert(track.handle) }
      if case .drop(let handle, _) = order { active[id]?.wanted.remove(handle) }
      if recording.stands { perform(order, id) } else { active[id]?.waiting.append(order) }
    }
  }

  private func begin(_ start: RecordingStart) {
    let (key, sealed) = keys.newRecordingKey(start.id)
    var row = RecordingRow(
      id: start.id, room: start.room, session: start.session, state: .recording, startedAt: start.at,
      sealedKey: sealed)
    row.metadata = ["roomName": .string(start.roomName), "startedBy": .optional(start.startedBy)]
    let recording = ActiveRecording(
      number: nextNumber(), start: start, key: key, beganNanoseconds: TapeDisk.nowNanoseconds, row: row)
    active[start.id] = recording
    recordingOfNumber[recording.number] = start.id
    Metrics.recordings.add(1)
    let (saved, eventID) = (row, identifier(.event))
    Task.immediate {
      do throws(StoreFailure) {
        try await store.write(.disk) { connection throws(StoreFailure) in
          try saved.save(connection)
          try Self.announce("recording.started", saved, eventID, at: saved.startedAt, connection)
        }
      } catch {
        log.error("a recording could not be written down", ["reason": .string(error.message)])
        forget(start.id)
        rooms?.recordingEnded(start.id, room: start.room, .failed)
        return
      }
      stands(start.id)
    }
  }

  /// Its row is on the disk: what was ordered meanwhile is done.
  private func stands(_ id: String) {
    guard let recording = active[id] else { return }
    tell(.open(recording: recording.number, folder: id, beganNanoseconds: recording.beganNanoseconds))
    active[id]?.stands = true
    active[id]?.waiting = []
    for order in recording.waiting { perform(order, id) }
  }

  private func perform(_ order: RecordingOrder, _ id: String) {
    switch order {
    case .begin: break
    case .hear(let track, _): hear(track, id)
    case .drop(let handle, _): tell(.drop(handle, atNanoseconds: TapeDisk.nowNanoseconds))
    case .note(let what, let participant, _, let at): note(what, participant, id, at)
    case .quality(let scores, _): note(scores, id)
    case .end(_, let reason, let at):
      guard let recording = active[id], recording.end == nil else { return }
      // The sound of the last packet is later than the packet.
      let end = TapeDisk.nowNanoseconds + Limits.lastPacketNanoseconds
      active[id]?.end = (reason, at, end)
      tell(.close(recording: recording.number, atNanoseconds: end))
    }
  }

  private func note(_ what: String, _ participant: String?, _ id: String, _ at: Timestamp) {
    guard let recording = active[id], recording.notes.count < Limits.notes else { return }
    var note: JSON.Object = ["what": .string(what), "at": .string(at.rfc3339)]
    if let participant { note.append("participant", .string(participant)) }
    active[id]?.notes.append(.object(note))
  }

  /// Only what has changed: most connections are good for hours.
  private func note(_ scores: [ConnectionScore], _ id: String) {
    guard let recording = active[id] else { return }
    let now = recording.offset(TapeDisk.nowNanoseconds)
    for one in scores {
      let known = recording.quality[one.participant] ?? []
      guard known.count < Limits.qualityPoints, known.last?.score != one.score else { continue }
      active[id]?.quality[one.participant, default: []].append(QualityPoint(at: now, score: one.score))
    }
  }

  private func hear(_ track: RecordedTrack, _ id: String) {
    guard let recording = active[id], recording.wanted.contains(track.handle) else { return }
    let name = "\(track.participant)/\(track.source.rawValue)"
    if let file = recording.files[name] {
      if file.stands {
        listen(track.handle, file, id)
      } else {
        active[id]?.waiting.append(.hear(track, recording: id))
      }
      return
    }
    let trackID = identifier(.track)
    let (key, sealed) = LibraryKeys.newFileKey(trackID, under: recording.key)
    let now = Timestamp.now
    let row = RecordingTrackRow(
      id: trackID, recording: id, participant: track.participant, identity: track.identity, name: track.name,
      role: track.role, source: track.source.rawValue, codec: "opus", startedAt: now,
      offsetMilliseconds: recording.offset(TapeDisk.nowNanoseconds), recordedAt: recording.row.startedAt,
      sealedKey: sealed)
    let file = ActiveFile(number: nextNumber(), track: row, key: key)
    active[id]?.files[name] = file
    Task.immediate {
      do throws(StoreFailure) {
        try await store.write(.disk) { connection throws(StoreFailure) in try row.save(connection) }
      } catch {
        log.error("a track could not be written down", ["reason": .string(error.message)])
        active[id]?.files[name] = nil
        rooms?.recordingEnded(id, room: recording.start.room, .failed)
        return
      }
      fileStands(name, track, id)
    }
  }

  private func fileStands(_ name: String, _ track: RecordedTrack, _ id: String) {
    guard let recording = active[id], let file = recording.files[name], recording.end == nil else { return }
    active[id]?.files[name]?.stands = true
    tell(
      .add(
        TapeFileSetup(
          number: file.number, recording: recording.number, name: "\(file.track.id).opus", key: file.key,
          description: description(of: track, file, recording))))
    if recording.wanted.contains(track.handle) { listen(track.handle, file, id) }
    let waiting = active[id]?.waiting ?? []
    active[id]?.waiting = []
    for order in waiting { perform(order, id) }
  }

  private func listen(_ handle: TrackHandle, _ file: ActiveFile, _ id: String) {
    guard let recording = active[id] else { return }
    tell(.hear(handle, file: file.number))
    rooms?.fileStands(handle, recording: id, room: recording.start.room)
  }

  private func description(
    of track: RecordedTrack, _ file: ActiveFile, _ recording: ActiveRecording
  ) -> TrackDescription {
    TrackDescription(
      serial: UInt32(truncatingIfNeeded: file.number &* 0x9E37_79B9), channels: 2,
      vendor: "tandem \(Version.current)",
      comments: [
        ("TITLE", "\(track.name) in \(recording.start.roomName)"), ("ARTIST", track.name),
        ("DATE", recording.start.at.rfc3339), ("RECORDING", recording.start.id),
        ("SESSION", recording.start.session), ("ROOM", recording.start.room),
        ("PARTICIPANT", track.participant), ("IDENTITY", track.identity), ("ROLE", track.role),
        ("SOURCE", track.source.rawValue), ("TRACK", file.track.id),
      ])
  }

  func forget(_ id: String) {
    guard let recording = active.removeValue(forKey: id) else { return }
    recordingOfNumber[recording.number] = nil
    Metrics.recordings.add(-1)
  }
}
