// SHA-256 (FIPS 180-4), at once and piece by piece.

import COpenSSL

/// Sole owner of a running hash.
package struct SHA256: ~Copyable {
  package static let byteCount = 32

  private let context: OpaquePointer

  package init() {
    guard let context = EVP_MD_CTX_new(), EVP_DigestInit_ex(context, EVP_sha256(), nil) == 1 else {
      preconditionFailure("OpenSSL does not offer SHA-256: \(ErrorQueue.drain())")
    }
    self.context = context
  }

  deinit { EVP_MD_CTX_free(context) }

  package mutating func update(_ bytes: Span<UInt8>) {
    let status = bytes.withUnsafeBytes { EVP_DigestUpdate(context, $0.baseAddress, $0.count) }
    precondition(status == 1, "hashing memory cannot fail")
  }

  package mutating func update(_ bytes: [UInt8]) { update(bytes.span) }

  package consuming func finish() -> [UInt8] {
    let context = context
    return [UInt8](unsafeUninitializedCapacity: Self.byteCount) { buffer, count in
      let status = EVP_DigestFinal_ex(context, buffer.baseAddress, nil)
      precondition(status == 1, "finishing a hash cannot fail")
      count = Self.byteCount
    }
  }

  package static func digest(_ bytes: Span<UInt8>) -> [UInt8] {
    var hash = SHA256()
    hash.update(bytes)
    return hash.finish()
  }

  package static func digest(_ bytes: [UInt8]) -> [UInt8] { digest(bytes.span) }
}
