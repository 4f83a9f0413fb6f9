// Packets for time in which nothing came. An Ogg stream has no holes: its clock moves only by the samples of packets
// (RFC 7845 section 4.1), so that what is missing is filled with packets that decode to silence, or that have the decoder
// go on as it would have for a listener.

enum Filler {
  /// A frame of CELT that says "digital silence" in its first bit, as long as its configuration says.
  private static let silentFrame: [UInt8] = [0xFF, 0xFE]

  /// One packet of silence, of at most `samples`; how many it has. `samples` is a multiple of the grain.
  static func silence(_ samples: Int64) -> (bytes: [UInt8], samples: Int64) {
    // Full band of CELT: 20, 10, 5 and 2.5 ms are configurations 31 to 28.
    var frame: Int64 = 960
    var configuration: UInt8 = 31
    while frame > samples, configuration > 28 {
      frame /= 2
      configuration -= 1
    }
    let count = min(samples / frame, Limits.packetSamples / frame)
    if count <= 1 { return ([configuration << 3] + silentFrame, frame) }
    var bytes = [configuration << 3 | 3, UInt8(count)]
    for _ in 0..<count { bytes += silentFrame }
    return (bytes, frame * count)
  }

  /// One packet without any frame's bytes: the decoder conceals, or goes on with comfort noise. It is of the same kind as
  /// the packet before, whose first byte is `head`; nil where not one such frame fits.
  static func concealment(_ samples: Int64, like head: UInt8, samplesPerFrame: Int64) -> (
    bytes: [UInt8], samples: Int64
  )? {
    let count = min(samples, Limits.packetSamples) / samplesPerFrame
    guard count >= 1 else { return nil }
    // Without the bits that count frames; those of mode, bandwidth and channels stay.
    if count == 1 { return ([head & 0xFC], samplesPerFrame) }
    return ([head & 0xFC | 3, UInt8(count)], samplesPerFrame * count)
  }
}
