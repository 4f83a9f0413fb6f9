// A receiver that begins with what is in the history: because it has just come and there is a recent key frame, or at a
// packet which others have overtaken (the first of a key frame that was lost and came again, or came out of order). What
// was left out before it follows at once; else the receiver would have to ask for the rest of its first picture, or
// for another one.

import Link
import Structures
import Wire

extension Router {
  /// A receiver whose transport has just come about: shows the last picture that it can, if that is recent, and all that
  /// has come since. So its first picture waits for no key frame; that was asked for when the subscription was made.
  mutating func beginWithHistory(
    _ subscription: Int, at now: Instant, into outlet: inout some PacketOutlet & ~Copyable
  ) {
    let number = Int(subscriptions[subscription].publication)
    guard subscriptions[subscription].takes, !publications[number].isMuted,
      let start = publications[number].newestStart,
      now.milliseconds(since: start.at) <= Limits.startAgeMilliseconds,
      let newest = publications[number].window.newest, newest - start.count < Limits.overtakersMax
    else { return }
    catchUp(subscription, of: number, after: start.count - 1, at: now, into: &outlet)
    subscriptions[subscription].mayHurry = true
  }

  /// Only right after the subscription has begun with that packet, so that none of the others has gone out already.
  mutating func catchUp(
    _ subscription: Int, of number: Int, after count: Int64, at now: Instant,
    into outlet: inout some PacketOutlet & ~Copyable
  ) {
    guard let newest = publications[number].window.newest else { return }
    var next = count + 1
    while next <= min(newest, count + Limits.overtakersMax) {
      sendOvertaker(next, to: subscription, of: number, at: now, into: &outlet)
      next += 1
    }
  }

  private mutating func sendOvertaker(
    _ count: Int64, to subscription: Int, of number: Int, at now: Instant,
    into outlet: inout some PacketOutlet & ~Copyable
  ) {
    // The packet at hand may itself be in the other memory.
    var bytes: [UInt8] = []
    swap(&bytes, &overtaker)
    defer { swap(&bytes, &overtaker) }
    let kept = publications[number].history.packet(count, in: pool) { packet in
      var span = bytes.mutableSpan
      for index in 0..<packet.count { span[index] = packet[index] }
      return packet.count
    }
    guard let byteCount = kept else { return }
    let packet = bytes.span.extracting(0..<byteCount)
    let publisher = Int(publications[number].peer)
    guard let header = try? RTPHeader(packet),
      let format = publications[number].format(header.payloadType),
      var incoming = Incoming(
        packet, header, FoundExtensions(packet, header, peers[publisher].kinds), format,
        isVideo: publications[number].isVideo,
        isNewPicture: count == publications[number].newestStart?.count)
    else { return }
    incoming.epoch = publications[number].epoch
    incoming.count = count
    incoming.isNewest = true
    if incoming.frameNumber != nil { readLayers(packet, &incoming, of: number) }
    guard
      case .send(let sequence, let stretch, let payloadType, let redundancy) = subscriptions[subscription]
        .place(incoming, isFresh: false, at: now)
    else { return }
    var copy = copy(for: subscription, sequence, stretch, payloadType)
    copy.redundancy = redundancy
    copy.endsPicture = subscriptions[subscription].layers.isEnd(incoming.layers)
    send(copy, packet, incoming, to: subscription, at: now, into: &outlet)
  }
}
