// Keeps what a turn wants to send until the turn is over, and then sends it in few calls: what goes to one destination
// as segmented sends where sizes allow (UDP_SEGMENT), all destinations in one `sendmmsg`. The order of a destination's
// datagrams is kept. What the socket does not take stays, bounded: the oldest gives way. Nothing is allocated per packet.

import CSystem
import Glibc

package struct UDPOutbox: ~Copyable {
  /// What happened since the start.
  package struct Counts: Equatable, Sendable {
    package var calls = 0
    package var messages = 0
    package var datagrams = 0
    package var bytes = 0
    /// Gave way to newer ones because the outbox was full.
    package var overflowed = 0
    /// Were addressed to a family that the socket does not speak, or longer than a slot.
    package var unsendable = 0
    /// Segmented sends that were refused; their datagrams then went one by one.
    package var segmentsRefused = 0
    /// Times the socket took no more.
    package var blocked = 0
    /// Messages given up, by reason.
    package var unreachable = 0
    package var denied = 0
    package var tooLong = 0
    package var otherErrors = 0
    package var lastError: Int32 = 0
  }

  /// A receiver of datagrams, with all that a message to it needs, at an address that stays.
  struct Destination {
    var name = sockaddr_in6()
    var local = IPAddress.unspecified
    /// Its datagrams that wait, as slots: first and last, -1 if none.
    var first: Int32 = -1
    var last: Int32 = -1
    var isReachable = false
    /// Of a path that is a connection (TCP): which; zero for datagrams.
    var stream: UInt32 = 0
    /// Cleared when the kernel refuses segments on this path (EIO, EINVAL, EMSGSIZE).
    var isSegmented = true
  }

  /// One message of a sending call.
  struct Departure {
    var destination: Int32
    var first: Int32
    var count: Int32
    /// The bytes of each segment; 0 for a single datagram.
    var segment: UInt16
  }

  let family: UDPFamily
  let slots: Int
  let slotBytes: Int
  let destinationsMax: Int
  let slab: UnsafeMutablePointer<UInt8>
  /// Of each slot: the bytes of its datagram (0: none), to whom, and the slot that follows to the same destination.
  let lengths: UnsafeMutablePointer<UInt16>
  let owners: UnsafeMutablePointer<Int32>
  let following: UnsafeMutablePointer<Int32>
  /// Those of the caller, and behind them one for each slot, for datagrams to whoever is not a peer yet.
  let destinations: UnsafeMutablePointer<Destination>
  /// Of the caller's: those below are initialised.
  private var destinationsMade = 0
  /// Destinations with something to send, in the order in which they first had something.
  let active: UnsafeMutablePointer<Int32>
  var activeCount = 0
  let messages: UnsafeMutablePointer<tandem_message>
  let vectors: UnsafeMutablePointer<iovec>
  let departures: UnsafeMutablePointer<Departure>
  let control: UnsafeMutableRawPointer
  /// Positions of the oldest datagram and behind the newest; slot is position modulo `slots`.
  var head = 0
  var tail = 0

  package internal(set) var counts = Counts()
  /// Whether the socket took no more at the last flush: wait until it is writable.
  package internal(set) var isBlocked = false

  /// `slots` must be a power of two.
  package init(
    for socket: borrowing UDPSocket, slots: Int, destinations: Int, slotBytes: Int = Limits.departureBytes
  ) {
    self.init(family: socket.family, slots: slots, destinations: destinations, slotBytes: slotBytes)
  }

  init(family: UDPFamily, slots: Int, destinations: Int, slotBytes: Int) {
    precondition(
      slots > 0 && slots & (slots - 1) == 0 && slots <= Limits.outboxSlots, "slots: a power of two")
    precondition(slotBytes > 0 && slotBytes <= Limits.bytesPerSend, "no datagram is that long")
    self.family = family
    self.slots = slots
    self.slotBytes = slotBytes
    destinationsMax = destinations
    slab = .allocate(capacity: slots * slotBytes)
    lengths = .allocate(capacity: slots)
    owners = .allocate(capacity: slots)
    following = .allocate(capacity: slots)
    self.destinations = .allocate(capacity: destinations + slots)
    active = .allocate(capacity: slots)
    let perCall = min(slots, Limits.messagesPerCall)
    messages = .allocate(capacity: perCall)
    departures = .allocate(capacity: perCall)
    control = .allocate(byteCount: perCall * Int(TANDEM_CONTROL_BYTES), alignment: 16)
    vectors = .allocate(capacity: slots)
    lengths.initialize(repeating: 0, count: slots)
    owners.initialize(repeating: -1, count: slots)
    following.initialize(repeating: -1, count: slots)
    // Those of the caller come into memory when one is first placed.
    (self.destinations + destinations).initialize(repeating: Destination(), count: slots)
    vectors.initialize(repeating: iovec(), count: slots)
    messages.initialize(repeating: tandem_message(), count: perCall)
    for index in 0..<perCall {
      messages[index].header.msg_control = control + index * Int(TANDEM_CONTROL_BYTES)
    }
  }

  deinit {
    slab.deallocate()
    lengths.deallocate()
    owners.deallocate()
    following.deallocate()
    destinations.deallocate()
    active.deallocate()
    messages.deallocate()
    departures.deallocate()
    control.deallocate()
    vectors.deallocate()
  }

  package var isEmpty: Bool { head == tail }
  /// How many datagrams still fit before the oldest gives way: flush in time.
  package var room: Int { slots - (tail - head) }

  /// Says where a destination is, now or from now on; also what waits for it goes there.
  package mutating func setPath(_ path: UDPPath, of destination: Int) {
    precondition(destination >= 0 && destination < destinationsMax, "no such destination")
    var path = path
    if family.sendsByItself(from: path.local, to: path.remote) { path.local = .unspecified }
    if destination >= destinationsMade {
      let more = destination + 1 - destinationsMade
      (destinations + destinationsMade).initialize(repeating: Destination(), count: more)
      destinationsMade = destination + 1
    }
    place(path, of: destination)
  }

  private func place(_ path: UDPPath, of destination: Int) {
    let entry = destinations + destination
    entry.pointee.stream = StreamPorts.isStream(path.remote.scope) ? path.remote.scope : 0
    entry.pointee.isReachable =
      entry.pointee.stream != 0 || path.remote.store(in: &entry.pointee.name, for: family)
    entry.pointee.local = path.local
    entry.pointee.isSegmented = true
  }

  /// Appends a datagram to a destination: `fill` writes it and says how many bytes it is, 0 for none after all.
  @discardableResult
  package mutating func append(to destination: Int, _ fill: (inout MutableSpan<UInt8>) -> Int) -> Bool {
    precondition(destination >= 0 && destination < destinationsMax, "no such destination")
    guard destination < destinationsMade else {
      counts.unsendable += 1
      return false
    }
    return append(Int32(destination), fill)
  }

  /// Appends a datagram to somebody who has no number: the answer to a first STUN check.
  @discardableResult
  package mutating func append(to path: UDPPath, _ fill: (inout MutableSpan<UInt8>) -> Int) -> Bool {
    makeRoom()
    let passing = destinationsMax + tail & (slots - 1)
    place(path, of: passing)
    return append(Int32(passing), fill)
  }

  private mutating func append(_ destination: Int32, _ fill: (inout MutableSpan<UInt8>) -> Int) -> Bool {
    let entry = destinations + Int(destination)
    guard entry.pointee.isReachable else {
      counts.unsendable += 1
      return false
    }
    makeRoom()
    let slot = tail & (slots - 1)
    let bytes = UnsafeMutableBufferPointer(start: slab + slot * slotBytes, count: slotBytes)
    var span = bytes.mutableSpan
    let length = fill(&span)
    guard length > 0 && length <= slotBytes else {
      if length != 0 { counts.unsendable += 1 }
      return false
    }
    lengths[slot] = UInt16(length)
    owners[slot] = destination
    following[slot] = -1
    if entry.pointee.first < 0 {
      entry.pointee.first = Int32(slot)
      active[activeCount] = destination
      activeCount += 1
    } else {
      following[Int(entry.pointee.last)] = Int32(slot)
    }
    entry.pointee.last = Int32(slot)
    tail += 1
    return true
  }

  /// Lets the oldest go if every slot is taken. It is the first of its destination, because order is kept there.
  private mutating func makeRoom() {
    guard tail - head == slots else { return }
    let slot = head & (slots - 1)
    let owner = owners[slot]
    let entry = destinations + Int(owner)
    precondition(
      entry.pointee.first == Int32(slot), "the oldest datagram is not the first of its destination")
    entry.pointee.first = following[slot]
    if entry.pointee.first < 0 {
      entry.pointee.last = -1
      deactivate(owner)
    }
    lengths[slot] = 0
    counts.overflowed += 1
    advanceHead()
  }

  /// Rare: only when a full outbox loses a destination's only datagram.
  private mutating func deactivate(_ destination: Int32) {
    guard let index = (0..<activeCount).first(where: { active[$0] == destination }) else { return }
    for next in index..<activeCount - 1 { active[next] = active[next + 1] }
    activeCount -= 1
  }

  /// Skips the slots at the old end that are sent or dropped.
  mutating func advanceHead() {
    while head < tail && lengths[head & (slots - 1)] == 0 { head += 1 }
  }
}
