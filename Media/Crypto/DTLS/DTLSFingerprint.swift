// The fingerprint of a certificate as it stands in SDP (RFC 8122): what makes a self-signed certificate worth
// something. Signaling brings the peer's, ours goes out with every answer.

import COpenSSL

package struct DTLSFingerprint: Equatable, Sendable {
  package enum Algorithm: String, Sendable, CaseIterable {
    case sha256 = "sha-256"
    case sha384 = "sha-384"
    case sha512 = "sha-512"

    var byteCount: Int {
      switch self {
      case .sha256: 32
      case .sha384: 48
      case .sha512: 64
      }
    }

    var digest: OpaquePointer? {
      switch self {
      case .sha256: EVP_sha256()
      case .sha384: EVP_sha384()
      case .sha512: EVP_sha512()
      }
    }
  }

  package let algorithm: Algorithm
  package let bytes: [UInt8]

  /// Nil where the length is not the algorithm's.
  package init?(_ algorithm: Algorithm, _ bytes: [UInt8]) {
    guard bytes.count == algorithm.byteCount else { return nil }
    self.algorithm = algorithm
    self.bytes = bytes
  }

  /// Of a certificate.
  init?(_ algorithm: Algorithm, of certificate: OpaquePointer) {
    var count: UInt32 = 0
    var bytes = [UInt8](repeating: 0, count: algorithm.byteCount)
    guard X509_digest(certificate, algorithm.digest, &bytes, &count) == 1, count == bytes.count else {
      return nil
    }
    self.algorithm = algorithm
    self.bytes = bytes
  }

  /// As after `a=fingerprint:`: `sha-256 4A:AD:…`.
  package var text: String {
    let digits = Array("0123456789ABCDEF".utf8)
    var text = Array("\(algorithm.rawValue) ".utf8)
    for (position, byte) in bytes.enumerated() {
      if position > 0 { text.append(UInt8(ascii: ":")) }
      text.append(digits[Int(byte >> 4)])
      text.append(digits[Int(byte & 15)])
    }
    return String(decoding: text, as: UTF8.self)
  }

  func matches(_ certificate: OpaquePointer) -> Bool {
    guard let actual = DTLSFingerprint(algorithm, of: certificate) else { return false }
    return ConstantTime.equal(actual.bytes, bytes)
  }
}
