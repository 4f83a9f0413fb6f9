// The estimate on links of all kinds, by seed: how soon it is right, how long the queue gets, how it shares and recovers.

import Bandwidth
import Glibc
import Structures
import Testing

@Suite("The estimate of a link")
struct EstimateTests {
  /// More of them by `make simulate-bandwidth`, which also shows the figures.
  static var seeds: Range<UInt64> {
    let asked = getenv("TANDEM_SEEDS").flatMap { UInt64(String(cString: $0)) }
    return 1..<(asked ?? 20) + 1
  }

  @Test("on links of every kind")
  func report() {
    var figures = Figures()
    for seed in Self.seeds { for scene in Scenes.all { scene(seed, &figures) } }
    for name in figures.names {
      let row = [0.05, 0.5, 0.95].map { (figures.percentile(name, $0) * 1_000).rounded() / 1_000 }
      print("\(name): p5 \(row[0]), median \(row[1]), p95 \(row[2])")
    }
  }
}
