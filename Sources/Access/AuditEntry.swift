// One row of the audit log, and the chain that holds the rows together: each carries the SHA-256 of the row before
// it and of its own content, so that nobody can change or drop a row in the middle unnoticed. Pure.

import Crypto
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
  package let previous: [UInt8]
  package let hash: [UInt8]

  /// What the first row has for a hash before it.
  package static let origin = [UInt8](repeating: 0, count: SHA256.byteCount)

  /// `detail` as its text in the store, so that nothing depends on how JSON is written in a later version.
  static func hash(
    id: Int64, atMilliseconds: Int64, actor: String, action: String, target: String, detail: String,
    address: String?, previous: [UInt8]
  ) -> [UInt8] {
    let content: JSON = [
      .integer(id), .integer(atMilliseconds), .string(actor), .string(action), .string(target),
      .string(detail), .optional(address),
    ]
    var hash = SHA256()
    hash.update(previous)
    hash.update(content.encoded())
    return hash.finish()
  }
}

/// What walking the whole chain found.
package enum AuditVerdict: Sendable, Equatable {
  /// `head` is the last row's hash. Whoever writes it down elsewhere can later tell that no row was cut off at
  /// the end, which the chain alone cannot show.
  case intact(entries: Int, head: [UInt8])
  case broken(id: Int64, problem: String)
}
