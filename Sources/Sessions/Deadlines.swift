// Which room has to be looked at next. A binary heap; a room whose deadline changed is entered again, and who
// takes an entry out asks whether it still counts, so nothing is ever searched for.

struct Deadlines: Sendable {
  struct Entry: Sendable, Equatable {
    let instant: ContinuousClock.Instant
    let room: String
  }

  private var heap: [Entry] = []

  var count: Int { heap.count }
  var next: ContinuousClock.Instant? { heap.first?.instant }

  mutating func insert(_ instant: ContinuousClock.Instant, room: String) {
    heap.append(Entry(instant: instant, room: room))
    var child = heap.count - 1
    while child > 0 {
      let parent = (child - 1) / 2
      guard heap[child].instant < heap[parent].instant else { break }
      heap.swapAt(child, parent)
      child = parent
    }
  }

  /// Takes out the earliest entry if its time has come.
  mutating func popDue(at now: ContinuousClock.Instant) -> Entry? {
    guard let earliest = heap.first, earliest.instant <= now else { return nil }
    let last = heap.removeLast()
    guard !heap.isEmpty else { return earliest }
    heap[0] = last
    sink(0)
    return earliest
  }

  /// Drops what does not count any more, when much of it has gathered.
  mutating func removeAll(where isStale: (Entry) -> Bool) {
    heap.removeAll(where: isStale)
    for position in (0..<heap.count / 2).reversed() { sink(position) }
  }

  private mutating func sink(_ start: Int) {
    var parent = start
    while true {
      var least = parent
      for child in [2 * parent + 1, 2 * parent + 2]
      where child < heap.count && heap[child].instant < heap[least].instant { least = child }
      guard least != parent else { return }
      heap.swapAt(parent, least)
      parent = least
    }
  }
}
