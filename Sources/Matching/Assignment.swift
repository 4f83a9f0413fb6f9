// Who gets whom: the assignment of students to mentors with the highest total weight, exactly. Successive shortest paths
// over a sparse graph, one student after the other; each search is Dijkstra's over reduced weights and ends at the first
// free seat. All numbers are whole, ties go to the lower index, so the result is the same everywhere. Called by the
// queue's tick.

/// Students in order, each with its edges; mentors with seats.
package struct AssignmentGraph: Sendable {
  package struct Edge: Sendable, Equatable {
    package let mentor: Int32
    package let weight: Int64

    package init(mentor: Int32, weight: Int64) {
      self.mentor = mentor
      self.weight = weight
    }
  }

  package let seats: [Int32]
  package private(set) var edges: [Edge] = []
  private var starts: [Int32] = [0]

  package init(seats: [Int32]) { self.seats = seats }

  package var studentCount: Int { starts.count - 1 }

  /// Adds the next student, the best edges first, so that a search may stop at the first that is too poor. Edges without
  /// gain and to mentors without a seat are left out.
  package mutating func addStudent(_ candidates: [Edge]) {
    let start = edges.count
    for edge in candidates where edge.weight > 0 && seats[Int(edge.mentor)] > 0 { edges.append(edge) }
    edges[start...].sort { $0.weight != $1.weight ? $0.weight > $1.weight : $0.mentor < $1.mentor }
    starts.append(Int32(edges.count))
  }

  package func edges(of student: Int) -> Range<Int> { Int(starts[student])..<Int(starts[student + 1]) }
}

package struct Assignment: Sendable, Equatable {
  /// For each student the index of the edge it got, or -1.
  package private(set) var chosen: [Int32]
  package private(set) var total: Int64 = 0
  /// Steps along edges: the work, in a measure that no clock disturbs.
  package private(set) var relaxations = 0
  /// Students who were served greedily, because the work would have been too much.
  package private(set) var greedy = 0

  /// The best of all. Once `relaxationsAtMost` are spent, the students that are left take the best free seat.
  package init(_ graph: borrowing AssignmentGraph, relaxationsAtMost: Int = Limits.relaxations) {
    chosen = [Int32](repeating: -1, count: graph.studentCount)
    var search = PathSearch(mentors: graph.seats.count)
    for student in search.bid(graph, &chosen, relaxationsAtMost / 2) {
      if search.relaxations < relaxationsAtMost {
        search.augment(student, graph, &chosen)
      } else {
        greedy += 1
        search.takeFree(student, graph, &chosen)
      }
    }
    relaxations = search.relaxations
    for edge in chosen where edge >= 0 { total += graph.edges[Int(edge)].weight }
  }
}

/// The state of the search: prices of mentors, who sits with whom, and the shortest paths of the search that runs.
private struct PathSearch {
  /// What a seat with the mentor costs by now; 0 while one is free.
  var price: [Int64]
  var seated: [[Int32]]
  var distance: [Int64]
  /// The student through whom a mentor was reached, and by which edge.
  var parent: [Int32]
  var parentEdge: [Int32]
  var isDone: [Bool]
  var touched: [Int32] = []
  var done: [Int32] = []
  var heap = PathHeap()
  var relaxations = 0

  /// Where a path may end.
  enum End {
    case seat(Int)
    /// This student goes without, which ends the chain at the mentor's seat it had; or it is the new one itself.
    case leaves(Int)
  }

  init(mentors: Int) {
    price = [Int64](repeating: 0, count: mentors)
    seated = [[Int32]](repeating: [], count: mentors)
    distance = [Int64](repeating: .max, count: mentors)
    parent = [Int32](repeating: -1, count: mentors)
    parentEdge = [Int32](repeating: -1, count: mentors)
    isDone = [Bool](repeating: false, count: mentors)
  }

  /// The cheap beginning: each student takes the best seat and raises its price until another is as good; who is put out
  /// bids again. That leaves prices and seats as a search would; whom it gets no further with is left for one, in order.
  mutating func bid(
    _ graph: borrowing AssignmentGraph, _ chosen: inout [Int32], _ relaxationsAtMost: Int
  ) -> [Int] {
    var waiting = Array((0..<graph.studentCount).reversed())
    var left: [Int] = []
    var bids = 0
    while let student = waiting.popLast() {
      let range = graph.edges(of: student)
      bids += 1
      guard bids <= Limits.bidsPerStudent * graph.studentCount, relaxations < relaxationsAtMost else {
        left.append(student)
        continue
      }
      var (best, value, second) = (-1, Int64(0), Int64(0))
      for index in range {
        // No price is below 0.
        if graph.edges[index].weight <= second { break }
        relaxations += 1
        let gain = graph.edges[index].weight - price[Int(graph.edges[index].mentor)]
        if gain > value {
          second = value
          (best, value) = (index, gain)
        } else if gain > second {
          second = gain
        }
      }
      // Prices only rise: who finds nothing worth its price now never will.
      guard best >= 0 else { continue }
      let mentor = Int(graph.edges[best].mentor)
      if seated[mentor].count == Int(graph.seats[mentor]) {
        guard graph.seats[mentor] == 1, value > second else {
          left.append(student)
          continue
        }
        price[mentor] += value - second
        let other = Int(seated[mentor].removeLast())
        chosen[other] = -1
        waiting.append(other)
      }
      chosen[student] = Int32(best)
      seated[mentor].append(Int32(student))
    }
    return left.sorted()
  }

  mutating func augment(_ student: Int, _ graph: borrowing AssignmentGraph, _ chosen: inout [Int32]) {
    defer { reset() }
    // Going without costs nothing in weight, so no path may be longer than that.
    var bound: Int64 = 0
    var end = End.leaves(student)
    relax(student, at: 0, bound, graph, chosen)
    while let (reached, mentor) = heap.pop() {
      guard !isDone[mentor], reached == distance[mentor] else { continue }
      guard reached < bound else { break }
      if seated[mentor].count < Int(graph.seats[mentor]) {
        bound = reached
        end = .seat(mentor)
        break
      }
      isDone[mentor] = true
      done.append(Int32(mentor))
      for other in seated[mentor] {
        let edge = graph.edges[Int(chosen[Int(other)])]
        let start = reached + edge.weight - price[mentor]
        if start < bound {
          bound = start
          end = .leaves(Int(other))
        }
        relax(Int(other), at: start, bound, graph, chosen)
      }
    }
    for mentor in done where distance[Int(mentor)] < bound {
      price[Int(mentor)] += bound - distance[Int(mentor)]
    }
    shift(to: end, from: student, graph, &chosen)
  }

  /// Looks along the edges of a student who would have to find another seat, at the length of the path so far.
  private mutating func relax(
    _ student: Int, at start: Int64, _ bound: Int64, _ graph: borrowing AssignmentGraph, _ chosen: [Int32]
  ) {
    let range = graph.edges(of: student)
    for index in range {
      let edge = graph.edges[index]
      if start - edge.weight >= bound { break }
      relaxations += 1
      let mentor = Int(edge.mentor)
      let length = start - edge.weight + price[mentor]
      guard length < bound, length < distance[mentor], !isDone[mentor] else { continue }
      if distance[mentor] == .max { touched.append(edge.mentor) }
      distance[mentor] = length
      parent[mentor] = Int32(student)
      parentEdge[mentor] = Int32(index)
      heap.push(length, mentor)
    }
  }

  /// Moves everybody on the path one seat on.
  private mutating func shift(
    to end: End, from student: Int, _ graph: borrowing AssignmentGraph, _ chosen: inout [Int32]
  ) {
    var mentor: Int
    switch end {
    case .leaves(student): return
    case .leaves(let other):
      mentor = Int(graph.edges[Int(chosen[other])].mentor)
      seated[mentor].removeAll { $0 == Int32(other) }
      chosen[other] = -1
    case .seat(let free):
      mentor = free
    }
    while true {
      let mover = Int(parent[mentor])
      let old = chosen[mover]
      chosen[mover] = parentEdge[mentor]
      seated[mentor].append(Int32(mover))
      if mover == student { return }
      mentor = Int(graph.edges[Int(old)].mentor)
      seated[mentor].removeAll { $0 == Int32(mover) }
    }
  }

  mutating func takeFree(_ student: Int, _ graph: borrowing AssignmentGraph, _ chosen: inout [Int32]) {
    var best = -1
    for index in graph.edges(of: student) {
      let mentor = Int(graph.edges[index].mentor)
      guard seated[mentor].count < Int(graph.seats[mentor]) else { continue }
      if best < 0 || graph.edges[index].weight > graph.edges[best].weight { best = index }
    }
    guard best >= 0 else { return }
    chosen[student] = Int32(best)
    seated[Int(graph.edges[best].mentor)].append(Int32(student))
  }

  private mutating func reset() {
    for mentor in touched {
      distance[Int(mentor)] = .max
      isDone[Int(mentor)] = false
    }
    touched.removeAll(keepingCapacity: true)
    done.removeAll(keepingCapacity: true)
    heap.removeAll()
  }
}

/// The nearest first; of equals the lower index.
private struct PathHeap {
  private var entries: [(length: Int64, mentor: Int)] = []

  mutating func removeAll() { entries.removeAll(keepingCapacity: true) }

  private static func precedes(
    _ left: (length: Int64, mentor: Int), _ right: (length: Int64, mentor: Int)
  ) -> Bool {
    left.length != right.length ? left.length < right.length : left.mentor < right.mentor
  }

  mutating func push(_ length: Int64, _ mentor: Int) {
    entries.append((length, mentor))
    var child = entries.count - 1
    while child > 0 {
      let parent = (child - 1) / 2
      guard Self.precedes(entries[child], entries[parent]) else { break }
      entries.swapAt(child, parent)
      child = parent
    }
  }

  mutating func pop() -> (Int64, Int)? {
    guard let first = entries.first else { return nil }
    let last = entries.removeLast()
    guard !entries.isEmpty else { return first }
    entries[0] = last
    var parent = 0
    while true {
      var least = parent
      for child in [2 * parent + 1, 2 * parent + 2]
      where child < entries.count && Self.precedes(entries[child], entries[least]) { least = child }
      guard least != parent else { return first }
      entries.swapAt(parent, least)
      parent = least
    }
  }
}
