// Sealed files: read from anywhere, and any change to them is seen.

import Testing

@testable import Crypto

@Suite("A sealed file")
struct SealedFileTests {
  static func key(_ byte: UInt8 = 7) throws -> SealingKey {
    try SealingKey([UInt8](repeating: byte, count: SealingKey.byteCount))
  }

  static let parts: [[UInt8]] = (0..<20).map { index in
    [UInt8](repeating: UInt8(index), count: index * 331 % 5_000)
  }

  static func file(_ key: SealingKey) -> [UInt8] {
    var writer = SealedFileWriter(key)
    var bytes = writer.heading
    for part in parts { bytes += writer.seal(part) }
    return bytes + writer.seal([], isLast: true)
  }

  static func pieces(_ file: [UInt8]) -> [SealedFile.Piece] {
    SealedFile.pieces(byteCount: file.count) { offset in
      offset + 4 <= file.count ? Array(file[offset..<offset + 4]) : nil
    }
  }

  @Test("its pieces open in any order, and lie where they say")
  func anywhere() throws {
    let key = try Self.key()
    let file = Self.file(key)
    let reader = try SealedFileReader(key, heading: Array(file.prefix(16)))
    let pieces = Self.pieces(file)
    #expect(pieces.count == Self.parts.count + 1 && pieces.last?.isLast == true)
    #expect(pieces.last?.plain.upperBound == Self.parts.reduce(0) { $0 + $1.count })
    for piece in pieces.reversed() {
      let plain = try reader.open(Array(file[piece.sealed]), number: piece.number)
      #expect(plain == (piece.isLast ? [] : Self.parts[Int(piece.number)]))
      #expect(plain.count == piece.plain.count)
    }
  }

  @Test("nothing of the plain bytes is in it, and the same bytes never look the same")
  func hidden() throws {
    let key = try Self.key()
    var writer = SealedFileWriter(key)
    let plain = Array("the same sentence, twice".utf8)
    let first = writer.seal(plain)
    let second = writer.seal(plain)
    #expect(first != second && first.count == second.count)
    #expect(Self.file(key) != Self.file(key))
  }

  @Test("a changed byte, a piece in another's place, another file's or another key's piece: refused")
  func tampered() throws {
    let key = try Self.key()
    let file = Self.file(key)
    let reader = try SealedFileReader(key, heading: Array(file.prefix(16)))
    let piece = Self.pieces(file)[5]
    let record = Array(file[piece.sealed])
    for index in [0, 3, 4, record.count / 2, record.count - 1] {
      var changed = record
      changed[index] ^= 0x80
      #expect(throws: CryptoFailure.notAuthentic) { try reader.open(changed, number: 5) }
    }
    #expect(throws: CryptoFailure.notAuthentic) { try reader.open(record, number: 6) }
    let other = Self.file(key)
    let stranger = try SealedFileReader(key, heading: Array(other.prefix(16)))
    #expect(throws: CryptoFailure.notAuthentic) { try stranger.open(record, number: 5) }
    let wrong = try SealedFileReader(Self.key(8), heading: Array(file.prefix(16)))
    #expect(throws: CryptoFailure.notAuthentic) { try wrong.open(record, number: 5) }
    #expect(throws: CryptoFailure.notAuthentic) { try reader.open([], number: 0) }
    #expect(throws: CryptoFailure.notAuthentic) {
      try SealedFileReader(key, heading: Array("another letter..".utf8))
    }
  }

  @Test(
    "cut off anywhere, the pieces before the cut are there and the end is seen to be missing",
    arguments: 0..<60)
  func torn(share: Int) throws {
    let key = try Self.key()
    let file = Self.file(key)
    let cut = 16 + (file.count - 17) * share / 60
    let torn = Array(file.prefix(cut))
    let pieces = Self.pieces(torn)
    #expect(pieces.allSatisfy { !$0.isLast && $0.sealed.upperBound <= cut })
    #expect(pieces == Array(Self.pieces(file).prefix(pieces.count)))
    // A repair goes on behind the last whole piece.
    var writer = try #require(
      SealedFileWriter(key, heading: Array(torn.prefix(16)), pieceCount: UInt64(pieces.count)))
    let whole = Array(torn.prefix(pieces.last?.sealed.upperBound ?? 16)) + writer.seal([9, 9], isLast: true)
    let last = try #require(Self.pieces(whole).last)
    let reader = try SealedFileReader(key, heading: Array(whole.prefix(16)))
    #expect(last.isLast)
    #expect(try reader.open(Array(whole[last.sealed]), number: last.number) == [9, 9])
  }

  @Test("a length that no writer makes ends the reading")
  func absurd() throws {
    var file = Self.file(try Self.key())
    file.replaceSubrange(16..<20, with: [0xFF, 0xFF, 0xFF, 0x7F])
    #expect(Self.pieces(file).isEmpty)
  }
}
