// Dependency descriptors, written bit by bit as appendix A of the AV1 RTP specification lists them.

import Testing
import Wire

/// Ones and zeros, blanks between the fields, padded to whole bytes.
private func bytes(_ bits: String) -> [UInt8] {
  let digits = bits.filter { $0 != " " }
  return stride(from: 0, to: digits.count, by: 8).map { start in
    let byte = digits.dropFirst(start).prefix(8)
    return UInt8(String(byte) + String(repeating: "0", count: 8 - byte.count), radix: 2) ?? 0
  }
}

/// L2T2: offset 60, four templates, two targets, one chain; first frame, template 60.
private let keyFrame =
  "1 0 111100 0000000000000101" + "1 0 0 0 0" + "111100 00001"
  + "01 10 01 11"  // S0T0, S0T1, S1T0, S1T1
  + "10 10  00 01  00 11  00 01"  // what each is to either target
  + "0  1 0000 0  1 0001 1 0010 0  0"  // distances
  + "10"  // one chain of zero to two
  + "0000 0001 0010 0011"
  + "1 0000001001111111 0000000101100111  0000010011111111 0000001011001111"

@Suite("Dependency descriptors") struct DependencyTests {
  @Test("a key frame brings the structure, and later frames only name their template")
  func structure() throws {
    var structure: DependencyStructure?
    let first = bytes(keyFrame)
    let key = try DependencyDescriptor(first.span, 0..<first.count, structure: &structure)
    #expect(key.isFirstOfFrame && !key.isLastOfFrame && key.hasStructure)
    #expect(key.frameNumber == SequenceNumber(5) && key.spatialLayer == 0 && key.temporalLayer == 0)
    #expect(key.decodeTargetCount == 2 && key.activeDecodeTargets == 0b11)
    #expect(key.indication(0) == .switching && key.indication(1) == .switching && key.indication(2) == nil)
    let known = try #require(structure)
    #expect(known.templateCount == 4 && known.chainCount == 1)
    #expect(known.spatialLayerCount == 2 && known.temporalLayerCount == 2)
    #expect(known.size(ofSpatialLayer: 0) == PictureSize(width: 640, height: 360))
    #expect(known.size(ofSpatialLayer: 1) == PictureSize(width: 1_280, height: 720))
    #expect(known.layers(of: 0) == (0, 0) && known.layers(of: 1) == (1, 1))

    // Template 63 is the last one, 64 turns to 0 which is none.
    let plain = bytes("0 1 111111 0000000000000110")
    let frame = try DependencyDescriptor(plain.span, 0..<3, structure: &structure)
    #expect(frame.isLastOfFrame && !frame.hasStructure && frame.activeDecodeTargets == nil)
    #expect(frame.spatialLayer == 1 && frame.temporalLayer == 1)
    #expect(frame.indication(0) == .notPresent && frame.indication(1) == .discardable)
    let unknown = bytes("0 1 000000 0000000000000110")
    #expect(throws: DescriptorMalformed.unknownTemplate) {
      try DependencyDescriptor(unknown.span, 0..<3, structure: &structure)
    }
  }

  @Test("a frame may differ from its template, and targets may be switched off")
  func custom() throws {
    var structure: DependencyStructure?
    let first = bytes(keyFrame)
    _ = try DependencyDescriptor(first.span, 0..<first.count, structure: &structure)
    let own = bytes("1 1 111101 0000000000001000  0 1 1 1 1  01  11 00  01 0011 10 00000000 00  00000111")
    let frame = try DependencyDescriptor(own.span, 0..<own.count, structure: &structure)
    #expect(
      frame.activeDecodeTargets == 1 && frame.indication(0) == .required && frame.indication(1) == .notPresent
    )
    for count in 3..<own.count where count > 3 {
      #expect(throws: DescriptorMalformed.truncated) {
        try DependencyDescriptor(own.span, 0..<count, structure: &structure)
      }
    }
  }

  @Test("a structure cut off anywhere leaves the one that was known")
  func truncation() throws {
    let first = bytes(keyFrame)
    for count in 0..<first.count {
      var structure: DependencyStructure?
      #expect(throws: DescriptorMalformed.self) {
        try DependencyDescriptor(first.span, 0..<count, structure: &structure)
      }
      #expect(structure == nil)
    }
  }

  @Test("more layers than their numbers can say are refused")
  func layers() {
    for step in ["01", "10", "00"] {
      let many = bytes(
        "1 0 000000 0000000000000101 1 0 0 0 0 000000 00000" + String(repeating: step, count: 70))
      var structure: DependencyStructure?
      #expect(throws: DescriptorMalformed.layers) {
        try DependencyDescriptor(many.span, 0..<many.count, structure: &structure)
      }
    }
  }
}
