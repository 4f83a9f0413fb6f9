// What a caller writes into each payload, so that whoever receives it can tell whose it is, which one, how long it took,
// and that nothing of it was changed: behind what a codec demands at the front. The payload's last byte repeats the
// number, to see its end.

package import Structures
import Wire

package struct PayloadStamp: Equatable, Sendable {
  package static let byteCount = 24
  static let name: UInt32 = 0x7461_6E64

  /// Who sent it: chosen by the sender's owner.
  package var source: UInt32
  /// Counts all packets of this sender, across changes of its SSRC.
  package var number: UInt32
  package var sent: Instant
  /// Of the whole payload, so that a cut one shows.
  package var payloadByteCount: Int

  package init(source: UInt32, number: UInt32, sent: Instant, payloadByteCount: Int) {
    self.source = source
    self.number = number
    self.sent = sent
    self.payloadByteCount = payloadByteCount
  }

  /// Nil where there is none, or the payload is not the one that it was written for.
  package init?(_ packet: Span<UInt8>, _ payload: Range<Int>, at offset: Int) {
    guard offset + Self.byteCount < payload.upperBound, packet.uint32(at: offset) == Self.name else {
      return nil
    }
    source = packet.uint32(at: offset + 4)
    number = packet.uint32(at: offset + 8)
    sent = Instant(nanoseconds: Int64(bitPattern: packet.uint64(at: offset + 12)))
    payloadByteCount = Int(packet.uint32(at: offset + 20))
    guard payloadByteCount == payload.count,
      packet[payload.upperBound - 1] == UInt8(truncatingIfNeeded: number)
    else { return nil }
  }

  /// `payload` must hold it behind `offset`, and one byte more.
  func write(into out: inout MutableSpan<UInt8>, _ payload: Range<Int>, at offset: Int) {
    out.store(Self.name, at: offset)
    out.store(source, at: offset + 4)
    out.store(number, at: offset + 8)
    out.store(UInt64(bitPattern: sent.nanoseconds), at: offset + 12)
    out.store(UInt32(truncatingIfNeeded: payloadByteCount), at: offset + 20)
    out[payload.upperBound - 1] = UInt8(truncatingIfNeeded: number)
  }
}
