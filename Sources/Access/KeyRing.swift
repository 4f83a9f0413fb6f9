// The API keys: those of the configuration and those made with `tandem key create`. A secret must be had
// again to check a signature, so it is stored, sealed under the master key; memory holds it wiped-on-release.

package import Configuration
package import Control
import Crypto
package import Store
package import Values

package struct APIKeyDescription: Sendable, Equatable {
  package enum Source: String, Sendable { case configuration, store }
  package let id: String
  package let source: Source
  package let note: String?
  /// Nil for a key of the configuration, as are the next two.
  package let createdAt: Timestamp?
  package let createdBy: String?
  package let revokedAt: Timestamp?
}

@Control package final class KeyRing {
  private struct StoredKey {
    let note: String?
    let createdAt: Timestamp
    let createdBy: String
    var revokedAt: Timestamp?
    /// Nil once revoked.
    var secret: SecretBytes?
  }

  /// What an unknown key's signature is compared with.
  static let nobody = SecretBytes(SecureRandom.bytes(32))

  private let store: any Store
  private let sealing: SealingKey
  private var configured: [(id: String, secret: SecretBytes)] = []
  private var stored: [String: StoredKey] = [:]

  /// `masterKey` has 32 bytes: the content of the master key file.
  package init(store: any Store, configured: [Settings.APIKey], masterKey: [UInt8]) {
    guard let sealing = try? SealingKey(masterKey) else {
      preconditionFailure("the master key has \(masterKey.count) bytes and needs \(SealingKey.byteCount)")
    }
    self.store = store
    self.sealing = sealing
    updateConfigured(configured)
  }

  /// Reads the keys of the store, once at start.
  package func load() async throws(StoreFailure) {
    var loaded: [String: StoredKey] = [:]
    var last = ""
    while true {
      let after = last
      let rows = try await store.read { connection throws(StoreFailure) in
        try APIKeyRow.page(after: after, limit: Limits.loadPage, connection)
      }
      guard let end = rows.last else { break }
      for row in rows {
        loaded[row.id] = StoredKey(
          note: row.note, createdAt: row.createdAt, createdBy: row.createdBy, revokedAt: row.revokedAt,
          secret: row.revokedAt == nil ? try open(row.sealedSecret, of: row.id) : nil)
      }
      last = end.id
    }
    stored = loaded
  }

  /// A new key. Its secret is returned this once and never shown again.
  package func create(
    note: String?, by actor: String, at now: Timestamp
  ) async throws(StoreFailure) -> (id: String, secret: String) {
    guard stored.count < Limits.apiKeys else {
      throw .conflict("there are \(stored.count) API keys already, revoked ones included; no more are kept")
    }
    var random = SecureRandom()
    let id = Identifier.make(.key, using: &random)
    // 43 characters of 62 are 256 bits, as much as the signature has.
    let secret = Identifier.random(count: 43, using: &random)
    let note = note.map { String($0.prefix(Limits.keyNoteLength)) }
    let row = APIKeyRow(
      id: id, sealedSecret: sealing.seal(Array(secret.utf8), context: Self.context(of: id)), note: note,
      createdAt: now, createdBy: actor)
    try await store.write(.disk) { connection throws(StoreFailure) in try row.insert(connection) }
    stored[id] = StoredKey(
      note: note, createdAt: now, createdBy: actor, revokedAt: nil, secret: SecretBytes(Array(secret.utf8)))
    return (id, secret)
  }

  /// False if there is no such key in the store, or it is revoked already. From the first moment on no token
  /// of the key is believed, even if the store then fails: then it says so, and the key must be revoked
  /// again.
  package func revoke(_ id: String, at now: Timestamp) async throws(StoreFailure) -> Bool {
    guard let key = stored[id] else { return false }
    let isFirst = key.revokedAt == nil
    if isFirst {
      stored[id]?.revokedAt = now
      stored[id]?.secret = nil
    }
    let isChanged = try await store.write(.disk) { connection throws(StoreFailure) in
      try APIKeyRow.revoke(id, at: now, connection)
    }
    return isFirst || isChanged
  }

  /// Without secrets: those of the configuration first, then those of the store, the oldest first.
  package func list() -> [APIKeyDescription] {
    let fromConfiguration = configured.map { key in
      APIKeyDescription(
        id: key.id, source: .configuration, note: nil, createdAt: nil, createdBy: nil, revokedAt: nil)
    }
    let fromStore = stored.sorted { left, right in
      (left.value.createdAt, left.key) < (right.value.createdAt, right.key)
    }
    return fromConfiguration
      + fromStore.map { id, key in
        APIKeyDescription(
          id: id, source: .store, note: key.note, createdAt: key.createdAt, createdBy: key.createdBy,
          revokedAt: key.revokedAt)
      }
  }

  /// For minting tokens. Nil if the key is unknown or revoked.
  package func secret(for id: String) -> [UInt8]? { sharedSecret(for: id)?.bytes }

  func sharedSecret(for id: String) -> SecretBytes? {
    configured.first { $0.id == id }?.secret ?? stored[id]?.secret
  }

  /// The key that the server's own tokens are signed with (refreshed and matched ones): the first of the
  /// configuration, otherwise the oldest of the store that is not revoked.
  package var mintingKeyID: String? {
    configured.first?.id ?? list().first { $0.source == .store && $0.revokedAt == nil }?.id
  }

  /// After a reload of the configuration: keys that are gone from it are believed no more.
  package func updateConfigured(_ keys: [Settings.APIKey]) {
    configured = keys.filter { !$0.id.isEmpty && !$0.secret.isEmpty }.map { key in
      (key.id, SecretBytes(Array(key.secret.value.utf8)))
    }
  }

  /// Whether no token of ours can be believed: the server must not start like this.
  package var isEmpty: Bool { configured.isEmpty && stored.values.allSatisfy { $0.secret == nil } }

  /// What a sealed secret is bound to: it opens for its own key's id alone.
  nonisolated package static func context(of id: String) -> [UInt8] { Array(id.utf8) }

  private func open(_ sealed: [UInt8], of id: String) throws(StoreFailure) -> SecretBytes {
    guard let secret = try? sealing.open(sealed, context: Self.context(of: id)) else {
      throw .damaged(
        "the secret of API key \(id) does not open: master.key is not the file it was sealed with; "
          + "put the old file back, or revoke the key in the store")
    }
    return SecretBytes(secret)
  }
}
