// The estimate on links of all kinds, by seed: how soon it is right, how long the queue gets, how it shares and recovers. And
// against receivers that report nonsense.

import Bandwidth
import Glibc
import Structures
import Testing

@Suite("The estimate of a link")
struct EstimateTests {
  /// More of them by `make simulate-bandwidth`, which also shows the figures.
  private static let asked = getenv("TANDEM_SEEDS").flatMap { UInt64(String(cString: $0)) }

  @Test("on links of every kind")
  func links() {
    var figures = Figures()
    for seed in 1...(Self.asked ?? 24) { for scene in Scenes.all { scene(seed, &figures) } }
    if Self.asked != nil {
      for name in figures.names {
        let row = [0.05, 0.5, 0.95].map { (figures.percentile(name, $0) * 1_000).rounded() / 1_000 }
        print("| \(name) | \(row[0]) | \(row[1]) | \(row[2]) |")
      }
    }
    func median(_ name: String) -> Double { figures.percentile(name, 0.5) }
    #expect((0.82...1.05).contains(median("share of the link after 5 s")))
    #expect(figures.percentile("share of the link after 5 s", 0.05) > 0.7)
    #expect(figures.percentile("queue p95 in ms", 0.9) < 100)
    #expect(figures.percentile("queue p95 in ms after the step down", 0.9) < 110)
    #expect(figures.percentile("seconds to come down to a third", 0.95) < 2)
    #expect(figures.percentile("seconds to find it again", 0.9) < 10)
    #expect(median("share of the one with less") > 0.4)
    #expect(median("use of the link by two") > 0.8)
    #expect(median("share of the link at 5 % loss") > 0.7)
    #expect(figures.percentile("changes a minute at a boundary", 0.95) <= 12)
    #expect(figures.percentile("layer reached on a wide link", 0.05) == 2)
    #expect(figures.percentile("seconds to the small size at 500 kbit/s", 0.95) < 3)
    #expect(figures.percentile("seconds to the large size again", 0.9) < 10)
    #expect(median("seconds to 60 % after a cut of 2 s") < 2)
    #expect(median("share beside a file transfer") > 0.03)
  }

  @Test("nonsense from a receiver is passed over")
  func nonsense() {
    var random = Seeded(5)
    var estimate = LinkEstimate()
    var now = Instant(nanoseconds: 1_000_000_000)
    for turn in 0..<20_000 {
      now = now.adding(microseconds: Int64(random.range(0, 5_000)))
      switch random.next() % 6 {
      case 0, 1: estimate.sent(UInt16(truncatingIfNeeded: turn), bytes: Int(random.next() % 70_000), at: now)
      case 2: estimate.heard(UInt16(truncatingIfNeeded: random.next()), ticks: nil, at: now)
      case 3:
        let ticks = Int64(bitPattern: random.next()) >> Int64(random.next() % 40 + 12)
        estimate.heard(UInt16(truncatingIfNeeded: turn - Int(random.next() % 50)), ticks: ticks, at: now)
      case 4: estimate.conclude(at: now)
      default:
        estimate.tick(at: now)
        estimate.heardRate(Int(random.next() % 1_000_000_000))
        _ = estimate.probe(wanting: Int(random.next() % 100_000_000), at: now)
      }
      let bits = estimate.bitsPerSecond ?? 30_000
      #expect(bits >= 30_000 && bits <= 100_000_000)
    }
  }

  @Test("who says nothing is not limited; a rate of its own and much loss limit it")
  func withoutTimes() {
    var estimate = LinkEstimate()
    var now = Instant(nanoseconds: 1_000_000_000)
    #expect(estimate.bitsPerSecond == nil)
    estimate.heardRate(700_000)
    #expect(estimate.bitsPerSecond == 700_000)
    for _ in 0..<10 {
      now = now.adding(milliseconds: 1_000)
      estimate.heardLoss(0.3, of: 60, bitsPerSecond: 600_000, at: now)
    }
    #expect((estimate.bitsPerSecond ?? .max) < 300_000)
    #expect(estimate.probe(wanting: 1_000_000, at: now) == nil, "nothing could be learned from it")
  }

  @Test("a report that comes twice counts once")
  func twice() {
    var estimates = [LinkEstimate(), LinkEstimate()]
    var now = Instant(nanoseconds: 1_000_000_000)
    for number in UInt16(0)..<600 {
      now = now.adding(milliseconds: 5)
      for index in estimates.indices { estimates[index].sent(number, bytes: 1_000, at: now) }
      guard number % 10 == 9 else { continue }
      for (index, times) in [1, 2].enumerated() {
        for _ in 0..<times {
          for one in number - 9...number {
            estimates[index].heard(one, ticks: Int64(one) * 20, at: now.adding(milliseconds: 30))
          }
          estimates[index].conclude(at: now.adding(milliseconds: 30))
        }
      }
    }
    #expect(estimates[0].bitsPerSecond == estimates[1].bitsPerSecond)
  }
}
