// Who was sent away: tokens of an identity that were issued before a moment are refused for a room, or for all,
// until the longest-lived of them has expired. A token minted afterwards, to let the person in again, is good.
// Checked in memory at each join; the store keeps it over a restart.

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
    let rows = try await store.read { connection throws(StoreFailure) in
      try connection.query(
        "select identity, room, not_before, until from revocations where until > $1", .integer(now.seconds))
    }
    for row in rows {
      put(
        Subject(identity: try row.text(0), room: try row.text(1)), notBefore: try row.integer(2),
        until: try row.integer(3), at: now)
    }
  }

  /// Works at once; returns when it is kept. `issuedAtSeconds`: when the token was issued that the person holds,
  /// if that is known: the clock of who minted it may be ahead of ours.
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
    let subject = Subject(identity: identity, room: room ?? "")
    // iat has whole seconds: a token of this very second may be the old one, so the next second is the first.
    let notBefore = max(now.seconds, issuedAtSeconds ?? 0) + 1
    let until = max(until.seconds, notBefore)
    put(subject, notBefore: notBefore, until: until, at: now)
    let nowSeconds = now.seconds
    return { connection throws(StoreFailure) in
      try connection.execute("delete from revocations where until <= $1", .integer(nowSeconds))
      try connection.execute(
        """
        insert into revocations (identity, room, not_before, until) values ($1, $2, $3, $4)
        on conflict (identity, room) do update set
          not_before = case when excluded.not_before > revocations.not_before
            then excluded.not_before else revocations.not_before end,
          until = case when excluded.until > revocations.until then excluded.until else revocations.until end
        """, .text(subject.identity), .text(subject.room), .integer(notBefore), .integer(until))
    }
  }

  private func put(_ subject: Subject, notBefore: Int64, until: Int64, at now: Timestamp) {
    let old = table[subject]
    let notBefore = max(notBefore, old?.value ?? 0)
    let until = max(until, old?.deadline ?? 0)
    table.removeAll(endingAtOrBefore: now.seconds)
    if !table.set(subject, notBefore, deadline: until, at: now.seconds), let soonest = table.earliest {
      log.warning("more people were sent away than are remembered: the oldest revocation is forgotten early")
      table.remove(soonest.key)
      _ = table.set(subject, notBefore, deadline: until, at: now.seconds)
    }
  }
}
