// The keys of what is kept: the master key wraps a key for each recording, which wraps a key for each of its files. To
// erase a file is to forget its key. What signs manifests and links comes from the master key's house as well.

import Crypto
import Store

struct LibraryKeys: Sendable {
  private let master: SealingKey
  private let masterBytes: SecretBytes

  /// `masterKey` has 32 bytes.
  init(masterKey: [UInt8]) {
    guard let key = try? SealingKey(masterKey) else {
      preconditionFailure("the master key has \(masterKey.count) bytes and needs \(SealingKey.byteCount)")
    }
    master = key
    masterBytes = SecretBytes(masterKey)
  }

  static func context(_ kind: String, _ name: String) -> [UInt8] { Array("\(kind) \(name)".utf8) }

  func newRecordingKey(_ recording: String) -> (key: SealingKey, sealed: [UInt8]) {
    let bytes = SecureRandom.bytes(SealingKey.byteCount)
    return (Self.key(bytes), master.seal(bytes, context: Self.context("recording", recording)))
  }

  func recordingKey(_ recording: String, _ sealed: [UInt8]) throws(CryptoFailure) -> SealingKey {
    try SealingKey(master.open(sealed, context: Self.context("recording", recording)))
  }

  static func newFileKey(_ file: String, under key: SealingKey) -> (key: SealingKey, sealed: [UInt8]) {
    let bytes = SecureRandom.bytes(SealingKey.byteCount)
    return (Self.key(bytes), key.seal(bytes, context: context("file", file)))
  }

  static func fileKey(
    _ file: String, _ sealed: [UInt8], under key: SealingKey
  ) throws(CryptoFailure) -> SealingKey {
    try SealingKey(key.open(sealed, context: context("file", file)))
  }

  private static func key(_ bytes: [UInt8]) -> SealingKey {
    guard let key = try? SealingKey(bytes) else { preconditionFailure("any 32 bytes are a key") }
    return key
  }

  // MARK: Signatures

  /// The server's signing key: made at the first need, kept sealed in the store.
  func signingKey(_ connection: any Connection) throws(StoreFailure) -> SigningKey {
    let context = Self.context("secret", "signing")
    if let sealed = try SecretRow.find("signing", connection) {
      do { return try SigningKey(privateBytes: master.open(sealed, context: context)) } catch {
        throw .damaged("the signing key does not open under this master key: put it back from a backup")
      }
    }
    let key = SigningKey.generate()
    try SecretRow.save("signing", master.seal(key.privateBytes, context: context), connection)
    return key
  }

  /// Proves that a link was made here.
  func linkSignature(_ path: String, expiresAtSeconds: Int64) -> [UInt8] {
    let key = masterBytes.withSpan { HMAC.sha256(key: $0, message: Array("tandem links".utf8).span) }
    return HMAC.sha256(key: key, message: Array("\(path)\n\(expiresAtSeconds)".utf8))
  }
}
