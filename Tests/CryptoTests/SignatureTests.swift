// Signatures of tokens and receipts: published vectors, and what must not verify.

import Testing
import Values

@testable import Crypto

@Suite("Signatures") struct SignatureTests {
  /// RFC 8032 section 7.1: private key, public key, message, signature.
  static let ed25519: [(String, String, String, String)] = [
    (
      "9d61b19deffd5a60ba844af492ec2cc44449c5697b326919703bac031cae7f60",
      "d75a980182b10ab7d54bfed3c964073a0ee172f3daa62325af021a68f707511a", "",
      "e5564300c360ac729086e2cc806e828a84877f1eb8e5d974d873e065224901555fb8821590a33bacc61e39701cf9b46b"
        + "d25bf5f0595bbe24655141438e7a100b"
    ),
    (
      "4ccd089b28ff96da9db6c346ec114e0f5b8a319f35aba624da8cf6ed4fb8a6fb",
      "3d4017c3e843895a92b70aa74d1b7ebc9c982ccf2ec4968cc0cd55f12af4660c", "72",
      "92a009a9f0d4cab8720e820b5f642540a2b27b5416503f8fb3762223ebdb69da085ac1e43e15996e458f3613d0f11d8c"
        + "387b2eaeb4302aeeb00d291612bb0c00"
    ),
    (
      "c5aa8df43f9f837bedb7442f31dcb7b166d38535076f094b85ce3a2e0b4458f7",
      "fc51cd8e6218a1a38da47ed00230f0580816ed13ba3303ac5deb911548908025", "af82",
      "6291d657deec24024827e69c3abe01a30ce548a284743a445e3680d7db5ac3ac18ff9b538d16f290ae67f760984dc659"
        + "4a7c15e9716ed28dc027beceea1ec40a"
    ),
  ]

  @Test("Ed25519 signs and verifies as in RFC 8032", arguments: ed25519)
  func rfc8032(privateKey: String, publicKey: String, message: String, signature: String) throws {
    let key = try SigningKey(privateBytes: try hex(privateKey))
    #expect(Hex.encode(key.publicBytes) == publicKey)
    #expect(Hex.encode(key.privateBytes) == privateKey)
    #expect(Hex.encode(key.sign(try hex(message))) == signature)
    let verifier = try VerificationKey.ed25519(try hex(publicKey))
    #expect(verifier.verify(try hex(signature), of: try hex(message)))
    #expect(!verifier.verify(try hex(signature), of: try hex(message) + [0]))
    #expect(!verifier.verify(try hex(signature) + [0], of: try hex(message)))
  }

  @Test("a new key signs what only its own public half accepts")
  func generated() throws {
    let (one, other) = (SigningKey.generate(), SigningKey.generate())
    let signature = one.sign(Array("receipt".utf8))
    #expect(try VerificationKey.ed25519(one.publicBytes).verify(signature, of: Array("receipt".utf8)))
    #expect(try !VerificationKey.ed25519(other.publicBytes).verify(signature, of: Array("receipt".utf8)))
  }

  /// RFC 7515 appendix A.2 and A.3.
  private static let payload =
    "eyJpc3MiOiJqb2UiLA0KICJleHAiOjEzMDA4MTkzODAsDQogImh0dHA6Ly9leGFtcGxlLmNvbS9pc19yb290Ijp0cnVlfQ"
  private static let rs256Signature =
    "cC4hiUPoj9Eetdgtv3hF80EGrhuB__dzERat0XF9g2VtQgr9PJbu3XOiZj5RZmh7AAuHIm4Bh-0Qc_lF5YKt_O8W2Fp5jujG"
    + "bds9uJdbF9CUAr7t1dnZcAcQjbKBYNX4BAynRFdiuB--f_nZLgrnbyTyWzO75vRK5h6xBArLIARNPvkSjtQBMHlb1L07Qe7K"
    + "0GarZRmB_eSN9383LcOLn6_dO--xi12jzDwusC-eOkHWEsqtFZESc6BfI7noOPqvhJ1phCnvWh6IeYI2w9QOYEUipUTI8np6"
    + "LbgGY9Fs98rqVt5AXLIhWkWywlVmtVrBp0igcN_IoypGlUPQGe77Rw"
  private static let modulus =
    "ofgWCuLjybRlzo0tZWJjNiuSfb4p4fAkd_wWJcyQoTbji9k0l8W26mPddxHmfHQp-Vaw-4qPCJrcS2mJPMEzP1Pt0Bm4d4Ql"
    + "L-yRT-SFd2lZS-pCgNMsD1W_YpRPEwOWvG6b32690r2jZ47soMZo9wGzjb_7OMg0LOL-bSf63kpaSHSXndS5z5rexMdbBYUs"
    + "LA9e-KXBdQOS-UTo7WTBEMa2R2CapHg665xsmtdVMTBQY4uDZlxvb3qCo5ZwKh9kG4LT6_I5IhlJH7aGhyxXFvUK-DWNmoud"
    + "F8NAco9_h9iaGNj8q2ethFkMLs91kzk2PAcDTW9gb54h4FRWyuXpoQ"
  private static let es256Signature =
    "DtEhU3ljbEg8L38VWAfUAqOyKAM6-Xx-F4GawxaepmXFCgfTjDxw5djxLa8ISlSApmWQxfKTUJqPP3-Kg6NU1Q"
  private static let x = "f83OJ3D2xF1Bg8vub9tLe1gHMzV76e8Tus9uPHvRVEU"
  private static let y = "x_FEzRu9m36HLN_tue659LNpXW6pCyStikYjKIWI5a0"

  @Test("RS256 accepts the example of RFC 7515 and nothing near it")
  func rs256() throws {
    let key = try VerificationKey.rsa(
      modulus: try base64url(Self.modulus), exponent: try base64url("AQAB"))
    let message = Array("eyJhbGciOiJSUzI1NiJ9.\(Self.payload)".utf8)
    let signature = try base64url(Self.rs256Signature)
    #expect(key.algorithm == .rs256)
    #expect(key.verify(signature, of: message))
    #expect(!key.verify(signature, of: message + [0x20]))
    #expect(!key.verify(Array(signature.dropLast()), of: message))
    #expect(!key.verify([0] + signature, of: message))
    #expect(!key.verify([], of: message))
    for index in stride(from: 0, to: signature.count, by: 17) {
      var altered = signature
      altered[index] ^= 1
      #expect(!key.verify(altered, of: message))
    }
  }

  @Test("ES256 accepts the example of RFC 7515 and nothing near it")
  func es256() throws {
    let key = try VerificationKey.p256(x: try base64url(Self.x), y: try base64url(Self.y))
    let message = Array("eyJhbGciOiJFUzI1NiJ9.\(Self.payload)".utf8)
    let signature = try base64url(Self.es256Signature)
    #expect(key.algorithm == .es256)
    #expect(key.verify(signature, of: message))
    #expect(!key.verify(signature, of: message + [0x20]))
    #expect(!key.verify(Array(signature.dropLast()), of: message))
    #expect(!key.verify(signature + [0], of: message))
    let der = ECDSASignature.der(fromRaw: signature.span) ?? []
    #expect(!der.isEmpty && !key.verify(der, of: message))
    for index in signature.indices {
      var altered = signature
      altered[index] ^= 1
      #expect(!key.verify(altered, of: message))
    }
  }

  @Test("a signature of zeros, or of numbers beyond the curve's order, is never right")
  func psychicSignatures() throws {
    let key = try VerificationKey.p256(x: try base64url(Self.x), y: try base64url(Self.y))
    let order = try hex("ffffffff00000000ffffffffffffffffbce6faada7179e84f3b9cac2fc632551")
    let zero = [UInt8](repeating: 0, count: 32)
    let one = zero.dropLast() + [1]
    let all = [UInt8](repeating: 0xFF, count: 32)
    for r in [zero, Array(one), order, all] {
      for s in [zero, Array(one), order, all] {
        #expect(!key.verify(r + s, of: Array("anything".utf8)))
        #expect(!key.verify(r + s, of: []))
      }
    }
  }

  private func der(_ raw: [UInt8]) -> [UInt8]? { ECDSASignature.der(fromRaw: raw.span) }

  @Test("numbers become the shortest DER, positive ones stay positive")
  func shortestDER() {
    var raw = [UInt8](repeating: 0, count: 64)
    raw[31] = 0x7F
    raw[63] = 0x80
    #expect(der(raw) == [0x30, 7, 2, 1, 0x7F, 2, 2, 0, 0x80])
    raw = [UInt8](repeating: 0, count: 64)
    #expect(der(raw) == [0x30, 6, 2, 1, 0, 2, 1, 0])
    raw = [UInt8](repeating: 0xFF, count: 64)
    #expect(der(raw)?.count == 72)
    #expect(der(Array(raw.dropLast())) == nil)
  }

  @Test("RSA keys that are too short, too long or no keys at all are refused, with the reason")
  func badRSA() throws {
    let modulus = try base64url(Self.modulus)
    #expect(throws: CryptoFailure.invalidKey("the RSA key has 2040 bits and needs 2048")) {
      try VerificationKey.rsa(modulus: Array(modulus.dropFirst()), exponent: [1, 0, 1])
    }
    // Leading zeros don't make a key longer.
    #expect(throws: CryptoFailure.self) {
      try VerificationKey.rsa(modulus: [0, 0] + modulus.dropFirst(), exponent: [1, 0, 1])
    }
    #expect(throws: CryptoFailure.self) {
      try VerificationKey.rsa(modulus: [UInt8](repeating: 0xFF, count: 1025), exponent: [1, 0, 1])
    }
    var even = modulus
    even[even.count - 1] &= 0xFE
    #expect(throws: CryptoFailure.self) { try VerificationKey.rsa(modulus: even, exponent: [1, 0, 1]) }
    for exponent: [UInt8] in [[], [0], [1], [2], [1, 0, 0], [UInt8](repeating: 0xFF, count: 9)] {
      #expect(throws: CryptoFailure.self) { try VerificationKey.rsa(modulus: modulus, exponent: exponent) }
    }
    #expect(throws: CryptoFailure.self) { try VerificationKey.rsa(modulus: [], exponent: [1, 0, 1]) }
  }

  @Test("points that are not on the curve are refused")
  func badPoint() throws {
    let (x, y) = (try base64url(Self.x), try base64url(Self.y))
    #expect(throws: CryptoFailure.self) { try VerificationKey.p256(x: y, y: x) }
    #expect(throws: CryptoFailure.self) { try VerificationKey.p256(x: x, y: Array(y.dropLast()) + [0]) }
    #expect(throws: CryptoFailure.self) { try VerificationKey.p256(x: Array(x.dropLast()), y: y) }
    let zero = [UInt8](repeating: 0, count: 32)
    #expect(throws: CryptoFailure.self) { try VerificationKey.p256(x: zero, y: zero) }
    let all = [UInt8](repeating: 0xFF, count: 32)
    #expect(throws: CryptoFailure.self) { try VerificationKey.p256(x: all, y: all) }
    #expect(throws: CryptoFailure.self) { try VerificationKey.ed25519([1, 2, 3]) }
    #expect(throws: CryptoFailure.self) { try SigningKey(privateBytes: [1, 2, 3]) }
  }

  @Test("one key serves many threads at once")
  func shared() async throws {
    let key = SigningKey.generate()
    let verifier = try VerificationKey.ed25519(key.publicBytes)
    await withTaskGroup(of: Bool.self) { group in
      for number in 0..<64 {
        group.addTask {
          let message = [UInt8](repeating: UInt8(number), count: 100)
          return verifier.verify(key.sign(message), of: message)
        }
      }
      for await isRight in group { #expect(isRight) }
    }
  }
}
