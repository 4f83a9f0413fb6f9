// What a caller hands out: its datagrams, the path each leaves by, facts about the call, and each packet of media that
// it received for the first time. Whoever drives it brings one to each call.

package import Crypto
package import Wire

package enum CallerEvent: Equatable, Sendable {
  /// The server has answered a check on this path: the first one, or the one moved to.
  case reachable(path: Int32)
  /// Keys are in place.
  case connected(SRTPProfile)
  case failed(DTLSSession.Failure)
  /// The server said goodbye.
  case closed
}

/// A packet of a stream that was expected, received for the first time.
package struct HeardPacket: Equatable, Sendable {
  package var ssrc: UInt32
  /// The sequence number, counted on beyond its 16 bits.
  package var count: Int64
  package var payloadType: UInt8
  package var marker: Bool
  /// Came as a retransmission.
  package var isRepeat: Bool
  /// What its sender wrote into it, if it did.
  package var stamp: PayloadStamp?
}

package protocol CallerOutlet: ~Copyable {
  /// Sends one datagram from the local address with that number: `fill` writes it into a slot of at least 1,500 bytes
  /// and says how long it is, 0 for none after all.
  mutating func send(
    from path: Int32, to remote: TransportAddress, _ fill: (inout MutableSpan<UInt8>) -> Int)
  mutating func happened(_ event: CallerEvent)
  mutating func heard(_ packet: HeardPacket)
}

extension CallerOutlet where Self: ~Copyable {
  package mutating func heard(_ packet: HeardPacket) {}
}
