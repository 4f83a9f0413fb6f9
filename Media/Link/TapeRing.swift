// The bounded ring through which payloads of recorded tracks go from one worker to the tape's thread. One side puts in, one
// takes out; neither waits, locks or allocates. A full ring means that the disk is slower than the sound for longer than
// the ring lasts: the packet is turned away and counted, and the call goes on.
//
// Records lie one after the other in a circle of bytes, each of a heading and a payload, in steps of eight bytes. One that
// would not fit before the end of the circle begins at its start; the rest is marked as skipped.

import Synchronization

/// The worker's end.
package struct TapeSender: Sendable {
  fileprivate let ring: TapeCircle

  /// False if there is no room: the packet is not on tape, and counted.
  package func send(_ item: TapeItem, payload: Span<UInt8>) -> Bool { ring.send(item, payload) }
  package var refusedCount: Int { ring.refused.load(ordering: .relaxed) }
}

/// The tape's end, and the owner. It cannot be copied, so that there is only one.
package struct TapeRing: ~Copyable, Sendable {
  fileprivate let ring: TapeCircle

  /// `byteCount` is rounded up to a power of two.
  package init(byteCount: Int) { ring = TapeCircle(byteCount: byteCount) }

  package var sender: TapeSender { TapeSender(ring: ring) }
  package var refusedCount: Int { ring.refused.load(ordering: .relaxed) }

  /// How far it is filled: what comes later lies behind it.
  package var end: Int { ring.tail.load(ordering: .acquiring) }

  /// Hands over what waits, oldest first, up to an `end` of before and at most `limit` items, and says how many.
  @discardableResult
  package mutating func receive(
    upTo end: Int = .max, atMost limit: Int = .max, _ body: (TapeItem, Span<UInt8>) -> Void
  ) -> Int {
    var count = 0
    while count < limit, ring.head.load(ordering: .relaxed) < end, ring.take(body) { count += 1 }
    return count
  }
}

/// The memory that the two ends share.
///
/// `@unchecked Sendable`: bytes between `head` and `tail` belong to the receiver, the others to the sender; the atomic
/// stores of the two hand them over. The sender alone moves `tail`, the receiver alone `head`.
@safe private final class TapeCircle: @unchecked Sendable {
  private typealias Padding = InlineArray<16, Int>

  private static var headingBytes: Int { 48 }
  private static var skipMark: UInt32 { .max }

  private let mask: Int
  private let bytes: UnsafeMutableRawPointer
  let head = Atomic(0)
  private let padding = Padding(repeating: 0)
  let tail = Atomic(0)
  let refused = Atomic(0)

  init(byteCount: Int) {
    precondition(byteCount >= 1 && byteCount <= Limits.tapeRingBytes, "a ring of an absurd size")
    // The longest packet and its heading, twice: one before the end, one at the start.
    var size = 4_096
    while size < byteCount { size *= 2 }
    mask = size - 1
    unsafe bytes = .allocate(byteCount: size, alignment: 8)
  }

  deinit { unsafe bytes.deallocate() }

  private static func recordBytes(_ payloadCount: Int) -> Int { (headingBytes + payloadCount + 7) & ~7 }

  func send(_ item: TapeItem, _ payload: Span<UInt8>) -> Bool {
    let size = Self.recordBytes(payload.count)
    let start = tail.load(ordering: .relaxed)
    let free = mask + 1 - (start - head.load(ordering: .acquiring))
    let untilEnd = mask + 1 - start & mask
    let skipped = untilEnd < size ? untilEnd : 0
    guard payload.count <= Limits.tapePayloadBytes, size + skipped <= free else {
      refused.wrappingAdd(1, ordering: .relaxed)
      return false
    }
    // Steps of eight bytes: there is always room for the mark.
    if skipped > 0 { unsafe (bytes + start & mask).storeBytes(of: Self.skipMark, as: UInt32.self) }
    let place = unsafe bytes + (start + skipped) & mask
    unsafe place.storeBytes(of: UInt32(payload.count), as: UInt32.self)
    unsafe place.storeBytes(of: item.kind.rawValue, toByteOffset: 4, as: UInt8.self)
    unsafe place.storeBytes(of: item.isRepeat ? 1 : 0, toByteOffset: 5, as: UInt8.self)
    unsafe place.storeBytes(of: item.level ?? .max, toByteOffset: 6, as: UInt8.self)
    unsafe place.storeBytes(of: item.track.number, toByteOffset: 8, as: UInt64.self)
    unsafe place.storeBytes(of: item.epoch, toByteOffset: 16, as: UInt32.self)
    unsafe place.storeBytes(of: item.timestamp, toByteOffset: 20, as: UInt32.self)
    unsafe place.storeBytes(of: item.count, toByteOffset: 24, as: Int64.self)
    unsafe place.storeBytes(of: item.arrivalNanoseconds, toByteOffset: 32, as: Int64.self)
    unsafe payload.withUnsafeBytes { source in
      if let from = source.baseAddress {
        unsafe (place + Self.headingBytes).copyMemory(from: from, byteCount: source.count)
      }
    }
    tail.store(start + skipped + size, ordering: .releasing)
    return true
  }

  func take(_ body: (TapeItem, Span<UInt8>) -> Void) -> Bool {
    var start = head.load(ordering: .relaxed)
    guard start != tail.load(ordering: .acquiring) else { return false }
    if unsafe (bytes + start & mask).load(as: UInt32.self) == Self.skipMark {
      start += mask + 1 - start & mask
    }
    let place = unsafe bytes + start & mask
    let payloadCount = Int(unsafe place.load(as: UInt32.self))
    let level = unsafe place.load(fromByteOffset: 6, as: UInt8.self)
    let item = TapeItem(
      track: TrackHandle(unsafe place.load(fromByteOffset: 8, as: UInt64.self)),
      kind: TapeItem.Kind(rawValue: unsafe place.load(fromByteOffset: 4, as: UInt8.self)) ?? .empty,
      epoch: unsafe place.load(fromByteOffset: 16, as: UInt32.self),
      count: unsafe place.load(fromByteOffset: 24, as: Int64.self),
      timestamp: unsafe place.load(fromByteOffset: 20, as: UInt32.self),
      arrivalNanoseconds: unsafe place.load(fromByteOffset: 32, as: Int64.self),
      isRepeat: unsafe place.load(fromByteOffset: 5, as: UInt8.self) == 1,
      level: level == .max ? nil : level)
    // The bytes are the receiver's until `head` has passed them, which is after the closure has seen them.
    let payload = unsafe UnsafeRawBufferPointer(start: place + Self.headingBytes, count: payloadCount)
    unsafe payload.withMemoryRebound(to: UInt8.self) { bytes in body(item, unsafe bytes.span) }
    head.store(start + Self.recordBytes(payloadCount), ordering: .releasing)
    return true
  }
}
