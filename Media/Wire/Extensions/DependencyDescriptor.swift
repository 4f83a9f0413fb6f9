// Which frame a packet belongs to and who needs it, without a look at the payload (AV1 RTP specification, appendix A).
// Layers of AV1 streams are chosen by it, also where the payload is encrypted end to end.

package enum DescriptorMalformed: Error, Equatable, Sendable {
  /// It names a template of a structure that has not come (yet), or none of the structure's.
  case unknownTemplate
  case truncated, layers
}

package struct DependencyDescriptor: Sendable {
  package let isFirstOfFrame: Bool
  package let isLastOfFrame: Bool
  package let templateID: UInt8
  package let frameNumber: SequenceNumber
  package let spatialLayer: Int
  package let temporalLayer: Int
  /// The structure came with this descriptor: the frame is a key frame, or its structure said again.
  package let hasStructure: Bool
  /// Which decode targets the sender still makes, one bit each; nil when nothing is said about it.
  package let activeDecodeTargets: UInt32?
  package let decodeTargetCount: Int
  private let indications: UInt64

  /// Reads the descriptor, and replaces the stream's structure when it brings a new one. When it throws, the structure
  /// is what it was.
  package init(
    _ bytes: Span<UInt8>, _ value: Range<Int>, structure: inout DependencyStructure?
  ) throws(DescriptorMalformed) {
    guard value.count >= 3 else { throw .truncated }
    let first = bytes[value.lowerBound]
    isFirstOfFrame = first & 0x80 != 0
    isLastOfFrame = first & 0x40 != 0
    templateID = first & 0x3F
    frameNumber = SequenceNumber(bytes.uint16(at: value.lowerBound + 1))

    var bits = BitCursor(value.lowerBound + 3..<value.upperBound)
    let flags = value.count > 3 ? try bits.read(5, in: bytes) : 0
    hasStructure = flags & 0x10 != 0
    let fresh = hasStructure ? try DependencyStructure(bytes, &bits) : nil
    var targets: UInt32?
    if let known = fresh ?? structure {
      if hasStructure { targets = known.allDecodeTargets }
      if flags & 0x08 != 0 { targets = try bits.read(known.decodeTargetCount, in: bytes) }
      guard let template = known.template(templateID) else { throw .unknownTemplate }
      spatialLayer = Int(template.spatialLayer)
      temporalLayer = Int(template.temporalLayer)
      decodeTargetCount = known.decodeTargetCount
      indications = try Self.frame(flags, known, template, bytes, &bits)
    } else {
      throw .unknownTemplate
    }
    activeDecodeTargets = targets
    if let fresh { structure = fresh }
  }

  /// What the frame is to a decode target; nil when there is no such target.
  package func indication(_ target: Int) -> DecodeTargetIndication? {
    guard (0..<decodeTargetCount).contains(target) else { return nil }
    return DecodeTargetIndication(rawValue: UInt8(indications >> UInt64(target * 2) & 3))
  }

  /// The frame's own definition: what differs from its template. Distances and chains are checked for being whole.
  private static func frame(
    _ flags: UInt32, _ structure: DependencyStructure, _ template: DependencyStructure.Template,
    _ bytes: Span<UInt8>, _ bits: inout BitCursor
  ) throws(DescriptorMalformed) -> UInt64 {
    var indications = template.indications
    if flags & 0x04 != 0 {
      indications = try DependencyStructure.indications(structure.decodeTargetCount, bytes, &bits)
    }
    if flags & 0x02 != 0 {
      while true {
        let size = try bits.read(2, in: bytes)
        if size == 0 { break }
        _ = try bits.read(Int(size) * 4, in: bytes)
      }
    }
    if flags & 0x01 != 0 {
      for _ in 0..<structure.chainCount { _ = try bits.read(8, in: bytes) }
    }
    return indications
  }
}
