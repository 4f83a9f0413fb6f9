// A table with a bound, whose entries stop mattering at a moment of their own: a bucket when it is full
// again, a revocation when the last token it speaks of has expired. Room for a new entry comes from those
// only. Pure.

/// A dictionary and a heap by deadline: looking up takes one step, everything else the logarithm of the
/// count.
struct BoundedTable<Key: Hashable, Deadline: Comparable, Value> {
  private struct Entry {
    let key: Key
    var deadline: Deadline
    var value: Value
  }

  private let capacity: Int
  /// A binary heap: the entry with the earliest deadline is the first.
  private var heap: [Entry] = []
  private var positions: [Key: Int] = [:]

  init(capacity: Int) {
    precondition(capacity > 0, "a table needs room for one entry")
    self.capacity = capacity
  }

  var count: Int { heap.count }
  var isFull: Bool { heap.count >= capacity }
  var earliest: (key: Key, deadline: Deadline)? { heap.first.map { ($0.key, $0.deadline) } }

  subscript(key: Key) -> (deadline: Deadline, value: Value)? {
    positions[key].map { (heap[$0].deadline, heap[$0].value) }
  }

  /// False, and nothing changed, if the key is new, the table is full, and no entry's deadline is at or
  /// before `now`.
  mutating func set(_ key: Key, _ value: Value, deadline: Deadline, at now: Deadline) -> Bool {
    if let position = positions[key] {
      heap[position].value = value
      heap[position].deadline = deadline
      moveDown(moveUp(position))
      return true
    }
    if isFull {
      guard let first = heap.first, first.deadline <= now else { return false }
      remove(first.key)
    }
    heap.append(Entry(key: key, deadline: deadline, value: value))
    positions[key] = heap.count - 1
    moveUp(heap.count - 1)
    return true
  }

  mutating func remove(_ key: Key) {
    guard let position = positions.removeValue(forKey: key) else { return }
    let last = heap.removeLast()
    guard position < heap.count else { return }
    heap[position] = last
    positions[last.key] = position
    moveDown(moveUp(position))
  }

  mutating func removeAll(endingAtOrBefore now: Deadline) {
    while let first = heap.first, first.deadline <= now { remove(first.key) }
  }

  @discardableResult
  private mutating func moveUp(_ start: Int) -> Int {
    var position = start
    while position > 0 {
      let parent = (position - 1) / 2
      guard heap[position].deadline < heap[parent].deadline else { break }
      exchange(position, parent)
      position = parent
    }
    return position
  }

  private mutating func moveDown(_ start: Int) {
    var position = start
    while true {
      var smallest = position
      for child in [2 * position + 1, 2 * position + 2]
      where child < heap.count && heap[child].deadline < heap[smallest].deadline {
        smallest = child
      }
      guard smallest != position else { return }
      exchange(position, smallest)
      position = smallest
    }
  }

  private mutating func exchange(_ left: Int, _ right: Int) {
    heap.swapAt(left, right)
    positions[heap[left].key] = left
    positions[heap[right].key] = right
  }
}
