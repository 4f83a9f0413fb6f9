// Takes datagrams from a socket, many a call, into slots that were made once. Merged datagrams (UDP_GRO) are told apart
// where they lie. A worker calls `receive` when the socket is readable and walks the datagrams, which stay in place
// (SRTP decrypts them there) until the next call. Nothing is allocated after the start.

import CSystem
import Glibc

package struct UDPIngress: ~Copyable {
  /// What happened since the start. `kernelDrops` is the kernel's own count of what found no room in the socket.
  package struct Counts: Equatable, Sendable {
    package var calls = 0
    package var datagrams = 0
    package var bytes = 0
    /// Longer than a slot.
    package var truncated = 0
    /// More in a merged datagram than it may hold.
    package var surplus = 0
    package var kernelDrops: UInt32 = 0
    package var errors = 0
    package var lastError: Int32 = 0
  }

  /// One datagram: where it lies in the slab, and which message says where it came from.
  private struct Place {
    var offset: Int32
    var count: Int32
    var message: Int32
  }

  private let slotBytes: Int
  private let slots: Int
  private let slab: UnsafeMutablePointer<UInt8>
  private let messages: UnsafeMutablePointer<tandem_message>
  private let vectors: UnsafeMutablePointer<iovec>
  private let names: UnsafeMutablePointer<sockaddr_in6>
  private let control: UnsafeMutableRawPointer
  private let locals: UnsafeMutablePointer<IPAddress>
  private let times: UnsafeMutablePointer<Int64>
  private let places: UnsafeMutablePointer<Place>
  private let placesMax: Int

  package private(set) var counts = Counts()
  /// How many datagrams the last call brought.
  package private(set) var count = 0
  /// Whether the last call filled every slot: more may wait, so the socket is worth another call at once.
  package private(set) var isFull = false

  package init(for socket: borrowing UDPSocket) {
    self.init(isMerging: socket.isMerging)
  }

  init(isMerging: Bool) {
    slots = isMerging ? Limits.mergedArrivalsPerCall : Limits.arrivalsPerCall
    slotBytes = isMerging ? Limits.mergedSlotBytes : Limits.slotBytes
    placesMax = isMerging ? slots * Limits.segmentsPerArrival : slots
    slab = .allocate(capacity: slots * slotBytes)
    messages = .allocate(capacity: slots)
    vectors = .allocate(capacity: slots)
    names = .allocate(capacity: slots)
    control = .allocate(byteCount: slots * Int(TANDEM_CONTROL_BYTES), alignment: 16)
    locals = .allocate(capacity: slots)
    times = .allocate(capacity: slots)
    places = .allocate(capacity: placesMax)
    // Pages come into memory when a datagram first needs them.
    names.initialize(repeating: sockaddr_in6(), count: slots)
    locals.initialize(repeating: .unspecified, count: slots)
    times.initialize(repeating: 0, count: slots)
    for slot in 0..<slots {
      vectors[slot] = iovec(iov_base: slab + slot * slotBytes, iov_len: slotBytes)
      var header = msghdr()
      header.msg_name = UnsafeMutableRawPointer(names + slot)
      header.msg_iov = vectors + slot
      header.msg_iovlen = 1
      header.msg_control = control + slot * Int(TANDEM_CONTROL_BYTES)
      messages[slot] = tandem_message(header: header, length: 0)
    }
  }

  deinit {
    slab.deallocate()
    messages.deallocate()
    vectors.deallocate()
    names.deallocate()
    control.deallocate()
    locals.deallocate()
    times.deallocate()
    places.deallocate()
  }

  /// Fills the slots with what waits, and says how many datagrams that is.
  @discardableResult
  package mutating func receive(from socket: borrowing UDPSocket) -> Int {
    count = 0
    for slot in 0..<slots {
      // The kernel writes into these what it used.
      messages[slot].header.msg_namelen = socklen_t(MemoryLayout<sockaddr_in6>.size)
      messages[slot].header.msg_controllen = Int(TANDEM_CONTROL_BYTES)
    }
    let arrived = Int(tandem_receive_batch(socket.descriptor, messages, UInt32(slots)))
    counts.calls += 1
    guard arrived > 0 else {
      isFull = false
      let error = Int32(-arrived)
      if error != EAGAIN && error != EINTR && error != 0 {
        counts.errors += 1
        counts.lastError = error
      }
      return 0
    }
    isFull = arrived == slots
    for slot in 0..<arrived { accept(slot) }
    counts.datagrams += count
    return count
  }

  /// Notes the datagrams of one message.
  private mutating func accept(_ slot: Int) {
    let length = Int(messages[slot].length)
    guard messages[slot].header.msg_flags & Int32(MSG_TRUNC) == 0 else {
      counts.truncated += 1
      return
    }
    counts.bytes += length
    var segment = 0
    if messages[slot].header.msg_controllen > 0 {
      var arrival = tandem_arrival()
      tandem_arrival(&messages[slot].header, &arrival)
      segment = Int(arrival.segment)
      locals[slot] = withUnsafeBytes(of: arrival.local) { IPAddress($0) }
      times[slot] = arrival.nanoseconds
      // It only grows, but each message carries the value of its own time.
      if arrival.drops != 0 { counts.kernelDrops = arrival.drops }
    } else {
      locals[slot] = .unspecified
      times[slot] = 0
    }
    var offset = 0
    repeat {
      guard count < placesMax else {
        counts.surplus += 1
        return
      }
      let bytes = segment == 0 ? length : min(segment, length - offset)
      places[count] = Place(
        offset: Int32(slot * slotBytes + offset), count: Int32(bytes), message: Int32(slot))
      count += 1
      offset += bytes
    } while offset < length
  }

  /// When the kernel had it, by the clock of the day; 0 if the socket does not tell.
  package func dayNanoseconds(_ index: Int) -> Int64 {
    precondition(index >= 0 && index < count, "a datagram that did not come")
    return times[Int(places[index].message)]
  }

  package func path(_ index: Int) -> UDPPath {
    precondition(index >= 0 && index < count, "a datagram that did not come")
    let message = Int(places[index].message)
    return UDPPath(to: UDPAddress(names + message), from: locals[message])
  }

  /// The bytes of a datagram, to be read and changed where they lie.
  package mutating func withDatagram<Result>(_ index: Int, _ body: (inout MutableSpan<UInt8>) -> Result)
    -> Result
  {
    precondition(index >= 0 && index < count, "a datagram that did not come")
    let place = places[index]
    let bytes = UnsafeMutableBufferPointer(start: slab + Int(place.offset), count: Int(place.count))
    var span = bytes.mutableSpan
    return body(&span)
  }
}
