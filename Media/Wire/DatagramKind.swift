// What a datagram on the one port is, told by its first byte (RFC 7983, RFC 9443) and, for media, its second
// (RFC 5761, section 4). The demultiplexer of the transport asks for each datagram that comes in.

package enum DatagramKind: Sendable {
  case stun
  case dtls
  case rtp
  case rtcp
  /// ZRTP, TURN channels, QUIC, or nothing known: not for us.
  case other

  @inlinable package init(_ datagram: Span<UInt8>) {
    guard datagram.count >= 2 else {
      self = .other
      return
    }
    switch datagram[0] {
    case 0...3: self = .stun
    case 20...63: self = .dtls
    // Payload types 64 to 95 are left free by RTP, so that RTCP's 192 to 223 can be told from a marker bit.
    case 128...191: self = 192...223 ~= datagram[1] ? .rtcp : .rtp
    default: self = .other
    }
  }
}
