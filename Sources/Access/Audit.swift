// The audit log: who did what to whom, appended and never changed (the store's triggers refuse it too).
// Called by whatever acts on somebody's behalf: keys, tokens, moderation, erasure.

package import Control
package import Store
package import Values

@Control package final class Audit {
  private let store: any Store

  package init(store: any Store) { self.store = store }

  /// Kept soon after, in the order of the calls.
  package func record(
    actor: String, action: String, target: String, detail: JSON = .object([:]), address: String? = nil,
    at now: Timestamp
  ) {
    let event = Event(actor, action, target, detail, address, now)
    store.enqueue(.disk) { connection throws(StoreFailure) in try event.append(to: connection) }
  }

  /// Returns when it is kept, for acts that must not happen without their row.
  package func recordDurably(
    actor: String, action: String, target: String, detail: JSON = .object([:]), address: String? = nil,
    at now: Timestamp
  ) async throws(StoreFailure) {
    let event = Event(actor, action, target, detail, address, now)
    try await store.write(.disk) { connection throws(StoreFailure) in try event.append(to: connection) }
  }

  /// Rows after the one with the id `cursor`, the oldest first; from the start without one.
  package func page(after cursor: Int64?, limit: Int) async throws(StoreFailure) -> [AuditEntry] {
    var entries: [AuditEntry] = []
    for row in try await rows(after: cursor ?? 0, limit: limit) { entries.append(try AuditEntry(row)) }
    return entries
  }

  /// Rows before the one with the id `cursor`, the newest first; from the end without one.
  package func page(before cursor: Int64?, limit: Int) async throws(StoreFailure) -> [AuditEntry] {
    let limit = max(1, min(limit, Limits.auditPage))
    let rows = try await store.read { connection throws(StoreFailure) in
      try AuditRow.page(before: cursor ?? .max, limit: limit, connection)
    }
    var entries: [AuditEntry] = []
    for row in rows { entries.append(try AuditEntry(row)) }
    return entries
  }

  /// Walks the whole chain, in steps that leave the store free between them.
  package func verifyChain() async throws(StoreFailure) -> AuditVerdict {
    var head = AuditChain.origin
    var count = 0
    var cursor: Int64 = 0
    while true {
      let rows = try await rows(after: cursor, limit: Limits.auditPage)
      guard !rows.isEmpty else { return .intact(entries: count, head: head) }
      for row in rows {
        guard row.previous == head else {
          return .broken(id: row.id, problem: "it does not continue the row before it")
        }
        guard AuditChain.hash(of: row) == row.hash else {
          return .broken(id: row.id, problem: "its content is not what was written")
        }
        head = row.hash
        cursor = row.id
        count += 1
      }
    }
  }

  private func rows(after cursor: Int64, limit: Int) async throws(StoreFailure) -> [AuditRow] {
    let limit = max(1, min(limit, Limits.auditPage))
    return try await store.read { connection throws(StoreFailure) in
      try AuditRow.page(after: cursor, limit: limit, connection)
    }
  }

  /// What happened, before it has a place in the chain.
  private struct Event: Sendable {
    let actor, action, target, detail: String
    let address: String?
    let at: Timestamp

    init(
      _ actor: String, _ action: String, _ target: String, _ detail: JSON, _ address: String?,
      _ now: Timestamp
    ) {
      self.actor = String(actor.prefix(Limits.auditTextLength))
      self.action = String(action.prefix(Limits.auditTextLength))
      self.target = String(target.prefix(Limits.auditTextLength))
      let text = detail.text
      self.detail =
        text.utf8.count <= Limits.auditDetailBytes ? text : JSON.object(["tooLong": .bool(true)]).text
      self.address = address
      at = now
    }

    /// Within the store's one writing transaction, so the last row is the last row.
    func append(to connection: any Connection) throws(StoreFailure) {
      let previous = try AuditRow.last(connection)?.hash ?? AuditChain.origin
      var row = AuditRow(
        at: at, actor: actor, action: action, target: target, detail: detail, address: address,
        previous: previous, hash: [])
      row.hash = AuditChain.hash(of: row)
      try row.insert(connection)
    }
  }
}
