// One entry of the audit log, and the chain that holds the entries together: each carries the SHA-256 of the
// entry before it and of its own content, so that nobody can change, move or drop one in the middle
// unnoticed. Pure.

import Crypto
import Store
package import Values

package struct AuditEntry: Sendable, Equatable {
  package let id: Int64
  package let at: Timestamp
  /// Who: a user's identity, `key:<id>` for an API key, `system` for the server itself.
  package let actor: String
  /// What, as `room.close`.
  package let action: String
  /// To whom or what: a room's, participant's or key's id.
  package let target: String
  package let detail: JSON
  package let address: String?
  package let hash: [UInt8]

  init(_ row: AuditRow) throws(StoreFailure) {
    guard let detail = try? JSON(parsing: row.detail) else {
      throw .damaged("the detail of audit entry \(row.id) is not JSON")
    }
    id = row.id
    at = row.at
    actor = row.actor
    action = row.action
    target = row.target
    self.detail = detail
    address = row.address
    hash = row.hash
  }
}

enum AuditChain {
  /// What the first entry has for a hash before it.
  static let origin = [UInt8](repeating: 0, count: SHA256.byteCount)

  /// Over the hash before and everything that was recorded; not the id, which the database gives. `detail`
  /// counts as its text in the store, so that nothing depends on how a later version writes JSON.
  static func hash(of row: AuditRow) -> [UInt8] {
    let content: JSON = [
      .integer(row.at.milliseconds), .string(row.actor), .string(row.action), .string(row.target),
      .string(row.detail), .optional(row.address),
    ]
    var hash = SHA256()
    hash.update(row.previous)
    hash.update(content.encoded())
    return hash.finish()
  }
}

/// What walking the whole chain found.
package enum AuditVerdict: Sendable, Equatable {
  /// `head` is the last entry's hash. Whoever writes it down elsewhere can later tell that nothing was cut
  /// off at the end, which the chain alone cannot show.
  case intact(entries: Int, head: [UInt8])
  case broken(id: Int64, problem: String)
}
