// Hashes and message authentication against the published vectors.

import Crypto
import Testing
import Values

@Suite("Hashes and message authentication") struct DigestTests {
  /// FIPS 180-4, as NIST's examples give them.
  @Test(
    "SHA-256 gives the standard's values",
    arguments: [
      ("", "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"),
      ("abc", "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"),
      (
        "abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq",
        "248d6a61d20638b8e5c026930c3e6039a33ce45964ff2167f6ecedd419db06c1"
      ),
    ])
  func sha256(text: String, digest: String) {
    #expect(Hex.encode(SHA256.digest(Array(text.utf8))) == digest)
  }

  @Test("a hash taken piece by piece is the hash of the whole", arguments: [1, 63, 64, 65, 999_999])
  func pieces(size: Int) {
    var hash = SHA256()
    var left = 1_000_000
    while left > 0 {
      hash.update([UInt8](repeating: UInt8(ascii: "a"), count: min(size, left)))
      left -= size
    }
    let digest = hash.finish()
    #expect(Hex.encode(digest) == "cdc76e5c9914fb9281a1c7e284d73e67f1809a48a497200e046d39ccc7112cd0")
  }

  /// RFC 4231, cases 1, 2, 3, 4, 6 and 7 (5 is about cutting the result short, which we never do).
  @Test(
    "HMAC-SHA256 gives the values of RFC 4231",
    arguments: [
      (
        String(repeating: "0b", count: 20), "4869205468657265",
        "b0344c61d8db38535ca8afceaf0bf12b881dc200c9833da726e9376c2e32cff7"
      ),
      (
        "4a656665", "7768617420646f2079612077616e7420666f72206e6f7468696e673f",
        "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843"
      ),
      (
        String(repeating: "aa", count: 20), String(repeating: "dd", count: 50),
        "773ea91e36800e46854db8ebd09181a72959098b3ef8c122d9635514ced565fe"
      ),
      (
        "0102030405060708090a0b0c0d0e0f10111213141516171819", String(repeating: "cd", count: 50),
        "82558a389a443c0ea4cc819899f2083a85f0faa3e578f8077a2e3ff46729665b"
      ),
      (
        String(repeating: "aa", count: 131),
        "54657374205573696e67204c6172676572205468616e20426c6f636b2d53697a65204b6579202d2048617368204b"
          + "6579204669727374",
        "60e431591ee0b67f0d8a26aacbf5b77f8e0bc6213728c5140546040f0ee37f54"
      ),
      (
        String(repeating: "aa", count: 131),
        "5468697320697320612074657374207573696e672061206c6172676572207468616e20626c6f636b2d73697a6520"
          + "6b657920616e642061206c6172676572207468616e20626c6f636b2d73697a6520646174612e20546865206b65"
          + "79206e6565647320746f20626520686173686564206265666f7265206265696e6720757365642062792074686520"
          + "484d414320616c676f726974686d2e",
        "9b09ffa71b942fcb27635fbcd5b0e944bfdc63644f0713938a7f51535c3a35e2"
      ),
    ])
  func hmac256(key: String, message: String, code: String) throws {
    #expect(Hex.encode(HMAC.sha256(key: try hex(key), message: try hex(message))) == code)
  }

  /// RFC 2202, cases 1, 2 and 6.
  @Test(
    "HMAC-SHA1 gives the values of RFC 2202",
    arguments: [
      (
        String(repeating: "0b", count: 20), "4869205468657265", "b617318655057264e28bc0b6fb378c8ef146be00"
      ),
      (
        "4a656665", "7768617420646f2079612077616e7420666f72206e6f7468696e673f",
        "effcdf6ae5eb2fa2d27416d5f184df9c259a7c79"
      ),
      (
        String(repeating: "aa", count: 80),
        "54657374205573696e67204c6172676572205468616e20426c6f636b2d53697a65204b6579202d2048617368204b"
          + "6579204669727374", "aa4ae5e15272d00e95705637ce8a3b55ed402112"
      ),
    ])
  func hmac1(key: String, message: String, code: String) throws {
    #expect(Hex.encode(HMAC.sha1(key: try hex(key), message: try hex(message))) == code)
    let (key, message) = (try hex(key), try hex(message))
    let prepared = HMACKey(sha1: key.span)
    // Wherever the message is cut in two, and however often the key is used.
    for cut in 0...message.count {
      let result = prepared.code(message.span.extracting(..<cut), message.span.extracting(cut...))
      #expect(Hex.encode(result.indices.map { result[$0] }) == code)
    }
  }

  @Test("an empty key and an empty message are authenticated like any other")
  func empty() {
    #expect(
      Hex.encode(HMAC.sha256(key: [], message: []))
        == "b613679a0814d9ec772f95d778c35fc5ff1697c493715653c6c712144292c5ad")
    #expect(Hex.encode(HMAC.sha1(key: [], message: [])) == "fbdb1d1b18aa6c08324b7d64b71fb76370690e1d")
  }

  @Test("comparing secrets says yes to equal bytes and to nothing else")
  func constantTime() {
    let bytes: [UInt8] = Array(0..<32)
    #expect(ConstantTime.equal(bytes, bytes))
    #expect(ConstantTime.equal([] as [UInt8], []))
    #expect(!ConstantTime.equal(bytes, Array(bytes.dropLast())))
    #expect(!ConstantTime.equal(bytes, []))
    for index in bytes.indices {
      var other = bytes
      other[index] ^= 0x80
      #expect(!ConstantTime.equal(bytes, other))
    }
  }
}

@Suite("Randomness") struct SecureRandomTests {
  @Test("copies of the generator never deal the same number twice, on any number of threads")
  func copies() async {
    let original = SecureRandom()
    let dealt = await withTaskGroup(of: [UInt64].self) { group in
      for _ in 0..<8 {
        group.addTask {
          var copy = original
          return (0..<2_000).map { _ in copy.next() }
        }
      }
      return await group.reduce(into: []) { $0 += $1 }
    }
    #expect(Set(dealt).count == 16_000)
  }

  @Test("every bit is set about half of the time")
  func bits() {
    var generator = SecureRandom()
    var counts = [Int](repeating: 0, count: 64)
    for _ in 0..<10_000 {
      let number = generator.next()
      for bit in 0..<64 where number >> UInt64(bit) & 1 == 1 { counts[bit] += 1 }
    }
    // Six standard deviations of 50 on either side: once in ten million runs by chance.
    #expect(counts.allSatisfy { (4_700...5_300).contains($0) })
  }

  @Test("as many bytes as asked for")
  func counts() {
    #expect(SecureRandom.bytes(0).isEmpty)
    #expect(SecureRandom.bytes(33).count == 33)
    #expect(SecureRandom.bytes(16) != SecureRandom.bytes(16))
  }
}
