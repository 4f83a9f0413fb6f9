// Ed25519 signing (RFC 8032): what the server signs its receipts with. The public half is published; the
// private half is its 32 bytes, which whoever keeps them keeps sealed. Checking is VerificationKey's.

import COpenSSL

/// A class, so that all who sign share one key.
package final class SigningKey: Sendable {
  package static let byteCount = 32
  package static let signatureByteCount = 64

  private let key: KeyHandle
  package let publicBytes: [UInt8]

  package init(privateBytes: [UInt8]) throws(CryptoFailure) {
    guard privateBytes.count == Self.byteCount else {
      throw .invalidKey("an Ed25519 private key has 32 bytes, not \(privateBytes.count)")
    }
    guard let raw = EVP_PKEY_new_raw_private_key_ex(nil, "ED25519", nil, privateBytes, privateBytes.count)
    else {
      throw .invalidKey(ErrorQueue.drain())
    }
    key = KeyHandle(taking: raw)
    publicBytes = [UInt8](unsafeUninitializedCapacity: Self.byteCount) { buffer, count in
      count = Self.byteCount
      let status = EVP_PKEY_get_raw_public_key(raw, buffer.baseAddress, &count)
      precondition(status == 1, "an Ed25519 key has a public half")
    }
  }

  package static func generate() -> SigningKey {
    var seed = SecureRandom.bytes(byteCount)
    defer { seed.cleanse() }
    guard let key = try? SigningKey(privateBytes: seed) else {
      preconditionFailure("any 32 bytes are an Ed25519 private key")
    }
    return key
  }

  /// For keeping it, sealed.
  package var privateBytes: [UInt8] {
    [UInt8](unsafeUninitializedCapacity: Self.byteCount) { buffer, count in
      count = Self.byteCount
      let status = EVP_PKEY_get_raw_private_key(key.raw, buffer.baseAddress, &count)
      precondition(status == 1, "an Ed25519 key gives its private half")
    }
  }

  package func sign(_ message: Span<UInt8>) -> [UInt8] {
    guard let context = EVP_MD_CTX_new() else { preconditionFailure("no memory for a signature") }
    defer { EVP_MD_CTX_free(context) }
    return message.withUnsafeBufferPointer { message in
      withUnsafePointer(to: UInt8(0)) { nothing in
        [UInt8](unsafeUninitializedCapacity: Self.signatureByteCount) { buffer, count in
          count = Self.signatureByteCount
          let isSigned =
            EVP_DigestSignInit(context, nil, nil, nil, key.raw) == 1
            && EVP_DigestSign(
              context, buffer.baseAddress, &count, message.baseAddress ?? nothing, message.count) == 1
          precondition(isSigned, "an Ed25519 key signs anything: \(ErrorQueue.drain())")
        }
      }
    }
  }

  package func sign(_ message: [UInt8]) -> [UInt8] { sign(message.span) }
}
