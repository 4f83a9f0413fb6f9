// Audio sent with copies of what went before (RFC 2198): walked block by block, and taken off for a receiver that did
// not negotiate it.

package struct REDPayload: Equatable, Sendable {
  package struct Block: Equatable, Sendable {
    package let payloadType: UInt8
    /// How much earlier than the packet's own time this was; zero for the newest.
    package let ticksEarlier: Int
    package let data: Range<Int>
  }

  /// What this packet is there for, sent for the first time.
  package let primary: Block
  package let redundantBlockCount: Int
  private let headers: Int
  private let firstData: Int

  package init(_ packet: Span<UInt8>, _ payload: Range<Int>) throws(PayloadMalformed) {
    headers = payload.lowerBound
    var offset = headers
    var byteCount = 0
    var count = 0
    while true {
      guard offset < payload.upperBound else { throw .truncated }
      if packet[offset] & 0x80 == 0 { break }
      guard offset + 4 <= payload.upperBound else { throw .truncated }
      byteCount += Int(packet.uint16(at: offset + 2) & 0x3FF)
      count += 1
      offset += 4
    }
    redundantBlockCount = count
    firstData = offset + 1
    guard firstData + byteCount <= payload.upperBound else { throw .truncated }
    primary = Block(
      payloadType: packet[offset] & 0x7F, ticksEarlier: 0, data: firstData + byteCount..<payload.upperBound)
  }

  /// The copies, oldest first; call with a cursor that begins as nil.
  package func next(after cursor: inout (index: Int, offset: Int)?, in packet: Span<UInt8>) -> Block? {
    let (index, offset) = cursor ?? (0, firstData)
    guard index < redundantBlockCount else { return nil }
    let header = packet.uint32(at: headers + index * 4)
    let data = offset..<offset + Int(header & 0x3FF)
    cursor = (index + 1, data.upperBound)
    return Block(
      payloadType: UInt8(header >> 24 & 0x7F), ticksEarlier: Int(header >> 10 & 0x3FFF), data: data)
  }

  /// Turns the packet, where it lies, into one of the newest block alone, and returns the offset at which that begins.
  package func strip(
    _ packet: inout MutableSpan<UInt8>, _ header: RTPHeader, payloadType: UInt8
  ) -> Int {
    let distance = primary.data.lowerBound - header.headerByteCount
    packet.rewritePayloadType(payloadType)
    packet.moveHeader(header.headerByteCount, by: distance)
    return distance
  }
}
