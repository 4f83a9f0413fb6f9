// Sharing out what a link bears: order, margins, and the patience after a step down.

import AllocationCount
import Bandwidth
import Structures
import Testing

@Suite("Sharing a link")
struct AllocationTests {
  private let now = Instant(nanoseconds: 60_000_000_000)

  private func candidate(_ id: Int32, _ bits: [Int], present: Int = -1, hold: UpgradeHold = UpgradeHold())
    -> Candidate
  {
    var one = Candidate(id: id, rank: Int(id), present: present, hold: hold)
    for (index, bits) in bits.enumerated() {
      one.add(.init(layer: UInt8(index), temporal: 7, bitsPerSecond: bits))
    }
    return one
  }

  private func share(_ bits: Int, _ candidates: [Candidate], at time: Instant? = nil) -> ([Int], wanted: Int?)
  {
    var all = candidates
    var span = all.mutableSpan
    let wanted = Allocation.share(bits, among: &span, at: time ?? now)
    return (all.map(\.choice), wanted)
  }

  private let camera = [150_000, 500_000, 1_500_000]

  @Test("everybody gets the least before anybody gets more")
  func order() {
    let three = [candidate(0, camera), candidate(1, camera), candidate(2, camera)]
    #expect(share(100_000, three).0 == [-1, -1, -1])
    #expect(share(200_000, three).0 == [0, -1, -1])
    #expect(share(600_000, three).0 == [0, 0, 0])
    #expect(share(1_000_000, three).0 == [1, 0, 0])
    #expect(share(10_000_000, three).0 == [2, 2, 2])
    #expect(share(10_000_000, three).wanted == nil)
  }

  @Test("what is there is kept without a margin, and more needs one")
  func margin() {
    #expect(share(510_000, [candidate(0, camera, present: 1)]).0 == [1])
    #expect(share(510_000, [candidate(0, camera, present: 0)]).0 == [0])
    #expect(share(565_000, [candidate(0, camera, present: 0)]).0 == [1])
    #expect(share(490_000, [candidate(0, camera, present: 1)]).0 == [0])
  }

  @Test("the next step tells what it would need")
  func wanted() {
    let (choice, wanted) = share(600_000, [candidate(0, camera, present: 1)])
    #expect(choice == [1] && wanted == 1_680_001)
  }

  @Test("after a step down none goes up for a while, longer each time it was too soon")
  func patience() {
    var hold = UpgradeHold()
    hold.went(up: false, at: now)
    func choice(after milliseconds: Int64) -> [Int] {
      share(
        2_000_000, [candidate(0, camera, present: 0, hold: hold)], at: now.adding(milliseconds: milliseconds)
      ).0
    }
    #expect(choice(after: 1_900) == [0] && choice(after: 2_100) == [2])
    hold.went(up: true, at: now.adding(milliseconds: 2_100))
    hold.went(up: false, at: now.adding(milliseconds: 3_000))
    #expect(choice(after: 6_900) == [0] && choice(after: 7_100) == [2])
    hold.went(up: true, at: now.adding(milliseconds: 8_000))
    hold.went(up: false, at: now.adding(milliseconds: 30_000))
    #expect(choice(after: 31_900) == [0] && choice(after: 32_100) == [2], "the step had proved itself")
  }

  @Test("a form that costs no less than a better one is none")
  func frontier() {
    var one = candidate(0, [600_000, 1_300_000, 400_000])
    #expect(one.formCount == 1 && one.form(0).layer == 2)
    one.sends { $0.layer < 2 }
    #expect(one.present == -1)
  }

  @Test("nothing is allocated for a packet, a report or a share")
  func allocations() {
    var estimate = LinkEstimate()
    var candidates = [candidate(0, camera), candidate(1, camera)]
    var time = now
    var before: Int64 = 0
    // What is made at the first use of anything is not of a packet.
    for round in 0..<2 {
      if round == 1 { before = tandem_allocation_count() }
      var number: UInt16 = 0
      while number < 2_000 {
        time = time.adding(milliseconds: 2)
        estimate.sent(number, bytes: 1_000, at: time)
        estimate.heard(number, ticks: Int64(number) * 8, at: time.adding(milliseconds: 20))
        if number % 20 == 0 {
          estimate.conclude(at: time.adding(milliseconds: 20))
          var span = candidates.mutableSpan
          if let wanted = Allocation.share(estimate.bitsPerSecond ?? 0, among: &span, at: time) {
            _ = estimate.probe(wanting: wanted, at: time)
          }
        }
        number += 1
      }
    }
    #expect(tandem_allocation_count() == before)
  }
}
