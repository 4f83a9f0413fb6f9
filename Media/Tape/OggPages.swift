// Reading Ogg pages (RFC 3533 section 6): where each begins and ends, whether it is whole, and how far in time it goes.
// What a crash left of a file is walked by it, so every byte is doubtful.

/// A page that is whole and whose checksum is right.
package struct OggPage: Equatable, Sendable {
  static let headerByteCount = 27

  package var bytes: Range<Int>
  package var serial: UInt32
  package var number: UInt32
  /// -1 where no packet ends on it.
  package var granule: Int64
  package var isFirst: Bool
  package var isLast: Bool
  /// The lengths of its segments; a packet ends with one below 255.
  package var segments: Range<Int>
  package var body: Range<Int>

  /// The page that begins at `offset`; nil where there is none, or not all of it.
  package init?(_ file: Span<UInt8>, at offset: Int) {
    guard offset >= 0, file.count - offset >= Self.headerByteCount,
      file[offset] == 0x4F, file[offset + 1] == 0x67, file[offset + 2] == 0x67, file[offset + 3] == 0x53,
      file[offset + 4] == 0
    else { return nil }
    let segmentCount = Int(file[offset + 26])
    let bodyStart = offset + Self.headerByteCount + segmentCount
    guard bodyStart <= file.count else { return nil }
    var end = bodyStart
    for index in offset + Self.headerByteCount..<bodyStart { end += Int(file[index]) }
    guard end <= file.count else { return nil }
    let checksum = Self.little32(file, offset + 22)
    guard OggChecksum.of(file, offset..<end, zeroing: offset + 22..<offset + 26) == checksum else {
      return nil
    }
    bytes = offset..<end
    isFirst = file[offset + 5] & 2 != 0
    isLast = file[offset + 5] & 4 != 0
    granule = Int64(
      bitPattern: UInt64(Self.little32(file, offset + 6)) | UInt64(Self.little32(file, offset + 10)) << 32)
    serial = Self.little32(file, offset + 14)
    number = Self.little32(file, offset + 18)
    segments = offset + Self.headerByteCount..<bodyStart
    body = bodyStart..<end
  }

  private static func little32(_ file: Span<UInt8>, _ offset: Int) -> UInt32 {
    UInt32(file[offset]) | UInt32(file[offset + 1]) << 8 | UInt32(file[offset + 2]) << 16
      | UInt32(file[offset + 3]) << 24
  }
}

/// Ogg's own checksum: the polynomial of Ethernet's, but not reflected and without inversion.
enum OggChecksum {
  private static let table: [UInt32] = (0..<256).map { index in
    var value = UInt32(index) << 24
    for _ in 0..<8 { value = value & 0x8000_0000 != 0 ? value << 1 ^ 0x04C1_1DB7 : value << 1 }
    return value
  }

  static func of(_ bytes: Span<UInt8>, _ range: Range<Int>, zeroing: Range<Int>) -> UInt32 {
    var sum: UInt32 = 0
    for index in range {
      let byte = zeroing.contains(index) ? 0 : bytes[index]
      sum = sum << 8 ^ table[Int(UInt8(truncatingIfNeeded: sum >> 24) ^ byte)]
    }
    return sum
  }
}
