// What stands before video: layers, numbers, and where a decoder can start.

import Testing
import Wire

@Suite("Video payloads") struct VideoPayloadTests {
  private func vp8(_ bytes: [UInt8]) throws -> VP8Descriptor {
    try VP8Descriptor(bytes.span, 0..<bytes.count)
  }
  private func vp9(_ bytes: [UInt8]) throws -> VP9Descriptor {
    try VP9Descriptor(bytes.span, 0..<bytes.count)
  }

  private let vp8Key: [UInt8] = [
    0x90, 0xF0, 0x81, 0x02, 3, 0xE4, 0x10, 1, 2, 0x9D, 0x01, 0x2A, 0x80, 0x02, 0xE0, 0x41,
  ]

  @Test("a VP8 key frame tells its numbers, layer and size")
  func vp8Fields() throws {
    let key = try vp8(vp8Key)
    #expect(key.isKeyFrame && key.isFrameStart && key.pictureID == 0x102 && key.hasLongPictureID)
    #expect(key.baseLayerIndex == 3 && key.temporalLayer == 3 && key.isLayerSync && key.keyIndex == 4)
    #expect(key.size == PictureSize(width: 640, height: 480) && key.dataStart == 6)
    let short = try vp8([0x80, 0x80, 0x7F, 0x11])
    #expect(
      short.pictureID == 0x7F && !short.hasLongPictureID && !short.isKeyFrame && short.temporalLayer == nil)
    #expect(
      try !vp8([0x10, 0x01]).isKeyFrame && vp8([0x10, 0x10]).isKeyFrame && vp8([0x10, 0x10]).size == nil)
    #expect(
      try !vp8([0x11, 0x10]).isKeyFrame && !vp8([0x00, 0x10]).isKeyFrame && vp8([0x20, 0x01]).isDiscardable)
    // K without T has a key index and no layer.
    let keyed = try vp8([0x80, 0x10, 0xE4, 1])
    #expect(keyed.keyIndex == 4 && keyed.temporalLayer == nil && !keyed.isLayerSync)
  }

  @Test("a VP8 descriptor cut off anywhere is refused", arguments: 0..<7)
  func vp8Truncation(count: Int) {
    let cut = Array(vp8Key.prefix(count))
    #expect((try? VP8Descriptor(cut.span, 0..<count)) == nil || count == 7)
  }

  @Test("new numbers change only those bytes, in the width they came in")
  func rewriting() throws {
    var long = vp8Key
    let key = try vp8(long)
    var out = long.mutableSpan
    key.rewrite(pictureID: 0xFFFE, baseLayerIndex: 77, in: &out)
    var expected = vp8Key
    expected[2...4] = [0xFF, 0xFE, 77]
    #expect(long == expected)
    var short: [UInt8] = [0x80, 0x80, 0x7F, 0x11]
    let descriptor = try vp8(short)
    out = short.mutableSpan
    descriptor.rewrite(pictureID: 0x1F85, baseLayerIndex: 77, in: &out)
    #expect(short == [0x80, 0x80, 0x05, 0x11])
    var bare: [UInt8] = [0x10, 0x10, 1]
    let none = try vp8(bare)
    out = bare.mutableSpan
    none.rewrite(pictureID: 1, baseLayerIndex: 1, in: &out)
    #expect(bare == [0x10, 0x10, 1])
  }

  @Test("VP9 without flexible mode names layers, base index and structure")
  func vp9Fixed() throws {
    // I, L, B, V; a long id; layers; TL0PICIDX; structure of two layers with sizes and a group of two pictures.
    let bytes: [UInt8] = [
      0xAA, 0x81, 0x02, 0x10, 5, 0x38, 1, 64, 0, 240, 2, 128, 1, 224, 2, 0x04, 1, 0x18, 1, 2, 9,
    ]
    let key = try vp9(bytes)
    #expect(key.isKeyFrame && key.isFrameStart && !key.isFrameEnd && key.pictureID == 0x102)
    #expect(
      key.temporalLayer == 0 && key.spatialLayer == 0 && key.isSwitchingUpPoint && key.baseLayerIndex == 5)
    let structure = try #require(key.structure)
    #expect(structure.spatialLayerCount == 2 && structure.pictureCountOfGroup == 2)
    #expect(structure.size(ofSpatialLayer: 0) == PictureSize(width: 320, height: 240))
    #expect(structure.size(ofSpatialLayer: 1) == PictureSize(width: 640, height: 480))
    #expect(structure.size(ofSpatialLayer: 2) == nil && key.dataStart == 20)
    for count in 0..<bytes.count - 0 where count < 21 {
      let cut = Array(bytes.prefix(count))
      #expect(throws: PayloadMalformed.truncated) { try VP9Descriptor(cut.span, 0..<count) }
    }
    var copy = bytes
    var out = copy.mutableSpan
    key.rewrite(pictureID: 0x0304, baseLayerIndex: 9, in: &out)
    var expected = bytes
    expected[1...4] = [0x83, 0x04, 0x10, 9]
    #expect(copy == expected)
  }

  @Test("VP9 in flexible mode names its references, three at most")
  func vp9Flexible() throws {
    let frame = try vp9([0xF5, 0x05, 0x43, 0x03, 0x05, 0x06, 1])
    #expect(frame.isFlexible && frame.isPredicted && !frame.isKeyFrame && frame.isNotReferencedAbove)
    #expect(frame.temporalLayer == 2 && frame.spatialLayer == 1 && frame.dependsOnLayerBelow)
    #expect((0..<frame.referenceCount).map(frame.reference) == [1, 2, 3] && frame.baseLayerIndex == nil)
    #expect(throws: PayloadMalformed.content) { try vp9([0xF5, 0x05, 0x43, 0x03, 0x05, 0x07, 0x02, 1]) }
    // The upper layer of a key picture is predicted from below, not a place to start.
    #expect(try !vp9([0x38, 0x03, 1]).isKeyFrame && vp9([0x38, 0x00, 1]).isKeyFrame)
  }

  @Test(
    "H.264 starts at a picture that refers to no other; parameter sets alone are not enough",
    arguments: [
      ([0x65, 1], true, false), ([0x67, 1], false, true), ([0x68], false, true), ([0x41, 1], false, false),
      ([24, 0, 1, 0x67, 0, 1, 0x68], false, true), ([24, 0, 1, 0x67, 0, 2, 0x65, 1], true, true),
      ([28, 0x85, 1], true, false), ([28, 0x05, 1], false, false), ([28, 0x45], false, false),
      ([28, 0x81], false, false),
    ] as [([UInt8], Bool, Bool)])
  func h264(bytes: [UInt8], isKey: Bool, hasParameters: Bool) throws {
    let payload = try H264Payload(bytes.span, 0..<bytes.count)
    #expect(payload.isKeyFrame == isKey && payload.hasParameters == hasParameters)
  }

  @Test("H.264 that is cut off, contradicts itself or is of a mode not negotiated is refused")
  func h264Refused() {
    for bytes in [
      [], [24], [24, 0], [24, 0, 2, 1], [24, 0, 0], [28], [28, 0xC5], [0], [25, 1], [29, 1], [31],
    ] as [[UInt8]] {
      #expect(throws: PayloadMalformed.self) { try H264Payload(bytes.span, 0..<bytes.count) }
    }
  }

  @Test(
    "H.265 starts at any picture with random access",
    arguments: [
      ([0x26, 1, 9], true), ([0x28, 1, 9], true), ([0x2A, 1, 9], true), ([0x02, 1, 9], false),
      ([0x40, 1, 9], false),
      ([0x60, 1, 0, 2, 0x40, 1, 0, 3, 0x26, 1, 9], true), ([0x60, 1, 0, 2, 0x40, 1], false),
      ([0x62, 1, 0x93, 9], true), ([0x62, 1, 0x13, 9], false),
    ] as [([UInt8], Bool)])
  func h265(bytes: [UInt8], isKey: Bool) throws {
    #expect(try H265Payload(bytes.span, 0..<bytes.count).isKeyFrame == isKey)
    #expect(try H265Payload([0x02, 3].span, 0..<2).temporalLayer == 2)
    for broken in [[], [0x26], [0x26, 0], [0x60, 1], [0x60, 1, 0, 1, 0x40], [0x62, 1], [0x64, 1, 1]]
      as [[UInt8]]
    {
      #expect(throws: PayloadMalformed.self) { try H265Payload(broken.span, 0..<broken.count) }
    }
  }

  @Test("AV1 starts where a coded sequence does")
  func av1() throws {
    func read(_ bytes: [UInt8]) throws -> AV1Payload { try AV1Payload(bytes.span, 0..<bytes.count) }
    // Two units, the first a sequence header with layers 1 and 1.
    let key = try read([0x28, 3, 0x0C, 0x28, 1, 0x30, 1, 2])
    #expect(key.isKeyFrame && key.hasSequenceHeader && key.temporalLayer == 1 && key.spatialLayer == 1)
    #expect(try read([0x00, 2, 0x08, 1, 1, 0x30]).isKeyFrame, "told by the sequence header alone")
    #expect(try !read([0x10, 0x30, 1]).isKeyFrame && read([0x18, 0x30, 1]).isKeyFrame)
    // What goes on from the packet before has no header, whatever its first byte looks like.
    let rest = try read([0x90, 0x08, 1])
    #expect(rest.continuesUnit && !rest.isKeyFrame)
    #expect(try read([0x50, 0x30]).isContinued)
    for broken in [[], [0x10], [0x98, 1], [0x20, 3, 1], [0x00, 0x80], [0x10, 0x0C]] as [[UInt8]] {
      #expect(throws: PayloadMalformed.self) { try read(broken) }
    }
    #expect(throws: PayloadMalformed.content) { try read([0x00] + [UInt8](repeating: 0x80, count: 9)) }
  }
}
