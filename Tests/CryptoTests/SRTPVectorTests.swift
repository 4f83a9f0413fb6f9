// SRTP against the octets of its RFCs.

import Testing
import Values

@testable import Crypto

@Suite("SRTP by the book") struct SRTPVectorTests {
  static let gcmSalt = "517569642070726f2071756f"
  static let key128 = "000102030405060708090a0b0c0d0e0f"
  static let key256 = "000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f"
  static let rtp =
    "8040f17b8041f8d35501a0b247616c6c696120657374206f6d6e69732064697669736120696e207061727465732074726573"
  static let rtcp =
    "81c8000d4d6172734e5450314e545032525450200000042a0000e9304c756e61deadbeefdeadbeefdeadbeefdeadbeefdeadbeef"

  @Test("session keys are derived as in RFC 3711 appendix B.3")
  func derivation() throws {
    let master = SRTPMasterKey(
      key: try hex("E1F97A0D3E018BE0D64FA32C06DE4139"), salt: try hex("0EC675AD498AFEEBB6960B3AABE6"))
    #expect(Hex.encode(SRTPCipher.derive(0, 16, from: master)) == "c61e7a93744f39ee10734afe3ff7a087")
    #expect(Hex.encode(SRTPCipher.derive(2, 14, from: master)) == "30cbbc08863d8c85d49db34a9ae1")
    #expect(
      Hex.encode(SRTPCipher.derive(1, 94, from: master))
        == "cebe321f6ff7716b6fd4ab49af256a156d38baa48f0a0acf3c34e2359e6cdbcee049646c43d9327ad175578ef7227098"
        + "6371c10c9a369ac2f94a8c5fbcdddc256d6e919a48b610ef17c2041e474035766b68642c59bbfc2f34db60dbdfb2")
  }

  @Test("the key stream is the one of RFC 3711 appendix B.2")
  func keyStream() throws {
    let cipher = SRTPCipher(
      .aesCM128HMACSHA180, .seal, key: try hex("2B7E151628AED2A6ABF7158809CF4F3C"),
      code: [UInt8](repeating: 0, count: 20), salt: try hex("F0F1F2F3F4F5F6F7F8F9FAFBFCFD"), isFast: false)
    cipher.begin(source: 0, index: 0)
    let zeros = [UInt8](repeating: 0, count: 0xFF02 * 16)
    var stream = zeros
    stream.withUnsafeMutableBufferPointer { target in
      if let target = target.baseAddress { cipher.crypt(zeros, zeros.count, to: target) }
    }
    #expect(
      Hex.encode(Array(stream.prefix(48)))
        == "e03ead0935c95e80e166b16dd92b4eb4d23513162b02d0f72a43a2fe4a5f97ab41e95b3bb0a2e8dd477901e4fca894c0"
    )
    #expect(
      Hex.encode(Array(stream.suffix(48)))
        == "ec8cdf7398607cb0f2d21675ea9ea1e4362b7c3c6773516318a077d7fc5073ae6a2cc3787889374fbeb4c81b17ba6c44"
    )
  }

  @Test(
    "RTP under GCM looks as in RFC 7714 section 16, and is read back",
    arguments: [
      (
        SRTPProfile.aeadAES128GCM, key128,
        "f24de3a3fb34de6cacba861c9d7e4bcabe633bd50d294e6f42a5f47a51c7d19b36de3adf8833899d7f27beb16a9152cf765e"
          + "e4390cce"
      ),
      (
        .aeadAES256GCM, key256,
        "32b1de78a822fe12ef9f78fa332e33aab18012389a58e2f3b50b2a0276ffae0f1ba63799b87b7aa3db36dfffd6b0f9bb7878"
          + "d7a76c13"
      ),
    ])
  func rtp(profile: SRTPProfile, key: String, expected: String) throws {
    for isFast in [false, true] {
      var session = SRTPSession(
        profile, key: try hex(key), code: [], salt: try hex(Self.gcmSalt), isFast: isFast)
      var packet = TestPacket(source: 0, sequence: 0, payload: [])
      packet.bytes = try hex(Self.rtp)
      let sealed = try session.protect(packet)
      #expect(Hex.encode(sealed) == Self.rtp.prefix(24) + expected)
      #expect(session.open(sealed) == .success(packet.bytes))
    }
  }

  @Test(
    "RTCP under GCM looks as in RFC 7714 section 17, and is read back",
    arguments: [
      (
        SRTPProfile.aeadAES128GCM, key128,
        "63e94885dcdab67ca727d7662f6b7e997ff5c0f76c06f32dc676a5f1730d6fda4ce09b4686303ded0bb9275bc84aa45896cf4d"
          + "2fc5abf87245d9eade800005d4"
      ),
      (
        .aeadAES256GCM, key256,
        "d50ae4d1f5ce5d304ba297e47d470c282c3ece5dbffe0a50a2eaa5c1110555be8415f658c61de0476f1b6fad1d1eb30c444683"
          + "9f57ff6f6cb26ac3be800005d4"
      ),
    ])
  func rtcp(profile: SRTPProfile, key: String, expected: String) throws {
    for isFast in [false, true] {
      var session = SRTPSession(
        profile, key: try hex(key), code: [], salt: try hex(Self.gcmSalt), isFast: isFast)
      session.nextReportIndex = 0x5D4
      let report = try hex(Self.rtcp)
      let sealed = try session.protectReport(report)
      #expect(Hex.encode(sealed) == Self.rtcp.prefix(16) + expected)
      #expect(session.openReport(sealed) == .success(report))
      #expect(session.openReport(sealed) == .failure(.replay))
    }
  }

  @Test(
    "a report that is authenticated but not encrypted is read (RFC 7714 section 17.3)",
    arguments: [false, true])
  func readable(isFast: Bool) throws {
    var session = SRTPSession(
      .aeadAES128GCM, key: try hex(Self.key128), code: [], salt: try hex(Self.gcmSalt), isFast: isFast)
    let sealed = try hex(Self.rtcp + "841dd9683dd78ec92ae58790125f62b3000005d4")
    #expect(session.openReport(sealed) == .success(try hex(Self.rtcp)))
    var altered = sealed
    altered[20] ^= 1
    altered[altered.count - 1] += 1
    #expect(session.openReport(altered) == .failure(.authentication))
  }
}
