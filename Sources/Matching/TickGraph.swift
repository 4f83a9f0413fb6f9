// The graph of one tick: pairs that would do, by slots of the queue, and the problem for the solver made of it. In order of
// arrival throughout, so that slots, which a restart gives anew, decide nothing.

struct TickGraph {
  struct Edge {
    let student: Int32
    let mentor: Int32
    let studentSequence: UInt64
    let mentorSequence: UInt64
    let weight: Int64
    let parts: ScoreParts
  }

  var edges: [Edge] = []
  /// Students whose worse edges were left out.
  var capped: Set<Int32> = []
  /// Tickets whose lists were not looked through to the end.
  var cut: [Int32] = []
  /// Students who found a mentor, but no place with one.
  var unfinished: [Int32] = []

  /// Students as rows with their best edges, mentors as columns with what `seats` says of a slot.
  mutating func problem(
    seats: (Int) -> Int32
  ) -> (graph: AssignmentGraph, mentors: [Int32], rows: [[Edge]]) {
    edges.sort { left, right in
      if left.studentSequence != right.studentSequence { return left.studentSequence < right.studentSequence }
      if left.weight != right.weight { return left.weight > right.weight }
      return left.mentorSequence < right.mentorSequence
    }
    var rows: [[Edge]] = []
    for edge in edges {
      guard let last = rows.last?.last, last.student == edge.student else {
        rows.append([edge])
        continue
      }
      // The same pair seen from both sides stands next to itself.
      if last.mentor == edge.mentor { continue }
      if rows[rows.count - 1].count < Limits.edgesPerStudent {
        rows[rows.count - 1].append(edge)
      } else {
        capped.insert(edge.student)
      }
    }
    var order: [(sequence: UInt64, slot: Int32)] = []
    var seen: Set<Int32> = []
    for row in rows {
      for edge in row where seen.insert(edge.mentor).inserted {
        order.append((edge.mentorSequence, edge.mentor))
      }
    }
    order.sort { $0.sequence < $1.sequence }
    var columns: [Int32: Int32] = [:]
    for (index, mentor) in order.enumerated() { columns[mentor.slot] = Int32(index) }
    var graph = AssignmentGraph(seats: order.map { seats(Int($0.slot)) })
    for row in rows {
      graph.addStudent(
        row.compactMap { edge in
          columns[edge.mentor].map { .init(mentor: $0, weight: edge.weight) }
        })
    }
    return (graph, order.map(\.slot), rows)
  }
}
