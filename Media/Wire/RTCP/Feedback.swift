// Feedback of few bytes (RFC 4585, RFC 5104, REMB): packets asked for again, key frames asked for, a rate that a
// receiver believes in. Transport-wide feedback has a file of its own.

/// What both kinds of feedback begin with, and which of them it is.
package struct Feedback: Equatable, Sendable {
  package enum Subject: Equatable, Sendable {
    case nack, transportWide
    case pictureLoss, fullIntraRequest, estimatedRate
  }

  package let subject: Subject
  package let sender: UInt32
  /// The stream it is about; zero where the entries name theirs.
  package let media: UInt32
  /// What follows the two.
  package let control: Range<Int>

  /// Nil when the packet is none of these.
  package init?(_ packet: RTCPPacket, in bytes: Span<UInt8>) throws(RTCPMalformed) {
    guard packet.kind == .transportFeedback || packet.kind == .payloadFeedback else { return nil }
    guard packet.body.count >= 8 else { throw .truncated }
    let start = packet.body.lowerBound
    control = start + 8..<packet.body.upperBound
    switch (packet.kind, packet.count) {
    case (.transportFeedback, 1): subject = .nack
    case (.transportFeedback, 15): subject = .transportWide
    case (.payloadFeedback, 1): subject = .pictureLoss
    case (.payloadFeedback, 4): subject = .fullIntraRequest
    case (.payloadFeedback, 15) where control.count >= 8 && bytes.uint32(at: start + 8) == EstimatedRate.name:
      subject = .estimatedRate
    default: return nil
    }
    sender = bytes.uint32(at: start)
    media = bytes.uint32(at: start + 4)
  }

  static func write(
    _ kind: RTCPPacket.Kind, format: Int, sender: UInt32, media: UInt32, controlByteCount: Int,
    into out: inout MutableSpan<UInt8>, at offset: Int
  ) -> Int? {
    let total = writeRTCPHeader(
      kind, count: format, bodyByteCount: 8 + controlByteCount, into: &out, at: offset)
    guard let total else { return nil }
    out.store(sender, at: offset + 4)
    out.store(media, at: offset + 8)
    return total
  }

  /// "Send a key frame: I cannot go on."
  package static func writePictureLoss(
    sender: UInt32, media: UInt32, into out: inout MutableSpan<UInt8>, at offset: Int = 0
  ) -> Int? {
    write(
      .payloadFeedback, format: 1, sender: sender, media: media, controlByteCount: 0, into: &out, at: offset)
  }

  static func fuzz(_ bytes: Span<UInt8>, _ packet: RTCPPacket) {
    guard let feedback = try? Feedback(packet, in: bytes) else { return }
    switch feedback.subject {
    case .nack:
      var lost = LostSequences(feedback)
      while lost.next(in: bytes) != nil {}
    case .transportWide: TransportFeedback.fuzz(bytes, feedback)
    case .pictureLoss: break
    case .fullIntraRequest:
      var requests = FullIntraRequests(feedback)
      while requests.next(in: bytes) != nil {}
    case .estimatedRate:
      guard let rate = try? EstimatedRate(feedback, in: bytes) else { return }
      for index in 0..<rate.sourceCount { _ = rate.source(index, in: bytes) }
    }
  }
}

/// The packets that a receiver asks for again (RFC 4585 section 6.2.1), one by one.
package struct LostSequences: Sendable {
  /// One item names a packet and, by a mask, up to 16 that follow it.
  static let itemByteCount = 4

  private var rest: Range<Int>
  private var last = SequenceNumber(0)
  private var mask: UInt16 = 0

  package init(_ feedback: Feedback) {
    let items = feedback.subject == .nack ? feedback.control : 0..<0
    rest = items.lowerBound..<items.lowerBound + items.count / Self.itemByteCount * Self.itemByteCount
  }

  package mutating func next(in bytes: Span<UInt8>) -> SequenceNumber? {
    if mask != 0 {
      let step = mask.trailingZeroBitCount
      mask &= mask &- 1
      return last + (step + 1)
    }
    guard !rest.isEmpty else { return nil }
    last = SequenceNumber(bytes.uint16(at: rest.lowerBound))
    mask = bytes.uint16(at: rest.lowerBound + 2)
    rest = rest.lowerBound + Self.itemByteCount..<rest.upperBound
    return last
  }

  /// Asks for packets, oldest first; those close together share an item.
  package static func write(
    sender: UInt32, media: UInt32, _ lost: Span<SequenceNumber>, into out: inout MutableSpan<UInt8>,
    at offset: Int = 0
  ) -> Int? {
    var itemCount = 0
    var first: SequenceNumber?
    for index in lost.indices {
      if let first, (0...16).contains(lost[index].distance(since: first)) { continue }
      first = lost[index]
      itemCount += 1
    }
    let total = Feedback.write(
      .transportFeedback, format: 1, sender: sender, media: media,
      controlByteCount: itemCount * itemByteCount, into: &out, at: offset)
    guard let total, itemCount > 0 else { return nil }
    var position = offset + 12 - itemByteCount
    var mask: UInt16 = 0
    first = nil
    for index in lost.indices {
      if let first, case let distance = lost[index].distance(since: first), (0...16).contains(distance) {
        if distance > 0 { mask |= 1 << UInt16(distance - 1) }
      } else {
        first = lost[index]
        mask = 0
        position += itemByteCount
        out.store(lost[index].value, at: position)
      }
      out.store(mask, at: position + 2)
    }
    return total
  }
}

/// Who must send a key frame (RFC 5104 section 4.3.1). A number that was seen before is the same request again.
package struct FullIntraRequests: Sendable {
  package struct Request: Equatable, Sendable {
    package var ssrc: UInt32
    package var number: UInt8

    package init(ssrc: UInt32, number: UInt8) {
      self.ssrc = ssrc
      self.number = number
    }
  }

  private var rest: Range<Int>

  package init(_ feedback: Feedback) {
    rest = feedback.subject == .fullIntraRequest ? feedback.control : 0..<0
  }

  package mutating func next(in bytes: Span<UInt8>) -> Request? {
    guard rest.count >= 8 else { return nil }
    defer { rest = rest.lowerBound + 8..<rest.upperBound }
    return Request(ssrc: bytes.uint32(at: rest.lowerBound), number: bytes[rest.lowerBound + 4])
  }

  package static func write(
    sender: UInt32, _ requests: Span<Request>, into out: inout MutableSpan<UInt8>, at offset: Int = 0
  ) -> Int? {
    guard !requests.isEmpty,
      let total = Feedback.write(
        .payloadFeedback, format: 4, sender: sender, media: 0, controlByteCount: requests.count * 8,
        into: &out,
        at: offset)
    else { return nil }
    for index in requests.indices {
      out.store(requests[index].ssrc, at: offset + 12 + index * 8)
      out.store(UInt32(requests[index].number) << 24, at: offset + 16 + index * 8)
    }
    return total
  }
}

/// What a receiver believes it can take (draft-alvestrand-rmcat-remb): the fallback where there is no transport-wide
/// feedback.
package struct EstimatedRate: Equatable, Sendable {
  static let name: UInt32 = 0x5245_4D42

  package let rateBitsPerSecond: UInt64
  package let sourceCount: Int
  private let start: Int

  package init?(_ feedback: Feedback, in bytes: Span<UInt8>) throws(RTCPMalformed) {
    guard feedback.subject == .estimatedRate else { return nil }
    let offset = feedback.control.lowerBound + 4
    sourceCount = Int(bytes[offset])
    start = offset + 4
    guard feedback.control.count >= 8 + sourceCount * 4 else { throw .truncated }
    let exponent = UInt64(bytes[offset + 1] >> 2)
    let mantissa = UInt64(bytes.uint24(at: offset + 1) & 0x3_FFFF)
    rateBitsPerSecond = mantissa << exponent
    guard rateBitsPerSecond >> exponent == mantissa else { throw .content }
  }

  package func source(_ index: Int, in bytes: Span<UInt8>) -> UInt32 {
    precondition((0..<sourceCount).contains(index), "an estimate has as many sources as it says")
    return bytes.uint32(at: start + index * 4)
  }

  /// The rate is rounded down to what 18 bits and an exponent hold.
  package static func write(
    sender: UInt32, rateBitsPerSecond: UInt64, sources: Span<UInt32>, into out: inout MutableSpan<UInt8>,
    at offset: Int = 0
  ) -> Int? {
    guard sources.count <= 255,
      let total = Feedback.write(
        .payloadFeedback, format: 15, sender: sender, media: 0, controlByteCount: 8 + sources.count * 4,
        into: &out, at: offset)
    else { return nil }
    let exponent = max(0, 46 - rateBitsPerSecond.leadingZeroBitCount)
    let mantissa = UInt32(truncatingIfNeeded: rateBitsPerSecond >> UInt64(exponent))
    out.store(name, at: offset + 12)
    out.store(UInt32(sources.count) << 24 | UInt32(exponent) << 18 | mantissa, at: offset + 16)
    for index in sources.indices { out.store(sources[index], at: offset + 20 + index * 4) }
    return total
  }
}
