// What an Opus packet tells by its first bytes, and redundancy taken off; then every parser over bytes that are wrong.

import Testing
import Wire

@Suite("Audio payloads") struct AudioPayloadTests {
  private func opus(_ bytes: [UInt8]) throws -> OpusPayload { try OpusPayload(bytes.span, 0..<bytes.count) }

  @Test("mode, bandwidth and length of all 32 configurations follow RFC 6716's table", arguments: 0..<32)
  func configurations(number: Int) throws {
    let packet = try opus([UInt8(number << 3), 1, 2])
    let lengths = [480, 960, 1_920, 2_880]
    let expected: (OpusPayload.Mode, OpusPayload.Bandwidth, Int) =
      switch number {
      case 0..<4: (.speech, .narrow, lengths[number])
      case 4..<8: (.speech, .medium, lengths[number - 4])
      case 8..<12: (.speech, .wide, lengths[number - 8])
      case 12, 13: (.hybrid, .superWide, lengths[number - 12])
      case 14, 15: (.hybrid, .full, lengths[number - 14])
      case 16..<20: (.music, .narrow, 120 << (number - 16))
      case 20..<24: (.music, .wide, 120 << (number - 20))
      case 24..<28: (.music, .superWide, 120 << (number - 24))
      default: (.music, .full, 120 << (number - 28))
      }
    #expect((packet.mode, packet.bandwidth, packet.samplesPerFrame) == expected)
    #expect(
      packet.duration == .microseconds(expected.2 * 125 / 6) && !packet.isStereo && packet.frameCount == 1)
  }

  @Test(
    "frames are counted in all four ways of packing",
    arguments: [
      ([0x08, 1, 2, 3], 1, 1..<4), ([0x09, 1, 2, 3, 4], 2, 1..<3), ([0x0A, 1, 7, 8, 9], 2, 2..<3),
      ([0x0B, 0x03, 1, 2, 3], 3, 2..<3), ([0x0B, 0x83, 2, 1, 9, 9, 8, 7, 7], 3, 4..<6),
      ([0x0B, 0x41, 2, 5, 0, 0], 1, 3..<4), ([0x0B, 0x81, 5, 5], 1, 2..<4),
      ([0x0A, 252, 0] + [UInt8](repeating: 1, count: 253), 2, 3..<255),
    ] as [([UInt8], Int, Range<Int>)])
  func packing(bytes: [UInt8], count: Int, first: Range<Int>) throws {
    let packet = try opus(bytes)
    #expect(packet.frameCount == count && packet.firstFrame == first && packet.sampleCount == 960 * count)
  }

  @Test("packing against the rules is refused")
  func refused() {
    for bytes in [
      [], [0x09, 1], [0x0A], [0x0A, 2, 1], [0x0A, 252], [0x0B], [0x0B, 0], [0x0B, 0x07, 1, 2, 3, 4, 5, 6, 7],
      [0x0B, 0x02, 1], [0x0B, 0x41, 5, 1], [0x0B, 0x41, 255], [0x0B, 0x82, 3, 1],
      [0x08] + [UInt8](repeating: 0, count: 1_276),
    ] as [[UInt8]] {
      #expect(throws: PayloadMalformed.self) { try opus(bytes) }
    }
  }

  @Test("silence is known by frames of a byte or none")
  func silence() throws {
    #expect(try opus([0x78]).isDiscontinuous && opus([0x78, 0xFF]).isDiscontinuous)
    #expect(try !opus([0x78, 1, 2]).isDiscontinuous && opus([0x79, 1, 2]).isDiscontinuous)
  }

  @Test(
    "correction for the frame before is seen where its bit stands",
    arguments: [
      ([0x48, 0x40, 1], true), ([0x48, 0x80, 1], false),  // 20 ms: voice, then correction
      ([0x50, 0x20, 1], true), ([0x50, 0xC0, 1], false),  // 40 ms: two of voice
      ([0x58, 0x10, 1], true), ([0x58, 0xE0, 1], false),  // 60 ms: three
      ([0x4C, 0x10, 1], true), ([0x4C, 0xA0, 1], false),  // stereo: the side's own
      ([0x78, 0x40, 1], true), ([0xF8, 0xFF, 1], false), ([0x48], false),
    ] as [([UInt8], Bool)])
  func correction(bytes: [UInt8], isThere: Bool) throws {
    #expect(try opus(bytes).hasForwardCorrection == isThere)
  }

  @Test("redundant audio is walked oldest first and taken off where it lies")
  func redundancy() throws {
    let header: [UInt8] = [0x80, 63, 0, 1, 0, 0, 0, 2, 0, 0, 0, 3]
    let payload: [UInt8] = [0xEF, 0x1E, 0x00, 0x02, 0xEF, 0x0F, 0x00, 0x01, 0x6F, 1, 2, 3, 4, 5, 6]
    var packet = header + payload
    let rtp = try RTPHeader(packet.span)
    let red = try REDPayload(packet.span, rtp.payload)
    #expect(red.redundantBlockCount == 2 && red.primary.payloadType == 111 && red.primary.data == 24..<27)
    var cursor: (index: Int, offset: Int)?
    var blocks: [REDPayload.Block] = []
    while let block = red.next(after: &cursor, in: packet.span) { blocks.append(block) }
    #expect(
      blocks.map(\.ticksEarlier) == [1_920, 960].map { $0 } && blocks.map(\.data) == [21..<23, 23..<24])
    for count in 0..<12 {
      #expect(throws: PayloadMalformed.truncated) { try REDPayload(payload.span, 0..<count) }
    }
    var out = packet.mutableSpan
    let start = red.strip(&out, rtp, payloadType: 111)
    #expect(Array(packet[start...]) == [0x80, 111] + header[2...] + [4, 5, 6])
  }
}

@Suite("Wrong bytes") struct WrongByteTests {
  @Test("no parser of the media plane falls over random bytes", arguments: 0..<16)
  func random(seed: Int) {
    var random = Seeded(UInt64(seed))
    for _ in 0..<250 {
      var bytes = (0..<Int.random(in: 0...80, using: &random)).map { _ in
        UInt8.random(in: .min ... .max, using: &random)
      }
      PayloadFuzz.run(bytes.span)
      guard bytes.count > 4 else { continue }
      bytes[0] = bytes[0] & 0x3F | 0x80
      RTPHeader.fuzz(bytes.span)
      bytes[1] = .random(in: 199...208, using: &random)
      bytes[2] = 0
      bytes[3] = UInt8(bytes.count / 4 - 1)
      RTCPPackets.fuzz(bytes.span)
    }
  }
}
