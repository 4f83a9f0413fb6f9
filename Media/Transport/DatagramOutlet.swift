// What transports hand out: datagrams of their own (checks answered, handshakes) and facts about peers. The caller of
// each function brings one; nothing stays inside to be fetched later.

package import Link

package enum TransportEvent: Equatable, Sendable {
  /// Keys are in place: media may flow both ways.
  case connected
  /// The path that media goes out on: the first, or another one.
  case path(Path)
  case failed(PeerFailure)
}

package protocol DatagramOutlet: ~Copyable {
  /// Sends one datagram: `fill` writes it into a slot and says how long it is, 0 for none after all.
  mutating func send(on path: Path, _ fill: (inout MutableSpan<UInt8>) -> Int)
  mutating func happened(_ event: TransportEvent, to peer: Int32)
}
