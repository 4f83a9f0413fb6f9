// The two blocks of extended reports (RFC 3611 sections 4.4 and 4.5) by which one who only receives learns its round
// trip: it says its time, and the other says how long ago it heard that.

package struct ExtendedReports: Sendable {
  package enum Block: Equatable, Sendable {
    /// The receiver's time, as in a sender report.
    case receiverTime(ntpTime: UInt64)
    /// Where the answers stand; see `Answer`.
    case answers(Range<Int>)
  }

  /// What was heard last from one receiver, and how long ago in 65,536ths of a second.
  package struct Answer: Equatable, Sendable {
    static let byteCount = 12

    package var ssrc: UInt32
    package var lastReceiverReport: UInt32
    package var delaySinceReceiverReport: UInt32

    package init(ssrc: UInt32, lastReceiverReport: UInt32, delaySinceReceiverReport: UInt32) {
      self.ssrc = ssrc
      self.lastReceiverReport = lastReceiverReport
      self.delaySinceReceiverReport = delaySinceReceiverReport
    }

    /// The next one of a block.
    package init?(next rest: inout Range<Int>, in bytes: Span<UInt8>) {
      guard rest.count >= Self.byteCount else { return nil }
      ssrc = bytes.uint32(at: rest.lowerBound)
      lastReceiverReport = bytes.uint32(at: rest.lowerBound + 4)
      delaySinceReceiverReport = bytes.uint32(at: rest.lowerBound + 8)
      rest = rest.lowerBound + Self.byteCount..<rest.upperBound
    }
  }

  package let sender: UInt32
  private var rest: Range<Int>

  /// Nil when the packet is no extended report.
  package init?(_ packet: RTCPPacket, in bytes: Span<UInt8>) throws(RTCPMalformed) {
    guard packet.kind == .extendedReport else { return nil }
    guard packet.body.count >= 4 else { throw .truncated }
    sender = bytes.uint32(at: packet.body.lowerBound)
    rest = packet.body.lowerBound + 4..<packet.body.upperBound
  }

  /// The next block of the two kinds; others are passed over.
  package mutating func next(in bytes: Span<UInt8>) throws(RTCPMalformed) -> Block? {
    while !rest.isEmpty {
      guard rest.count >= 4 else { throw .truncated }
      let start = rest.lowerBound + 4
      let end = start + Int(bytes.uint16(at: rest.lowerBound + 2)) * 4
      guard end <= rest.upperBound else { throw .length }
      let type = bytes[rest.lowerBound]
      rest = end..<rest.upperBound
      switch type {
      case 4:
        guard end - start == 8 else { throw .content }
        return .receiverTime(ntpTime: bytes.uint64(at: start))
      case 5:
        guard (end - start) % Answer.byteCount == 0 else { throw .content }
        return .answers(start..<end)
      default: continue
      }
    }
    return nil
  }

  package static func writeReceiverTime(
    sender: UInt32, ntpTime: UInt64, into out: inout MutableSpan<UInt8>, at offset: Int = 0
  ) -> Int? {
    guard let total = writeRTCPHeader(.extendedReport, count: 0, bodyByteCount: 16, into: &out, at: offset)
    else { return nil }
    out.store(sender, at: offset + 4)
    out.store(UInt32(4) << 24 | 2, at: offset + 8)
    out.store(ntpTime, at: offset + 12)
    return total
  }

  package static func writeAnswers(
    sender: UInt32, _ answers: Span<Answer>, into out: inout MutableSpan<UInt8>, at offset: Int = 0
  ) -> Int? {
    let byteCount = answers.count * Answer.byteCount
    guard !answers.isEmpty,
      let total = writeRTCPHeader(
        .extendedReport, count: 0, bodyByteCount: 8 + byteCount, into: &out, at: offset)
    else { return nil }
    out.store(sender, at: offset + 4)
    out.store(UInt32(5) << 24 | UInt32(byteCount / 4), at: offset + 8)
    for index in answers.indices {
      let position = offset + 12 + index * Answer.byteCount
      out.store(answers[index].ssrc, at: position)
      out.store(answers[index].lastReceiverReport, at: position + 4)
      out.store(answers[index].delaySinceReceiverReport, at: position + 8)
    }
    return total
  }

  static func fuzz(_ bytes: Span<UInt8>, _ packet: RTCPPacket) {
    guard var reports = try? ExtendedReports(packet, in: bytes) else { return }
    while let block = try? reports.next(in: bytes) {
      if case .answers(var rest) = block { while Answer(next: &rest, in: bytes) != nil {} }
    }
  }
}
