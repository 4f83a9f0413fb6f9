// The tape's thread on good disks and on bad ones: full, broken, slow. What a disk took is in the files, what it refused is
// told, and nobody who sends ever waits.

import Engine
import Glibc
import Link
import Synchronization
import Testing

@Suite("The tape's thread", .timeLimit(.minutes(1)))
struct TapeThreadTests {
  private static func talk(_ studio: TapeStudio, _ tracks: [UInt32], _ counts: Range<Int64>) async throws {
    for count in counts {
      for track in tracks { studio.say(track, count) }
      try await Task.sleep(for: .milliseconds(20))
    }
  }

  private static func isClosed(_ news: TapeNews) -> Bool {
    if case .closed = news { true } else { false }
  }

  private static func failure(_ studio: TapeStudio) -> String? {
    for case .failed(_, let reason) in studio.told { return reason }
    return nil
  }

  @Test("voices go into files of their own, whole and in order, and what comes after a drop does not")
  func twoVoices() async throws {
    let studio = try TapeStudio()
    defer { studio.remove() }
    try studio.record(1, tracks: [1, 2])
    try await Self.talk(studio, [1, 2], 0..<30)
    _ = studio.tape.orders.send(.drop(TrackHandle(2), atNanoseconds: TapeDisk.nowNanoseconds))
    try await Self.talk(studio, [1, 2], 30..<45)
    _ = studio.tape.orders.send(.close(recording: 1, atNanoseconds: TapeDisk.nowNanoseconds + 20_000_000))
    #expect(await studio.wait(Self.isClosed))
    await studio.stop()
    let (one, two) = (studio.heard(1, 1), studio.heard(1, 2))
    #expect(one.isClosed && two.isClosed)
    #expect(one.counts == Array(0..<45))
    #expect(two.counts.allSatisfy { $0 < 30 })
    #expect(TapeDisk.names(in: studio.path + "/journal") == [], "all is synced, so nothing is to be put back")
  }

  @Test("whichever write fails for a moment, nothing is missing afterwards", arguments: 1...12)
  func anyWrite(number: Int) async throws {
    let writes = Atomic(0)
    let studio = try TapeStudio { _ in
      writes.add(1, ordering: .relaxed).newValue == number ? ENOSPC : nil
    }
    defer { studio.remove() }
    try studio.record(1, tracks: [1])
    try await Self.talk(studio, [1], 0..<30)
    _ = studio.tape.orders.send(.close(recording: 1, atNanoseconds: TapeDisk.nowNanoseconds + 20_000_000))
    #expect(await studio.wait(Self.isClosed))
    await studio.stop()
    #expect(writes.load(ordering: .relaxed) >= 5)
    if writes.load(ordering: .relaxed) > number { #expect(studio.heard(1, 1).counts == Array(0..<30)) }
  }

  @Test("a disk that stays full ends the recording with a reason, and another one goes on")
  func staysFull() async throws {
    let studio = try TapeStudio { $0.contains("/r1/") ? ENOSPC : nil }
    defer { studio.remove() }
    try studio.record(1, tracks: [1])
    try studio.record(2, tracks: [2])
    try await Self.talk(studio, [1, 2], 0..<25)
    let end = TapeDisk.nowNanoseconds + 20_000_000
    _ = studio.tape.orders.send(.close(recording: 1, atNanoseconds: end))
    _ = studio.tape.orders.send(.close(recording: 2, atNanoseconds: end))
    await studio.stop()
    var isWhole: [UInt64: Bool] = [:]
    for case .closed(let recording, let ends) in studio.told {
      isWhole[recording] = ends.allSatisfy(\.isWhole)
    }
    #expect(isWhole == [1: false, 2: true])
    #expect(studio.heard(2, 2).counts == Array(0..<25))
  }

  @Test("a folder that cannot be made is told at once")
  func noFolder() async throws {
    let studio = try TapeStudio()
    defer { studio.remove() }
    close(try TapeDisk.open(studio.path + "/r1", makes: true))
    try studio.record(1, tracks: [1])
    #expect(await studio.wait { if case .failed(1, _) = $0 { true } else { false } })
    #expect(Self.failure(studio)?.contains("/r1") == true)
    await studio.stop()
  }

  @Test("a disk that stands still costs a gap that is told, and never makes a sender wait")
  func slowDisk() async throws {
    let isSlow = Atomic(false)
    let studio = try TapeStudio(ringBytes: 8_192) { _ in
      while isSlow.load(ordering: .relaxed) { usleep(1_000) }
      return nil
    }
    defer { studio.remove() }
    try studio.record(1, tracks: [1])
    try await Self.talk(studio, [1], 0..<30)
    isSlow.store(true, ordering: .relaxed)
    try await Task.sleep(for: .milliseconds(700))
    var refused = 0
    let start = TapeDisk.nowNanoseconds
    for count in Int64(30)..<1_030 where !studio.say(1, count) { refused += 1 }
    #expect(TapeDisk.nowNanoseconds - start < 200_000_000)
    #expect(refused > 500)
    isSlow.store(false, ordering: .relaxed)
    let gap = await studio.wait { if case .gap(1, _, _) = $0 { true } else { false } }
    #expect(gap)
    try await Self.talk(studio, [1], 1_030..<1_060)
    _ = studio.tape.orders.send(.close(recording: 1, atNanoseconds: TapeDisk.nowNanoseconds + 20_000_000))
    await studio.stop()
    let counts = Set(studio.heard(1, 1).counts)
    #expect(counts.isSuperset(of: 0..<25) && counts.contains(1_050))
  }
}
