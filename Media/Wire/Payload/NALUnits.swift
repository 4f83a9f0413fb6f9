// What H.264 (RFC 6184) and H.265 (RFC 7798) packets hold: one unit, several, or a piece of one. Asked for one thing: does
// a picture begin here from which a decoder can start?

package struct H264Payload: Equatable, Sendable {
  /// A slice of a picture that refers to no other begins in this packet.
  package private(set) var isKeyFrame = false
  package private(set) var hasSequenceParameters = false
  package private(set) var hasPictureParameters = false
  /// The unit's first bytes are here, not in an earlier packet.
  package private(set) var isUnitStart = true
  package private(set) var isUnitEnd = true

  /// Parameter sets come just before the picture, some senders' in a packet of their own: forwarding has to begin with
  /// them, although they are not a picture.
  package var hasParameters: Bool { hasSequenceParameters || hasPictureParameters }

  package init(_ packet: Span<UInt8>, _ payload: Range<Int>) throws(PayloadMalformed) {
    var rest = payload
    let type = try rest.takeByte(of: packet) & 0x1F
    switch type {
    case 1...23: note(type)
    case 24:
      guard !rest.isEmpty else { throw .truncated }
      while !rest.isEmpty { note(packet[try rest.takeUnit(of: packet).lowerBound] & 0x1F) }
    case 28:
      let header = try rest.takeByte(of: packet)
      isUnitStart = header & 0x80 != 0
      isUnitEnd = header & 0x40 != 0
      guard !(isUnitStart && isUnitEnd) else { throw .content }
      if isUnitStart { note(header & 0x1F) }
    // What only the interleaved mode has, which is not negotiated.
    default: throw .unsupported
    }
  }

  private mutating func note(_ type: UInt8) {
    switch type {
    case 5: isKeyFrame = true
    case 7: hasSequenceParameters = true
    case 8: hasPictureParameters = true
    default: break
    }
  }
}

package struct H265Payload: Equatable, Sendable {
  package private(set) var isKeyFrame = false
  package private(set) var hasParameters = false
  package private(set) var isUnitStart = true
  package private(set) var isUnitEnd = true
  package let temporalLayer: UInt8

  package init(_ packet: Span<UInt8>, _ payload: Range<Int>) throws(PayloadMalformed) {
    guard payload.count >= 2 else { throw .truncated }
    let start = payload.lowerBound
    let type = packet[start] >> 1 & 0x3F
    // Counted from one on the wire.
    guard packet[start + 1] & 7 != 0 else { throw .content }
    temporalLayer = packet[start + 1] & 7 - 1
    var rest = start + 2..<payload.upperBound
    switch type {
    case 0...47: note(type)
    case 48:
      guard !rest.isEmpty else { throw .truncated }
      while !rest.isEmpty {
        let unit = try rest.takeUnit(of: packet)
        guard unit.count >= 2 else { throw .truncated }
        note(packet[unit.lowerBound] >> 1 & 0x3F)
      }
    case 49:
      let header = try rest.takeByte(of: packet)
      isUnitStart = header & 0x80 != 0
      isUnitEnd = header & 0x40 != 0
      guard !(isUnitStart && isUnitEnd) else { throw .content }
      if isUnitStart { note(header & 0x3F) }
    default: throw .unsupported
    }
  }

  private mutating func note(_ type: UInt8) {
    switch type {
    // All kinds of pictures that a decoder can start from: broken link, instantaneous refresh, clean access.
    case 16...21: isKeyFrame = true
    case 32...34: hasParameters = true
    default: break
    }
  }
}

extension Range<Int> {
  /// One of several units, behind its length; not empty.
  fileprivate mutating func takeUnit(of packet: Span<UInt8>) throws(PayloadMalformed) -> Range<Int> {
    guard count >= 2 else { throw .truncated }
    let unit = lowerBound + 2..<lowerBound + 2 + Int(packet.uint16(at: lowerBound))
    guard unit.upperBound <= upperBound, !unit.isEmpty else { throw .truncated }
    self = unit.upperBound..<upperBound
    return unit
  }
}
