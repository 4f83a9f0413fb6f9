// A packet sent again in a stream of its own (RFC 4588): the original's sequence number stands before its payload.
// Unwrapping moves the header, not the payload; wrapping happens while the packet is copied out of the history.

package enum RTX {
  /// The original's sequence number.
  package static let addedByteCount = 2

  package static func originalSequence(_ packet: Span<UInt8>, _ header: RTPHeader) -> SequenceNumber? {
    guard header.payload.count >= addedByteCount else { return nil }
    return SequenceNumber(packet.uint16(at: header.payload.lowerBound))
  }

  /// Turns a retransmission into the original where it lies and returns the offset at which the original begins; nil,
  /// and nothing changed, when there is no original in it (padding for a probe).
  package static func unwrap(
    _ packet: inout MutableSpan<UInt8>, _ header: RTPHeader, payloadType: UInt8, ssrc: UInt32
  ) -> Int? {
    guard let sequence = originalSequence(packet.span, header) else { return nil }
    packet.rewritePayloadType(payloadType)
    packet.rewriteSequence(sequence)
    packet.rewriteSSRC(ssrc)
    packet.moveHeader(header.headerByteCount, by: addedByteCount)
    return addedByteCount
  }

  /// Writes the original as a retransmission, without its padding. Returns how long it is; nil when it does not fit.
  package static func wrap(
    _ original: Span<UInt8>, _ header: RTPHeader, payloadType: UInt8, ssrc: UInt32, sequence: SequenceNumber,
    into out: inout MutableSpan<UInt8>
  ) -> Int? {
    let total = header.payload.upperBound + addedByteCount
    guard out.count >= total else { return nil }
    for index in 0..<header.headerByteCount { out[index] = original[index] }
    out[0] &= ~0x20
    out.rewritePayloadType(payloadType)
    out.rewriteSequence(sequence)
    out.rewriteSSRC(ssrc)
    out.store(header.sequence.value, at: header.headerByteCount)
    for index in header.payload { out[index + addedByteCount] = original[index] }
    return total
  }

  static func fuzz(_ bytes: Span<UInt8>, _ header: RTPHeader) {
    var copy = [UInt8](repeating: 0, count: bytes.count + addedByteCount)
    var span = copy.mutableSpan
    guard
      let count = wrap(
        bytes, header, payloadType: 97, ssrc: 1, sequence: SequenceNumber(2), into: &span)
    else { preconditionFailure("two bytes more are always enough") }
    var wrapped = Array(copy.prefix(count))
    guard let repeated = try? RTPHeader(wrapped.span) else {
      preconditionFailure("a retransmission is a packet")
    }
    var again = wrapped.mutableSpan
    let start = unwrap(&again, repeated, payloadType: header.payloadType, ssrc: header.ssrc)
    precondition(start == addedByteCount, "what was wrapped can be unwrapped")
    for index in 1..<header.payload.upperBound {
      precondition(wrapped[index + addedByteCount] == bytes[index], "and is what it was")
    }
  }
}
