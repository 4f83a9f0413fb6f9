// Where things stand in one RTP packet (RFC 3550 section 5.1): numbers and offsets, no copies. Read once per packet on
// arrival; the forwarding floor works with what is found here.

/// Why bytes are not an RTP packet; counted by reason, and the packet is dropped.
package enum RTPMalformed: Error, Equatable, CaseIterable, Sendable {
  case truncated, version, extensionOverrun, padding
}

package struct RTPHeader: Equatable, Sendable {
  /// What precedes contributing sources and extensions.
  package static let fixedByteCount = 12

  package let marker: Bool
  package let payloadType: UInt8
  package let sequence: SequenceNumber
  package let timestamp: RTPTimestamp
  package let ssrc: UInt32
  package let contributingSources: Range<Int>
  /// The 16 bits that say how the extensions are laid out; zero when there are none.
  package let extensionProfile: UInt16
  /// The extensions without the four bytes before them; empty when there are none.
  package let extensions: Range<Int>
  /// Without padding.
  package let payload: Range<Int>
  package let paddingByteCount: Int

  package var headerByteCount: Int { payload.lowerBound }
  package var hasExtensions: Bool { !extensions.isEmpty }

  /// A packet in the clear.
  package init(_ packet: Span<UInt8>) throws(RTPMalformed) {
    let layout = try Layout(packet)
    var end = packet.count
    if packet[0] & 0x20 != 0 {
      let padding = Int(packet[packet.count - 1])
      // The count counts itself, and may take the payload but not the header.
      guard padding > 0, padding <= packet.count - layout.payloadStart else { throw .padding }
      end -= padding
    }
    self.init(packet, layout, payloadEnd: end)
  }

  /// A packet whose payload is still encrypted: its padding cannot be told yet and counts as payload.
  package init(protected packet: Span<UInt8>) throws(RTPMalformed) {
    self.init(packet, try Layout(packet), payloadEnd: packet.count)
  }

  private init(_ packet: Span<UInt8>, _ layout: Layout, payloadEnd: Int) {
    marker = packet[1] & 0x80 != 0
    payloadType = packet[1] & 0x7F
    sequence = SequenceNumber(packet.uint16(at: 2))
    timestamp = RTPTimestamp(packet.uint32(at: 4))
    ssrc = packet.uint32(at: 8)
    contributingSources = Self.fixedByteCount..<layout.sourcesEnd
    extensionProfile = layout.extensionProfile
    extensions = layout.extensions
    payload = layout.payloadStart..<payloadEnd
    paddingByteCount = packet.count - payloadEnd
  }

  private struct Layout {
    let sourcesEnd: Int
    var extensionProfile: UInt16 = 0
    var extensions: Range<Int>
    var payloadStart: Int { extensions.upperBound }

    init(_ packet: Span<UInt8>) throws(RTPMalformed) {
      guard packet.count >= RTPHeader.fixedByteCount else { throw .truncated }
      guard packet[0] >> 6 == 2 else { throw .version }
      sourcesEnd = RTPHeader.fixedByteCount + Int(packet[0] & 0x0F) * 4
      extensions = sourcesEnd..<sourcesEnd
      if packet[0] & 0x10 != 0 {
        guard packet.count >= sourcesEnd + 4 else { throw .truncated }
        extensionProfile = packet.uint16(at: sourcesEnd)
        let start = sourcesEnd + 4
        extensions = start..<(start + Int(packet.uint16(at: sourcesEnd + 2)) * 4)
        guard packet.count >= extensions.upperBound else { throw .extensionOverrun }
      }
      guard packet.count >= sourcesEnd else { throw .truncated }
    }
  }

  package func contributingSource(_ index: Int, in packet: Span<UInt8>) -> UInt32 {
    packet.uint32(at: contributingSources.lowerBound + index * 4)
  }

  package var contributingSourceCount: Int { contributingSources.count / 4 }

  package static func fuzz(_ bytes: Span<UInt8>) {
    _ = try? RTPHeader(protected: bytes)
    guard let header = try? RTPHeader(bytes) else { return }
    precondition(
      header.payload.upperBound + header.paddingByteCount == bytes.count, "all bytes are accounted for")
    for index in 0..<header.contributingSourceCount { _ = header.contributingSource(index, in: bytes) }
    HeaderExtensions.fuzz(bytes, header)
    RTX.fuzz(bytes, header)
  }
}
