// Comparing and forgetting secrets without telling anything about them.

import COpenSSL

package enum ConstantTime {
  /// Takes as long for equal bytes as for others. The lengths are not secret.
  package static func equal(_ left: Span<UInt8>, _ right: Span<UInt8>) -> Bool {
    guard left.count == right.count else { return false }
    guard !left.isEmpty else { return true }
    return left.withUnsafeBytes { left in
      right.withUnsafeBytes { right in CRYPTO_memcmp(left.baseAddress, right.baseAddress, left.count) == 0 }
    }
  }

  package static func equal(_ left: [UInt8], _ right: [UInt8]) -> Bool { equal(left.span, right.span) }
}

extension Array<UInt8> {
  /// Overwrites the bytes in a way that no optimiser drops. Only worth calling on the sole copy of an array.
  package mutating func cleanse() {
    withUnsafeMutableBytes { bytes in
      if let start = bytes.baseAddress { OPENSSL_cleanse(start, bytes.count) }
    }
  }
}
