// Public keys as a JSON Web Key names them (RFC 7518 section 6, RFC 8037), and checking of the three
// signatures that tokens of an outside identity provider may carry: RS256, ES256 and EdDSA.

import COpenSSL

/// A class, so that it can sit in arrays. The algorithm belongs to the key and never comes from the token.
package final class VerificationKey: Sendable {
  package enum Algorithm: String, Sendable, CaseIterable {
    case rs256 = "RS256"
    case es256 = "ES256"
    case edDSA = "EdDSA"
  }

  package let algorithm: Algorithm
  private let key: KeyHandle

  private init(_ algorithm: Algorithm, _ key: consuming KeyHandle) {
    self.algorithm = algorithm
    self.key = key
  }

  /// RS256: the modulus and the exponent, highest byte first.
  package static func rsa(modulus: [UInt8], exponent: [UInt8]) throws(CryptoFailure) -> VerificationKey {
    let modulus = Array(modulus.drop { $0 == 0 })
    let exponent = Array(exponent.drop { $0 == 0 })
    let bits = (modulus.first.map { 8 - $0.leadingZeroBitCount } ?? 0) + max(0, modulus.count - 1) * 8
    guard bits >= Limits.smallestRSABits else {
      throw .invalidKey("the RSA key has \(bits) bits and needs \(Limits.smallestRSABits)")
    }
    guard bits <= Limits.largestRSABits else {
      throw .invalidKey("the RSA key has \(bits) bits; \(Limits.largestRSABits) are the most that are taken")
    }
    // An even modulus or exponent, or the exponent 1, is no RSA key at all.
    guard let lastOfModulus = modulus.last, lastOfModulus & 1 == 1,
      let lastOfExponent = exponent.last, lastOfExponent & 1 == 1, exponent != [1],
      exponent.count <= Limits.largestRSAExponentBytes
    else { throw .invalidKey("the RSA key's modulus or exponent cannot be right") }
    var parameters = KeyParameters()
    parameters.number(OSSL_PKEY_PARAM_RSA_N, modulus)
    parameters.number(OSSL_PKEY_PARAM_RSA_E, exponent)
    return VerificationKey(.rs256, try KeyHandle(kind: "RSA", parameters))
  }

  /// ES256: the coordinates of a point of P-256, 32 bytes each.
  package static func p256(x: [UInt8], y: [UInt8]) throws(CryptoFailure) -> VerificationKey {
    guard x.count == 32, y.count == 32 else {
      throw .invalidKey("a P-256 coordinate has 32 bytes, these have \(x.count) and \(y.count)")
    }
    var parameters = KeyParameters()
    parameters.text(OSSL_PKEY_PARAM_GROUP_NAME, "P-256")
    parameters.bytes(OSSL_PKEY_PARAM_PUB_KEY, [4] + x + y)
    let key = try KeyHandle(kind: "EC", parameters)
    guard key.isSound else { throw .invalidKey("the point is not on P-256") }
    return VerificationKey(.es256, key)
  }

  /// EdDSA with Ed25519: the public key's 32 bytes.
  package static func ed25519(_ bytes: [UInt8]) throws(CryptoFailure) -> VerificationKey {
    guard bytes.count == SigningKey.byteCount else {
      throw .invalidKey("an Ed25519 public key has 32 bytes, not \(bytes.count)")
    }
    guard let raw = EVP_PKEY_new_raw_public_key_ex(nil, "ED25519", nil, bytes, bytes.count) else {
      throw .invalidKey(ErrorQueue.drain())
    }
    return VerificationKey(.edDSA, KeyHandle(taking: raw))
  }

  /// Whether `signature`, in the form that JSON Web Signatures have, is this key's over `message`.
  package func verify(_ signature: Span<UInt8>, of message: Span<UInt8>) -> Bool {
    switch algorithm {
    case .rs256:
      return key.verify(signature, of: message, digest: EVP_sha256())
    case .es256:
      guard let der = ECDSASignature.der(fromRaw: signature) else { return false }
      return key.verify(der.span, of: message, digest: EVP_sha256())
    case .edDSA:
      return signature.count == SigningKey.signatureByteCount
        && key.verify(signature, of: message, digest: nil)
    }
  }

  package func verify(_ signature: [UInt8], of message: [UInt8]) -> Bool {
    verify(signature.span, of: message.span)
  }
}
