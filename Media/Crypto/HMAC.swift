// HMAC (RFC 2104): SHA-256 for tokens and webhooks, SHA-1 for the TURN REST credentials, whose format demands
// it.

import COpenSSL

package enum HMAC {
  package static func sha256(key: Span<UInt8>, message: Span<UInt8>) -> [UInt8] {
    code("SHA256", byteCount: 32, key: key, message: message)
  }

  package static func sha256(key: [UInt8], message: [UInt8]) -> [UInt8] {
    sha256(key: key.span, message: message.span)
  }

  package static func sha1(key: Span<UInt8>, message: Span<UInt8>) -> [UInt8] {
    code("SHA1", byteCount: 20, key: key, message: message)
  }

  package static func sha1(key: [UInt8], message: [UInt8]) -> [UInt8] {
    sha1(key: key.span, message: message.span)
  }

  private static func code(
    _ digest: String, byteCount: Int, key: Span<UInt8>, message: Span<UInt8>
  ) -> [UInt8] {
    key.withUnsafeBytes { key in
      message.withUnsafeBytes { message in
        // OpenSSL takes a null key for a missing one; an empty key is a key.
        withUnsafePointer(to: UInt8(0)) { nothing in
          [UInt8](unsafeUninitializedCapacity: byteCount) { buffer, count in
            let result = EVP_Q_mac(
              nil, "HMAC", nil, digest, nil,
              key.baseAddress ?? UnsafeRawPointer(nothing), key.count,
              message.baseAddress?.assumingMemoryBound(to: UInt8.self), message.count,
              buffer.baseAddress, byteCount, &count)
            precondition(result != nil, "OpenSSL does not offer HMAC-\(digest): \(ErrorQueue.drain())")
          }
        }
      }
    }
  }
}
