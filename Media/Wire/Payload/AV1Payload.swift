// The units of an AV1 packet (AV1 RTP specification section 4): whether a coded video sequence begins, and the layer where
// a unit says it. Layers are chosen by the dependency descriptor where there is one.

package struct AV1Payload: Equatable, Sendable {
  /// Z and Y: the first unit began, or the last one goes on, in another packet.
  package let continuesUnit: Bool
  package let isContinued: Bool
  /// N, or a sequence header: a decoder can start here.
  package let isKeyFrame: Bool
  package private(set) var hasSequenceHeader = false
  /// Of the first unit that says so.
  package private(set) var temporalLayer: UInt8?
  package private(set) var spatialLayer: UInt8?

  package init(_ packet: Span<UInt8>, _ payload: Range<Int>) throws(PayloadMalformed) {
    var rest = payload
    let head = try rest.takeByte(of: packet)
    continuesUnit = head & 0x80 != 0
    isContinued = head & 0x40 != 0
    let startsSequence = head & 0x08 != 0
    // A sequence cannot begin in the middle of a unit.
    guard !(continuesUnit && startsSequence) else { throw .content }
    guard !rest.isEmpty else { throw .truncated }
    let count = Int(head >> 4 & 3)
    var index = 0
    while count == 0 ? !rest.isEmpty : index < count {
      var unit = rest
      if index + 1 != count {
        let byteCount = try Self.takeLength(packet, &rest)
        guard byteCount <= rest.count else { throw .truncated }
        unit = rest.lowerBound..<rest.lowerBound + byteCount
      }
      rest = unit.upperBound..<rest.upperBound
      if index > 0 || !continuesUnit {
        try Self.note(packet, unit, &self.hasSequenceHeader, &temporalLayer, &spatialLayer)
      }
      index += 1
    }
    isKeyFrame = startsSequence || hasSequenceHeader
  }

  private static func note(
    _ packet: Span<UInt8>, _ unit: Range<Int>, _ hasSequenceHeader: inout Bool, _ temporalLayer: inout UInt8?,
    _ spatialLayer: inout UInt8?
  ) throws(PayloadMalformed) {
    guard let first = unit.start else { return }
    if packet[first] >> 3 & 0x0F == 1 { hasSequenceHeader = true }
    guard packet[first] & 0x04 != 0 else { return }
    guard unit.count >= 2 else { throw .truncated }
    temporalLayer = temporalLayer ?? packet[first + 1] >> 5
    spatialLayer = spatialLayer ?? packet[first + 1] >> 3 & 3
  }

  /// Seven bits a byte, the lowest first. No unit of a packet needs more than three bytes of it.
  private static func takeLength(_ packet: Span<UInt8>, _ rest: inout Range<Int>) throws(PayloadMalformed)
    -> Int
  {
    var value = 0
    for shift in stride(from: 0, to: 56, by: 7) {
      let byte = try rest.takeByte(of: packet)
      value |= Int(byte & 0x7F) << shift
      if byte & 0x80 == 0 { return value }
    }
    throw .content
  }
}
