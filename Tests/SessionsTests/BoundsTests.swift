// Every bound of the sessions, at it and one past it.

import Access
import Testing
import Values

@testable import Sessions

@Suite("What is kept, and how much of it") struct BoundsTests {
  private func event(_ bytes: Int) -> EncodedEvent {
    EncodedEvent(head: [UInt8](repeating: 1, count: bytes - 20), tail: [])
  }

  @Test(
    "a replay keeps the newest events within both its bounds, under consecutive numbers", arguments: 1...20)
  func replay(seed: UInt64) {
    var random = Seeded(seed)
    var buffer = ReplayBuffer()
    var model: [(seq: UInt64, bytes: Int)] = []
    for seq in UInt64(1)...500 {
      let bytes = Int.random(in: 30...900, using: &random)
      buffer.append(.encoded(event(bytes)), eventsAtMost: 20, bytesAtMost: 5000)
      model.append((seq, bytes))
      while model.count > 20 || model.reduce(0, { $0 + $1.bytes }) > 5000 { model.removeFirst() }
      #expect(buffer.count == model.count && buffer.byteCount == model.reduce(0) { $0 + $1.bytes })
      let after = UInt64.random(in: 0...seq, using: &random)
      let frames = buffer.frames(after: after, newest: seq)
      let expected = model.filter { $0.seq > after }
      #expect(frames == expected.map { event($0.bytes).frame(seq: $0.seq) })
    }
  }

  @Test("an event larger than the whole replay is not kept, and the next one is")
  func oversized() {
    var buffer = ReplayBuffer()
    buffer.append(.encoded(event(6000)), eventsAtMost: 20, bytesAtMost: 5000)
    #expect(buffer.count == 0 && buffer.frames(after: 0, newest: 1).isEmpty)
    buffer.append(.encoded(event(100)), eventsAtMost: 20, bytesAtMost: 5000)
    #expect(buffer.frames(after: 0, newest: 2) == [event(100).frame(seq: 2)])
  }

  @Test("deadlines come out in their order, each once", arguments: 1...20)
  func deadlines(seed: UInt64) {
    var random = Seeded(seed)
    let start = ContinuousClock.now
    var deadlines = Deadlines()
    var waits: [Int] = []
    for _ in 0..<300 {
      let wait = Int.random(in: 0..<100, using: &random)
      waits.append(wait)
      deadlines.insert(start + .seconds(wait), room: "\(wait)")
    }
    deadlines.removeAll { $0.room.hasSuffix("7") }
    waits.removeAll { $0 % 10 == 7 }
    waits.sort()
    var due: [Int] = []
    for now in 0..<50 {
      while let entry = deadlines.popDue(at: start + .seconds(now)) { due.append(Int(entry.room) ?? -1) }
      #expect(due == waits.filter { $0 <= now })
    }
    #expect(deadlines.count == waits.count - due.count)
  }

  @Test("a room that was ended is remembered for its window, and no more rooms than the bound")
  func ended() {
    let start = ContinuousClock.now
    var ended = EndedRooms()
    ended.insert("a", at: start)
    let (before, after) = (
      ended.contains("a", at: start + .seconds(599)), ended.contains("a", at: start + .seconds(600))
    )
    #expect(before && !after)
    for number in 0...Limits.endedRooms { ended.insert("r\(number)", at: start) }
    #expect(ended.count == Limits.endedRooms)
  }

  @Test("a large room finds its people as a small one does", arguments: 1...10)
  func roster(seed: UInt64) {
    var random = Seeded(seed)
    var roster = Roster()
    var model: [String] = []
    for step in 0..<400 {
      let grows = Int.random(in: 0..<100, using: &random) < (step < 200 ? 70 : 30)
      if grows {
        roster.append(Stage().participant("p\(step)", .student, identity: nil, rights: nil))
        model.append("p\(step)")
      } else if let id = model.randomElement(using: &random) {
        let removed = roster.remove(id)
        #expect(removed?.id == id)
        model.removeAll { $0 == id }
      }
      #expect(roster.all.map(\.id) == model)
      #expect(model.allSatisfy { roster[$0]?.id == $0 })
      #expect(roster["p\(step + 1)"] == nil)
    }
  }

  @Test("a secret's hash is the same after being written and read")
  func hash() {
    #expect(SecretHash(secret("x").bytes) == secret("x"))
    #expect(secret("x") != secret("y") && SecretHash([1, 2, 3]) == nil)
  }
}
