// How good assignments are: against the true optimum, greedy, and first come first served.

import Matching
import MatchingReferee

func measureQuality(instances: Int) {
  var random = Seeded(1)
  var (worst, best, ours, greedy, first) = (1.0, Int64(0), Int64(0), Int64(0), Int64(0))
  var solving = 0.0
  var unfinished = 0
  var slowest = 0.0
  for _ in 0..<instances {
    let rows = 1 + random.below(500)
    let columns = 1 + random.below(500)
    let density = [0.02, 0.1, 0.5, 1][random.below(4)]
    // Some students suit everybody better than others, as in life; that is what greedy stumbles over.
    let bias = (0..<columns).map { _ in random.below(400_000) }
    let weights: [[Int64]] = (0..<rows).map { _ in
      (0..<columns).map { random.unit() < density ? Int64(1 + bias[$0] + random.below(600_000)) : 0 }
    }
    let start = cpuSeconds()
    var graph = AssignmentGraph(seats: [Int32](repeating: 1, count: columns))
    for line in weights { graph.addStudent(line.indices.map { .init(mentor: Int32($0), weight: line[$0]) }) }
    let assignment = Assignment(graph)
    let total = assignment.total
    unfinished += assignment.greedy > 0 ? 1 : 0
    let took = cpuSeconds() - start
    solving += took
    slowest = max(slowest, took)
    let optimum = Referee.best(weights)
    if optimum > 0 { worst = min(worst, Double(total) / Double(optimum)) }
    best += optimum
    ours += total
    greedy += Referee.greedy(weights)
    first += Referee.firstCome(weights)
  }
  func share(_ total: Int64) -> String { rounded(Double(total) / Double(max(1, best)) * 100) + " %" }
  show("assignment: instances", "\(instances), up to 500 x 500")
  show("  of the optimum, worst and all", "\(rounded(worst * 100)) %, \(share(ours))")
  show("  beyond the work allowed", "\(unfinished)")
  show("  greedy, first come", "\(share(greedy)), \(share(first))")
  show(
    "  CPU mean, slowest", "\(rounded(solving / Double(instances) * 1e3)) ms, \(rounded(slowest * 1e3)) ms")
}
