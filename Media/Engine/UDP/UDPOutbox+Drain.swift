// The other way in which an outbox empties: into whoever asks, where a simulation stands for socket and network. The
// order of a destination's datagrams is kept, as when they are sent.

extension UDPOutbox {
  /// Of no socket.
  package init(slots: Int, destinations: Int) {
    self.init(family: .both, slots: slots, destinations: destinations, slotBytes: Limits.departureBytes)
  }

  /// Hands out what waits, and keeps nothing.
  package mutating func drain(_ body: (UDPAddress, Span<UInt8>) -> Void) {
    for index in 0..<activeCount {
      let entry = destinations + Int(active[index])
      let remote = UDPAddress(&entry.pointee.name)
      var slot = Int(entry.pointee.first)
      while slot >= 0 {
        let bytes = UnsafeBufferPointer(start: slab + slot * slotBytes, count: Int(lengths[slot]))
        body(remote, bytes.span)
        counts.datagrams += 1
        counts.bytes += bytes.count
        lengths[slot] = 0
        slot = Int(following[slot])
      }
      entry.pointee.first = -1
      entry.pointee.last = -1
    }
    activeCount = 0
    head = tail
  }
}
