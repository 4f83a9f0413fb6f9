// Who is behind a stream (RFC 3550 section 6.5): the canonical name alone, by which a receiver knows which audio belongs
// to which video.

package struct SourceDescriptions: Sendable {
  package struct Source: Equatable, Sendable {
    package let ssrc: UInt32
    /// Where the name's characters stand.
    package let canonicalName: Range<Int>?
  }

  private var rest: Range<Int>
  private var remaining: Int

  /// Of a packet of that kind.
  package init(_ packet: RTCPPacket) {
    rest = packet.body
    remaining = packet.kind == .sourceDescription ? Int(packet.count) : 0
  }

  package mutating func next(in bytes: Span<UInt8>) throws(RTCPMalformed) -> Source? {
    guard remaining > 0 else { return nil }
    remaining -= 1
    guard rest.count >= 4 else { throw .truncated }
    let ssrc = bytes.uint32(at: rest.lowerBound)
    var name: Range<Int>?
    var offset = rest.lowerBound + 4
    // Items until a zero, then zeros up to a whole word.
    while true {
      guard offset < rest.upperBound else { throw .truncated }
      if bytes[offset] == 0 { break }
      guard offset + 2 <= rest.upperBound else { throw .truncated }
      let value = offset + 2..<offset + 2 + Int(bytes[offset + 1])
      guard value.upperBound <= rest.upperBound else { throw .length }
      if bytes[offset] == 1, !value.isEmpty { name = value }
      offset = value.upperBound
    }
    offset = rest.lowerBound + ((offset - rest.lowerBound) / 4 + 1) * 4
    guard offset <= rest.upperBound else { throw .length }
    rest = offset..<rest.upperBound
    return Source(ssrc: ssrc, canonicalName: name)
  }

  /// One source with its name of at most 255 bytes.
  package static func write(
    ssrc: UInt32, canonicalName: Span<UInt8>, into out: inout MutableSpan<UInt8>, at offset: Int = 0
  ) -> Int? {
    let body = (4 + 2 + canonicalName.count) / 4 * 4 + 4
    guard canonicalName.count <= 255,
      let total = writeRTCPHeader(.sourceDescription, count: 1, bodyByteCount: body, into: &out, at: offset)
    else { return nil }
    out.store(ssrc, at: offset + 4)
    out[offset + 8] = 1
    out[offset + 9] = UInt8(canonicalName.count)
    for index in canonicalName.indices { out[offset + 10 + index] = canonicalName[index] }
    for index in offset + 10 + canonicalName.count..<offset + total { out[index] = 0 }
    return total
  }
}
