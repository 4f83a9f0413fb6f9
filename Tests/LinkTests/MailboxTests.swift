// The ring between the planes: order, bounds, wake-ups, and that each value is destroyed exactly once. Run by hand under
// the thread sanitizer as well: `make sanitize`, or `swift test --sanitize thread --filter LinkTests`.

import Glibc
import Link
import Synchronization
import Testing

/// A value whose life is counted.
private final class Life: Sendable {
  static let living = Atomic(0)
  let number: Int
  init(_ number: Int) {
    self.number = number
    Self.living.wrappingAdd(1, ordering: .relaxed)
  }
  deinit { Self.living.wrappingSubtract(1, ordering: .relaxed) }
}

/// A thread that is waited for.
private final class Companion: Sendable {
  private let isDone = Atomic(false)
  private let body: @Sendable () -> Void

  init(_ body: @escaping @Sendable () -> Void) {
    self.body = body
    var thread = pthread_t()
    let status = pthread_create(
      &thread, nil,
      { context in
        guard let context else { return nil }
        let companion = Unmanaged<Companion>.fromOpaque(context).takeRetainedValue()
        companion.body()
        companion.isDone.store(true, ordering: .releasing)
        return nil
      }, Unmanaged.passRetained(self).toOpaque())
    precondition(status == 0, "no thread")
    pthread_detach(thread)
  }

  func wait() { while !isDone.load(ordering: .acquiring) { sched_yield() } }
}

@Suite("The mailbox between the planes", .serialized)
struct MailboxTests {
  @Test("values come out in the order they went in, round after round")
  func order() {
    var mailbox = Mailbox<Int>(capacity: 8) {}
    let sender = mailbox.sender
    var seen: [Int] = []
    for round in 0..<100 {
      for value in 0..<(round % 8 + 1) { #expect(sender.send(round * 10 + value)) }
      mailbox.receive { seen.append($0) }
    }
    #expect(seen == (0..<100).flatMap { round in (0..<(round % 8 + 1)).map { round * 10 + $0 } })
  }

  @Test("a full mailbox turns values away, says so and counts them, and keeps those it has")
  func full() {
    var mailbox = Mailbox<Int>(capacity: 4) {}
    let sender = mailbox.sender
    #expect((0..<7).map { sender.send($0) } == [true, true, true, true, false, false, false])
    #expect(sender.refusedCount == 3)
    #expect(mailbox.refusedCount == 3)
    var seen: [Int] = []
    mailbox.receive { seen.append($0) }
    #expect(seen == [0, 1, 2, 3])
    #expect(sender.send(9))
    mailbox.receive { seen.append($0) }
    #expect(seen.last == 9)
  }

  @Test("an empty mailbox gives nothing, and the smallest one holds what it promises", arguments: [1, 2, 3])
  func small(capacity: Int) {
    var mailbox = Mailbox<String>(capacity: capacity) {}
    #expect(mailbox.receive { _ in Issue.record("nothing was sent") } == 0)
    for value in 0..<capacity { #expect(mailbox.sender.send("\(value)")) }
    var seen: [String] = []
    #expect(mailbox.receive { seen.append($0) } == capacity)
    #expect(seen == (0..<capacity).map { "\($0)" })
  }

  @Test("one wake-up serves all values until the receiver looks; what a bounded look leaves wakes again")
  func wakeUps() {
    let wakeUps = Box()
    var mailbox = Mailbox<Int>(capacity: 64) { wakeUps.count.wrappingAdd(1, ordering: .relaxed) }
    for value in 0..<10 { _ = mailbox.sender.send(value) }
    #expect(wakeUps.count.load(ordering: .relaxed) == 1)
    #expect(mailbox.receive(atMost: 4) { _ in } == 4)
    #expect(wakeUps.count.load(ordering: .relaxed) == 2)
    #expect(mailbox.receive { _ in } == 6)
    #expect(wakeUps.count.load(ordering: .relaxed) == 2)
    _ = mailbox.sender.send(10)
    #expect(wakeUps.count.load(ordering: .relaxed) == 3)
  }

  private final class Box: Sendable { let count = Atomic(0) }

  @Test("each value is destroyed once: taken, turned away, or left behind when the mailbox goes")
  func lives() {
    do {
      var mailbox = Mailbox<Life>(capacity: 4) {}
      let sender = mailbox.sender
      for value in 0..<6 { _ = sender.send(Life(value)) }
      #expect(Life.living.load(ordering: .relaxed) == 4)
      mailbox.receive(atMost: 1) { #expect($0.number == 0) }
      #expect(Life.living.load(ordering: .relaxed) == 3)
      _ = sender.send(Life(6))
      #expect(Life.living.load(ordering: .relaxed) == 4)
    }
    #expect(Life.living.load(ordering: .relaxed) == 0)
  }

  @Test("a million values from another thread arrive whole and in order, and no wake-up is lost")
  func twoThreads() {
    let wakeUps = Box()
    let total = 1_000_000
    var mailbox = Mailbox<Int>(capacity: 256) { wakeUps.count.wrappingAdd(1, ordering: .releasing) }
    let sender = mailbox.sender
    let companion = Companion {
      for value in 0..<total { while !sender.send(value) { sched_yield() } }
    }
    var expected = 0
    var seenWakeUps = 0
    var isOrdered = true
    while expected < total {
      // Sleeps, as a loop would: nothing but a wake-up makes it look.
      while wakeUps.count.load(ordering: .acquiring) == seenWakeUps { sched_yield() }
      seenWakeUps = wakeUps.count.load(ordering: .acquiring)
      mailbox.receive(atMost: 100) { value in
        if value != expected { isOrdered = false }
        expected += 1
      }
    }
    companion.wait()
    #expect(isOrdered)
    #expect(mailbox.receive { _ in } == 0)
  }

  @Test(
    "values from three threads: each thread's order holds, all are accounted for, none is destroyed twice")
  func manySenders() {
    let each = 100_000
    do {
      var mailbox = Mailbox<Life>(capacity: 64) {}
      let sender = mailbox.sender
      let sent = Box()
      let companions = (0..<3).map { thread in
        Companion {
          for value in 0..<each where sender.send(Life(thread << 32 | value)) {
            sent.count.wrappingAdd(1, ordering: .relaxed)
          }
        }
      }
      var last = [-1, -1, -1]
      var taken = 0
      var isOrdered = true
      let receive = { (mailbox: inout Mailbox<Life>) in
        mailbox.receive { life in
          let (thread, value) = (life.number >> 32, life.number & 0xFFFF_FFFF)
          if value <= last[thread] { isOrdered = false }
          last[thread] = value
          taken += 1
        }
      }
      while taken + sender.refusedCount < 3 * each {
        if receive(&mailbox) == 0 { sched_yield() }
      }
      for companion in companions { companion.wait() }
      #expect(isOrdered)
      #expect(taken == sent.count.load(ordering: .relaxed))
      #expect(taken + sender.refusedCount == 3 * each)
    }
    #expect(Life.living.load(ordering: .relaxed) == 0)
  }
}
