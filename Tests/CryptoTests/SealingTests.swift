// Secrets sealed for the disk: what comes back, and what a changed byte does.

import Testing
import Values

@testable import Crypto

@Suite("Secrets at rest") struct SealingTests {
  private static let key = "feffe9928665731c6d6a8f9467308308feffe9928665731c6d6a8f9467308308"
  private static let plain =
    "d9313225f88406e5a55909c5aff5269a86a7a9531534f7da2e4c303d8a318a721c3c0c95956809532fcf0e2449a6b525"
    + "b16aedf5aa0de657ba637b391aafd255"
  private static let cipher =
    "522dc1f099567d07f47f37a32a84427d643a8cdcbfe5c0c97598a2bd2555d1aa8cb08e48590dbb3da7b08b1056828838"
    + "c5f61e6393ba7a0abcc9f662898015ad"

  /// The GCM specification's test cases 13 to 16: key, nonce, plain text, context, ciphertext and tag.
  @Test(
    "AES-256-GCM gives the specification's values",
    arguments: [
      (
        String(repeating: "00", count: 32), String(repeating: "00", count: 12), "", "",
        "530f8afbc74536b9a963b4f1c4cb738b"
      ),
      (
        String(repeating: "00", count: 32), String(repeating: "00", count: 12),
        String(repeating: "00", count: 16), "",
        "cea7403d4d606b6e074ec5d3baf39d18d0d1c8a799996bf0265b98b5d48ab919"
      ),
      (key, "cafebabefacedbaddecaf888", plain, "", cipher + "b094dac5d93471bdec1a502270e3cc6c"),
      (
        key, "cafebabefacedbaddecaf888", String(plain.dropLast(8)),
        "feedfacedeadbeeffeedfacedeadbeefabaddad2",
        String(cipher.dropLast(8)) + "76fc6ece0f4e1768cddf8853bb2d551b"
      ),
    ])
  func vectors(key: String, nonce: String, plain: String, context: String, sealed: String) throws {
    let sealing = try SealingKey(try hex(key))
    let result = sealing.seal(try hex(plain), context: try hex(context), nonce: try hex(nonce))
    #expect(Hex.encode(result) == nonce + sealed)
    #expect(try sealing.open(result, context: try hex(context)) == (try hex(plain)))
  }

  @Test(
    "what is sealed opens whole, and not at all when a single bit of it, of the context or of the key differs"
  )
  func tampering() throws {
    let keyBytes = SecureRandom.bytes(32)
    let sealing = try SealingKey(keyBytes)
    let secret = Array("a secret of some length".utf8)
    let sealed = sealing.seal(secret, context: [1, 2])
    #expect(try sealing.open(sealed, context: [1, 2]) == secret)
    for index in sealed.indices {
      var altered = sealed
      altered[index] ^= 0x10
      #expect(throws: CryptoFailure.notAuthentic) { try sealing.open(altered, context: [1, 2]) }
      #expect(throws: CryptoFailure.notAuthentic) {
        try sealing.open(Array(sealed.prefix(index)), context: [1, 2])
      }
    }
    #expect(throws: CryptoFailure.notAuthentic) { try sealing.open(sealed, context: [1, 3]) }
    #expect(throws: CryptoFailure.notAuthentic) { try sealing.open(sealed) }
    #expect(throws: CryptoFailure.notAuthentic) {
      try SealingKey(keyBytes.reversed()).open(sealed, context: [1, 2])
    }
  }

  @Test("the same secret never looks the same twice, and even nothing can be sealed")
  func nonces() throws {
    let sealing = try SealingKey(SecureRandom.bytes(32))
    #expect(sealing.seal([1, 2, 3]) != sealing.seal([1, 2, 3]))
    #expect(try sealing.open(sealing.seal([])) == [])
    #expect(throws: CryptoFailure.self) { try SealingKey([1, 2, 3]) }
  }

  @Test("a failure leaves nothing in OpenSSL's queue for the next one to find")
  func errorQueue() throws {
    let sealing = try SealingKey(SecureRandom.bytes(32))
    #expect(throws: CryptoFailure.self) { try sealing.open([UInt8](repeating: 0, count: 40)) }
    #expect(throws: CryptoFailure.self) {
      try VerificationKey.p256(
        x: [UInt8](repeating: 1, count: 32), y: [UInt8](repeating: 1, count: 32))
    }
    #expect(
      !(try VerificationKey.ed25519(SigningKey.generate().publicBytes)
        .verify([UInt8](repeating: 0, count: 64), of: [1])))
    #expect(ErrorQueue.drain() == "no reason given")
  }

  @Test("a held secret gives back its bytes, also none")
  func secretBytes() {
    #expect(SecretBytes([1, 2, 3]).bytes == [1, 2, 3])
    #expect(SecretBytes([]).withSpan { $0.count } == 0)
  }
}
