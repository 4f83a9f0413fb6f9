// Deadlines against a model that keeps them in a plain list.

import AllocationCount
import Testing

@testable import Structures

@Suite("Deadlines of many peers")
struct TimerWheelTests {
  /// Armed timers in the order of arming.
  private struct Model {
    var armed: [(index: Int, deadline: UInt64)] = []
    var current: UInt64

    mutating func arm(_ index: Int, _ deadline: UInt64) {
      cancel(index)
      armed.append((index, max(deadline, current + 1)))
    }
    mutating func cancel(_ index: Int) { armed.removeAll { $0.index == index } }
    mutating func due(_ now: UInt64) -> [Int] {
      current = max(current, now)
      let due = armed.filter { $0.deadline <= current }
      armed.removeAll { $0.deadline <= current }
      // The sort is stable, so equal deadlines stay in the order of arming.
      return due.sorted { $0.deadline < $1.deadline }.map(\.index)
    }
  }

  @Test("what is due comes in order of deadline, whatever was armed, moved and cancelled", arguments: 1...20)
  func likeTheModel(seed: UInt64) {
    var random = Seeded(state: seed)
    // Begins just before the coarsest rings turn over.
    var now: UInt64 = seed % 3 == 0 ? 0 : (1 << (6 * (seed % 7))) &- 1 &+ (seed << 20)
    let capacity = 200
    var wheel = TimerWheel(capacity: capacity, atMilliseconds: now)
    var model = Model(current: now)
    for _ in 0..<1_000 {
      for _ in 0..<Int.random(in: 0...8, using: &random) {
        let index = Int.random(in: 0..<capacity, using: &random)
        if Int.random(in: 0..<4, using: &random) == 0 {
          wheel.cancel(index)
          model.cancel(index)
        } else {
          let reach = UInt64(1) << UInt64.random(in: 0...19, using: &random)
          let deadline = now &+ UInt64.random(in: 0...reach, using: &random)
          wheel.arm(index, atMilliseconds: deadline)
          model.arm(index, deadline)
        }
      }
      if let wake = wheel.wakeAtMilliseconds, let first = model.armed.map(\.deadline).min() {
        #expect(wake <= first)
        #expect(wake > now)
      } else {
        #expect(model.armed.isEmpty && wheel.wakeAtMilliseconds == nil)
      }
      now +=
        Int.random(in: 0..<10, using: &random) == 0
        ? UInt64.random(in: 0...200_000, using: &random)
        : UInt64.random(in: 0...40, using: &random)
      var due: [Int] = []
      while let index = wheel.next(dueAtMilliseconds: now) { due.append(index) }
      let expected = model.due(now)
      guard due == expected else {
        Issue.record("at \(now): \(due) instead of \(expected)")
        return
      }
      #expect(wheel.armedCount == model.armed.count)
    }
  }

  @Test("a loop that sleeps until told wakes a few times only, however far away the deadline is")
  func fewWakes() {
    var wheel = TimerWheel(capacity: 1, atMilliseconds: 12_345)
    let deadline: UInt64 = 12_345 + 86_400_000
    wheel.arm(0, atMilliseconds: deadline)
    var wakes = 0
    while let wake = wheel.wakeAtMilliseconds, wakes < 100 {
      wakes += 1
      if wheel.next(dueAtMilliseconds: wake) != nil {
        #expect(wake == deadline)
      }
    }
    #expect(wakes <= 8)
  }

  @Test("a timer that is armed for now while due ones are handed out waits for the next millisecond")
  func noEndlessTurn() {
    var wheel = TimerWheel(capacity: 2, atMilliseconds: 100)
    wheel.arm(0, atMilliseconds: 101)
    #expect(wheel.next(dueAtMilliseconds: 101) == 0)
    wheel.arm(0, atMilliseconds: 50)
    #expect(wheel.next(dueAtMilliseconds: 101) == nil)
    #expect(wheel.next(dueAtMilliseconds: 102) == 0)
    #expect(wheel.next(dueAtMilliseconds: 90) == nil)
  }

  @Test("arming, moving and handing out take nothing from the heap, once the highest number was armed")
  func allocations() {
    var wheel = TimerWheel(capacity: 5_000, atMilliseconds: 0)
    var random = Seeded(state: 7)
    // Memory comes with the highest number.
    wheel.arm(4_999, atMilliseconds: 1)
    let before = tandem_allocation_count()
    var due = 0
    var now: UInt64 = 0
    while now < 1_000 {
      now += 1
      for _ in 0..<20 {
        wheel.arm(
          Int(random.next() % 5_000), atMilliseconds: now + random.next() % 3_000)
      }
      while wheel.next(dueAtMilliseconds: now) != nil { due += 1 }
    }
    #expect(tandem_allocation_count() == before)
    #expect(due > 1_000)
  }
}
