// Deadlines come out in their order, and figures add up.

import Engine
import Testing

@testable import Generator

@Suite("Deadlines and figures") struct HeapTests {
  @Test("the earliest comes first, whatever the order of entry")
  func order() {
    var heap = DeadlineHeap()
    var state: UInt64 = 7
    var times: [Int64] = []
    for number in 0..<2_000 as Range<Int32> {
      state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
      times.append(Int64(state >> 50))
      heap.insert(.init(nanoseconds: Int64(state >> 50), number: number))
    }
    var taken: [Int64] = []
    while let first = heap.first {
      taken.append(first.nanoseconds)
      heap.removeFirst()
    }
    #expect(taken == times.sorted())
    heap.removeFirst()
    #expect(heap.first == nil)
  }

  @Test("counts are added and taken away field by field")
  func counts() {
    var one = GeneratorCounts()
    one.received = 5
    one.bytesSent = 7
    one.cpuNanoseconds = 11
    let twice = one + one
    #expect(twice.received == 10 && twice.bytesSent == 14 && twice.cpuNanoseconds == 22)
    #expect(twice - one == one && one - one == GeneratorCounts())
  }

  @Test("each caller has loopback addresses of its own, and they lead back to it")
  func addresses() {
    var seen: Set<IPAddress> = []
    for number in [0, 1, 2, 99, 9_999] as [Int32] {
      for path in 0..<20 as Range<Int32> {
        let address = LoopbackAddresses.address(of: number, path: path)
        #expect(LoopbackAddresses.number(of: address) == Int(number))
        #expect(seen.insert(address).inserted == (path < 16))
      }
    }
    #expect(LoopbackAddresses.number(of: IPAddress(127, 0, 0, 1)) == nil)
    #expect(LoopbackAddresses.number(of: IPAddress(10, 0, 0, 1)) == nil)
  }
}
