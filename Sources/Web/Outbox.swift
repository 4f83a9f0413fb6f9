// What waits to be sent on one connection, oldest first. Payloads are shared between connections; they are copied
// once, into the buffer that goes to the kernel. Pure.

struct Outbox {
  /// What comes before the payload: nothing for HTTP, the first byte of a frame's head for a WebSocket.
  enum Form: Equatable {
    case plain
    case frame(UInt8)
  }

  private struct Entry {
    let form: Form
    var payload: [UInt8]
    let importance: Importance

    var bytes: Int {
      switch form {
      case .plain: payload.count
      case .frame: FrameHead.size(payload: payload.count) + payload.count
      }
    }
  }

  private var entries: [Entry] = []
  /// Index of the oldest entry, and how much of it has been taken.
  private var first = 0
  private var taken = 0
  private(set) var bytes = 0

  var isEmpty: Bool { first == entries.count }

  mutating func append(_ payload: [UInt8], as form: Form, _ importance: Importance = .required) {
    let entry = Entry(form: form, payload: payload, importance: importance)
    entries.append(entry)
    bytes += entry.bytes
  }

  /// Puts a newer payload in the place of one with the same key, if one waits and has not begun.
  mutating func replace(_ payload: [UInt8], key: String) -> Bool {
    let start = taken > 0 ? first + 1 : first
    guard start < entries.count,
      let index = entries[start...].lastIndex(where: { $0.importance == .latest(key) })
    else { return false }
    bytes -= entries[index].bytes
    entries[index].payload = payload
    bytes += entries[index].bytes
    return true
  }

  /// Forgets all that may be dropped and has not begun; returns how many that were.
  mutating func removeDroppable() -> Int {
    let start = taken > 0 ? first + 1 : first
    guard start < entries.count else { return 0 }
    let before = entries.count
    let kept = entries[start...].filter { $0.importance != .droppable }
    guard kept.count < before - start else { return 0 }
    bytes -= entries[start...].filter { $0.importance == .droppable }.reduce(0) { $0 + $1.bytes }
    entries.replaceSubrange(start..., with: kept)
    return before - entries.count
  }

  /// Forgets all that has not begun.
  mutating func removeUnbegun() {
    let start = taken > 0 ? first + 1 : first
    bytes -= entries[start...].reduce(0) { $0 + $1.bytes }
    entries.removeSubrange(start...)
  }

  /// Moves as much as fits into `buffer` and returns how much that was.
  mutating func take(into buffer: UnsafeMutableRawBufferPointer) -> Int {
    var filled = 0
    while first < entries.count, filled < buffer.count {
      let count = copy(entries[first], into: UnsafeMutableRawBufferPointer(rebasing: buffer[filled...]))
      guard count > 0 || entries[first].bytes == 0 else { break }
      filled += count
      taken += count
      if taken == entries[first].bytes {
        entries[first].payload = []
        first += 1
        taken = 0
      }
    }
    bytes -= filled
    if first == entries.count {
      entries = []
      first = 0
    } else if first > 64, first * 2 > entries.count {
      entries.removeFirst(first)
      first = 0
    }
    return filled
  }

  /// From where the last copy of this entry ended. A frame's head is never cut.
  private func copy(_ entry: Entry, into buffer: UnsafeMutableRawBufferPointer) -> Int {
    var filled = 0
    var offset = taken
    if case .frame(let start) = entry.form {
      let head = FrameHead.size(payload: entry.payload.count)
      if taken == 0 {
        guard buffer.count >= head else { return 0 }
        filled = FrameHead.write(start, payload: entry.payload.count, into: buffer)
      }
      offset = max(0, taken - head)
    }
    let count = min(buffer.count - filled, entry.payload.count - offset)
    guard count > 0 else { return filled }
    entry.payload.withUnsafeBytes { payload in
      UnsafeMutableRawBufferPointer(rebasing: buffer[filled..<filled + count])
        .copyMemory(from: UnsafeRawBufferPointer(rebasing: payload[offset..<offset + count]))
    }
    return filled + count
  }
}
