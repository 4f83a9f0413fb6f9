// What a publication sent lately, so that a receiver who asks for a packet again gets it from us: one ring a
// publication whose packets lie in the worker's pool. Nothing is held of a source that is silent. Used by the router.

package import Structures

package struct History: Equatable, Sendable {
  private struct Entry: Equatable, Sendable {
    var slot: PacketSlot
    /// Milliseconds, of which 32 bits are enough to tell one and a half seconds.
    var at: UInt32
    var byteCount: UInt16
  }

  /// By the low bits of the sequence. Takes memory with the first packet.
  private var ring: [Entry?] = []
  private let capacity: Int
  private var oldest: Int64 = 0
  private var newest: Int64 = -1
  package private(set) var count = 0
  /// When the oldest is to be given back; nil while nothing is held.
  package private(set) var deadline: Instant?

  /// `capacity` is a power of two.
  package init(capacity: Int) {
    precondition(capacity > 0 && capacity & (capacity - 1) == 0, "a ring's size is a power of two")
    self.capacity = capacity
  }

  package init(isVideo: Bool) { self.init(capacity: isVideo ? Limits.videoHistory : Limits.audioHistory) }

  private func place(_ sequence: Int64) -> Int { Int(sequence & Int64(capacity - 1)) }

  /// Keeps a packet; one that is too old, is there already, or finds the pool full is not kept.
  package mutating func store(
    _ packet: Span<UInt8>, sequence: Int64, at now: Instant, in pool: inout PacketPool
  ) {
    if ring.isEmpty { ring = Array(repeating: nil, count: capacity) }
    expire(at: now, in: &pool)
    while count > 0, oldest <= sequence - Int64(capacity), oldest <= newest {
      drop(oldest, in: &pool)
      oldest += 1
    }
    if count == 0 {
      oldest = sequence
      newest = sequence
      deadline = now.adding(milliseconds: Limits.historyMilliseconds)
    }
    guard sequence > newest - Int64(capacity) else { return }
    guard ring[place(sequence)] == nil, let slot = pool.keep(packet) else { return }
    ring[place(sequence)] = Entry(
      slot: slot, at: UInt32(truncatingIfNeeded: now.milliseconds), byteCount: UInt16(packet.count))
    count += 1
    newest = max(newest, sequence)
    oldest = min(oldest, sequence)
  }

  private mutating func drop(_ sequence: Int64, in pool: inout PacketPool) {
    guard let entry = ring[place(sequence)] else { return }
    pool.giveBack(entry.slot)
    ring[place(sequence)] = nil
    count -= 1
  }

  /// Hands out a packet if it is still there.
  package func packet<Result>(
    _ sequence: Int64, in pool: borrowing PacketPool, _ body: (Span<UInt8>) -> Result
  ) -> Result? {
    guard count > 0, sequence >= oldest, sequence <= newest, let entry = ring[place(sequence)] else {
      return nil
    }
    return pool.read(entry.slot, count: Int(entry.byteCount), body)
  }

  /// Gives back what nobody asks for any more.
  package mutating func expire(at now: Instant, in pool: inout PacketPool) {
    let time = UInt32(truncatingIfNeeded: now.milliseconds)
    while count > 0, oldest <= newest {
      if let entry = ring[place(oldest)] {
        let rest = Limits.historyMilliseconds - Int64(time &- entry.at)
        guard rest <= 0 else {
          deadline = now.adding(milliseconds: rest)
          return
        }
        drop(oldest, in: &pool)
      }
      oldest += 1
    }
    deadline = nil
  }

  /// The publication ends, or its stream begins anew.
  package mutating func removeAll(in pool: inout PacketPool) {
    while count > 0, oldest <= newest {
      drop(oldest, in: &pool)
      oldest += 1
    }
    deadline = nil
  }
}
