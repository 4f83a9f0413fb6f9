// After the stop: one recording after the other gets its mix, its analysis and its signed manifest. What is not done when
// the process ends is done after the next start.

import Control
import Crypto
import Engine
import Observe
package import Store
import Values

extension Library {
  func enqueue(_ id: String) {
    guard !jobs.contains(id) else { return }
    jobs.append(id)
    guard !isWorking else { return }
    isWorking = true
    Task { await work() }
  }

  private func work() async {
    while !jobs.isEmpty {
      // Taken out first: what is erased meanwhile puts it in again.
      let id = jobs.removeFirst()
      do throws(AftermathFailure) {
        try await complete(id)
      } catch {
        Metrics.recordingsFailed.add()
        log.error(
          "a recording is kept, but its mix could not be made; the next start tries again",
          ["recording": .string(id), "reason": .string(error.reason)])
      }
      levels[id] = nil
    }
    progress = nil
    isWorking = false
  }

  /// All that is known of one; nil where there is no such.
  func read(_ id: String) async throws(StoreFailure) -> Known? {
    try await store.read { connection throws(StoreFailure) -> Known? in
      guard let row = try RecordingRow.find(id, connection) else { return nil }
      return Known(
        row: row, tracks: try RecordingTrackRow.of(recording: id, connection),
        files: try RecordingFileRow.of(recording: id, connection))
    }
  }

  package struct Known: Sendable {
    package var row: RecordingRow
    package var tracks: [RecordingTrackRow]
    package var files: [RecordingFileRow]
  }

  private func complete(_ id: String) async throws(AftermathFailure) {
    let known: Known?
    do throws(StoreFailure) { known = try await read(id) } catch {
      throw AftermathFailure(reason: error.message)
    }
    guard let known, known.row.state == .processing else { return }
    let (row, key) = (known.row, try recordingKey(known.row))
    let mixKey = LibraryKeys.newFileKey("\(id)/mix.opus", under: key)
    let input = AftermathInput(
      recording: row, tracks: try tracks(of: known, key), mixPath: "\(folder(id))/mix.opus",
      mixKey: mixKey.key)
    let share = JobProgress()
    progress = (id, share)
    let output: AftermathOutput
    do {
      output = try await mixer.run { try Aftermath.run(input, share) }
    } catch {
      throw error as? AftermathFailure ?? AftermathFailure(reason: "\(error)")
    }
    let mix = RecordingFileRow(
      recording: id, name: "mix.opus", sealedKey: mixKey.sealed, bytes: Int64(output.mix.byteCount),
      sha256: output.mix.sha256)
    // Erased meanwhile, as a whole or a voice in it: nothing of it may come back.
    guard let still = try? await read(id), still.tracks == known.tracks else { return }
    do {
      guard try await publish(still, output, mix, key) else { return }
    } catch let failure as StoreFailure {
      throw AftermathFailure(reason: failure.message)
    } catch {
      throw AftermathFailure(reason: (error as? DiskFailure)?.reason ?? "\(error)")
    }
    log.info("a recording is ready", ["recording": .string(id), "room": .string(row.room)])
  }

  func recordingKey(_ row: RecordingRow) throws(AftermathFailure) -> SealingKey {
    guard let sealed = row.sealedKey, let key = try? keys.recordingKey(row.id, sealed) else {
      throw AftermathFailure(reason: "its key does not open: the master key is another, or it was erased")
    }
    return key
  }

  private func tracks(
    of known: Known, _ key: SealingKey
  ) throws(AftermathFailure) -> [AftermathInput.Track] {
    var tracks: [AftermathInput.Track] = []
    for row in known.tracks {
      guard let sealed = row.sealedKey else { continue }
      guard let fileKey = try? LibraryKeys.fileKey(row.id, sealed, under: key) else {
        throw AftermathFailure(reason: "the key of track \(row.id) does not open")
      }
      tracks.append(
        AftermathInput.Track(
          row: row, key: fileKey, levels: levels[known.row.id]?[row.id],
          path: "\(folder(known.row.id))/\(row.id).opus"))
    }
    return tracks
  }

  /// False: something was erased before it was done. Writes the documents, and then, in one transaction, everything that says that the recording is ready.
  private func publish(
    _ known: Known, _ output: AftermathOutput, _ mix: RecordingFileRow, _ key: SealingKey
  ) async throws -> Bool {
    let (row, former) = (known.row, known.tracks)
    let (consents, people, last) = try await store.read { connection throws(StoreFailure) in
      (
        try ConsentRow.of(session: row.session, connection),
        try ParticipantRow.took(partIn: row.session, connection), try ManifestRow.last(connection)
      )
    }
    let rows = output.tracks.map(\.row)
    let metadata = Papers.metadata(row, rows, mix: output.mix, consents, people)
    let analysis = Papers.analysis(row, output.tracks)
    let now = Timestamp.now
    var files = [mix]
    files.append(try await write("metadata.json", metadata.encoded(), row.id, key))
    files.append(try await write("analysis.json", analysis.encoded(), row.id, key))
    let named =
      rows.map { (name: "tracks/\($0.id).opus", bytes: $0.bytes ?? 0, sha256: $0.sha256 ?? []) }
      + files.map { (name: $0.name, bytes: $0.bytes, sha256: $0.sha256) }
    let manifest = Papers.manifest(row, named, previous: last?.hash ?? [], at: now)
    files.append(try await write("manifest.json", manifest, row.id, key))
    var ready = row
    ready.state = .ready
    ready.bytes = rows.reduce(0) { $0 + ($1.bytes ?? 0) } + files.reduce(0) { $0 + $1.bytes }
    let (saved, savedFiles, eventID, keys) = (ready, files, identifier(.event), keys)
    return try await store.write(.disk) { connection throws(StoreFailure) -> Bool in
      guard try RecordingRow.find(saved.id, connection)?.state == .processing,
        try RecordingTrackRow.of(recording: saved.id, connection) == former
      else { return false }
      try saved.save(connection)
      for track in rows { try track.save(connection) }
      for file in savedFiles { try file.save(connection) }
      let hash = SHA256.digest(manifest)
      try ManifestRow(
        recording: saved.id, hash: hash, previous: last?.hash ?? [],
        signature: try keys.signingKey(connection).sign(manifest), at: now
      ).insert(connection)
      try Self.announce("recording.ready", saved, eventID, at: now, connection)
      return true
    }
  }

  private func write(
    _ name: String, _ bytes: [UInt8], _ recording: String, _ key: SealingKey
  ) async throws -> RecordingFileRow {
    let fileKey = LibraryKeys.newFileKey("\(recording)/\(name)", under: key)
    let path = "\(folder(recording))/\(name)"
    let done = try await thread.run { () throws -> Written in
      let output = try SealedOutput(path, key: fileKey.key)
      try output.append(bytes)
      let (byteCount, sha256) = try output.finish()
      return Written(byteCount: byteCount, sha256: sha256)
    }
    return RecordingFileRow(
      recording: recording, name: name, sealedKey: fileKey.sealed, bytes: Int64(done.byteCount),
      sha256: done.sha256)
  }

  private struct Written: Sendable {
    var byteCount: Int
    var sha256: [UInt8]
  }
}
