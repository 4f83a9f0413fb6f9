// What one participant was last told, for a client that comes back and has missed some of it. The numbers in it
// are consecutive and end at the newest event; the oldest are forgotten first. Takes no memory until used.

struct ReplayBuffer: Sendable {
  enum Entry: Sendable {
    /// Shared with all who got the same event.
    case encoded(EncodedEvent)
    /// Read back after a restart; empty for what is not told twice.
    case whole([UInt8])

    var byteCount: Int {
      switch self {
      case .encoded(let event): event.byteCount
      case .whole(let frame): frame.count
      }
    }
  }

  private var entries: [Entry] = []
  /// Entries before it are forgotten; they are removed many at a time.
  private var first = 0
  private(set) var byteCount = 0

  var count: Int { entries.count - first }

  mutating func append(_ entry: Entry, eventsAtMost: Int, bytesAtMost: Int) {
    entries.append(entry)
    byteCount += entry.byteCount
    while count > eventsAtMost || byteCount > bytesAtMost, count > 0 { forgetOldest() }
    if first > 32 && first * 2 > entries.count {
      entries.removeFirst(first)
      first = 0
    }
  }

  mutating func keepNewest(_ kept: Int) {
    while count > kept { forgetOldest() }
  }

  private mutating func forgetOldest() {
    byteCount -= entries[first].byteCount
    entries[first] = .whole([])
    first += 1
  }

  /// Whole frames of the events after `seq`, oldest first, as far back as there are any. `newest` is the number
  /// of the last one.
  func frames(after seq: UInt64, newest: UInt64) -> [[UInt8]] {
    guard seq < newest else { return [] }
    let wanted = Int(min(newest - seq, UInt64(count)))
    var frames: [[UInt8]] = []
    frames.reserveCapacity(wanted)
    for index in (entries.count - wanted)..<entries.count {
      switch entries[index] {
      case .encoded(let event): frames.append(event.frame(seq: newest - UInt64(entries.count - 1 - index)))
      case .whole(let frame): if !frame.isEmpty { frames.append(frame) }
      }
    }
    return frames
  }
}
