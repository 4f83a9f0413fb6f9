// Sender and receiver reports (RFC 3550 section 6.4) and farewells (6.6): what was sent, when on the sender's clock, and
// what arrived. Lip sync, round trips and loss are computed from these.

/// What one receiver says about one stream.
package struct ReportBlock: Equatable, Sendable {
  package static let byteCount = 24
  /// The count has five bits.
  package static let countMax = 31

  package var ssrc: UInt32
  /// Of 256 packets expected since the last report.
  package var lostOf256: UInt8 = 0
  /// Since the beginning; negative where duplicates came.
  package var lostPacketCount: Int32 = 0
  /// The newest sequence number, with the count of its turns above.
  package var highestSequence: UInt32 = 0
  package var jitterTicks: UInt32 = 0
  /// The middle 32 bits of the time in the last sender report, zero before one came.
  package var lastSenderReport: UInt32 = 0
  /// In 65,536ths of a second.
  package var delaySinceSenderReport: UInt32 = 0

  package init(ssrc: UInt32) { self.ssrc = ssrc }

  init(_ bytes: Span<UInt8>, at offset: Int) {
    ssrc = bytes.uint32(at: offset)
    lostOf256 = bytes[offset + 4]
    lostPacketCount = Int32(bitPattern: bytes.uint24(at: offset + 5) << 8) >> 8
    highestSequence = bytes.uint32(at: offset + 8)
    jitterTicks = bytes.uint32(at: offset + 12)
    lastSenderReport = bytes.uint32(at: offset + 16)
    delaySinceSenderReport = bytes.uint32(at: offset + 20)
  }

  func write(into out: inout MutableSpan<UInt8>, at offset: Int) {
    out.store(ssrc, at: offset)
    let lost = UInt32(bitPattern: min(max(lostPacketCount, -0x80_0000), 0x7F_FFFF)) & 0xFF_FFFF
    out.store(UInt32(lostOf256) << 24 | lost, at: offset + 4)
    out.store(highestSequence, at: offset + 8)
    out.store(jitterTicks, at: offset + 12)
    out.store(lastSenderReport, at: offset + 16)
    out.store(delaySinceSenderReport, at: offset + 20)
  }
}

/// What a sender says about its stream: which moment of its clock is which moment of the media.
package struct SenderFacts: Equatable, Sendable {
  static let byteCount = 20

  /// Seconds since 1900 and their fraction, 32 bits each.
  package var ntpTime: UInt64
  package var timestamp: RTPTimestamp
  package var packetCount: UInt32
  package var payloadByteCount: UInt32

  package init(ntpTime: UInt64, timestamp: RTPTimestamp, packetCount: UInt32, payloadByteCount: UInt32) {
    self.ntpTime = ntpTime
    self.timestamp = timestamp
    self.packetCount = packetCount
    self.payloadByteCount = payloadByteCount
  }

  /// What a report block answers with, to tell the round trip.
  package var middleOfTime: UInt32 { UInt32(truncatingIfNeeded: ntpTime >> 16) }
}

/// Either report: a sender's has facts.
package struct Report: Equatable, Sendable {
  package let ssrc: UInt32
  package let facts: SenderFacts?
  package let blockCount: Int
  private let firstBlock: Int

  /// Nil when the packet is no report.
  package init?(_ packet: RTCPPacket, in bytes: Span<UInt8>) throws(RTCPMalformed) {
    guard packet.kind == .senderReport || packet.kind == .receiverReport else { return nil }
    let fixed = packet.kind == .senderReport ? 4 + SenderFacts.byteCount : 4
    blockCount = Int(packet.count)
    guard packet.body.count >= fixed + blockCount * ReportBlock.byteCount else { throw .truncated }
    let start = packet.body.lowerBound
    ssrc = bytes.uint32(at: start)
    firstBlock = start + fixed
    facts =
      packet.kind == .receiverReport
      ? nil
      : SenderFacts(
        ntpTime: bytes.uint64(at: start + 4), timestamp: RTPTimestamp(bytes.uint32(at: start + 12)),
        packetCount: bytes.uint32(at: start + 16), payloadByteCount: bytes.uint32(at: start + 20))
  }

  package func block(_ index: Int, in bytes: Span<UInt8>) -> ReportBlock {
    precondition((0..<blockCount).contains(index), "a report has as many blocks as it says")
    return ReportBlock(bytes, at: firstBlock + index * ReportBlock.byteCount)
  }
}

package enum Reports {
  /// A sender's report with facts, a receiver's without. Blocks beyond 31 belong into a report of their own.
  package static func write(
    ssrc: UInt32, facts: SenderFacts? = nil, blocks: Span<ReportBlock>, into out: inout MutableSpan<UInt8>,
    at offset: Int = 0
  ) -> Int? {
    let fixed = facts == nil ? 4 : 4 + SenderFacts.byteCount
    guard blocks.count <= ReportBlock.countMax,
      let total = writeRTCPHeader(
        facts == nil ? .receiverReport : .senderReport, count: blocks.count,
        bodyByteCount: fixed + blocks.count * ReportBlock.byteCount, into: &out, at: offset)
    else { return nil }
    var position = offset + RTCPPackets.headerByteCount
    out.store(ssrc, at: position)
    if let facts {
      out.store(facts.ntpTime, at: position + 4)
      out.store(facts.timestamp.value, at: position + 12)
      out.store(facts.packetCount, at: position + 16)
      out.store(facts.payloadByteCount, at: position + 20)
    }
    position += fixed
    for index in blocks.indices {
      blocks[index].write(into: &out, at: position)
      position += ReportBlock.byteCount
    }
    return total
  }

  static func fuzz(_ bytes: Span<UInt8>, _ packet: RTCPPacket) {
    if let goodbye = try? Goodbye(packet, in: bytes) {
      for index in 0..<goodbye.sourceCount { _ = goodbye.source(index, in: bytes) }
    }
    guard let report = try? Report(packet, in: bytes) else { return }
    let blocks = (0..<report.blockCount).map { report.block($0, in: bytes) }
    var copy = [UInt8](repeating: 0, count: 28 + blocks.count * ReportBlock.byteCount)
    var span = copy.mutableSpan
    let count = write(ssrc: report.ssrc, facts: report.facts, blocks: blocks.span, into: &span)
    for index in RTCPPackets.headerByteCount..<(count ?? 0) {
      precondition(copy[index] == bytes[packet.body.lowerBound - 4 + index], "a report survives being read")
    }
  }
}

/// Streams that end (RFC 3550 section 6.6).
package struct Goodbye: Equatable, Sendable {
  package let sourceCount: Int
  private let start: Int

  package init?(_ packet: RTCPPacket, in bytes: Span<UInt8>) throws(RTCPMalformed) {
    guard packet.kind == .goodbye else { return nil }
    sourceCount = Int(packet.count)
    start = packet.body.lowerBound
    guard packet.body.count >= sourceCount * 4 else { throw .truncated }
  }

  package func source(_ index: Int, in bytes: Span<UInt8>) -> UInt32 {
    precondition((0..<sourceCount).contains(index), "a farewell has as many sources as it says")
    return bytes.uint32(at: start + index * 4)
  }

  /// Without a reason: nobody reads it.
  package static func write(
    sources: Span<UInt32>, into out: inout MutableSpan<UInt8>, at offset: Int = 0
  ) -> Int? {
    guard sources.count <= 31,
      let total = writeRTCPHeader(
        .goodbye, count: sources.count, bodyByteCount: sources.count * 4, into: &out, at: offset)
    else { return nil }
    for index in sources.indices { out.store(sources[index], at: offset + 4 + index * 4) }
    return total
  }
}
