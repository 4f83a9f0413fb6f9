// The earliest deadline of thousands, to the nanosecond. Entries are never moved: whoever has a new deadline is entered
// again, and an entry that is no longer its owner's is skipped when it comes up.

struct DeadlineHeap {
  struct Entry {
    var nanoseconds: Int64
    var number: Int32
  }

  private var entries: [Entry] = []

  var first: Entry? { entries.first }

  mutating func insert(_ entry: Entry) {
    entries.append(entry)
    var index = entries.count - 1
    while index > 0 {
      let parent = (index - 1) / 2
      if entries[parent].nanoseconds <= entries[index].nanoseconds { return }
      entries.swapAt(parent, index)
      index = parent
    }
  }

  mutating func removeFirst() {
    guard let last = entries.popLast(), !entries.isEmpty else { return }
    entries[0] = last
    var index = 0
    while true {
      var least = index
      for child in (2 * index + 1)...(2 * index + 2)
      where child < entries.count && entries[child].nanoseconds < entries[least].nanoseconds {
        least = child
      }
      if least == index { return }
      entries.swapAt(least, index)
      index = least
    }
  }
}
