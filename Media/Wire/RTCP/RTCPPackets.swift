// Walks the packets of one RTCP datagram: compound (RFC 3550 section 6.1) or of reduced size (RFC 5506), which differ in
// what comes first and nothing else. Each packet is then read by the type of its kind.

/// Why bytes are not RTCP; counted by reason. What came before in the same datagram stands.
package enum RTCPMalformed: Error, Equatable, CaseIterable, Sendable {
  case truncated, version, padding, length, content
}

package struct RTCPPacket: Equatable, Sendable {
  package enum Kind: UInt8, Sendable {
    case senderReport = 200
    case receiverReport = 201
    case sourceDescription = 202
    case goodbye = 203
    case application = 204
    /// Feedback about transport: NACK, TWCC.
    case transportFeedback = 205
    /// Feedback about payload: PLI, FIR, REMB.
    case payloadFeedback = 206
    case extendedReport = 207
  }

  /// Nil for what no document we follow defines; it is passed over.
  package let kind: Kind?
  /// Five bits: a count in reports, the format in feedback.
  package let count: UInt8
  /// What follows the four bytes of the header, without padding.
  package let body: Range<Int>
}

package struct RTCPPackets: Sendable {
  static let headerByteCount = 4
  private var offset = 0

  package init() {}

  /// Nil at the end of the datagram.
  package mutating func next(in bytes: Span<UInt8>) throws(RTCPMalformed) -> RTCPPacket? {
    guard offset < bytes.count else { return nil }
    guard bytes.count - offset >= Self.headerByteCount else { throw .truncated }
    guard bytes[offset] >> 6 == 2 else { throw .version }
    let start = offset + Self.headerByteCount
    var end = start + Int(bytes.uint16(at: offset + 2)) * 4
    guard end <= bytes.count else { throw .length }
    let header = bytes[offset]
    let kind = RTCPPacket.Kind(rawValue: bytes[offset + 1])
    offset = end
    if header & 0x20 != 0 {
      // Only the last packet may be padded. Not by whole words alone: browsers pad transport feedback byte by byte.
      guard end == bytes.count, end > start else { throw .padding }
      let padding = Int(bytes[end - 1])
      guard padding > 0, padding <= end - start else { throw .padding }
      end -= padding
    }
    return RTCPPacket(kind: kind, count: header & 0x1F, body: start..<end)
  }

  package static func fuzz(_ bytes: Span<UInt8>) {
    var packets = RTCPPackets()
    var last = 0
    while let packet = try? packets.next(in: bytes) {
      precondition(packet.body.lowerBound > last && packet.body.upperBound <= bytes.count, "it gets on")
      last = packet.body.lowerBound
      Reports.fuzz(bytes, packet)
      Feedback.fuzz(bytes, packet)
      ExtendedReports.fuzz(bytes, packet)
      if packet.kind == .sourceDescription {
        var walk = SourceDescriptions(packet)
        while let source = try? walk.next(in: bytes) { _ = source.canonicalName.map { bytes[$0.lowerBound] } }
      }
    }
  }
}

/// The four bytes each packet begins with; nil when the packet does not fit at the offset.
func writeRTCPHeader(
  _ kind: RTCPPacket.Kind, count: Int, bodyByteCount: Int, into out: inout MutableSpan<UInt8>, at offset: Int
) -> Int? {
  let total = RTCPPackets.headerByteCount + bodyByteCount
  guard bodyByteCount / 4 <= 0xFFFF, offset + total <= out.count else { return nil }
  out[offset] = 0x80 | UInt8(truncatingIfNeeded: count & 0x1F)
  out[offset + 1] = kind.rawValue
  out.store(UInt16(bodyByteCount / 4), at: offset + 2)
  return total
}
