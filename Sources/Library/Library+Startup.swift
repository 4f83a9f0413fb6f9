// What an earlier process left: recordings that were broken off are closed to the last whole page, put into the catalogue
// with all that is there of them, and completed like any other.

import Control
import Crypto
import Engine
import Observe
package import Store
import Values

extension Library {
  /// To be called once, before anything is recorded; the journal was put back before.
  package func resume() async throws(StoreFailure) {
    var after = ""
    var count = 0
    while true {
      let start = after
      let page = try await store.read { connection throws(StoreFailure) in
        try RecordingRow.unfinished(after: start, limit: Limits.batch, connection)
      }
      guard let last = page.last else { break }
      after = last.id
      for row in page {
        try await repair(row)
        count += 1
      }
    }
    if count > 0 {
      log.warning("recordings that were broken off were repaired", ["count": .integer(Int64(count))])
    }
    try await enqueueUnfinishedJobs()
  }

  private func enqueueUnfinishedJobs() async throws(StoreFailure) {
    var after = ""
    while true {
      let start = after
      let page = try await store.read { connection throws(StoreFailure) in
        try RecordingRow.processing(after: start, limit: Limits.batch, connection)
      }
      guard let last = page.last else { return }
      after = last.id
      for row in page { enqueue(row.id) }
    }
  }

  private func repair(_ row: RecordingRow) async throws(StoreFailure) {
    guard let known = try await read(row.id) else { return }
    var (row, tracks) = (row, known.tracks)
    var longest: Int64 = 0
    var cut = 0
    var problem: String?
    if let key = try? recordingKey(row) {
      for index in tracks.indices {
        guard let sealed = tracks[index].sealedKey,
          let fileKey = try? LibraryKeys.fileKey(tracks[index].id, sealed, under: key)
        else { continue }
        let path = "\(folder(row.id))/\(tracks[index].id).opus"
        let result = try? await thread.run { () throws -> TapeRepair.Repaired in
          try TapeRepair.close(path, key: fileKey)
        }
        guard let result, let samples = result.samples else {
          // Its row came to the disk, its first page did not.
          tracks[index].sealedKey = nil
          continue
        }
        longest = max(longest, samples / 48)
        cut += result.cutBytes
        tracks[index].durationMilliseconds = samples / 48
      }
    } else {
      problem = "the key does not open: was the master key changed?"
    }
    row.durationMilliseconds = longest
    row.stoppedAt = row.startedAt + .milliseconds(longest)
    row.stopReason = "restart"
    row.state = tracks.contains { $0.sealedKey != nil } && problem == nil ? .processing : .failed
    row.expiresAt = options.retention.map { Timestamp.now + $0 }
    var metadata = row.metadata.object ?? [:]
    metadata["repaired"] = true
    if let problem { metadata["problem"] = .string(problem) }
    row.metadata = .object(metadata)
    let (saved, savedTracks, eventID) = (row, tracks, identifier(.event))
    try await store.write(.disk) { connection throws(StoreFailure) in
      try saved.save(connection)
      for track in savedTracks { try track.save(connection) }
      try Self.announce(
        "recording.stopped", saved, eventID, more: ["reason": "restart", "repaired": true], at: .now,
        connection)
    }
    Metrics.recordingsRepaired.add()
    log.warning(
      "a recording was broken off and is repaired",
      [
        "recording": .string(row.id), "milliseconds": .integer(longest), "cutBytes": .integer(Int64(cut)),
        "state": .string(row.state.rawValue),
      ])
  }
}
