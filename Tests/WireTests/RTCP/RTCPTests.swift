// RTCP: walking compounds, and each kind of report and feedback read and written.

import Testing
import Wire

/// The first packet of a datagram.
func firstPacket(_ bytes: [UInt8]) throws -> RTCPPacket {
  var packets = RTCPPackets()
  let packet = try packets.next(in: bytes.span)
  return try #require(packet)
}

/// What a builder wrote, after it was tried with one byte too few.
func written(_ build: (inout MutableSpan<UInt8>) -> Int?) throws -> [UInt8] {
  var bytes = [UInt8](repeating: 0xA5, count: 2_000)
  var out = bytes.mutableSpan
  let built = build(&out)
  let count = try #require(built)
  #expect(bytes[count...].allSatisfy { $0 == 0xA5 }, "nothing is written behind the end")
  var small = [UInt8](repeating: 0xA5, count: count - 1)
  var smallOut = small.mutableSpan
  let none = build(&smallOut)
  #expect(none == nil && small.allSatisfy { $0 == 0xA5 }, "what does not fit is not begun")
  return Array(bytes.prefix(count))
}

func feedback(_ bytes: [UInt8]) throws -> Feedback {
  let feedback = try Feedback(try firstPacket(bytes), in: bytes.span)
  return try #require(feedback)
}

@Suite("RTCP") struct RTCPTests {
  private static func block(_ random: inout Seeded) -> ReportBlock {
    var block = ReportBlock(ssrc: .random(in: .min ... .max, using: &random))
    block.lostOf256 = .random(in: .min ... .max, using: &random)
    block.lostPacketCount = .random(in: -0x80_0000...0x7F_FFFF, using: &random)
    block.highestSequence = .random(in: .min ... .max, using: &random)
    block.jitterTicks = .random(in: .min ... .max, using: &random)
    block.lastSenderReport = .random(in: .min ... .max, using: &random)
    block.delaySinceSenderReport = .random(in: .min ... .max, using: &random)
    return block
  }

  @Test("reports of any number of blocks come back as they were written", arguments: 0...31)
  func reports(count: Int) throws {
    var random = Seeded(UInt64(count))
    let blocks = (0..<count).map { _ in Self.block(&random) }
    let facts = SenderFacts(
      ntpTime: 0x0102_0304_0506_0708, timestamp: RTPTimestamp(9), packetCount: 10, payloadByteCount: 11)
    #expect(facts.middleOfTime == 0x0304_0506)
    for facts in [nil, facts] {
      let bytes = try written { Reports.write(ssrc: 77, facts: facts, blocks: blocks.span, into: &$0) }
      #expect(bytes[1] == (facts == nil ? 201 : 200))
      let read = try Report(try firstPacket(bytes), in: bytes.span)
      let report = try #require(read)
      #expect(report.ssrc == 77 && report.facts == facts && report.blockCount == count)
      #expect((0..<count).map { report.block($0, in: bytes.span) } == blocks)
    }
  }

  @Test("more blocks than a report can count are not written, and losses stay in their 24 bits")
  func bounds() throws {
    var bytes = [UInt8](repeating: 0, count: 2_000)
    var out = bytes.mutableSpan
    let many = [ReportBlock](repeating: ReportBlock(ssrc: 1), count: 32)
    let none = Reports.write(ssrc: 1, blocks: many.span, into: &out)
    #expect(none == nil)
    for (lost, expected) in [(Int32.max, Int32(0x7F_FFFF)), (.min, -0x80_0000), (-1, -1)] {
      var block = ReportBlock(ssrc: 1)
      block.lostPacketCount = lost
      let blocks = [block]
      let report = try written { Reports.write(ssrc: 1, blocks: blocks.span, into: &$0) }
      #expect(
        try Report(firstPacket(report), in: report.span)?.block(0, in: report.span).lostPacketCount
          == expected)
    }
  }

  @Test("a compound is walked to its end, whatever it starts with")
  func compound() throws {
    var bytes = [UInt8](repeating: 0, count: 200)
    var out = bytes.mutableSpan
    let name = Array("tandem".utf8)
    var end = 0
    end += Feedback.writePictureLoss(sender: 1, media: 2, into: &out, at: end) ?? 0
    let blocks: [ReportBlock] = []
    end += Reports.write(ssrc: 1, blocks: blocks.span, into: &out, at: end) ?? 0
    end += SourceDescriptions.write(ssrc: 1, canonicalName: name.span, into: &out, at: end) ?? 0
    let sources: [UInt32] = [4, 5]
    end += Goodbye.write(sources: sources.span, into: &out, at: end) ?? 0
    bytes.removeSubrange(end...)
    var packets = RTCPPackets()
    var kinds: [RTCPPacket.Kind?] = []
    while let packet = try packets.next(in: bytes.span) { kinds.append(packet.kind) }
    #expect(kinds == [.payloadFeedback, .receiverReport, .sourceDescription, .goodbye])
    // Cut anywhere, the whole packets before the cut still stand.
    for count in 0..<end {
      let cut = Array(bytes.prefix(count))
      var walk = RTCPPackets()
      var found: [RTCPPacket.Kind?] = []
      while let packet = try? walk.next(in: cut.span) { found.append(packet.kind) }
      #expect(kinds.starts(with: found) && found.count < kinds.count)
    }
  }

  @Test("padding is taken off the last packet only, and must be there")
  func padding() throws {
    let padded: [UInt8] = [0xA1, 206, 0, 3, 0, 0, 0, 1, 0, 0, 0, 2, 0, 0, 0, 4]
    #expect(try firstPacket(padded).body == 4..<12)
    #expect(throws: RTCPMalformed.padding) { try firstPacket(padded + padded) }
    for last: UInt8 in [0, 13, 255] {
      #expect(throws: RTCPMalformed.padding) { try firstPacket(padded.dropLast() + [last]) }
    }
    #expect(throws: RTCPMalformed.padding) { try firstPacket([0xA0, 201, 0, 0]) }
    #expect(throws: RTCPMalformed.version) { try firstPacket([0x40, 201, 0, 0]) }
    #expect(throws: RTCPMalformed.length) { try firstPacket([0x80, 201, 0, 1]) }
    #expect(throws: RTCPMalformed.truncated) { try firstPacket([0x80, 201, 0]) }
    #expect(try firstPacket([0x80, 99, 0, 0]).kind == nil)
  }

  @Test("names of any length come back, behind items of other kinds too", arguments: 0...12)
  func names(count: Int) throws {
    let name = [UInt8](repeating: 0x61, count: count)
    let bytes = try written { SourceDescriptions.write(ssrc: 8, canonicalName: name.span, into: &$0) }
    #expect(bytes.count % 4 == 0)
    var walk = SourceDescriptions(try firstPacket(bytes))
    let read = try walk.next(in: bytes.span)
    let source = try #require(read)
    #expect(source.ssrc == 8 && source.canonicalName.map { Array(bytes[$0]) } ?? [] == name)
    let end = try walk.next(in: bytes.span)
    #expect(end == nil)
    let other: [UInt8] = [
      0x82, 202, 0, 6, 0, 0, 0, 1, 2, 2, 9, 9, 1, 1, 0x62, 0, 0, 0, 0, 2, 1, 1, 0x63, 0, 0, 0, 0, 0,
    ]
    var sources = SourceDescriptions(try firstPacket(other))
    let first = try sources.next(in: other.span)
    let second = try sources.next(in: other.span)
    #expect(first?.ssrc == 1 && first?.canonicalName == 14..<15)
    #expect(second?.ssrc == 2 && second?.canonicalName == 22..<23)
  }

  @Test("what a receiver asks for again is what its sender reads", arguments: 0..<40)
  func nack(seed: Int) throws {
    var random = Seeded(UInt64(seed))
    var next = Int.random(in: 0...65_535, using: &random)
    let lost = (0..<Int.random(in: 1...60, using: &random)).map { _ in
      next += Int.random(in: 1...Int.random(in: 1...40, using: &random), using: &random)
      return SequenceNumber(UInt16(next & 0xFFFF))
    }
    let bytes = try written { LostSequences.write(sender: 1, media: 2, lost.span, into: &$0) }
    let parsed = try feedback(bytes)
    #expect(parsed.subject == .nack && parsed.sender == 1 && parsed.media == 2)
    var walk = LostSequences(parsed)
    var read: [SequenceNumber] = []
    while let sequence = walk.next(in: bytes.span) { read.append(sequence) }
    #expect(read == lost)
  }

  @Test("seventeen packets in a row need one item, eighteen need two")
  func nackItems() throws {
    for (count, byteCount) in [(17, 16), (18, 20)] {
      let lost = (0..<count).map { SequenceNumber(65_530) + $0 }
      #expect(
        try written { LostSequences.write(sender: 1, media: 2, lost.span, into: &$0) }.count == byteCount)
    }
    var bytes = [UInt8](repeating: 0, count: 100)
    var out = bytes.mutableSpan
    let nothing: [SequenceNumber] = []
    let none = LostSequences.write(sender: 1, media: 2, nothing.span, into: &out)
    #expect(none == nil)
  }

  @Test("key frames are asked for in both ways")
  func keyFrames() throws {
    let loss = try written { Feedback.writePictureLoss(sender: 1, media: 2, into: &$0) }
    #expect(loss == [0x81, 206, 0, 2, 0, 0, 0, 1, 0, 0, 0, 2])
    #expect(try feedback(loss).subject == .pictureLoss)
    let requests: [FullIntraRequests.Request] = [.init(ssrc: 9, number: 200), .init(ssrc: 10, number: 1)]
    let bytes = try written { FullIntraRequests.write(sender: 1, requests.span, into: &$0) }
    var walk = FullIntraRequests(try feedback(bytes))
    var read: [FullIntraRequests.Request] = []
    while let request = walk.next(in: bytes.span) { read.append(request) }
    #expect(read == requests)
  }

  @Test(
    "an estimated rate keeps its 18 leading bits",
    arguments: [0, 1, 262_143, 262_144, 1_000_001, 5_000_000_000, UInt64.max])
  func rate(bits: UInt64) throws {
    let sources: [UInt32] = [7, 8]
    let bytes = try written {
      EstimatedRate.write(sender: 1, rateBitsPerSecond: bits, sources: sources.span, into: &$0)
    }
    let read = try EstimatedRate(try feedback(bytes), in: bytes.span)
    let rate = try #require(read)
    #expect(rate.rateBitsPerSecond <= bits && bits - rate.rateBitsPerSecond <= bits >> 17)
    #expect(rate.sourceCount == 2 && rate.source(1, in: bytes.span) == 8)
    var broken = bytes
    broken[17] = 0xFF
    #expect(throws: RTCPMalformed.content) { try EstimatedRate(try feedback(broken), in: broken.span) }
    broken = bytes
    broken[16] = 3
    #expect(throws: RTCPMalformed.truncated) { try EstimatedRate(try feedback(broken), in: broken.span) }
  }

  @Test("one who only receives learns its round trip by extended reports")
  func extended() throws {
    let time = try written {
      ExtendedReports.writeReceiverTime(sender: 1, ntpTime: 0xABCD_EF01_2345_6789, into: &$0)
    }
    let begun = try ExtendedReports(try firstPacket(time), in: time.span)
    var reports = try #require(begun)
    let block = try reports.next(in: time.span)
    #expect(block == .receiverTime(ntpTime: 0xABCD_EF01_2345_6789) && reports.sender == 1)

    let answers = [
      ExtendedReports.Answer(ssrc: 3, lastReceiverReport: 4, delaySinceReceiverReport: 5),
      ExtendedReports.Answer(ssrc: 6, lastReceiverReport: 7, delaySinceReceiverReport: 8),
    ]
    let bytes = try written { ExtendedReports.writeAnswers(sender: 2, answers.span, into: &$0) }
    // A block of a kind we pass over goes first.
    let more = [0x80, 207, 0, UInt8(bytes.count / 4)] + bytes[4..<8] + [1, 0, 0, 0] + bytes[8...]
    let second = try ExtendedReports(try firstPacket(more), in: more.span)
    reports = try #require(second)
    guard case .answers(var rest) = try reports.next(in: more.span) else {
      Issue.record("no answers")
      return
    }
    var read: [ExtendedReports.Answer] = []
    while let answer = ExtendedReports.Answer(next: &rest, in: more.span) { read.append(answer) }
    let end = try reports.next(in: more.span)
    #expect(read == answers && end == nil)
  }

  @Test("streams that end are named")
  func goodbye() throws {
    let sources: [UInt32] = [1, 0xFFFF_FFFF]
    let bytes = try written { Goodbye.write(sources: sources.span, into: &$0) }
    let read = try Goodbye(try firstPacket(bytes), in: bytes.span)
    let goodbye = try #require(read)
    #expect((0..<goodbye.sourceCount).map { goodbye.source($0, in: bytes.span) } == [1, 0xFFFF_FFFF])
    #expect(throws: RTCPMalformed.truncated) {
      try Goodbye(try firstPacket([0x81, 203, 0, 0]), in: [0x81, 203, 0, 0].span)
    }
  }
}
