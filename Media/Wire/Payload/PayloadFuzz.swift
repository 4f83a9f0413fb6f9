// Every payload parser over the same bytes, for the fuzzers: none may trap, and what is rewritten is read again.

package enum PayloadFuzz {
  package static func run(_ bytes: Span<UInt8>) {
    let all = 0..<bytes.count
    var copy: [UInt8] = []
    for index in all { copy.append(bytes[index]) }
    if let descriptor = try? VP8Descriptor(bytes, all) {
      var out = copy.mutableSpan
      descriptor.rewrite(pictureID: 0x55AA, baseLayerIndex: 7, in: &out)
      let again = try? VP8Descriptor(copy.span, all)
      precondition(
        again?.dataStart == descriptor.dataStart && again?.size == descriptor.size, "only numbers change")
    }
    if let descriptor = try? VP9Descriptor(bytes, all) {
      var out = copy.mutableSpan
      descriptor.rewrite(pictureID: 0x55AA, baseLayerIndex: 7, in: &out)
      for index in 0..<descriptor.referenceCount { _ = descriptor.reference(index) }
      for layer in 0..<8 { _ = descriptor.structure?.size(ofSpatialLayer: layer) }
    }
    _ = try? H264Payload(bytes, all)
    _ = try? H265Payload(bytes, all)
    _ = try? AV1Payload(bytes, all)
    if let opus = try? OpusPayload(bytes, all) {
      precondition(opus.firstFrame.upperBound <= bytes.count, "frames are in the packet")
      precondition(
        (120...OpusPayload.sampleCountMax).contains(opus.sampleCount), "a packet is at most 120 ms")
    }
    if let red = try? REDPayload(bytes, all) {
      var cursor: (index: Int, offset: Int)?
      var end = 0
      while let block = red.next(after: &cursor, in: bytes) { end = block.data.upperBound }
      precondition(
        red.redundantBlockCount == 0 || end == red.primary.data.lowerBound, "blocks lie side by side")
    }
  }
}
