// The way of payloads from a worker to the tape: in order, whole, bounded, from one thread to another.

import Link
import Synchronization
import Testing

@Suite("The tape's ring")
struct TapeRingTests {
  private static func item(_ number: Int64) -> TapeItem {
    TapeItem(
      track: TrackHandle(UInt64(number % 7)), kind: number % 3 == 0 ? .red : .opus, epoch: UInt32(number % 5),
      count: number, timestamp: UInt32(truncatingIfNeeded: number * 960),
      arrivalNanoseconds: number * 20_000_000,
      isRepeat: number % 4 == 0, level: number % 2 == 0 ? UInt8(number % 128) : nil)
  }

  private static func payload(_ number: Int64) -> [UInt8] {
    (0..<Int(number * 37 % 400)).map { UInt8(truncatingIfNeeded: Int($0) + Int(number)) }
  }

  @Test("what goes in comes out, in order and whole, many times around")
  func order() {
    var ring = TapeRing(byteCount: 4_096)
    let sender = ring.sender
    var next: Int64 = 0
    var sent: Int64 = 0
    while sent < 5_000 {
      for _ in 0..<Int(sent % 6 + 1) {
        let payload = Self.payload(sent)
        let isIn = sender.send(Self.item(sent), payload: payload.span)
        #expect(isIn)
        sent += 1
      }
      ring.receive { item, payload in
        #expect(item == Self.item(next))
        var bytes: [UInt8] = []
        for index in 0..<payload.count { bytes.append(payload[index]) }
        #expect(bytes == Self.payload(next))
        next += 1
      }
    }
    #expect(next == sent && ring.refusedCount == 0)
  }

  @Test("when it is full, what does not fit is turned away and counted, and nothing else is lost")
  func full() {
    var ring = TapeRing(byteCount: 4_096)
    let bytes = [UInt8](repeating: 1, count: 100)
    var taken = 0
    for number in 0..<Int64(100) where ring.sender.send(Self.item(number), payload: bytes.span) { taken += 1 }
    #expect(taken > 20 && taken < 30)
    #expect(ring.refusedCount == 100 - taken)
    var counts: [Int64] = []
    ring.receive(atMost: 5) { item, _ in counts.append(item.count) }
    ring.receive { item, _ in counts.append(item.count) }
    #expect(counts == Array(0..<Int64(taken)))
    let isIn = ring.sender.send(Self.item(7), payload: bytes.span)
    #expect(isIn)
  }

  @Test("a payload longer than a packet is turned away, an empty one is not")
  func lengths() {
    var ring = TapeRing(byteCount: 1 << 16)
    let long = [UInt8](repeating: 1, count: 1_501)
    let none: [UInt8] = []
    let verdicts = [
      ring.sender.send(Self.item(1), payload: long.span), ring.sender.send(Self.item(2), payload: none.span),
    ]
    #expect(verdicts == [false, true])
    var lengths: [Int] = []
    ring.receive { _, payload in lengths.append(payload.count) }
    #expect(lengths == [0])
  }

  @Test("from one thread to another nothing is torn")
  func threads() async {
    var ring = TapeRing(byteCount: 16_384)
    let sender = ring.sender
    let total: Int64 = 50_000
    let producer = Task.detached {
      var number: Int64 = 0
      while number < total {
        let payload = Self.payload(number)
        if sender.send(Self.item(number), payload: payload.span) { number += 1 } else { await Task.yield() }
      }
    }
    var next: Int64 = 0
    var faults = 0
    while next < total {
      let count = ring.receive(atMost: 100) { item, payload in
        if item != Self.item(next) || payload.count != Int(next * 37 % 400) { faults += 1 }
        if payload.count > 0,
          payload[payload.count - 1] != UInt8(truncatingIfNeeded: payload.count - 1 + Int(next))
        {
          faults += 1
        }
        next += 1
      }
      if count == 0 { await Task.yield() }
    }
    await producer.value
    #expect(faults == 0)
  }
}
