// What stands before the VP8 data of a packet (RFC 7741): which layer a frame is of, and the two numbers that a forwarder
// which leaves frames out must write anew, so that the decoder sees no gap.

/// Why a payload cannot be what its type says; counted by reason.
package enum PayloadMalformed: Error, Equatable, CaseIterable, Sendable {
  case truncated, content, unsupported
}

package struct VP8Descriptor: Equatable, Sendable {
  /// S: a partition begins.
  package let isPartitionStart: Bool
  package let partition: UInt8
  /// N: no other frame refers to this one.
  package let isDiscardable: Bool
  /// 7 or 15 bits.
  package private(set) var pictureID: UInt16?
  package private(set) var hasLongPictureID = false
  package private(set) var baseLayerIndex: UInt8?
  package private(set) var temporalLayer: UInt8?
  /// Y: this frame refers to the base layer alone, so that a receiver may step up here.
  package private(set) var isLayerSync = false
  package private(set) var keyIndex: UInt8?
  /// Where the VP8 data begins.
  package let dataStart: Int
  package let isKeyFrame: Bool
  /// Of a key frame, from its first packet.
  package let size: PictureSize?

  private var pictureIDOffset = 0
  private var baseLayerIndexOffset = 0

  package var isFrameStart: Bool { isPartitionStart && partition == 0 }

  package init(_ packet: Span<UInt8>, _ payload: Range<Int>) throws(PayloadMalformed) {
    guard let first = payload.start else { throw .truncated }
    isPartitionStart = packet[first] & 0x10 != 0
    partition = packet[first] & 0x07
    isDiscardable = packet[first] & 0x20 != 0
    var offset = first + 1
    if packet[first] & 0x80 != 0 {
      guard offset < payload.upperBound else { throw .truncated }
      let flags = packet[offset]
      offset += 1
      if flags & 0x80 != 0 {
        guard offset < payload.upperBound else { throw .truncated }
        pictureIDOffset = offset
        hasLongPictureID = packet[offset] & 0x80 != 0
        guard !hasLongPictureID || offset + 1 < payload.upperBound else { throw .truncated }
        pictureID = hasLongPictureID ? packet.uint16(at: offset) & 0x7FFF : UInt16(packet[offset])
        offset += hasLongPictureID ? 2 : 1
      }
      if flags & 0x40 != 0 {
        guard offset < payload.upperBound else { throw .truncated }
        baseLayerIndexOffset = offset
        baseLayerIndex = packet[offset]
        offset += 1
      }
      if flags & 0x30 != 0 {
        guard offset < payload.upperBound else { throw .truncated }
        if flags & 0x20 != 0 {
          temporalLayer = packet[offset] >> 6
          isLayerSync = packet[offset] & 0x20 != 0
        }
        if flags & 0x10 != 0 { keyIndex = packet[offset] & 0x1F }
        offset += 1
      }
    }
    guard offset < payload.upperBound else { throw .truncated }
    dataStart = offset
    isKeyFrame = isPartitionStart && partition == 0 && packet[offset] & 1 == 0
    size = isKeyFrame ? Self.size(packet, offset..<payload.upperBound) : nil
  }

  /// Behind three bytes of frame tag and three of start code (RFC 6386 section 9.1).
  private static func size(_ packet: Span<UInt8>, _ data: Range<Int>) -> PictureSize? {
    guard data.count >= 10, packet.uint24(at: data.lowerBound + 3) == 0x9D012A else { return nil }
    let width = packet.uint16(at: data.lowerBound + 6).byteSwapped & 0x3FFF
    let height = packet.uint16(at: data.lowerBound + 8).byteSwapped & 0x3FFF
    return PictureSize(width: Int(width), height: Int(height))
  }

  /// Gives the frame other numbers, in the width they came in; those the packet does not carry are left out.
  /// In a copy whose payload stands `distance` bytes further on than where this was read.
  package func rewrite(
    pictureID: UInt16, baseLayerIndex: UInt8, in packet: inout MutableSpan<UInt8>, movedBy distance: Int = 0
  ) {
    if hasLongPictureID {
      packet.store(0x8000 | pictureID & 0x7FFF, at: pictureIDOffset + distance)
    } else if self.pictureID != nil {
      packet[pictureIDOffset + distance] = UInt8(pictureID & 0x7F)
    }
    if self.baseLayerIndex != nil { packet[baseLayerIndexOffset + distance] = baseLayerIndex }
  }
}
