// Datagrams of handshakes that wait: for their turn, so that OpenSSL's work never holds up media, or for the check that
// proves their address. Copies in memory that is taken when a slot is first used; all bounded.

import Structures
import Wire

/// Slots of one size, in one piece.
struct DatagramSlots {
  private var bytes: [UInt8] = []
  private var lengths: [Int]

  init(count: Int) { lengths = Array(repeating: 0, count: count) }

  /// The datagram is no longer than a slot.
  mutating func store(_ datagram: Span<UInt8>, in slot: Int) {
    let start = slot * Limits.dtlsByteCount
    let missing = start + Limits.dtlsByteCount - bytes.count
    if missing > 0 { bytes.append(contentsOf: repeatElement(0, count: missing)) }
    for index in datagram.indices { bytes[start + index] = datagram[index] }
    lengths[slot] = datagram.count
  }

  @_lifetime(borrow self)
  func datagram(in slot: Int) -> Span<UInt8> {
    let start = slot * Limits.dtlsByteCount
    return bytes.span.extracting(start..<start + lengths[slot])
  }
}

/// What waits for OpenSSL, in the order in which it came. An empty datagram asks to begin.
struct HandshakeQueue {
  struct Entry {
    var peer: Int32
    var path: Path
    var slot: Int
  }

  private(set) var slots = DatagramSlots(count: Limits.handshakeQueue)
  private var entries: [Entry]
  private var first = 0
  private(set) var count = 0

  init() {
    let nowhere = Path(remote: .init(high: 0, low: 0, port: 0))
    entries = (0..<Limits.handshakeQueue).map { Entry(peer: -1, path: nowhere, slot: $0) }
  }

  /// False when it is full.
  mutating func append(_ datagram: Span<UInt8>, of peer: Int32, on path: Path) -> Bool {
    guard count < entries.count else { return false }
    let place = (first + count) % entries.count
    entries[place].peer = peer
    entries[place].path = path
    slots.store(datagram, in: place)
    count += 1
    return true
  }

  /// The slot holds the datagram until the next is appended. A peer that has left is -1.
  mutating func takeFirst() -> Entry? {
    guard count > 0 else { return nil }
    let entry = entries[first]
    first = (first + 1) % entries.count
    count -= 1
    return entry
  }

  /// The peer has left, and its number may soon be somebody else's.
  mutating func forget(_ peer: Int32) {
    for offset in 0..<count {
      let place = (first + offset) % entries.count
      if entries[place].peer == peer { entries[place].peer = -1 }
    }
  }
}

/// What came from an address that nobody has proved yet. When it is full, the oldest gives way: whoever fills it with
/// invented addresses only makes others send their first flight again.
struct EarlyDatagrams {
  private struct Entry {
    var address: AddressKey
    var arrived: Instant
  }

  private(set) var slots = DatagramSlots(count: Limits.earlyDatagrams)
  private var entries: [Entry?] = Array(repeating: nil, count: Limits.earlyDatagrams)
  private var next = 0

  init() {}

  /// False if there are as many of this address as may be.
  mutating func append(_ datagram: Span<UInt8>, from address: AddressKey, at now: Instant) -> Bool {
    var known = 0
    for case .some(let entry) in entries where entry.address == address && !isOver(entry, at: now) {
      known += 1
    }
    guard known < Limits.earlyOfAddress else { return false }
    slots.store(datagram, in: next)
    entries[next] = Entry(address: address, arrived: now)
    next = (next + 1) % entries.count
    return true
  }

  /// The slot of the next datagram of this address, oldest first; it holds the datagram until the next is appended.
  mutating func takeFirst(from address: AddressKey, at now: Instant) -> Int? {
    for offset in entries.indices {
      let slot = (next + offset) % entries.count
      guard let entry = entries[slot], entry.address == address else { continue }
      entries[slot] = nil
      if !isOver(entry, at: now) { return slot }
    }
    return nil
  }

  private func isOver(_ entry: Entry, at now: Instant) -> Bool {
    now.milliseconds(since: entry.arrived) >= Limits.earlyMilliseconds
  }
}
