// What has to happen at which time: tickets that expire or settle for less, offers that run out, pairs that may be
// offered again. A binary heap, ordered by content alone, so that it is the same after a restart. Who takes an alarm
// out asks whether it still counts.

struct Alarm: Sendable, Equatable {
  enum Kind: Int, Sendable {
    case offer, expiry, widening, pair
  }

  let milliseconds: Int64
  let kind: Kind
  /// The ticket's sequence, or the offer's number.
  let number: UInt64

  static func precedes(_ left: Alarm, _ right: Alarm) -> Bool {
    (left.milliseconds, left.kind.rawValue, left.number)
      < (right.milliseconds, right.kind.rawValue, right.number)
  }
}

struct Alarms: Sendable {
  private var heap: [Alarm] = []

  var next: Int64? { heap.first?.milliseconds }

  mutating func set(_ kind: Alarm.Kind, _ number: UInt64, at milliseconds: Int64) {
    heap.append(Alarm(milliseconds: milliseconds, kind: kind, number: number))
    var child = heap.count - 1
    while child > 0 {
      let parent = (child - 1) / 2
      guard Alarm.precedes(heap[child], heap[parent]) else { break }
      heap.swapAt(child, parent)
      child = parent
    }
  }

  mutating func popDue(at now: Int64) -> Alarm? {
    guard let first = heap.first, first.milliseconds <= now else { return nil }
    let last = heap.removeLast()
    guard !heap.isEmpty else { return first }
    heap[0] = last
    var parent = 0
    while true {
      var least = parent
      for child in [2 * parent + 1, 2 * parent + 2]
      where child < heap.count && Alarm.precedes(heap[child], heap[least]) { least = child }
      guard least != parent else { return first }
      heap.swapAt(parent, least)
      parent = least
    }
  }
}
