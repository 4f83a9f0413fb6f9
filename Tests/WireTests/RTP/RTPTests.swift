// RTP headers, their rewriting, retransmissions and the numbers that start again.

import Testing
import Wire

/// Version 2, marker, payload type 96, sequence 0x1234, a source, an extension of one word, four bytes of payload.
let samplePacket: [UInt8] = [
  0x91, 0xE0, 0x12, 0x34, 0, 0, 0, 100, 0xCA, 0xFE, 0xBA, 0xBE, 0, 0, 0, 7, 0xBE, 0xDE, 0, 1, 0x10, 0xAB, 0,
  0,
  1, 2, 3, 4,
]

@Suite("RTP packets") struct RTPTests {
  @Test("a packet's numbers and parts are found where RFC 3550 puts them")
  func header() throws {
    let header = try RTPHeader(samplePacket.span)
    #expect(header.marker && header.payloadType == 96 && header.sequence == SequenceNumber(0x1234))
    #expect(header.timestamp == RTPTimestamp(100) && header.ssrc == 0xCAFE_BABE)
    #expect(header.contributingSourceCount == 1)
    #expect(header.contributingSource(0, in: samplePacket.span) == 7)
    #expect(header.extensionProfile == 0xBEDE && header.extensions == 20..<24)
    #expect(header.payload == 24..<28 && header.paddingByteCount == 0 && header.headerByteCount == 24)
  }

  @Test("padding is taken off, and a count that cannot be is refused", arguments: 0...255)
  func padding(count: Int) throws {
    var packet = samplePacket
    packet[0] |= 0x20
    packet[27] = UInt8(count)
    if (1...4).contains(count) {
      #expect(try RTPHeader(packet.span).payload == 24..<(28 - count))
    } else {
      #expect(throws: RTPMalformed.padding) { try RTPHeader(packet.span) }
    }
    #expect(try RTPHeader(protected: packet.span).payload == 24..<28)
  }

  @Test("a packet cut off anywhere in its header is refused", arguments: 0..<28)
  func truncation(count: Int) {
    let cut = Array(samplePacket.prefix(count))
    #expect((try? RTPHeader(cut.span)) == nil || count >= 24)
  }

  @Test("another version and extensions longer than the packet are refused")
  func refused() {
    var packet = samplePacket
    packet[0] = 0x51
    #expect(throws: RTPMalformed.version) { try RTPHeader(packet.span) }
    packet = samplePacket
    packet[19] = 3
    #expect(throws: RTPMalformed.extensionOverrun) { try RTPHeader(packet.span) }
  }

  @Test("a rewrite changes the field it names and no other bit", arguments: 0..<5)
  func rewriting(field: Int) throws {
    for fill: UInt8 in [0, 0xFF] {
      var packet = [UInt8](repeating: fill, count: 20)
      var out = packet.mutableSpan
      switch field {
      case 0: out.rewriteMarker(fill == 0)
      case 1: out.rewritePayloadType(0x55)
      case 2: out.rewriteSequence(SequenceNumber(0x5AA5))
      case 3: out.rewriteTimestamp(RTPTimestamp(0x5AA5_0FF0))
      default: out.rewriteSSRC(0x5AA5_0FF0)
      }
      let masks: [[Int: UInt8]] = [
        [1: 0x80], [1: 0x7F], [2: 0xFF, 3: 0xFF], [4: 0xFF, 5: 0xFF, 6: 0xFF, 7: 0xFF],
        [8: 0xFF, 9: 0xFF, 10: 0xFF, 11: 0xFF],
      ]
      for (index, byte) in packet.enumerated() { #expect((byte ^ fill) & ~(masks[field][index] ?? 0) == 0) }
      #expect(packet != [UInt8](repeating: fill, count: 20))
    }
  }

  @Test("a retransmission brings the original back, whatever was in it", arguments: 0..<50)
  func retransmission(seed: Int) throws {
    var random = Seeded(UInt64(seed))
    var packet = samplePacket
    for index in 2..<12 { packet[index] = .random(in: .min ... .max, using: &random) }
    for _ in 0..<Int.random(in: 0...40, using: &random) {
      packet.append(.random(in: .min ... .max, using: &random))
    }
    let header = try RTPHeader(packet.span)
    var wrapped = [UInt8](repeating: 0, count: packet.count + 2)
    var out = wrapped.mutableSpan
    let count = RTX.wrap(
      packet.span, header, payloadType: 97, ssrc: 5, sequence: SequenceNumber(6), into: &out)
    #expect(count == packet.count + 2)
    let sent = try RTPHeader(wrapped.span)
    #expect(sent.payloadType == 97 && sent.ssrc == 5 && sent.sequence == SequenceNumber(6))
    #expect(RTX.originalSequence(wrapped.span, sent) == header.sequence)
    var received = wrapped.mutableSpan
    let start = RTX.unwrap(&received, sent, payloadType: 96, ssrc: header.ssrc)
    #expect(start == 2 && Array(wrapped.dropFirst(2)) == packet)
    var tight = [UInt8](repeating: 0, count: packet.count + 1)
    var tightOut = tight.mutableSpan
    let none = RTX.wrap(
      packet.span, header, payloadType: 97, ssrc: 5, sequence: SequenceNumber(6), into: &tightOut)
    #expect(none == nil)
  }

  @Test("a probe of padding has no original, and is a packet without payload", arguments: [1, 4, 255])
  func probe(byteCount: UInt8) throws {
    var bytes = [UInt8](repeating: 9, count: 300)
    var out = bytes.mutableSpan
    let fixed = RTPFixedHeader(
      payloadType: 97, sequence: SequenceNumber(1), timestamp: RTPTimestamp(2), ssrc: 3)
    let written = fixed.writePadding(byteCount, into: &out)
    let count = try #require(written)
    var packet = Array(bytes.prefix(count))
    let header = try RTPHeader(packet.span)
    #expect(header.payload.isEmpty && header.paddingByteCount == Int(byteCount))
    var span = packet.mutableSpan
    let original = RTX.unwrap(&span, header, payloadType: 96, ssrc: 1)
    #expect(original == nil)
    #expect(packet == Array(bytes.prefix(count)))
    var small = [UInt8](repeating: 0, count: 11)
    var smallOut = small.mutableSpan
    let none = fixed.write(into: &smallOut)
    #expect(none == nil)
  }
}

@Suite("Numbers that start again") struct SequenceTests {
  @Test(
    "the newer of two is the one the shorter way ahead",
    arguments: [
      (1, 0, 1), (0, 65_535, 1), (65_535, 0, -1), (32_767, 0, 32_767), (32_768, 0, -32_768), (5, 5, 0),
    ])
  func distance(later: Int, earlier: Int, expected: Int) {
    let distance = SequenceNumber(UInt16(later)).distance(since: SequenceNumber(UInt16(earlier)))
    #expect(distance == expected)
    #expect(SequenceNumber(UInt16(later)).isNewer(than: SequenceNumber(UInt16(earlier))) == (expected > 0))
    #expect(SequenceNumber(UInt16(earlier)) + expected == SequenceNumber(UInt16(later)))
  }

  @Test("counts go on over the turn, and late packets get the count they had")
  func unwrap() {
    var count = SequenceUnwrapper()
    let table: [(UInt16, Int64)] = [
      (65_534, 65_534), (65_535, 65_535), (1, 65_537), (0, 65_536), (65_533, 65_533), (32_000, 97_536),
      (64_000, 129_536), (10, 131_082), (65_530, 131_066),
    ]
    for (value, expected) in table {
      #expect(count.peek(SequenceNumber(value)) == expected)
      let unwrapped = count.unwrap(SequenceNumber(value))
      #expect(unwrapped == expected)
    }
    #expect(count.newest == 131_082)
    var fresh = SequenceUnwrapper()
    let pair = (fresh.unwrap(SequenceNumber(0)), fresh.unwrap(SequenceNumber(65_535)))
    #expect(pair == (0, -1))
  }

  @Test("a long stream with packets out of order is counted without a slip", arguments: 0..<8)
  func walk(seed: Int) {
    var random = Seeded(UInt64(seed))
    var unwrapper = SequenceUnwrapper()
    var newest = Int64(UInt16.random(in: .min ... .max, using: &random))
    _ = unwrapper.unwrap(SequenceNumber(UInt16(newest)))
    for _ in 0..<2_000 {
      let count = newest + Int64.random(in: -3_000...6_000, using: &random)
      let sequence = SequenceNumber(UInt16(truncatingIfNeeded: count))
      if unwrapper.unwrap(sequence) != count { Issue.record("slipped at \(count)") }
      newest = max(newest, count)
    }
  }

  @Test("the media clock is told apart over its turn")
  func timestamps() {
    #expect(RTPTimestamp(5).ticks(since: RTPTimestamp(0xFFFF_FFFB)) == 10)
    #expect(RTPTimestamp(0xFFFF_FFFB).ticks(since: RTPTimestamp(5)) == -10)
    #expect(RTPTimestamp(0xFFFF_FFFF) + 3 == RTPTimestamp(2))
    var clock = TimestampUnwrapper()
    let counts = [0xFFFF_FFF0, 0x10, 0xFFFF_FFFF].map { clock.unwrap(RTPTimestamp($0)) }
    #expect(counts == [0xFFFF_FFF0, 0x1_0000_0010, 0xFFFF_FFFF])
    #expect(clock.newest == 0x1_0000_0010)
  }
}

/// SplitMix64.
struct Seeded: RandomNumberGenerator {
  private var state: UInt64
  init(_ seed: UInt64) { state = seed }
  mutating func next() -> UInt64 {
    state &+= 0x9E37_79B9_7F4A_7C15
    var mixed = state
    mixed = (mixed ^ (mixed >> 30)) &* 0xBF58_476D_1CE4_E5B9
    mixed = (mixed ^ (mixed >> 27)) &* 0x94D0_49BB_1331_11EB
    return mixed ^ (mixed >> 31)
  }
}
