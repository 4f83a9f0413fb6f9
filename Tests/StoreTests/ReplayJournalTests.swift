// The replay journal: what it gives back after a cut, a restart, a full directory, and any bytes at all.

import Control
import Glibc
import Testing
import Values

@testable import Store

@Suite("The replay journal", .timeLimit(.minutes(1))) struct ReplayJournalTests {
  private let scratch = Scratch()

  init() { Control.runInBackground() }

  @Test("what was appended is recovered, for each participant, by the end of the loop's turn")
  @Control func recovers() async throws {
    let journal = ReplayJournal(directory: scratch.path)
    for seq in 1...3 as ClosedRange<UInt64> {
      journal.append(participant: "p_ana", seq: seq, bytes: Array("{\"seq\":\(seq)}".utf8))
      journal.append(participant: "p_ben", seq: seq + 10, bytes: [])
    }
    // Nobody flushes: the turn's end does.
    for _ in 0..<100 where ReplayJournal.recover(directory: scratch.path).isEmpty { await Task.yield() }
    let found = ReplayJournal.recover(directory: scratch.path)
    #expect(
      found["p_ana"]?.events.map { String(decoding: $0.bytes, as: UTF8.self) } == [
        "{\"seq\":1}", "{\"seq\":2}", "{\"seq\":3}",
      ])
    #expect(found["p_ben"]?.highestSeq == 13)
    journal.close()
    // The next process goes on beside it.
    let next = ReplayJournal(directory: scratch.path)
    next.append(participant: "p_ana", seq: 4, bytes: [52])
    next.close()
    #expect(ReplayJournal.recover(directory: scratch.path)["p_ana"]?.events.map(\.seq) == [1, 2, 3, 4])
  }

  @Test("a tail cut at any byte costs the records it cuts and no other")
  @Control func tornTail() throws {
    let journal = ReplayJournal(directory: scratch.path)
    var ends: [Int] = [8]
    for seq in 1...6 as ClosedRange<UInt64> {
      let bytes = [UInt8](repeating: UInt8(seq), count: Int(seq) * 7)
      journal.append(participant: "p_1", seq: seq, bytes: bytes)
      ends.append((ends.last ?? 0) + 8 + 9 + 3 + bytes.count)
    }
    journal.close()
    let whole = try #require(contents("segment-000000000001"))
    #expect(whole.count == ends.last)
    for length in 0...whole.count {
      let complete = ends.dropFirst().filter { $0 <= length }.count
      #expect(sequences(Array(whole[..<length])) == (0..<complete).map { UInt64($0 + 1) })
    }
    // A flipped bit ends the segment where it is.
    for index in whole.indices {
      var bytes = whole
      bytes[index] ^= 0x10
      let before = index < 8 ? 0 : ends.dropFirst().filter { $0 <= index }.count
      #expect(sequences(bytes) == (0..<before).map { UInt64($0 + 1) })
    }
  }

  @Test("any bytes at all can be read", arguments: UInt64(1)...20)
  func anything(seed: UInt64) {
    var generator = Seeded(seed)
    for _ in 0..<200 {
      let count = Int.random(in: 0...200, using: &generator)
      let noise = (0..<count).map { _ in UInt8.random(in: 0...255, using: &generator) }
      #expect(sequences(noise).isEmpty)
      #expect(sequences(ReplayJournal.heading + noise).isEmpty)
    }
  }

  @Test("segments are changed by and by, and what nobody can miss any more is deleted")
  @Control func rotation() async throws {
    let journal = ReplayJournal(directory: scratch.path, window: .milliseconds(60))
    for seq in 1...20 as ClosedRange<UInt64> {
      journal.append(participant: "p_1", seq: seq, bytes: [1])
      journal.flush()
      try await Task.sleep(for: .milliseconds(25))
    }
    let segments = Segment.list(scratch.path + "/replay")
    #expect(segments.count <= 3 && segments.count >= 1)
    #expect((segments.last?.number ?? 0) >= 5)
    let events = try #require(ReplayJournal.recover(directory: scratch.path)["p_1"]?.events)
    #expect(events.last?.seq == 20)
    #expect(events.count < 20)
    journal.close()
  }

  @Test("a server that starts again and again within the window keeps every event")
  @Control func restarts() {
    for seq in 1...10 as ClosedRange<UInt64> {
      let journal = ReplayJournal(directory: scratch.path)
      journal.append(participant: "p_1", seq: seq, bytes: [1])
      journal.close()
    }
    let found = ReplayJournal.recover(directory: scratch.path)
    #expect(found["p_1"]?.events.map(\.seq) == Array(1...10))
  }

  @Test("each participant's events are bounded, and a gap makes the older ones worthless")
  @Control func bounds() {
    let journal = ReplayJournal(directory: scratch.path)
    for seq in 1...100 as ClosedRange<UInt64> {
      journal.append(participant: "p_many", seq: seq, bytes: [UInt8](repeating: 1, count: 10))
    }
    for seq in [1, 2, 5, 6] as [UInt64] { journal.append(participant: "p_gap", seq: seq, bytes: [1]) }
    journal.append(participant: "p_large", seq: 1, bytes: [UInt8](repeating: 1, count: 3 << 20))
    journal.close()
    let few = ReplayJournal.recover(directory: scratch.path, eventsAtMost: 5)
    #expect(few["p_many"]?.events.map(\.seq) == [96, 97, 98, 99, 100])
    let small = ReplayJournal.recover(directory: scratch.path, bytesAtMost: 35)
    #expect(small["p_many"]?.events.map(\.seq) == [98, 99, 100])
    #expect(small["p_gap"]?.events.map(\.seq) == [5, 6])
    #expect(small["p_large"] == nil)
  }

  @Test("a journal that cannot be written costs the replay and nothing else")
  @Control func unwritable() {
    let file = scratch.path + "/file"
    close(open(file, O_WRONLY | O_CREAT, 0o600))
    // A file where the directory should be.
    let journal = ReplayJournal(directory: file)
    for seq in 1...100 as ClosedRange<UInt64> {
      journal.append(participant: "p_1", seq: seq, bytes: [1])
      journal.flush()
    }
    journal.close()
    #expect(ReplayJournal.recover(directory: file).isEmpty)
  }

  @Test("the checksum is CRC-32C")
  func checksum() {
    // RFC 3720 B.4: 32 bytes of zeros, of ones, ascending.
    let zeros = [UInt8](repeating: 0, count: 32)
    #expect(zeros.withUnsafeBytes { CRC32C.of($0) } == 0x8A91_36AA)
    let ones = [UInt8](repeating: 0xFF, count: 32)
    #expect(ones.withUnsafeBytes { CRC32C.of($0) } == 0x62A8_AB43)
    let ascending = [UInt8](0..<32)
    #expect(ascending.withUnsafeBytes { CRC32C.of($0) } == 0x46DD_794E)
    #expect(Array("123456789".utf8).withUnsafeBytes { CRC32C.of($0) } == 0xE306_9283)
  }

  private func sequences(_ bytes: [UInt8]) -> [UInt64] {
    var found: [UInt64] = []
    bytes.withUnsafeBytes { ReplayJournal.records($0) { _, seq, _ in found.append(seq) } }
    return found
  }

  private func contents(_ name: String) -> [UInt8]? {
    let descriptor = open(scratch.path + "/replay/" + name, O_RDONLY)
    guard descriptor >= 0 else { return nil }
    defer { close(descriptor) }
    var buffer = [UInt8](repeating: 0, count: 1 << 20)
    let count = read(descriptor, &buffer, buffer.count)
    return Array(buffer[..<max(0, count)])
  }
}
