// Files that are sealed while they grow, and can be read from anywhere: AES-256-GCM over pieces. A file begins with a
// heading of 16 bytes: eight letters and a random eight that make its nonces its own. Then come pieces, each
//
//   length of the plain bytes: u32, little-endian; the highest bit marks the last piece, the next one a piece that a repair
//   has added · the sealed bytes · a tag of 16.
//
// The nonce of a piece is the file's, added to its number; the heading's letters, the number and the length are
// authenticated with it. So pieces cannot be changed, moved, left out or taken from another file, and a file whose last
// piece is missing is seen to be torn. A repair's pieces have nonces of their own, because the bytes that were torn off may
// still lie on the disk under the number that comes next. Each file has a key of its own: to forget the key is to erase the file.

package enum SealedFile {
  static let letters = Array("tandemS1".utf8)
  package static let headingByteCount = 16
  static let lengthByteCount = 4
  static let tagByteCount = 16
  private static let lastMark: UInt32 = 1 << 31
  private static let repairMark: UInt32 = 1 << 30

  /// Where a piece lies in the sealed file and in the plain one.
  package struct Piece: Equatable, Sendable {
    package var number: UInt64
    /// Of the whole record, with length and tag.
    package var sealed: Range<Int>
    package var plain: Range<Int>
    package var isLast: Bool
  }

  /// Its nonce: four bytes of nothing but the file's random, eight of the random with the number in them.
  fileprivate static func nonce(_ random: [UInt8], _ number: UInt64, _ length: [UInt8]) -> [UInt8] {
    let base = random.reduce(UInt64(0)) { $0 << 8 | UInt64($1) }
    let isRepair = value(length) & repairMark != 0
    let sum = base &+ number &+ (isRepair ? 1 << 62 : 0)
    return Array(random.prefix(4)) + (0..<8).map { UInt8(truncatingIfNeeded: sum >> UInt64(56 - 8 * $0)) }
  }

  fileprivate static func context(_ number: UInt64, _ length: [UInt8]) -> [UInt8] {
    letters + (0..<8).map { UInt8(truncatingIfNeeded: number >> UInt64(8 * $0)) } + length
  }

  fileprivate static func length(_ count: Int, isLast: Bool, isRepair: Bool) -> [UInt8] {
    let value = UInt32(count) | (isLast ? lastMark : 0) | (isRepair ? repairMark : 0)
    return (0..<4).map { UInt8(truncatingIfNeeded: value >> UInt32(8 * $0)) }
  }

  private static func value(_ length: [UInt8]) -> UInt32 {
    (0..<4).reduce(UInt32(0)) { $0 | UInt32(length[$1]) << UInt32(8 * $1) }
  }

  /// The pieces of a file from its heading on, as far as they are whole: a torn end is left out. `lengthAt` reads the four
  /// bytes of a length at an offset, or nil beyond the end.
  package static func pieces(byteCount: Int, lengthAt: (Int) -> [UInt8]?) -> [Piece] {
    var found: [Piece] = []
    var offset = headingByteCount
    var plain = 0
    while let bytes = lengthAt(offset), bytes.count == lengthByteCount {
      let value = value(bytes)
      let count = Int(value & ~(lastMark | repairMark))
      let end = offset + lengthByteCount + count + tagByteCount
      guard count <= Limits.pieceBytes, end <= byteCount else { break }
      let isLast = value & lastMark != 0
      found.append(
        Piece(number: UInt64(found.count), sealed: offset..<end, plain: plain..<plain + count, isLast: isLast)
      )
      offset = end
      plain += count
      if isLast { break }
    }
    return found
  }
}

/// Seals a file from its beginning to its end.
package struct SealedFileWriter: Sendable {
  private let key: SealingKey
  private let random: [UInt8]
  private let isRepair: Bool
  private var number: UInt64

  /// Begins a file: `heading` is its first bytes.
  package init(_ key: SealingKey) {
    self.key = key
    random = SecureRandom.bytes(8)
    number = 0
    isRepair = false
  }

  /// Repairs a file that has this heading and so many whole pieces: what it adds, it may add once again after a crash, but
  /// nothing else.
  package init?(_ key: SealingKey, heading: [UInt8], pieceCount: UInt64) {
    guard heading.count == SealedFile.headingByteCount, heading.starts(with: SealedFile.letters) else {
      return nil
    }
    self.key = key
    random = Array(heading.suffix(8))
    number = pieceCount
    isRepair = true
  }

  package var heading: [UInt8] { SealedFile.letters + random }

  /// The next piece, ready to be written.
  package mutating func seal(_ plain: [UInt8], isLast: Bool = false) -> [UInt8] {
    precondition(plain.count <= Limits.pieceBytes, "a piece that readers would not take")
    let length = SealedFile.length(plain.count, isLast: isLast, isRepair: isRepair)
    let sealed = key.seal(
      plain, context: SealedFile.context(number, length), nonce: SealedFile.nonce(random, number, length))
    number += 1
    return length + sealed.dropFirst(SealingKey.nonceByteCount)
  }
}

/// Opens single pieces of a sealed file.
package struct SealedFileReader: Sendable {
  private let key: SealingKey
  private let random: [UInt8]

  package init(_ key: SealingKey, heading: [UInt8]) throws(CryptoFailure) {
    guard heading.count == SealedFile.headingByteCount, heading.starts(with: SealedFile.letters) else {
      throw .notAuthentic
    }
    self.key = key
    random = Array(heading.suffix(8))
  }

  /// `record` is the piece as it lies in the file.
  package func open(_ record: [UInt8], number: UInt64) throws(CryptoFailure) -> [UInt8] {
    guard record.count >= SealedFile.lengthByteCount + SealedFile.tagByteCount else { throw .notAuthentic }
    let length = Array(record.prefix(SealedFile.lengthByteCount))
    return try key.open(
      SealedFile.nonce(random, number, length) + record.dropFirst(SealedFile.lengthByteCount),
      context: SealedFile.context(number, length))
  }
}
