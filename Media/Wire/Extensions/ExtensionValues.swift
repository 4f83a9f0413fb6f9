// What stands in the header extensions a conference uses. Each reads its bytes at a range that `HeaderExtensions`
// found, and is nil when they do not have the shape the extension's document gives them.

enum ExtensionValues {
  static func fuzz(_ bytes: Span<UInt8>, _ value: Range<Int>) {
    _ = StreamName(bytes, value).map {
      precondition(StreamName($0.description) == $0, "a name survives its text")
    }
    _ = AudioLevel(bytes, value)
    _ = AbsoluteSendTime(bytes, value)
    _ = TransportSequence.read(bytes, value)
    _ = VideoOrientation(bytes, value)
    _ = PlayoutDelay(bytes, value)
    var structure = DependencyStructure?.none
    _ = try? DependencyDescriptor(bytes, value, structure: &structure)
    _ = try? DependencyDescriptor(bytes, value, structure: &structure)
  }
}

/// A mid, rid or repaired-rid (RFC 9143, RFC 8852): up to 16 printable characters, compared without a text being made.
package struct StreamName: Hashable, Sendable, CustomStringConvertible {
  package static let byteCountMax = 16

  private var high: UInt64 = 0
  private var low: UInt64 = 0

  package init?(_ bytes: Span<UInt8>, _ value: Range<Int>) {
    guard (1...Self.byteCountMax).contains(value.count) else { return nil }
    for index in value {
      guard append(bytes[index]) else { return nil }
    }
  }

  package init?(_ text: String) {
    guard (1...Self.byteCountMax).contains(text.utf8.count) else { return nil }
    for byte in text.utf8 {
      guard append(byte) else { return nil }
    }
  }

  /// No byte of a name is zero, so that the two words hold its length as well.
  private mutating func append(_ byte: UInt8) -> Bool {
    guard (0x21...0x7E).contains(byte) else { return false }
    high = high << 8 | low >> 56
    low = low << 8 | UInt64(byte)
    return true
  }

  package var byteCount: Int {
    Self.byteCountMax - (high == 0 ? 8 + low.leadingZeroBitCount / 8 : high.leadingZeroBitCount / 8)
  }

  private func byte(_ fromEnd: Int) -> UInt8 {
    UInt8(truncatingIfNeeded: fromEnd < 8 ? low >> (8 * fromEnd) : high >> (8 * (fromEnd - 8)))
  }

  /// Writes the name at an offset; nil when it does not fit.
  package func write(into out: inout MutableSpan<UInt8>, at offset: Int) -> Int? {
    guard offset + byteCount <= out.count else { return nil }
    for index in 0..<byteCount { out[offset + index] = byte(byteCount - 1 - index) }
    return byteCount
  }

  package var description: String {
    String(decoding: (0..<byteCount).reversed().map { byte($0) }, as: UTF8.self)
  }
}

/// How loud a packet's audio is (RFC 6464), so that speakers are found without decoding.
package struct AudioLevel: Equatable, Sendable {
  package let hasVoice: Bool
  /// 0 is as loud as can be, 127 is silence.
  package let decibelsBelowFullScale: UInt8

  package init?(_ bytes: Span<UInt8>, _ value: Range<Int>) {
    guard value.count == 1 else { return nil }
    hasVoice = bytes[value.lowerBound] & 0x80 != 0
    decibelsBelowFullScale = bytes[value.lowerBound] & 0x7F
  }
}

/// When a packet left its sender: 24 bits of seconds with 18 behind the point, round every 64 seconds.
package struct AbsoluteSendTime: Equatable, Sendable {
  package static let byteCount = 3
  package let value: UInt32

  package init?(_ bytes: Span<UInt8>, _ value: Range<Int>) {
    guard value.count == Self.byteCount else { return nil }
    self.value = bytes.uint24(at: value.lowerBound)
  }

  /// From a clock of any origin.
  package init(microseconds: Int64) {
    let seconds = microseconds / 1_000_000
    let fraction = (microseconds % 1_000_000) << 18 / 1_000_000
    value = UInt32(truncatingIfNeeded: seconds << 18 + fraction) & 0xFF_FFFF
  }

  /// The shorter way round the 64 seconds.
  package func microseconds(since other: AbsoluteSendTime) -> Int64 {
    let ticks = Int64(Int32(bitPattern: (value &- other.value) << 8) >> 8)
    return (ticks * 1_000_000) >> 18
  }

  package func write(into out: inout MutableSpan<UInt8>, at offset: Int) {
    out[offset] = UInt8(truncatingIfNeeded: value >> 16)
    out.store(UInt16(truncatingIfNeeded: value), at: offset + 1)
  }
}

/// The number of a packet among all that leave one transport; feedback speaks of these.
package enum TransportSequence {
  package static let byteCount = 2

  package static func read(_ bytes: Span<UInt8>, _ value: Range<Int>) -> SequenceNumber? {
    value.count == byteCount ? SequenceNumber(bytes.uint16(at: value.lowerBound)) : nil
  }

  package static func write(_ sequence: SequenceNumber, into out: inout MutableSpan<UInt8>, at offset: Int) {
    out.store(sequence.value, at: offset)
  }
}

/// How a picture has to be turned before it is shown (3GPP TS 26.114 section 7.4.5).
package struct VideoOrientation: Equatable, Sendable {
  package let isBackCamera: Bool
  package let isFlipped: Bool
  package let clockwiseDegrees: Int

  package init?(_ bytes: Span<UInt8>, _ value: Range<Int>) {
    guard value.count == 1 else { return nil }
    let bits = bytes[value.lowerBound]
    isBackCamera = bits & 8 != 0
    isFlipped = bits & 4 != 0
    clockwiseDegrees = Int(bits & 3) * 90
  }
}

/// Between which bounds a sender wants its pictures to be delayed.
package struct PlayoutDelay: Equatable, Sendable {
  package let minimum: Duration
  package let maximum: Duration

  package init?(_ bytes: Span<UInt8>, _ value: Range<Int>) {
    guard value.count == 3 else { return nil }
    let bits = bytes.uint24(at: value.lowerBound)
    guard bits >> 12 <= bits & 0xFFF else { return nil }
    minimum = .milliseconds(Int(bits >> 12) * 10)
    maximum = .milliseconds(Int(bits & 0xFFF) * 10)
  }
}
