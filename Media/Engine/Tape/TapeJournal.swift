// What makes sound durable within a quarter of a second without a sync a file: everything that goes into any file goes into
// one journal as well, which is synced for all of them at once. A segment is done with when all files that it speaks of
// are synced themselves; then it is deleted. After a crash what the journal has and the files have not is put back.
//
//   record: length of the rest u32 · CRC-32 of the rest u32 · offset in the file u64 · length of the name u16 · name · bytes

import CSystem
import Glibc
import Wire

struct TapeJournal: ~Copyable {
  private let directory: String
  private let fault: DiskFault?
  private var number: Int
  private var descriptor: Int32 = -1
  private var offset = 0
  private var pending: [UInt8] = []
  private var openedAt: Int64 = 0
  /// Older segments, whose files are not synced yet.
  private var former: [Int] = []
  private(set) var isDirty = false

  static let folder = "journal"
  private static let headerBytes = 18

  /// Goes on after the segments that are there; whoever starts replays those first.
  init(directory: String, fault: DiskFault? = nil) throws(DiskFailure) {
    self.fault = fault
    self.directory = "\(directory)/\(Self.folder)"
    try TapeDisk.makeFolder(self.directory)
    number = (Self.segments(in: self.directory).last ?? 0) + 1
  }

  deinit { if descriptor >= 0 { close(descriptor) } }

  private static func segments(in directory: String) -> [Int] {
    (TapeDisk.names(in: directory) ?? []).compactMap { Int($0) }.sorted()
  }

  private func path(_ number: Int) -> String { "\(directory)/\(number)" }

  mutating func append(_ name: String, at position: Int, _ bytes: [UInt8]) {
    var rest: [UInt8] = []
    rest.reserveCapacity(bytes.count + name.utf8.count + 10)
    Self.put(UInt64(position), 8, into: &rest)
    Self.put(UInt64(name.utf8.count), 2, into: &rest)
    rest += name.utf8
    rest += bytes
    Self.put(UInt64(rest.count), 4, into: &pending)
    Self.put(UInt64(CRC32.checksum(rest.span)), 4, into: &pending)
    pending += rest
    isDirty = true
  }

  private static func put(_ value: UInt64, _ count: Int, into bytes: inout [UInt8]) {
    for index in 0..<count { bytes.append(UInt8(truncatingIfNeeded: value >> UInt64(8 * index))) }
  }

  private static func value(_ bytes: ArraySlice<UInt8>) -> Int {
    bytes.reversed().reduce(0) { $0 << 8 | Int($1) }
  }

  /// Everything appended so far survives the machine once this returns.
  mutating func commit(at now: Int64) throws(DiskFailure) {
    guard isDirty else { return }
    if descriptor < 0 {
      descriptor = try TapeDisk.open(path(number), makes: true)
      offset = 0
      openedAt = now
      TapeDisk.syncFolder(directory)
    }
    if let errorNumber = fault?(path(number)) {
      throw DiskFailure(path: path(number), errorNumber: errorNumber)
    }
    // Cleared only when written: on a full disk it is tried again.
    try TapeDisk.writeWhole(path(number), descriptor, pending, at: offset)
    offset += pending.count
    pending.removeAll(keepingCapacity: pending.count < Limits.journalBufferBytes)
    guard fdatasync(descriptor) == 0 else { throw DiskFailure(path: path(number), errorNumber: errno) }
    isDirty = false
  }

  /// What waits is given up: the files have it, and the disk has no room for it twice.
  mutating func drop() {
    pending = []
    isDirty = false
  }

  func wantsCheckpoint(at now: Int64) -> Bool {
    offset > Limits.journalSegmentBytes
      || offset > 0 && now - openedAt > Limits.journalSegmentNanoseconds
  }

  /// Ends the segment, and deletes all once everything on this disk is synced.
  mutating func checkpoint() {
    guard descriptor >= 0 else { return }
    let isSynced = tandem_sync_file_system(descriptor) == 0
    close(descriptor)
    descriptor = -1
    former.append(number)
    number += 1
    offset = 0
    guard isSynced else { return }
    for old in former { unlink(path(old)) }
    former = []
  }

  /// Puts back into the files below `directory` what only the journal has, then deletes it. Returns how many bytes.
  static func replay(directory: String) throws(DiskFailure) -> Int {
    let folder = "\(directory)/\(Self.folder)"
    var restored = 0
    let segments = segments(in: folder)
    for number in segments {
      let path = "\(folder)/\(number)"
      let descriptor = try TapeDisk.open(path, makes: false)
      defer { close(descriptor) }
      var offset = 0
      while let record = read(descriptor, at: &offset) {
        restored += try restore(record, below: directory)
      }
    }
    guard !segments.isEmpty else { return 0 }
    sync()
    for number in segments { unlink("\(folder)/\(number)") }
    return restored
  }

  private struct Record {
    var name: String
    var position: Int
    var bytes: [UInt8]
  }

  /// Nil where the segment ends or was torn off.
  private static func read(_ descriptor: Int32, at offset: inout Int) -> Record? {
    guard let head = TapeDisk.read(descriptor, at: offset, count: 8), head.count == 8 else { return nil }
    let count = value(head[0..<4])
    guard count >= 10, count <= Limits.journalRecordBytes,
      let rest = TapeDisk.read(descriptor, at: offset + 8, count: count), rest.count == count,
      Int(CRC32.checksum(rest.span)) == value(head[4..<8])
    else { return nil }
    let nameCount = value(rest[8..<10])
    guard 10 + nameCount <= count else { return nil }
    offset += 8 + count
    return Record(
      name: String(decoding: rest[10..<10 + nameCount], as: UTF8.self), position: value(rest[0..<8]),
      bytes: Array(rest[(10 + nameCount)...]))
  }

  /// Only into files that are there: what was erased since stays erased.
  private static func restore(_ record: Record, below directory: String) throws(DiskFailure) -> Int {
    guard !record.name.split(separator: "/").contains("..") else { return 0 }
    let path = "\(directory)/\(record.name)"
    let descriptor: Int32
    do { descriptor = try TapeDisk.open(path, makes: false) } catch { return 0 }
    defer { close(descriptor) }
    let there = TapeDisk.read(descriptor, at: record.position, count: record.bytes.count)
    guard there != record.bytes else { return 0 }
    try TapeDisk.writeWhole(path, descriptor, record.bytes, at: record.position)
    return record.bytes.count
  }
}
