// What stands before the VP9 data of a packet (RFC 9628): picture, layers, references, and with key pictures the shape of
// the whole stream. Spatial and temporal layers are left out by it.

package struct VP9Descriptor: Equatable, Sendable {
  /// P: the picture refers to earlier ones.
  package let isPredicted: Bool
  /// F: each packet names the pictures it refers to, instead of the groups of the scalability structure.
  package let isFlexible: Bool
  /// B and E: the frame of one layer begins or ends.
  package let isFrameStart: Bool
  package let isFrameEnd: Bool
  /// Z: no higher spatial layer refers to this frame.
  package let isNotReferencedAbove: Bool
  /// 7 or 15 bits.
  package private(set) var pictureID: UInt16?
  package private(set) var hasLongPictureID = false
  package private(set) var hasLayers = false
  package private(set) var temporalLayer: UInt8 = 0
  package private(set) var spatialLayer: UInt8 = 0
  /// U: from here on a receiver may step up to this temporal layer.
  package private(set) var isSwitchingUpPoint = false
  /// D: the frame refers to the one below it in the same picture.
  package private(set) var dependsOnLayerBelow = false
  package private(set) var baseLayerIndex: UInt8?
  package private(set) var referenceCount = 0
  package private(set) var structure: VP9Structure?
  /// Where the VP9 data begins.
  package private(set) var dataStart = 0

  /// How many pictures back each reference is.
  private var references = SIMD4<UInt8>()
  private var pictureIDOffset = 0
  private var baseLayerIndexOffset = 0

  /// The first packet of a picture that needs no other: in the lowest spatial layer, those above refer to it.
  package var isKeyFrame: Bool { !isPredicted && isFrameStart && spatialLayer == 0 }

  package init(_ packet: Span<UInt8>, _ payload: Range<Int>) throws(PayloadMalformed) {
    guard let first = payload.start else { throw .truncated }
    let flags = packet[first]
    isPredicted = flags & 0x40 != 0
    isFlexible = flags & 0x10 != 0
    isFrameStart = flags & 0x08 != 0
    isFrameEnd = flags & 0x04 != 0
    isNotReferencedAbove = flags & 0x01 != 0
    var rest = first + 1..<payload.upperBound
    if flags & 0x80 != 0 { try readPictureID(packet, &rest) }
    if flags & 0x20 != 0 { try readLayers(packet, &rest) }
    if isFlexible, isPredicted { try readReferences(packet, &rest) }
    if flags & 0x02 != 0 { structure = try VP9Structure(packet, &rest) }
    guard !rest.isEmpty else { throw .truncated }
    dataStart = rest.lowerBound
  }

  private mutating func readPictureID(_ packet: Span<UInt8>, _ rest: inout Range<Int>)
    throws(PayloadMalformed)
  {
    pictureIDOffset = rest.lowerBound
    let high = try rest.takeByte(of: packet)
    hasLongPictureID = high & 0x80 != 0
    pictureID = UInt16(high & 0x7F)
    if hasLongPictureID { pictureID = UInt16(high & 0x7F) << 8 | UInt16(try rest.takeByte(of: packet)) }
  }

  private mutating func readLayers(_ packet: Span<UInt8>, _ rest: inout Range<Int>) throws(PayloadMalformed) {
    let layers = try rest.takeByte(of: packet)
    hasLayers = true
    temporalLayer = layers >> 5
    isSwitchingUpPoint = layers & 0x10 != 0
    spatialLayer = layers >> 1 & 7
    dependsOnLayerBelow = layers & 1 != 0
    if !isFlexible {
      baseLayerIndexOffset = rest.lowerBound
      baseLayerIndex = try rest.takeByte(of: packet)
    }
  }

  private mutating func readReferences(_ packet: Span<UInt8>, _ rest: inout Range<Int>)
    throws(PayloadMalformed)
  {
    var isMore = true
    while isMore {
      // A frame refers to three others at most.
      guard referenceCount < 3 else { throw .content }
      let reference = try rest.takeByte(of: packet)
      references[referenceCount] = reference >> 1
      referenceCount += 1
      isMore = reference & 1 != 0
    }
  }

  /// How many pictures back a reference is.
  package func reference(_ index: Int) -> Int {
    precondition((0..<referenceCount).contains(index), "a frame has as many references as it says")
    return Int(references[index])
  }

  /// Gives the picture other numbers, in the width they came in; those the packet does not carry are left out.
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

/// The shape of the stream: its spatial layers and how the pictures of a group refer to each other.
package struct VP9Structure: Equatable, Sendable {
  package let spatialLayerCount: Int
  package private(set) var pictureCountOfGroup = 0
  package private(set) var hasSizes = false
  private var widths = SIMD8<UInt16>()
  private var heights = SIMD8<UInt16>()

  init(_ packet: Span<UInt8>, _ rest: inout Range<Int>) throws(PayloadMalformed) {
    let head = try rest.takeByte(of: packet)
    spatialLayerCount = Int(head >> 5) + 1
    hasSizes = head & 0x10 != 0
    if hasSizes {
      guard rest.count >= spatialLayerCount * 4 else { throw .truncated }
      for layer in 0..<spatialLayerCount {
        widths[layer] = packet.uint16(at: rest.lowerBound + layer * 4)
        heights[layer] = packet.uint16(at: rest.lowerBound + layer * 4 + 2)
      }
      rest = rest.lowerBound + spatialLayerCount * 4..<rest.upperBound
    }
    guard head & 0x08 != 0 else { return }
    pictureCountOfGroup = Int(try rest.takeByte(of: packet))
    for _ in 0..<pictureCountOfGroup {
      let references = Int(try rest.takeByte(of: packet) >> 2 & 3)
      guard rest.count >= references else { throw .truncated }
      rest = rest.lowerBound + references..<rest.upperBound
    }
  }

  package func size(ofSpatialLayer layer: Int) -> PictureSize? {
    guard hasSizes, (0..<spatialLayerCount).contains(layer) else { return nil }
    return PictureSize(width: Int(widths[layer]), height: Int(heights[layer]))
  }
}

extension Range<Int> {
  /// The first byte of what is left.
  mutating func takeByte(of packet: Span<UInt8>) throws(PayloadMalformed) -> UInt8 {
    guard let first = start else { throw .truncated }
    self = first + 1..<upperBound
    return packet[first]
  }
}
