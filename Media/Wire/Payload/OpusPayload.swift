// What the first bytes of an Opus packet tell without decoding (RFC 6716 section 3): mode, length, silence, and whether it
// brings the frame before it along.

package struct OpusPayload: Equatable, Sendable {
  package enum Mode: Equatable, Sendable { case speech, hybrid, music }
  package enum Bandwidth: Int, Sendable { case narrow, medium, wide, superWide, full }

  /// A frame is 1,275 bytes at most, a packet 120 ms: 5,760 samples at 48 kHz.
  static let frameByteCountMax = 1_275
  static let sampleCountMax = 5_760

  package let mode: Mode
  package let bandwidth: Bandwidth
  package let isStereo: Bool
  package let frameCount: Int
  /// At 48 kHz, the clock of RTP whatever the bandwidth.
  package let samplesPerFrame: Int
  /// The first frame's own bytes; empty where nothing is sent.
  package let firstFrame: Range<Int>
  /// The frame before is in here in low quality, for a receiver who lost it.
  package let hasForwardCorrection: Bool
  /// Every frame is of one byte or none: the sender is silent (DTX) and says so some times a second.
  package let isDiscontinuous: Bool

  package var sampleCount: Int { frameCount * samplesPerFrame }
  package var duration: Duration { .microseconds(sampleCount * 125 / 6) }

  package init(_ packet: Span<UInt8>, _ payload: Range<Int>) throws(PayloadMalformed) {
    var rest = payload
    let head = try rest.takeByte(of: packet)
    let configuration = Int(head >> 3)
    switch configuration {
    case 0..<12:
      mode = .speech
      bandwidth = Bandwidth(rawValue: configuration / 4) ?? .wide
      samplesPerFrame = configuration % 4 == 3 ? 2_880 : 480 << (configuration % 4)
    case 12..<16:
      mode = .hybrid
      bandwidth = configuration < 14 ? .superWide : .full
      samplesPerFrame = configuration % 2 == 0 ? 480 : 960
    default:
      mode = .music
      // All but the medium one.
      bandwidth = Bandwidth(rawValue: configuration < 20 ? 0 : configuration / 4 - 3) ?? .full
      samplesPerFrame = 120 << (configuration % 4)
    }
    isStereo = head & 4 != 0
    let frames = try Self.frames(code: head & 3, samplesPerFrame, packet, rest)
    frameCount = frames.count
    firstFrame = frames.first
    isDiscontinuous = frames.longest <= 1
    hasForwardCorrection =
      mode != .music && Self.hasForwardCorrection(packet, frames.first, samplesPerFrame, isStereo)
  }

  private struct Frames {
    var count: Int
    var first: Range<Int>
    var longest: Int
  }

  /// The four ways to pack frames, with all the rules of section 3.4.
  private static func frames(
    code: UInt8, _ samplesPerFrame: Int, _ packet: Span<UInt8>, _ data: Range<Int>
  ) throws(PayloadMalformed) -> Frames {
    var rest = data
    switch code {
    case 0: return try equal(1, rest)
    case 1: return try equal(2, rest)
    case 2:
      let byteCount = try takeLength(packet, &rest)
      guard byteCount <= rest.count else { throw .truncated }
      let second = rest.count - byteCount
      guard second <= frameByteCountMax else { throw .content }
      return Frames(
        count: 2, first: rest.lowerBound..<rest.lowerBound + byteCount, longest: max(byteCount, second))
    default:
      let head = try rest.takeByte(of: packet)
      let count = Int(head & 0x3F)
      guard count > 0, count * samplesPerFrame <= sampleCountMax else { throw .content }
      if head & 0x40 != 0 { try dropPadding(packet, &rest) }
      if head & 0x80 == 0 { return try equal(count, rest) }
      var first = 0
      var longest = 0
      var sum = 0
      for index in 0..<count - 1 {
        let byteCount = try takeLength(packet, &rest)
        if index == 0 { first = byteCount }
        longest = max(longest, byteCount)
        sum += byteCount
      }
      guard sum <= rest.count else { throw .truncated }
      let last = rest.count - sum
      guard last <= frameByteCountMax else { throw .content }
      if count == 1 { first = last }
      return Frames(
        count: count, first: rest.lowerBound..<rest.lowerBound + first, longest: max(longest, last))
    }
  }

  private static func equal(_ count: Int, _ data: Range<Int>) throws(PayloadMalformed) -> Frames {
    let byteCount = data.count / count
    guard byteCount * count == data.count, byteCount <= frameByteCountMax else { throw .content }
    return Frames(count: count, first: data.lowerBound..<data.lowerBound + byteCount, longest: byteCount)
  }

  private static func takeLength(_ packet: Span<UInt8>, _ rest: inout Range<Int>) throws(PayloadMalformed)
    -> Int
  {
    let first = Int(try rest.takeByte(of: packet))
    return first < 252 ? first : Int(try rest.takeByte(of: packet)) * 4 + first
  }

  private static func dropPadding(_ packet: Span<UInt8>, _ rest: inout Range<Int>) throws(PayloadMalformed) {
    var byteCount = 0
    while true {
      let byte = try rest.takeByte(of: packet)
      byteCount += byte == 255 ? 254 : Int(byte)
      if byte != 255 { break }
    }
    guard byteCount <= rest.count else { throw .truncated }
    rest = rest.lowerBound..<rest.upperBound - byteCount
  }

  /// A speech frame begins with a bit for each 20 ms that has voice and one that says whether earlier frames follow;
  /// for stereo, twice. Their chances are even, so that the range coder leaves them as they are (section 4.2.3).
  private static func hasForwardCorrection(
    _ packet: Span<UInt8>, _ frame: Range<Int>, _ samplesPerFrame: Int, _ isStereo: Bool
  ) -> Bool {
    guard !frame.isEmpty else { return false }
    let first = frame.lowerBound
    let voiceBits = max(1, samplesPerFrame / 960)
    let middle = packet[first] >> UInt8(7 - voiceBits) & 1
    let side = isStereo ? packet[first] >> UInt8(6 - 2 * voiceBits) & 1 : 0
    return middle | side != 0
  }
}
