// Packets that are kept for those who ask again, and the memory they lie in.

import AllocationCount
import Structures
import Testing

@testable import Forwarding

@Suite("Keeping packets for repetition")
struct HistoryTests {
  private let start = Instant(nanoseconds: 1_000_000_000)

  private func packet(_ sequence: Int64, count: Int) -> [UInt8] {
    (0..<count).map { UInt8(truncatingIfNeeded: sequence &* 31 &+ Int64($0)) }
  }

  private func found(_ history: History, _ sequence: Int64, _ pool: borrowing PacketPool) -> [UInt8]? {
    history.packet(sequence, in: pool) { bytes in bytes.indices.map { bytes[$0] } }
  }

  @Test("what is kept comes back as it was, for as long as it is promised, over any road", arguments: 1...12)
  func likeTheModel(seed: UInt64) {
    var random = Seeded(state: seed)
    var pool = PacketPool()
    let capacity = 256
    var history = History(capacity: capacity)
    var model: [Int64: (bytes: [UInt8], at: Instant)] = [:]
    var newest = Int64.min
    let lane = Lane(lossOf100: 5, lateOf100: 10, doubledOf100: 5, everyMicroseconds: 4_000)
    var now = start
    for arrival in lane.packets(65_000..<66_500, from: start, &random) {
      now = arrival.at
      if Int.random(in: 0..<200, using: &random) == 0 {
        // Silence, after which nothing is left.
        now = now.adding(milliseconds: 2_000)
        while let deadline = history.deadline, deadline <= now { history.expire(at: deadline, in: &pool) }
        #expect(history.count == 0 && pool.usedCount == 0)
        model = [:]
        newest = .min
        history.removeAll(in: &pool)
        now = arrival.at
      }
      let bytes = packet(arrival.count, count: Int.random(in: 12...400, using: &random))
      history.store(bytes.span, sequence: arrival.count, at: now, in: &pool)
      if model[arrival.count] == nil, arrival.count > max(newest, .min + 1_000) - Int64(capacity) {
        model[arrival.count] = (bytes, now)
      }
      newest = max(newest, arrival.count)
      let asked = arrival.count - Int64.random(in: -5...400, using: &random)
      let answer = found(history, asked, pool)
      if let answer {
        #expect(answer == model[asked]?.bytes)
      } else if let kept = model[asked] {
        let isOld = now.milliseconds(since: kept.at) >= Limits.historyMilliseconds
        #expect(isOld || asked <= newest - Int64(capacity))
      }
      #expect(history.count == pool.usedCount)
    }
    history.removeAll(in: &pool)
    #expect(pool.usedCount == 0)
    #expect(history.deadline == nil)
  }

  @Test("a packet is there until its time is over, and not a moment longer once it is looked at")
  func age() {
    var pool = PacketPool()
    var history = History(isVideo: false)
    let bytes = packet(1, count: 100)
    history.store(bytes.span, sequence: 1, at: start, in: &pool)
    history.store(bytes.span, sequence: 4, at: start.adding(milliseconds: 700), in: &pool)
    #expect(history.deadline == start.adding(milliseconds: Limits.historyMilliseconds))
    history.expire(at: start.adding(milliseconds: Limits.historyMilliseconds - 1), in: &pool)
    #expect(found(history, 1, pool) == bytes)
    history.expire(at: start.adding(milliseconds: Limits.historyMilliseconds), in: &pool)
    #expect(found(history, 1, pool) == nil)
    #expect(found(history, 4, pool) == bytes)
    #expect(history.deadline == start.adding(milliseconds: Limits.historyMilliseconds + 700))
    history.expire(at: start.adding(milliseconds: Limits.historyMilliseconds + 700), in: &pool)
    #expect(history.deadline == nil)
    #expect(pool.usedCount == 0)
  }

  @Test("a ring holds as many as it says; one more takes the place of the oldest")
  func ring() {
    var pool = PacketPool()
    var history = History(capacity: 8)
    let bytes = packet(1, count: 20)
    for sequence in Int64(0)..<8 { history.store(bytes.span, sequence: sequence, at: start, in: &pool) }
    #expect(found(history, 0, pool) != nil)
    history.store(bytes.span, sequence: 8, at: start, in: &pool)
    #expect(found(history, 0, pool) == nil)
    #expect(found(history, 1, pool) != nil)
    #expect(history.count == 8)
    history.store(bytes.span, sequence: 0, at: start, in: &pool)
    #expect(found(history, 0, pool) == nil)
    history.store(bytes.span, sequence: 10_000, at: start, in: &pool)
    #expect(history.count == 1)
    #expect(pool.usedCount == 1)
  }

  @Test("a full pool keeps nothing more, says so, and goes on when something is given back")
  func full() {
    let chunk = Limits.chunkSlots
    var pool = PacketPool(byteMax: chunk * (Limits.largeSlotBytes + Limits.smallSlotBytes))
    let small = packet(1, count: Limits.smallSlotBytes)
    let large = packet(2, count: Limits.smallSlotBytes + 1)
    var slots: [PacketSlot] = []
    for _ in 0..<chunk {
      slots.append(contentsOf: [pool.keep(small.span), pool.keep(large.span)].compactMap(\.self))
    }
    #expect(slots.count == 2 * chunk)
    #expect(pool.fullCount == 0)
    let none = pool.keep(small.span)
    let noLarge = pool.keep(large.span)
    #expect(none == nil && noLarge == nil)
    #expect(pool.fullCount == 2)
    #expect(pool.heldBytes == chunk * (Limits.largeSlotBytes + Limits.smallSlotBytes))
    pool.giveBack(slots[1])
    // A small packet in a large slot, since only that is free.
    let again = pool.keep(small.span)
    #expect(again != nil)
    #expect(
      again.map { pool.read($0, count: small.count) { bytes in bytes.indices.map { bytes[$0] } } } == small)
    #expect(pool.usedCount == 2 * chunk)
  }

  @Test("the largest packet fits, one byte more does not")
  func oversize() {
    var pool = PacketPool()
    let fits = pool.keep(packet(1, count: Limits.largeSlotBytes).span)
    let isTooLong = pool.keep(packet(1, count: Limits.largeSlotBytes + 1).span)
    #expect(fits != nil)
    #expect(isTooLong == nil)
    #expect(pool.oversizeCount == 1)
    #expect(pool.usedCount == 1)
  }

  @Test("two publications do not see each other's packets")
  func two() {
    var pool = PacketPool()
    var one = History(isVideo: true)
    var other = History(isVideo: true)
    for sequence in Int64(0)..<1_500 {
      let first = packet(sequence, count: 300)
      let second = packet(-sequence, count: 100)
      one.store(first.span, sequence: sequence, at: start, in: &pool)
      other.store(second.span, sequence: sequence, at: start, in: &pool)
    }
    for sequence in 1_500 - Int64(Limits.videoHistory)..<1_500 {
      #expect(found(one, sequence, pool) == packet(sequence, count: 300))
      #expect(found(other, sequence, pool) == packet(-sequence, count: 100))
    }
    one.removeAll(in: &pool)
    #expect(pool.usedCount == other.count)
  }
}
