// What a stream's frames may look like: the templates that a dependency descriptor brings with a key frame and that
// later descriptors only number (AV1 RTP specification, appendix A.8). One is kept for each published stream.

/// What a frame means to one way of decoding the stream.
package enum DecodeTargetIndication: UInt8, Sendable {
  case notPresent, discardable, switching, required
}

package struct DependencyStructure: Sendable {
  /// Ids of templates have six bits.
  package static let templateCountMax = 64
  /// The count of decode targets has five.
  package static let decodeTargetCountMax = 32

  struct Template {
    var spatialLayer: UInt8 = 0
    var temporalLayer: UInt8 = 0
    /// Two bits for each decode target, the first one lowest.
    var indications: UInt64 = 0
  }

  let templateOffset: UInt8
  package private(set) var templateCount = 0
  package let decodeTargetCount: Int
  package private(set) var chainCount = 0
  package private(set) var spatialLayerCount = 1
  package private(set) var temporalLayerCount = 1
  private var templates = InlineArray<64, Template>(repeating: Template())
  /// How large each spatial layer is shown, where the sender says so.
  private var sizes = InlineArray<4, UInt32>(repeating: 0)
  package private(set) var hasSizes = false

  package var allDecodeTargets: UInt32 {
    UInt32(truncatingIfNeeded: UInt64(1) << UInt64(decodeTargetCount) - 1)
  }

  init(_ bytes: Span<UInt8>, _ bits: inout BitCursor) throws(DescriptorMalformed) {
    templateOffset = UInt8(try bits.read(6, in: bytes))
    decodeTargetCount = Int(try bits.read(5, in: bytes)) + 1
    try readLayers(bytes, &bits)
    for index in 0..<templateCount {
      templates[index].indications = try Self.indications(decodeTargetCount, bytes, &bits)
    }
    for _ in 0..<templateCount {
      while try bits.flag(in: bytes) { _ = try bits.read(4, in: bytes) }
    }
    try readChains(bytes, &bits)
    hasSizes = try bits.flag(in: bytes)
    if hasSizes {
      for layer in 0..<spatialLayerCount { sizes[layer] = try bits.read(32, in: bytes) }
    }
  }

  static func indications(
    _ count: Int, _ bytes: Span<UInt8>, _ bits: inout BitCursor
  ) throws(DescriptorMalformed) -> UInt64 {
    var all: UInt64 = 0
    for target in 0..<count { all |= UInt64(try bits.read(2, in: bytes)) << UInt64(target * 2) }
    return all
  }

  /// More templates or layers than their numbers have bits for are not a structure.
  private mutating func readLayers(
    _ bytes: Span<UInt8>, _ bits: inout BitCursor
  ) throws(DescriptorMalformed) {
    var template = Template()
    while true {
      guard templateCount < Self.templateCountMax else { throw .layers }
      templates[templateCount] = template
      templateCount += 1
      switch try bits.read(2, in: bytes) {
      case 0: break
      case 1:
        template.temporalLayer += 1
        temporalLayerCount = max(temporalLayerCount, Int(template.temporalLayer) + 1)
      case 2:
        template.temporalLayer = 0
        template.spatialLayer += 1
        spatialLayerCount += 1
      default: return
      }
      guard template.temporalLayer < 8, template.spatialLayer < 4 else { throw .layers }
    }
  }

  private mutating func readChains(
    _ bytes: Span<UInt8>, _ bits: inout BitCursor
  ) throws(DescriptorMalformed) {
    chainCount = try bits.read(below: decodeTargetCount + 1, in: bytes)
    guard chainCount > 0 else { return }
    for _ in 0..<decodeTargetCount { _ = try bits.read(below: chainCount, in: bytes) }
    for _ in 0..<templateCount * chainCount { _ = try bits.read(4, in: bytes) }
  }

  func template(_ id: UInt8) -> Template? {
    let index = Int((id &- templateOffset) & 63)
    return index < templateCount ? templates[index] : nil
  }

  /// The layers that a decode target needs at most: those of the templates present in it.
  package func layers(of target: Int) -> (spatial: Int, temporal: Int) {
    var spatial: UInt8 = 0
    var temporal: UInt8 = 0
    for index in 0..<templateCount where templates[index].indications >> UInt64(target * 2) & 3 != 0 {
      spatial = max(spatial, templates[index].spatialLayer)
      temporal = max(temporal, templates[index].temporalLayer)
    }
    return (Int(spatial), Int(temporal))
  }

  package func size(ofSpatialLayer layer: Int) -> PictureSize? {
    guard hasSizes, layer < spatialLayerCount else { return nil }
    return PictureSize(width: Int(sizes[layer] >> 16) + 1, height: Int(sizes[layer] & 0xFFFF) + 1)
  }
}

/// Width and height of a picture in pixels.
package struct PictureSize: Equatable, Sendable {
  package let width: Int
  package let height: Int

  package init(width: Int, height: Int) {
    self.width = width
    self.height = height
  }
}
