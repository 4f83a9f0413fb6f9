// What forwarding hands out: packets in the clear for peers of the same worker, and facts. The caller of each function
// brings one, protects what it gets in the slot that it will be sent from, and nothing stays inside to be fetched later.

package import Link

package protocol PacketOutlet: ~Copyable {
  /// An RTP packet: `head` is its header (`headerCount` bytes) and whatever of the payload was rewritten, `rest` the
  /// bytes of the payload that go out as they came. False if it could not go out.
  @discardableResult
  mutating func sendRTP(to peer: Int32, head: Span<UInt8>, headerCount: Int, rest: Span<UInt8>) -> Bool
  /// A compound RTCP packet.
  mutating func sendRTCP(to peer: Int32, _ compound: Span<UInt8>)
  /// A payload of a track that is recorded.
  mutating func record(_ item: TapeItem, payload: Span<UInt8>)
  mutating func tell(_ event: Event)
}
