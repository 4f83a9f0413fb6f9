// After a crash: what the journal has and the files have not comes back; broken journals break nothing.

import Engine
import Glibc
import Link
import Testing

@testable import Engine

@Suite("The tape's journal", .timeLimit(.minutes(1)))
struct TapeJournalTests {
  @Test("what a crash took from the files comes back from the journal", arguments: 1...5)
  func putBack(seed: UInt64) async throws {
    var random = Seeded(state: seed)
    let studio = try TapeStudio()
    defer { studio.remove() }
    try studio.record(1, tracks: [1, 2])
    for count in Int64(0)..<75 {
      for track in [UInt32(1), 2] { studio.say(track, count) }
      try await Task.sleep(for: .milliseconds(20))
    }
    // As a crash leaves it: a copy taken in the middle, whose files lack what the kernel had not written.
    let copy = studio.path + "-copy"
    Self.copy(studio.path, copy)
    defer { TapeStudio.remove(copy) }
    await studio.stop()
    for track in [1, 2] {
      let path = "\(copy)/r1/\(track).opus"
      let descriptor = try TapeDisk.open(path, makes: false)
      let size = TapeDisk.size(descriptor)
      ftruncate(descriptor, off_t(Int.random(in: 0...size, using: &random)))
      if Bool.random(using: &random) { ftruncate(descriptor, off_t(size)) }
      close(descriptor)
    }
    #expect(try TapeThread.recover(directory: copy) > 0)
    #expect(TapeDisk.names(in: copy + "/journal") == [])
    let found = try TapeStudio(path: copy)
    for track in [UInt32(1), 2] {
      let counts = found.heard(1, track).counts
      // A second: reordering, the page, the turn, the commit.
      #expect(counts.count >= 75 - 50 && counts == Array(0..<Int64(counts.count)))
    }
    await found.stop()
  }

  private static func copy(_ source: String, _ target: String) {
    mkdir(target, 0o700)
    for name in TapeDisk.names(in: source) ?? [] {
      let (from, to) = ("\(source)/\(name)", "\(target)/\(name)")
      if TapeDisk.names(in: from) != nil {
        copy(from, to)
      } else if let input = try? TapeDisk.open(from, makes: false),
        let output = try? TapeDisk.open(to, makes: true)
      {
        let bytes = TapeDisk.read(input, at: 0, count: TapeDisk.size(input)) ?? []
        try? TapeDisk.writeWhole(to, output, bytes, at: 0)
        close(input)
        close(output)
      }
    }
  }

  /// A journal of three records for one file.
  private static func journal(_ path: String) throws -> [UInt8] {
    var journal = try TapeJournal(directory: path)
    for number in 0..<3 {
      journal.append("r1/1.opus", at: number * 100, [UInt8](repeating: UInt8(number + 1), count: 100))
    }
    try journal.commit(at: 0)
    let descriptor = try TapeDisk.open(path + "/journal/1", makes: false)
    defer { close(descriptor) }
    return TapeDisk.read(descriptor, at: 0, count: TapeDisk.size(descriptor)) ?? []
  }

  private static func write(_ bytes: [UInt8], _ path: String) throws {
    unlink(path)
    let descriptor = try TapeDisk.open(path, makes: true)
    defer { close(descriptor) }
    try TapeDisk.writeWhole(path, descriptor, bytes, at: 0)
  }

  private static func content(_ path: String) -> [UInt8] {
    guard let descriptor = try? TapeDisk.open(path, makes: false) else { return [] }
    defer { close(descriptor) }
    return TapeDisk.read(descriptor, at: 0, count: TapeDisk.size(descriptor)) ?? []
  }

  @Test("a broken or cut journal gives back what is whole in it, and never anything else")
  func broken() throws {
    let path = "/tmp/tandem-journal-" + String(UInt64.random(in: .min ... .max), radix: 36)
    try TapeDisk.makeFolder(path)
    defer { TapeStudio.remove(path) }
    try TapeDisk.makeFolder(path + "/r1")
    let good = try Self.journal(path)
    var random = Seeded(state: 7)
    for _ in 0..<2_000 {
      var bytes = good
      switch Int.random(in: 0..<4, using: &random) {
      case 0: bytes.removeLast(Int.random(in: 0...bytes.count, using: &random))
      case 1:
        bytes[Int.random(in: 0..<bytes.count, using: &random)] ^= UInt8.random(in: 1...255, using: &random)
      case 2:
        bytes.insert(
          contentsOf: (0..<Int.random(in: 1...40, using: &random)).map { _ in
            .random(in: .min ... .max, using: &random)
          },
          at: Int.random(in: 0...bytes.count, using: &random))
      default: bytes += (0..<50).map { _ in .random(in: .min ... .max, using: &random) }
      }
      try Self.write(bytes, path + "/journal/1")
      try Self.write([], path + "/r1/1.opus")
      _ = try TapeThread.recover(directory: path)
      let found = Self.content(path + "/r1/1.opus")
      #expect(found.count % 100 == 0 && found.count <= 300)
      #expect(found.enumerated().allSatisfy { $1 == UInt8($0 / 100 + 1) })
      #expect(TapeDisk.names(in: path)?.sorted() == ["journal", "r1"])
    }
  }

  @Test("a record whose file was erased, or whose name leads elsewhere, is left alone")
  func elsewhere() throws {
    let path = "/tmp/tandem-journal-" + String(UInt64.random(in: .min ... .max), radix: 36)
    try TapeDisk.makeFolder(path)
    defer { TapeStudio.remove(path) }
    try TapeDisk.makeFolder(path + "/data")
    try Self.write([9], path + "/outside")
    var journal = try TapeJournal(directory: path + "/data")
    journal.append("../outside", at: 0, [1, 2, 3])
    journal.append("r1/erased.opus", at: 0, [1, 2, 3])
    try journal.commit(at: 0)
    #expect(try TapeThread.recover(directory: path + "/data") == 0)
    #expect(Self.content(path + "/outside") == [9])
    #expect(TapeDisk.names(in: path + "/data") == ["journal"])
  }
}
