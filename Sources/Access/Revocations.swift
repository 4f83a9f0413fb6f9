// Who was sent away: tokens of an identity that were issued before a moment are refused for a room, or for
// all, until the longest-lived of them has expired. A token minted afterwards, to let the person in again, is
// good. Checked in memory at each join; the store keeps it over a restart.

package import Control
import Observe
package import Store
package import Values

@Control package final class Revocations {
  private struct Subject: Hashable {
    let identity: String
    /// Empty: every room.
    let room: String
  }

  private let store: any Store
  private let log = Log("access")
  /// The value is the first second in which a token must have been issued to be good again.
  private var table = BoundedTable<Subject, Int64, Int64>(capacity: Limits.revocations)

  package init(store: any Store) { self.store = store }

  package func load(at now: Timestamp) async throws(StoreFailure) {
    var last = Subject(identity: "", room: "")
    while true {
      let after = last
      let rows = try await store.read { connection throws(StoreFailure) in
        try RevocationRow.page(
          after: after.identity, after.room, at: now, limit: Limits.loadPage, connection)
      }
      guard let end = rows.last else { return }
      for row in rows { put(row, at: now) }
      last = Subject(identity: end.identity, room: end.room)
    }
  }

  /// Works at once; returns when it is kept. `issuedAtSeconds`: when the token was issued that the person
  /// holds, if that is known: the clock of who minted it may be ahead of ours.
  package func revoke(
    identity: String, room: String?, at now: Timestamp, until: Timestamp, issuedAtSeconds: Int64? = nil
  ) async throws(StoreFailure) {
    let write = apply(identity, room, now, until, issuedAtSeconds)
    try await store.write(.disk, write)
  }

  /// Works at once; is kept soon after. For who cannot wait.
  package func revokeNow(
    identity: String, room: String?, at now: Timestamp, until: Timestamp, issuedAtSeconds: Int64? = nil
  ) {
    store.enqueue(.disk, apply(identity, room, now, until, issuedAtSeconds))
  }

  package func isRevoked(_ grant: Grant, room: String, at now: Timestamp) -> Bool {
    for room in [room, ""] {
      guard let entry = table[Subject(identity: grant.identity, room: room)], entry.deadline > now.seconds
      else { continue }
      // Without iat nobody can tell when it was issued.
      guard let issued = grant.issuedAtSeconds, issued >= entry.value else { return true }
    }
    return false
  }

  /// What the join is answered with then.
  package static let refusal = Refusal(
    .forbidden, "this token was revoked for the room: only a token that is issued anew can join")

  private func apply(
    _ identity: String, _ room: String?, _ now: Timestamp, _ until: Timestamp, _ issuedAtSeconds: Int64?
  ) -> @Sendable (any Connection) throws(StoreFailure) -> Void {
    // iat has whole seconds: a token of this very second may be the old one, so the next second is the first.
    let notBefore = max(now.seconds, issuedAtSeconds ?? 0) + 1
    let row = put(
      RevocationRow(
        identity: identity, room: room ?? "", notBeforeSeconds: notBefore,
        untilSeconds: max(until.seconds, notBefore)), at: now)
    return { connection throws(StoreFailure) in
      try RevocationRow.sweep(at: now, connection)
      try row.save(connection)
    }
  }

  /// The row as it then stands: of two for the same person and room, the later moments count.
  @discardableResult
  private func put(_ row: RevocationRow, at now: Timestamp) -> RevocationRow {
    let subject = Subject(identity: row.identity, room: row.room)
    var row = row
    if let old = table[subject] {
      row.notBeforeSeconds = max(row.notBeforeSeconds, old.value)
      row.untilSeconds = max(row.untilSeconds, old.deadline)
    }
    table.removeAll(endingAtOrBefore: now.seconds)
    if !table.set(subject, row.notBeforeSeconds, deadline: row.untilSeconds, at: now.seconds),
      let soonest = table.earliest
    {
      log.warning("more people were sent away than are remembered: the oldest revocation is forgotten early")
      table.remove(soonest.key)
      _ = table.set(subject, row.notBeforeSeconds, deadline: row.untilSeconds, at: now.seconds)
    }
    return row
  }
}
