// Erasing and holding. What is erased loses its key first: from then on no copy of the file anywhere can be heard. Then the
// file goes. A row stays as proof.

package import Access
import Control
import Crypto
import Engine
import Glibc
import Store
package import Values

extension Library {
  /// The whole recording.
  package func erase(_ id: String, by actor: String, reason: String?) async throws(Refusal) {
    guard active[id] == nil else {
      throw Refusal(.conflict, "The recording is still running: stop it first.")
    }
    let known = try await show(id)
    try checkHold(known.row)
    let proof = ErasureRow(
      recording: id, actor: actor, reason: reason, bytes: known.row.bytes ?? 0, at: .now)
    let (row, eventID) = (known.row, identifier(.event))
    try await written { connection throws(StoreFailure) in
      // A hold may have come since it was looked for.
      guard try RecordingRow.delete(id, connection) else { return }
      try proof.insert(connection)
      try Self.announce("recording.erased", row, eventID, at: proof.at, connection)
    }
    guard try await isGone(id) else {
      throw Refusal(.conflict, "The recording has come under a legal hold: it must not be erased.")
    }
    await store.scrub()
    await removeFolder(id)
  }

  package struct Erased: Sendable, Equatable {
    package var recordings: [String] = []
    /// What was to be erased and had to be kept: held, or still running.
    package var kept: [String] = []
  }

  /// Every recording of a room, or of a session.
  package func erase(
    room: String?, session: String?, by actor: String, reason: String?
  ) async throws(Refusal) -> Erased {
    var done = Erased()
    var (before, id): (Timestamp?, String) = (nil, "")
    while true {
      let page = try await list(
        before: before, id, RecordingRow.Filter(room: room, session: session), limit: Limits.batch)
      guard let last = page.last else { return done }
      (before, id) = (last.startedAt, last.id)
      for row in page {
        guard row.hold == nil, active[row.id] == nil else {
          done.kept.append(row.id)
          continue
        }
        try await erase(row.id, by: actor, reason: reason)
        done.recordings.append(row.id)
      }
    }
  }

  private func isGone(_ id: String) async throws(Refusal) -> Bool {
    try await stored { store throws(StoreFailure) in
      try await store.read { connection throws(StoreFailure) in try RecordingRow.find(id, connection) == nil }
    }
  }

  func checkHold(_ row: RecordingRow) throws(Refusal) {
    if let hold = row.hold {
      throw Refusal(.conflict, "The recording is under a legal hold (\(hold)): it must not be erased.")
    }
  }

  func written(
    _ body: @escaping @Sendable (any Connection) throws(StoreFailure) -> Void
  ) async throws(Refusal) {
    do throws(StoreFailure) { try await store.write(.disk, body) } catch {
      throw Refusal(.unavailable, "The server cannot write right now.", retryAfter: .seconds(5))
    }
  }

  private func removeFolder(_ id: String) async {
    let path = folder(id)
    _ = try? await thread.run {
      for name in TapeDisk.names(in: path) ?? [] { unlink("\(path)/\(name)") }
      rmdir(path)
    }
  }

  /// Nil ends the hold.
  package func hold(_ id: String, _ reason: String?) async throws(Refusal) {
    _ = try await show(id)
    try await written { connection throws(StoreFailure) in
      _ = try RecordingRow.hold(id, reason, connection)
    }
  }

  /// One person's voice in all recordings, or in one: the others remain, and are mixed anew. How many tracks went.
  package func eraseVoice(
    of identity: String, in recording: String? = nil, by actor: String, reason: String?
  ) async throws(Refusal) -> Int {
    var after = ""
    var count = 0
    while true {
      let start = after
      let tracks = try await stored { store throws(StoreFailure) in
        try await store.read { connection throws(StoreFailure) in
          try RecordingTrackRow.of(identity: identity, after: start, limit: Limits.batch, connection)
        }
      }
      guard let last = tracks.last else {
        if count > 0 { await store.scrub() }
        return count
      }
      after = last.recording
      let ids = Set(tracks.map(\.recording)).filter { recording == nil || $0 == recording }
      for id in ids.sorted() { count += try await eraseVoice(of: identity, from: id, by: actor, reason) }
    }
  }

  private func eraseVoice(
    of identity: String, from id: String, by actor: String, _ reason: String?
  ) async throws(Refusal) -> Int {
    guard active[id] == nil else {
      throw Refusal(.conflict, "Recording \(id) is still running: stop it first.")
    }
    let known = try await show(id)
    try checkHold(known.row)
    let mine = known.tracks.filter { $0.identity == identity && $0.sealedKey != nil }
    guard !mine.isEmpty else { return 0 }
    if known.tracks.allSatisfy({ $0.identity == identity || $0.sealedKey == nil }) {
      try await erase(id, by: actor, reason: reason)
      return mine.count
    }
    var row = known.row
    // What was made of all voices goes with this one, and is made anew of the others.
    row.state = row.state == .failed ? .failed : .processing
    var figures = row.metadata["figures"]?.object ?? [:]
    for track in mine { figures[track.id] = nil }
    var metadata = row.metadata.object ?? [:]
    metadata["figures"] = .object(figures)
    row.metadata = .object(metadata)
    let (saved, now, eventID) = (row, Timestamp.now, identifier(.event))
    try await written { connection throws(StoreFailure) in
      try saved.save(connection)
      try RecordingFileRow.delete(of: id, connection)
      for var track in mine {
        let bytes = track.bytes ?? 0
        track.sealedKey = nil
        track.bytes = nil
        track.sha256 = nil
        track.erasedAt = now
        try track.save(connection)
        try ErasureRow(
          recording: id, track: track.id, identity: identity, actor: actor, reason: reason, bytes: bytes,
          at: now
        ).insert(connection)
      }
      try Self.announce(
        "recording.voice_erased", saved, eventID, more: ["identity": .string(identity)], at: now, connection)
    }
    let (folder, names) = (folder(id), mine.map { "\($0.id).opus" } + known.files.map(\.name))
    _ = try? await thread.run { for name in names { unlink("\(folder)/\(name)") } }
    if saved.state == .processing { enqueue(id) }
    return mine.count
  }

  // MARK: By time

  /// Removes what has been kept long enough, and warns of what soon will be.
  package func keepHouse(at now: Timestamp) async {
    guard let due = try? await expiring(before: now + options.warning, at: now) else { return }
    for row in due {
      guard let expiry = row.expiresAt else { continue }
      if expiry <= now {
        try? await erase(row.id, by: "retention", reason: "kept until \(expiry.rfc3339)")
      } else if !row.isWarned {
        let eventID = identifier(.event)
        try? await written { connection throws(StoreFailure) in
          try RecordingRow.warned(row.id, connection)
          try Self.announce(
            "recording.expiring", row, eventID, more: ["expiresAt": .string(expiry.rfc3339)], at: now,
            connection)
        }
      }
    }
  }

  private func expiring(before time: Timestamp, at now: Timestamp) async throws(Refusal) -> [RecordingRow] {
    try await stored { store throws(StoreFailure) in
      try await store.read { connection throws(StoreFailure) in
        try RecordingRow.expiring(before: time, at: now, limit: Limits.batch, connection)
      }
    }
  }
}
