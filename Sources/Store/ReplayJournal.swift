// The last events of every participant, kept over a `kill -9` so that whoever resumes gets what they missed.
// Not in the database: thousands of events a second would be thousands of rows that nobody ever reads. They
// are appended to a file, written once a turn of the control loop, and the file is thrown away minutes later.
//
// A segment is eight bytes of heading, then records:
//   length: u32, of what follows the checksum · checksum: u32, CRC-32C of the same ·
//   seq: u64 · length of the participant's id: u8 · the id · the event's bytes. Numbers are little-endian.

package import Control
import Glibc
import Observe
import Values

@Control package final class ReplayJournal {
  static nonisolated let heading = Array("tandemR1".utf8)

  private let log = Log("replay")
  private let directory: String
  private let window: Duration
  private var segment: Segment?
  private var number: UInt64
  private var openedAt: ContinuousClock.Instant
  private var buffer: [UInt8] = []
  private var isFlushing = false
  private var isFailing = false
  private var retryAt: ContinuousClock.Instant?

  /// Continues in a new segment beside those that `recover` has read. `directory` is the data directory.
  /// Never fails: a disk that cannot be written costs the replay, not the server.
  package init(directory: String, window: Duration = Limits.replayWindow) {
    self.directory = directory + "/replay"
    self.window = window
    try? DirectoryLock.make(self.directory)
    number = Segment.list(self.directory).last?.number ?? 0
    openedAt = .now
    buffer.reserveCapacity(Limits.replayBufferBytes)
    startSegment(at: openedAt)
  }

  /// Notes an event that was sent to a participant. Written at the end of this turn of the loop.
  package func append(participant: String, seq: UInt64, bytes: [UInt8]) {
    let idCount = participant.utf8.count
    guard idCount <= 255, bytes.count <= Limits.replayEventBytes else {
      Metrics.replayDropped.add()
      return
    }
    let start = buffer.count
    let length = UInt32(9 + idCount + bytes.count)
    buffer.append(littleEndian: length)
    buffer.append(littleEndian: UInt32(0))
    buffer.append(littleEndian: seq)
    buffer.append(UInt8(idCount))
    buffer.append(contentsOf: participant.utf8)
    buffer.append(contentsOf: bytes)
    buffer.withUnsafeMutableBytes { all in
      let checksum = CRC32C.of(UnsafeRawBufferPointer(rebasing: all[(start + 8)...]))
      all.storeBytes(of: checksum.littleEndian, toByteOffset: start + 4, as: UInt32.self)
    }
    if buffer.count >= Limits.replayBufferBytes {
      flush()
    } else if !isFlushing {
      isFlushing = true
      Task { @Control in self.flush() }
    }
  }

  /// Hands what has gathered to the kernel, where it outlives this process.
  package func flush() {
    isFlushing = false
    guard !buffer.isEmpty else { return }
    defer { buffer.removeAll(keepingCapacity: true) }
    let now = ContinuousClock.now
    if now - openedAt >= window || (segment?.size ?? 0) >= Limits.replaySegmentBytes {
      startSegment(at: now)
    } else if segment == nil, retryAt.map({ now >= $0 }) ?? true {
      startSegment(at: now)
    }
    let failure = segment == nil ? EIO : segment?.write(buffer) ?? 0
    if failure == 0 {
      if isFailing { log.info("the replay journal works again") }
      isFailing = false
    } else {
      failed(failure, at: now)
    }
  }

  /// Flushes and closes.
  package func close() {
    flush()
    segment = nil
    retryAt = .now + .seconds(1_000_000_000)
  }

  private func startSegment(at now: ContinuousClock.Instant) {
    number += 1
    openedAt = now
    segment = Segment(path: directory + "/" + Segment.name(number))
    if let failure = segment?.write(Self.heading), failure != 0 { segment = nil }
    if segment == nil { retryAt = now + .seconds(1) }
    // What is older than the window has nothing left that anybody could miss.
    let oldest = Timestamp.now + (.zero - window)
    for old in Segment.list(directory) where old.number != number {
      if Segment.modified(directory + "/" + old.name).map({ $0 < oldest }) ?? false {
        unlink(directory + "/" + old.name)
      }
    }
  }

  private func failed(_ code: Int32, at now: ContinuousClock.Instant) {
    Metrics.replayDropped.add()
    if !isFailing {
      log.warning(
        "the replay journal cannot be written: clients that resume after a crash of this server will miss "
          + "events until the disk takes writes again",
        ["directory": .string(directory), "reason": .string(String(cString: strerror(code)))])
    }
    isFailing = true
  }
}

/// Sole owner of one segment's descriptor.
struct Segment: ~Copyable {
  private let descriptor: Int32
  private(set) var size = 0

  /// Nil if the file cannot be made.
  init?(path: String) {
    descriptor = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0o600)
    if descriptor < 0 { return nil }
  }

  deinit { close(descriptor) }

  /// Appends all of `bytes` or nothing; returns the error's number, zero if well.
  mutating func write(_ bytes: [UInt8]) -> Int32 {
    let (written, failure) = bytes.withUnsafeBytes { all in
      var written = 0
      while written < all.count {
        let count = Glibc.write(descriptor, all.baseAddress?.advanced(by: written), all.count - written)
        if count < 0 && errno == EINTR { continue }
        if count <= 0 { return (written, count < 0 ? errno : ENOSPC) }
        written += count
      }
      return (written, Int32(0))
    }
    if failure == 0 {
      size += written
    } else if written > 0 {
      // Half a record would hide all that follow it.
      ftruncate(descriptor, size)
      lseek(descriptor, size, SEEK_SET)
    }
    return failure
  }

  static func name(_ number: UInt64) -> String {
    let digits = String(number)
    return "segment-" + String(repeating: "0", count: max(0, 12 - digits.count)) + digits
  }

  /// The segments of a directory, oldest first.
  static func list(_ directory: String) -> [(number: UInt64, name: String)] {
    guard let stream = opendir(directory) else { return [] }
    defer { closedir(stream) }
    var found: [(number: UInt64, name: String)] = []
    while let entry = readdir(stream) {
      let name = withUnsafeBytes(of: &entry.pointee.d_name) { bytes in
        String(decoding: bytes.prefix { $0 != 0 }, as: UTF8.self)
      }
      if name.hasPrefix("segment-"), let number = UInt64(name.dropFirst(8)) { found.append((number, name)) }
    }
    return found.sorted { $0.number < $1.number }
  }

  static func modified(_ path: String) -> Timestamp? {
    var status = stat()
    guard stat(path, &status) == 0 else { return nil }
    return Timestamp(
      milliseconds: Int64(status.st_mtim.tv_sec) * 1000 + Int64(status.st_mtim.tv_nsec) / 1_000_000)
  }
}

extension [UInt8] {
  fileprivate mutating func append(littleEndian number: some FixedWidthInteger) {
    Swift.withUnsafeBytes(of: number.littleEndian) { append(contentsOf: $0) }
  }
}
