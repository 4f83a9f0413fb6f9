// The assignment against a referee that finds the optimum in another way.

import Matching
import MatchingReferee
import Testing

@Suite("Matching: assignment")
struct AssignmentTests {
  private func matrix(_ random: inout Seeded, rows: Int, columns: Int, density: Double) -> [[Int64]] {
    (0..<rows).map { _ in
      (0..<columns).map { _ in random.unit() < density ? Int64(random.below(1_000_000)) : 0 }
    }
  }

  private func graph(_ weights: [[Int64]], seats: [Int32]) -> AssignmentGraph {
    var graph = AssignmentGraph(seats: seats)
    for line in weights {
      graph.addStudent(line.indices.map { .init(mentor: Int32($0), weight: line[$0]) })
    }
    return graph
  }

  @Test("the total is the optimum, on graphs of every shape", arguments: 0..<60 as Range<UInt64>)
  func optimum(seed: UInt64) {
    var random = Seeded(seed)
    let rows = 1 + random.below(30)
    let columns = 1 + random.below(30)
    let weights = matrix(&random, rows: rows, columns: columns, density: [0.05, 0.3, 1][random.below(3)])
    let result = Assignment(graph(weights, seats: [Int32](repeating: 1, count: columns)))
    #expect(result.total == Referee.best(weights))
    #expect(result.total >= Referee.greedy(weights))
  }

  @Test("mentors with several seats: as good as that many mentors", arguments: 0..<30 as Range<UInt64>)
  func severalSeats(seed: UInt64) {
    var random = Seeded(seed)
    let columns = 1 + random.below(8)
    let seats = (0..<columns).map { _ in Int32(random.below(4)) }
    let weights = matrix(&random, rows: 1 + random.below(25), columns: columns, density: 0.6)
    let unfolded = weights.map { line in
      line.indices.flatMap { [Int64](repeating: line[$0], count: Int(seats[$0])) }
    }
    let graph = graph(weights, seats: seats)
    let result = Assignment(graph)
    #expect(result.total == Referee.best(unfolded))
    var taken = [Int32](repeating: 0, count: columns)
    for edge in result.chosen where edge >= 0 { taken[Int(graph.edges[Int(edge)].mentor)] += 1 }
    #expect(zip(taken, seats).allSatisfy { $0 <= $1 })
  }

  @Test("equal weights everywhere: the students who came first, and the same on every run")
  func ties() {
    let weights = [[Int64]](repeating: [5, 5, 5], count: 6)
    let first = Assignment(graph(weights, seats: [1, 1, 1]))
    #expect(first.chosen.map { $0 >= 0 } == [true, true, true, false, false, false])
    #expect(first == Assignment(graph(weights, seats: [1, 1, 1])))
  }

  @Test("when the work would be too much the rest is given out greedily, and nobody gets a taken seat")
  func bounded() {
    var random = Seeded(3)
    let weights = matrix(&random, rows: 40, columns: 40, density: 1)
    let graph = graph(weights, seats: [Int32](repeating: 1, count: 40))
    let result = Assignment(graph, relaxationsAtMost: 500)
    #expect(result.greedy > 0)
    let mentors = result.chosen.filter { $0 >= 0 }.map { graph.edges[Int($0)].mentor }
    #expect(Set(mentors).count == mentors.count)
  }

  @Test("nobody and nothing to give")
  func empty() {
    #expect(Assignment(AssignmentGraph(seats: [])).total == 0)
    var graph = AssignmentGraph(seats: [0])
    graph.addStudent([.init(mentor: 0, weight: 7)])
    #expect(Assignment(graph).chosen == [-1])
  }
}
