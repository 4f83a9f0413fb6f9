// What a forwarder changes in a packet it has copied: single fields, in place, and nothing beside them. The packet was
// read with `RTPHeader` before, so that its first twelve bytes are there.

extension MutableSpan<UInt8> {
  @_lifetime(self: copy self)
  package mutating func rewriteMarker(_ marker: Bool) {
    self[1] = self[1] & 0x7F | (marker ? 0x80 : 0)
  }

  @_lifetime(self: copy self)
  package mutating func rewritePayloadType(_ payloadType: UInt8) {
    self[1] = self[1] & 0x80 | payloadType & 0x7F
  }

  @_lifetime(self: copy self)
  package mutating func rewriteSequence(_ sequence: SequenceNumber) { store(sequence.value, at: 2) }

  @_lifetime(self: copy self)
  package mutating func rewriteTimestamp(_ timestamp: RTPTimestamp) { store(timestamp.value, at: 4) }

  @_lifetime(self: copy self)
  package mutating func rewriteSSRC(_ ssrc: UInt32) { store(ssrc, at: 8) }

  /// Moves the header towards the payload by some bytes of the payload, which are lost: the packet starts that much
  /// later and is that much shorter. Twelve to some forty bytes move instead of a thousand.
  @_lifetime(self: copy self)
  mutating func moveHeader(_ byteCount: Int, by distance: Int) {
    var index = byteCount - 1
    while index >= 0 {
      self[index + distance] = self[index]
      index -= 1
    }
  }
}

/// The fixed header of a packet of our own, such as padding for a probe.
package struct RTPFixedHeader: Equatable, Sendable {
  package var marker = false
  package var payloadType: UInt8
  package var sequence: SequenceNumber
  package var timestamp: RTPTimestamp
  package var ssrc: UInt32

  package init(payloadType: UInt8, sequence: SequenceNumber, timestamp: RTPTimestamp, ssrc: UInt32) {
    self.payloadType = payloadType
    self.sequence = sequence
    self.timestamp = timestamp
    self.ssrc = ssrc
  }

  /// Writes twelve bytes and says so; nil when they do not fit.
  package func write(into out: inout MutableSpan<UInt8>) -> Int? {
    guard out.count >= RTPHeader.fixedByteCount else { return nil }
    out[0] = 0x80
    out[1] = 0
    out.rewriteMarker(marker)
    out.rewritePayloadType(payloadType)
    out.rewriteSequence(sequence)
    out.rewriteTimestamp(timestamp)
    out.rewriteSSRC(ssrc)
    return RTPHeader.fixedByteCount
  }

  /// A packet of padding alone, as probes are: the header and 1 to 255 bytes, the last of which says how many.
  package func writePadding(_ byteCount: UInt8, into out: inout MutableSpan<UInt8>) -> Int? {
    let total = RTPHeader.fixedByteCount + Int(byteCount)
    guard byteCount > 0, out.count >= total, write(into: &out) != nil else { return nil }
    out[0] |= 0x20
    for index in RTPHeader.fixedByteCount..<total { out[index] = 0 }
    out[total - 1] = byteCount
    return total
  }
}
