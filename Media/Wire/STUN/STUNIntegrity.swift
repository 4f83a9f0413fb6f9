// MESSAGE-INTEGRITY (RFC 8489, section 14.5). The keyed hash itself is an argument, since this target knows no
// cryptography: it gets the message in two pieces, because the length in the header has to be the one up to and with
// the attribute, and the datagram stays as it is. Nothing is copied but four bytes.

package typealias STUNDigest = InlineArray<20, UInt8>

extension STUNMessage {
  /// Whether the message was made by someone who has the key that `hmacSHA1` uses; false where it is not signed.
  package func isAuthentic(
    _ datagram: Span<UInt8>, hmacSHA1: (_ head: Span<UInt8>, _ rest: Span<UInt8>) -> STUNDigest
  ) -> Bool {
    guard let integrityOffset else { return false }
    let expected = Self.digest(datagram, upTo: integrityOffset, hmacSHA1)
    // Every byte is compared, so that the time taken tells nothing.
    var difference: UInt8 = 0
    for index in expected.indices { difference |= expected[index] ^ datagram[integrityOffset + 4 + index] }
    return difference == 0
  }

  static func digest(
    _ message: Span<UInt8>, upTo integrityOffset: Int,
    _ hmacSHA1: (_ head: Span<UInt8>, _ rest: Span<UInt8>) -> STUNDigest
  ) -> STUNDigest {
    let byteCount = UInt16(truncatingIfNeeded: integrityOffset + 24 - headerByteCount)
    let head: InlineArray<4, UInt8> = [
      message[0], message[1], UInt8(byteCount >> 8), UInt8(truncatingIfNeeded: byteCount),
    ]
    return hmacSHA1(head.span, message.extracting(4..<integrityOffset))
  }
}
