// A receiver asks for a packet again. It is taken from the publication's history and goes out as a retransmission
// (RFC 4588), in a stream with numbers of its own. Without such a stream there is no answer: under the number it had, a
// packet may only be sent with the very same bytes, or the cipher's nonce is used twice.

import Link
import Structures
import Wire

extension Router {
  /// False when nothing more is to be answered.
  mutating func resend(
    _ sequence: SequenceNumber, to number: Int, at now: Instant,
    into outlet: inout some PacketOutlet & ~Copyable
  ) -> Bool {
    let peer = Int(subscriptions[number].peer)
    let lead = Int(subscriptions[number].track)
    guard subscriptions[number].wants, !publications[lead].isMuted else { return false }
    guard subscriptions[number].retransmissionSSRC != nil else {
      unansweredCount += 1
      return true
    }
    guard peers[peer].resendsLeft > 0 else { return false }
    let out = subscriptions[number].map.out(nearest: sequence.value)
    guard subscriptions[number].map.source(of: out) != nil else { return true }
    let roundTrip = peers[peer].roundTrip.microsecondsOrGuess / 1_000
    let spacing = max(Limits.resendSpacingMilliseconds, min(roundTrip, Limits.resendSpacingMaxMilliseconds))
    guard subscriptions[number].resends.take(sequence.value, spacingMilliseconds: spacing, at: now),
      sendAgain(out, to: number, at: now, into: &outlet) != nil
    else { return true }
    peers[peer].resendsLeft -= 1
    return true
  }

  /// Returns how many bytes went out; nil for what is not there any more.
  mutating func sendAgain(
    _ out: Int64, to number: Int, at now: Instant, into outlet: inout some PacketOutlet & ~Copyable
  ) -> Int? {
    guard let ssrc = subscriptions[number].retransmissionSSRC,
      let (stretch, count) = subscriptions[number].map.source(of: out),
      let publication = layer(of: number, inEpoch: stretch.epoch),
      let byteCount = fetch(count, of: publication)
    else { return nil }
    var bytes: [UInt8] = []
    swap(&bytes, &scratch)
    defer { swap(&bytes, &scratch) }
    let packet = bytes.span.extracting(0..<byteCount)
    let publisher = Int(publications[publication].peer)
    guard let header = try? RTPHeader(packet),
      let format = publications[publication].format(header.payloadType),
      let incoming = Incoming(
        packet, header, FoundExtensions(packet, header, peers[publisher].kinds), format,
        isVideo: publications[publication].isVideo, isNewPicture: false),
      let (mapping, redundancy) = subscriptions[number].treatment(incoming, isFresh: true),
      let payloadType = mapping.retransmission
    else { return nil }
    var copy = Copy(
      ssrc: ssrc, payloadType: payloadType, sequence: subscriptions[number].retransmissionSequence,
      timestampShift: stretch.timestampShift, pictureShift: stretch.pictureShift,
      layerShift: stretch.layerShift, frameShift: stretch.frameShift, mid: subscriptions[number].mid,
      extensions: subscriptions[number].extensions)
    copy.original = UInt16(truncatingIfNeeded: out)
    copy.redundancy = redundancy
    copy.transportSequence = peers[Int(subscriptions[number].peer)].transportSequence
    return repeated(copy, packet, incoming, to: number, at: now, into: &outlet)
  }

  private mutating func repeated(
    _ copy: Copy, _ packet: Span<UInt8>, _ incoming: Incoming, to number: Int, at now: Instant,
    into outlet: inout some PacketOutlet & ~Copyable
  ) -> Int? {
    let peer = Int(subscriptions[number].peer)
    var out = head.mutableSpan
    let written = copy.write(packet, incoming, at: now, into: &out)
    // Counted on whether it left or not: a number is never used for two packets.
    subscriptions[number].retransmissionSequence &+= 1
    let isSent = outlet.sendRTP(
      to: Int32(peer), head: head.span.extracting(0..<written.byteCount),
      headerCount: written.headerByteCount, rest: packet.extracting(written.rest))
    guard isSent else { return nil }
    let byteCount = written.byteCount + written.rest.count
    noteSent(byteCount, to: peer, copy.extensions, at: now)
    figures.retransmissionsOut += 1
    return byteCount
  }

  /// Copies a packet of the past into the scratch memory and says how long it is.
  private mutating func fetch(_ count: Int64, of publication: Int) -> Int? {
    var bytes: [UInt8] = []
    swap(&bytes, &scratch)
    defer { swap(&bytes, &scratch) }
    return publications[publication].history.packet(count, in: pool) { packet in
      var span = bytes.mutableSpan
      for index in 0..<packet.count { span[index] = packet[index] }
      return packet.count
    }
  }
}
