// The bounded ring through which values cross from one thread to another: commands down to a worker, events up from all
// workers. Many may send, because every worker and each handshake thread tells the one control plane; one receives.
// Neither side ever takes a lock or allocates. Each slot carries a number that says whose turn it is (Vyukov's queue).

import Synchronization

/// The end that puts values in; any thread may have a copy.
package struct MailboxSender<Element: Sendable>: Sendable {
  fileprivate let ring: MailboxRing<Element>

  /// False if the mailbox is full: the value is gone and counted, and the sender must bear it.
  package func send(_ element: Element) -> Bool { ring.send(element) }

  /// How many values were turned away so far.
  package var refusedCount: Int { ring.refused.load(ordering: .relaxed) }
}

/// The end that takes values out, and the owner of the mailbox. It cannot be copied, so that there is only one.
package struct Mailbox<Element: Sendable>: ~Copyable, Sendable {
  fileprivate let ring: MailboxRing<Element>
  /// How many values were taken since the start: the next slot to read.
  private var head = 0

  /// `capacity` is rounded up to a power of two. `wake` is called by whoever puts the first value into a mailbox that
  /// has been emptied, on the sender's thread; it must not wait.
  package init(capacity: Int, wake: @escaping @Sendable () -> Void) {
    ring = MailboxRing(capacity: capacity, wake: wake)
  }

  package var sender: MailboxSender<Element> { MailboxSender(ring: ring) }

  /// How many values were turned away so far.
  package var refusedCount: Int { ring.refused.load(ordering: .relaxed) }

  /// Hands over what waits, oldest first, at most `limit` values, and says how many. What remains wakes the receiver
  /// again. An empty mailbox costs one load.
  @discardableResult
  package mutating func receive(atMost limit: Int = .max, _ body: (consuming Element) -> Void) -> Int {
    guard ring.isAnnounced.load(ordering: .acquiring) else { return 0 }
    // First the mark, then the values: who sends after this point announces anew.
    _ = ring.isAnnounced.exchange(false, ordering: .acquiringAndReleasing)
    var count = 0
    while count < limit, let element = ring.take(head) {
      head &+= 1
      count += 1
      body(element)
    }
    if count == limit { ring.announce() }
    return count
  }
}

/// The memory that the two ends share.
///
/// `@unchecked Sendable`: slot `i` belongs to the sender that moved `tail` over it while `turns[i]` says free, and to
/// the receiver while it says full; the atomic store of the turn hands it over.
@safe private final class MailboxRing<Element: Sendable>: @unchecked Sendable {
  /// Keeps what senders write away from the cache line that the receiver reads.
  private typealias Padding = InlineArray<16, Int>

  private let mask: Int
  private let elements: UnsafeMutablePointer<Element>
  /// For position `p` in slot `p & mask`: `p` when free for it, `p + 1` when it holds the value.
  private let turns: UnsafeMutablePointer<Atomic<Int>>
  private let wake: @Sendable () -> Void
  private let padding = Padding(repeating: 0)
  private let tail = Atomic(0)
  private let morePadding = Padding(repeating: 0)
  /// Set while a wake-up is on its way: one wake-up serves all values until the receiver looks.
  let isAnnounced = Atomic(false)
  let refused = Atomic(0)

  init(capacity: Int, wake: @escaping @Sendable () -> Void) {
    precondition(capacity >= 1 && capacity <= Limits.mailboxCapacity, "a mailbox of an absurd size")
    // One slot alone could not tell "full" from "free for the next round".
    var slots = 2
    while slots < capacity { slots *= 2 }
    mask = slots - 1
    self.wake = wake
    unsafe elements = .allocate(capacity: slots)
    unsafe turns = .allocate(capacity: slots)
    for slot in 0..<slots { unsafe (turns + slot).initialize(to: Atomic(slot)) }
  }

  deinit {
    // Nobody holds an end any more, so what was sent and never taken is ours to destroy.
    for slot in 0...mask {
      let isFree = unsafe turns[slot].load(ordering: .acquiring) & mask == slot
      if !isFree { unsafe (elements + slot).deinitialize(count: 1) }
    }
    unsafe turns.deinitialize(count: mask + 1)
    unsafe turns.deallocate()
    unsafe elements.deallocate()
  }

  func send(_ element: Element) -> Bool {
    var position = tail.load(ordering: .relaxed)
    while true {
      let turn = unsafe turns[position & mask].load(ordering: .acquiring)
      if turn == position {
        let claim = tail.weakCompareExchange(
          expected: position, desired: position &+ 1, ordering: .relaxed)
        if claim.exchanged { break }
        position = claim.original
      } else if turn &- position < 0 {
        // The value of the last round is still there.
        refused.wrappingAdd(1, ordering: .relaxed)
        return false
      } else {
        position = tail.load(ordering: .relaxed)
      }
    }
    unsafe (elements + (position & mask)).initialize(to: element)
    unsafe turns[position & mask].store(position &+ 1, ordering: .releasing)
    announce()
    return true
  }

  func announce() {
    if !isAnnounced.exchange(true, ordering: .acquiringAndReleasing) { wake() }
  }

  /// The value at this position, if its sender is done with it.
  func take(_ position: Int) -> Element? {
    let slot = position & mask
    guard unsafe turns[slot].load(ordering: .acquiring) == position &+ 1 else { return nil }
    let element = unsafe (elements + slot).move()
    unsafe turns[slot].store(position &+ mask &+ 1, ordering: .releasing)
    return element
  }
}
