// `Idempotency-Key`: the same key with the same body has the same effect however often it is sent, also across a
// crash in the middle. The ids of what is created are derived from the key, so a repetition finds what the first
// try made; the store only remembers which body the key stood for.

import Access
import Control
import Crypto
import Store
import Values
import Web

struct IdempotencyKey: Sendable {
  private let digest: [UInt8]

  init(scope: String, key: String) { digest = SHA256.digest(Array("\(scope)\n\(key)".utf8)) }

  /// The id of what this key creates.
  func identifier(_ kind: Identifier.Kind) -> String {
    kind.rawValue + Base64.encode(Array(digest.prefix(15)))
  }
}

extension Service {
  /// Nil if the caller sent none. A key that stood for another body is a conflict.
  func idempotency(_ call: Route.Call) async throws(Refusal) -> IdempotencyKey? {
    guard let key = call.request.headers["idempotency-key"] else { return nil }
    guard (1...255).contains(key.utf8.count) else {
      throw Refusal(.invalidMessage, "Idempotency-Key must have 1 to 255 bytes")
    }
    let scope = "\(call.grant?.keyID ?? "provider") \(call.request.rawPath)"
    let hash = SHA256.digest(call.request.body)
    let now = call.now
    let known = try await stored { () async throws(StoreFailure) in
      try await store.write(.disk) { connection throws(StoreFailure) -> [UInt8] in
        if let row = try IdempotencyRow.find(key, scope: scope, connection) { return row.requestHash }
        let row = IdempotencyRow(key: key, scope: scope, requestHash: hash, at: now)
        try row.insert(connection)
        return hash
      }
    }
    guard known == hash else {
      throw Refusal(.conflict, "this Idempotency-Key was used before with another body")
    }
    return IdempotencyKey(scope: scope, key: key)
  }
}
