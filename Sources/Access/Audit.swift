// The audit log: who did what to whom, appended and never changed (the store's triggers refuse it too). Called by
// whatever acts on somebody's behalf: keys, tokens, moderation, erasure.

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
    try await rows(after: cursor ?? 0, limit: limit).map { row throws(StoreFailure) in try row.entry() }
  }

  /// Walks the whole chain, in steps that leave the store free between them.
  package func verifyChain() async throws(StoreFailure) -> AuditVerdict {
    var head = AuditEntry.origin
    var count = 0
    var cursor: Int64 = 0
    while true {
      let rows = try await rows(after: cursor, limit: Limits.auditPage)
      guard !rows.isEmpty else { return .intact(entries: count, head: head) }
      for row in rows {
        guard row.id == cursor + 1 else {
          return .broken(id: row.id, problem: "the rows between \(cursor) and \(row.id) are missing")
        }
        guard row.previous == head else {
          return .broken(id: row.id, problem: "it does not continue the row before it")
        }
        guard row.computedHash == row.hash else {
          return .broken(id: row.id, problem: "its content is not what was written")
        }
        head = row.hash
        cursor = row.id
        count += 1
      }
    }
  }

  private func rows(after cursor: Int64, limit: Int) async throws(StoreFailure) -> [StoredRow] {
    let limit = Int64(max(1, min(limit, Limits.auditPage)))
    return try await store.read { connection throws(StoreFailure) in
      try connection.query(
        """
        select id, at, actor, action, target, detail, address, previous, hash
        from audit where id > $1 order by id limit $2
        """, .integer(cursor), .integer(limit)
      ).map { row throws(StoreFailure) in try StoredRow(row) }
    }
  }

  /// A row as it stands in the store: `detail` is still the text that the hash is over.
  private struct StoredRow: Sendable {
    let id, atMilliseconds: Int64
    let actor, action, target, detail: String
    let address: String?
    let previous, hash: [UInt8]

    init(_ row: Row) throws(StoreFailure) {
      id = try row.integer(0)
      atMilliseconds = try row.integer(1)
      actor = try row.text(2)
      action = try row.text(3)
      target = try row.text(4)
      detail = try row.text(5)
      address = try row.optionalText(6)
      previous = try row.bytes(7)
      hash = try row.bytes(8)
    }

    var computedHash: [UInt8] {
      AuditEntry.hash(
        id: id, atMilliseconds: atMilliseconds, actor: actor, action: action, target: target, detail: detail,
        address: address, previous: previous)
    }

    func entry() throws(StoreFailure) -> AuditEntry {
      guard let detail = try? JSON(parsing: detail) else {
        throw .damaged("the detail of audit row \(id) is not JSON")
      }
      return AuditEntry(
        id: id, at: Timestamp(milliseconds: atMilliseconds), actor: actor, action: action, target: target,
        detail: detail, address: address, previous: previous, hash: hash)
    }
  }

  /// What happened, before it has a place in the chain.
  private struct Event: Sendable {
    let actor, action, target, detail: String
    let address: String?
    let atMilliseconds: Int64

    init(
      _ actor: String, _ action: String, _ target: String, _ detail: JSON, _ address: String?,
      _ now: Timestamp
    ) {
      self.actor = String(actor.prefix(Limits.auditTextBytes))
      self.action = String(action.prefix(Limits.auditTextBytes))
      self.target = String(target.prefix(Limits.auditTextBytes))
      let text = detail.text
      self.detail =
        text.utf8.count <= Limits.auditDetailBytes ? text : JSON.object(["tooLong": .bool(true)]).text
      self.address = address
      atMilliseconds = now.milliseconds
    }

    /// Within the store's one writing transaction, so the last row is the last row.
    func append(to connection: any Connection) throws(StoreFailure) {
      let last = try connection.query("select id, hash from audit order by id desc limit 1").first
      let id = (try last?.integer(0) ?? 0) + 1
      let previous = try last?.bytes(1) ?? AuditEntry.origin
      let hash = AuditEntry.hash(
        id: id, atMilliseconds: atMilliseconds, actor: actor, action: action, target: target, detail: detail,
        address: address, previous: previous)
      try connection.execute(
        """
        insert into audit (id, at, actor, action, target, detail, address, previous, hash)
        values ($1, $2, $3, $4, $5, $6, $7, $8, $9)
        """, .integer(id), .integer(atMilliseconds), .text(actor), .text(action), .text(target),
        .text(detail), .optional(address), .bytes(previous), .bytes(hash))
    }
  }
}
