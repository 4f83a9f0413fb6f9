// Reading the replay journal at start: what each participant was last sent. A tail cut short by a crash ends
// its segment and nothing else.

import Glibc
import Observe
import Values

extension ReplayJournal {
  /// What one participant was last sent, oldest first, without gaps.
  package struct Recovered: Sendable, Equatable {
    package var highestSeq: UInt64
    package var events: [(seq: UInt64, bytes: [UInt8])]
    var byteCount = 0

    package static func == (left: Recovered, right: Recovered) -> Bool {
      left.highestSeq == right.highestSeq
        && left.events.elementsEqual(right.events) { $0.seq == $1.seq && $0.bytes == $1.bytes }
    }
  }

  /// The last events of every participant in the journal of this data directory, at most `eventsAtMost` and
  /// `bytesAtMost` each. Blocks for as long as reading some hundred megabytes takes: call it on a
  /// `WorkThread` or before the loop runs.
  package nonisolated static func recover(
    directory: String, eventsAtMost: Int = Limits.replayEvents, bytesAtMost: Int = Limits.replayBytes
  ) -> [String: Recovered] {
    var found: [String: Recovered] = [:]
    for (_, name) in Segment.list(directory + "/replay") {
      withContents(of: directory + "/replay/" + name) { bytes in
        records(bytes) { participant, seq, event in
          found[participant, default: Recovered(highestSeq: 0, events: [])]
            .take(seq, event, eventsAtMost, bytesAtMost)
        }
      }
    }
    return found
  }

  /// Calls `body` for each whole record. Any bytes at all may be handed in.
  nonisolated static func records(
    _ bytes: UnsafeRawBufferPointer, _ body: (String, UInt64, UnsafeRawBufferPointer) -> Void
  ) {
    guard bytes.starts(with: heading) else { return }
    var offset = heading.count
    while bytes.count - offset >= 8 {
      let length = Int(UInt32(littleEndian: bytes.loadUnaligned(fromByteOffset: offset, as: UInt32.self)))
      let checksum = UInt32(littleEndian: bytes.loadUnaligned(fromByteOffset: offset + 4, as: UInt32.self))
      let start = offset + 8
      guard length >= 9, length <= bytes.count - start else { return }
      let record = UnsafeRawBufferPointer(rebasing: bytes[start..<start + length])
      let idCount = Int(record[8])
      guard idCount <= length - 9, CRC32C.of(record) == checksum else { return }
      body(
        String(decoding: record[9..<9 + idCount], as: UTF8.self),
        UInt64(littleEndian: record.loadUnaligned(as: UInt64.self)),
        UnsafeRawBufferPointer(rebasing: record[(9 + idCount)...]))
      offset = start + length
    }
  }

  /// Mapped, not read: a busy server's segment is hundreds of megabytes. Nobody shortens a segment of an
  /// older process, and this one has not begun to write.
  private nonisolated static func withContents(of path: String, _ body: (UnsafeRawBufferPointer) -> Void) {
    let descriptor = Glibc.open(path, O_RDONLY | O_CLOEXEC)
    guard descriptor >= 0 else { return }
    defer { Glibc.close(descriptor) }
    var status = stat()
    guard fstat(descriptor, &status) == 0, status.st_size > 0 else { return }
    let size = Int(status.st_size)
    guard let start = mmap(nil, size, PROT_READ, MAP_PRIVATE, descriptor, 0), start != MAP_FAILED else {
      return
    }
    defer { munmap(start, size) }
    body(UnsafeRawBufferPointer(start: start, count: size))
  }
}

extension ReplayJournal.Recovered {
  fileprivate mutating func take(
    _ seq: UInt64, _ event: UnsafeRawBufferPointer, _ eventsAtMost: Int, _ bytesAtMost: Int
  ) {
    // Events come in order; one that doesn't follow its predecessor leaves a gap that a client could not see.
    if let last = events.last?.seq, seq != last + 1 {
      guard seq > last else { return }
      events.removeAll()
      byteCount = 0
    }
    highestSeq = max(highestSeq, seq)
    events.append((seq, Array(event)))
    byteCount += event.count
    var surplus = 0
    while events.count - surplus > eventsAtMost || (byteCount > bytesAtMost && surplus < events.count) {
      byteCount -= events[surplus].bytes.count
      surplus += 1
    }
    events.removeFirst(surplus)
  }
}
