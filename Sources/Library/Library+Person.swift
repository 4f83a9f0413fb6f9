// What one person may ask for: everything that is known of them, and that it be forgotten.

package import Access
import Control
package import Store
import Values

extension Library {
  func tracks(of identity: String, after recording: String) async throws(Refusal) -> [RecordingTrackRow] {
    try await stored { store throws(StoreFailure) in
      try await store.read { connection throws(StoreFailure) in
        try RecordingTrackRow.of(identity: identity, after: recording, limit: Limits.batch, connection)
      }
    }
  }

  package struct Forgotten: Sendable, Equatable {
    /// What stands in the identity's place from now on; nobody can tell whose it was.
    package var pseudonym: String
    package var tracks: Int
    package var records: PersonRecords.Count
  }

  /// The person's voice goes from all recordings, and who they were from all rows; what others said and when sessions
  /// were stays. Nothing is begun if something of it must be kept.
  package func forget(
    _ identity: String, by actor: String, reason: String?
  ) async throws(Refusal) -> Forgotten {
    let concerned = try await stored { store throws(StoreFailure) in
      try await store.read { connection throws(StoreFailure) in
        try PersonRecords.recordings(concerning: identity, connection)
      }
    }
    if let held = concerned.first(where: { $0.hold != nil }) {
      throw Refusal(
        .conflict, "Recording \(held.id) is under a legal hold (\(held.hold ?? "")): end the hold first.")
    }
    if let running = concerned.first(where: { active[$0.id] != nil }) {
      throw Refusal(.conflict, "Recording \(running.id) is still running: stop it first.")
    }
    let tracks = try await eraseVoice(of: identity, by: actor, reason: reason)
    let pseudonym = identifier(.erased)
    let records: PersonRecords.Count
    do throws(StoreFailure) {
      records = try await store.write(.disk) { connection throws(StoreFailure) in
        let count = try PersonRecords.forget(identity, as: pseudonym, connection)
        // Their documents name people: they are made anew of what is known now.
        for row in concerned where try RecordingRow.reopen(row.id, connection) {
          try RecordingFileRow.delete(of: row.id, connection)
        }
        return count
      }
    } catch {
      throw Refusal(.unavailable, "The server cannot write right now.", retryAfter: .seconds(5))
    }
    await store.scrub()
    for row in concerned { enqueue(row.id) }
    return Forgotten(pseudonym: pseudonym, tracks: tracks, records: records)
  }
}
