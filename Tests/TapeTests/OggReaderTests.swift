// Files from a disk that failed, or that somebody has been at: whatever the bytes, reading ends, and what it says is whole
// can be read again.

import Testing

@testable import Tape

@Suite("Reading Ogg")
struct OggReaderTests {
  static let file: [UInt8] = {
    let packets = (try? Speaker(sound: tone(440)).packets(from: 0, to: 96_000)) ?? []
    return record(packets, until: 100_000).file
  }()

  @Test("in pieces of any size it reads the same")
  func pieces() {
    var whole = OggReader()
    whole.feed(Self.file.span)
    for size in [1, 7, 300, 4_096] {
      var reader = OggReader()
      var offset = 0
      while offset < Self.file.count {
        let end = min(Self.file.count, offset + size)
        let piece = Array(Self.file[offset..<end])
        reader.feed(piece.span)
        offset = end
      }
      #expect(reader.isClosed && reader.granule == whole.granule && reader.pageCount == whole.pageCount)
      var count = 0
      while reader.next() != nil { count += 1 }
      #expect(count > 90)
    }
  }

  @Test("changed, cut, doubled and made up bytes never trap it", arguments: 1...300)
  func fuzz(seed: UInt64) throws {
    var chance = Chance(seed: seed)
    var bytes = Self.file
    switch Int(chance.next() * 4) {
    case 0: bytes = (0..<Int(chance.next() * 2_000)).map { _ in UInt8(chance.next() * 255) }
    case 1:
      for _ in 0..<1 + Int(chance.next() * 10) {
        bytes[Int(chance.next() * Double(bytes.count))] = UInt8(chance.next() * 255)
      }
    case 2: bytes.removeSubrange(Int(chance.next() * Double(bytes.count))...)
    default: bytes.insert(contentsOf: bytes[..<Int(chance.next() * Double(bytes.count))], at: bytes.count / 2)
    }
    var reader = OggReader()
    reader.feed(bytes.span)
    #expect(reader.wholeBytes <= bytes.count)
    if let closing = reader.closing() {
      let repaired = Array(bytes[..<reader.wholeBytes]) + closing
      var again = OggReader()
      again.feed(repaired.span)
      #expect(again.isClosed && again.wholeBytes == repaired.count)
    }
    _ = try MixTests.mix([bytes], [.centre], length: 48_000)
  }

  @Test("a page is found where it begins, and nowhere else")
  func page() {
    guard let first = OggPage(Self.file.span, at: 0) else {
      Issue.record("no page at the beginning")
      return
    }
    #expect(first.isFirst && !first.isLast && first.number == 0 && first.serial == 7)
    #expect(first.body.count == 19)
    for offset in [-1, 1, Self.file.count - 3, Self.file.count] {
      let page = OggPage(Self.file.span, at: offset)
      #expect(page == nil)
    }
  }
}
