// From a publication to each of its receivers. What runs here runs for every packet times every receiver.

import Link
import Structures
import Wire

extension Router {
  mutating func forward(
    _ packet: Span<UInt8>, _ incoming: Incoming, of number: Int, at now: Instant,
    into outlet: inout some PacketOutlet & ~Copyable
  ) {
    var isFresh = false
    if let unmuted = publications[number].unmutedAt {
      isFresh = now.milliseconds(since: unmuted) < Limits.redundancyMilliseconds
      if !isFresh { publications[number].unmutedAt = nil }
    }
    var isAwaited = false
    var index = 0
    while index < publications[number].subscribers.count {
      let subscription = Int(publications[number].subscribers[index])
      index += 1
      if subscriptions[subscription].publication != number {
        guard arrives(subscription, at: incoming, of: number) else { continue }
        // It has left the list of the layer it had, not this one.
      }
      let begins = subscriptions[subscription].begins(with: incoming.epoch)
      switch subscriptions[subscription].place(incoming, isFresh: isFresh, at: now) {
      case .nothing(let isWaiting): isAwaited = isAwaited || isWaiting
      case .fill(let sequence, let stretch, let payloadType):
        let copy = copy(for: subscription, sequence, stretch, payloadType)
        fill(copy, incoming.header, to: subscription, at: now, into: &outlet)
      case .send(let sequence, let stretch, let payloadType, let redundancy):
        var copy = copy(for: subscription, sequence, stretch, payloadType)
        copy.redundancy = redundancy
        if incoming.isVideo, incoming.isStart { goesOn(subscription, at: now) }
        copy.endsPicture = subscriptions[subscription].layers.isEnd(incoming.layers)
        send(copy, packet, incoming, to: subscription, at: now, into: &outlet)
        if begins, !incoming.isNewest {
          catchUp(subscription, of: number, after: incoming.count, at: now, into: &outlet)
        }
      }
    }
    if !isVideo(number) { publications[number].before.keep(packet, incoming, at: now) }
    if isAwaited { askForPicture(of: number, at: now, into: &outlet) }
  }

  /// A key frame: whatever was missing before, the picture moves again.
  private mutating func goesOn(_ subscription: Int, at now: Instant) {
    guard let since = subscriptions[subscription].stoodSince else { return }
    subscriptions[subscription].stoodSince = nil
    peers[Int(subscriptions[subscription].peer)].stoodMilliseconds += now.milliseconds(since: since)
  }

  private func isVideo(_ number: Int) -> Bool { publications[number].isVideo }

  /// Under which type a packet of sound takes the one before with it; nil where it goes alone.
  private func redundancy(
    _ copy: borrowing Copy, _ incoming: Incoming, to subscription: Int, at now: Instant
  ) -> (type: UInt8, ticks: UInt32, before: SoundBefore)? {
    guard let until = subscriptions[subscription].redundantUntil, now < until,
      let type = subscriptions[subscription].redundancyType, incoming.format.codec == .opus,
      case .asItCame = copy.redundancy
    else { return nil }
    let before = publications[Int(subscriptions[subscription].publication)].before
    return before.distance(to: incoming).map { (type, $0, before) }
  }

  @inline(__always)
  func copy(
    for subscription: Int, _ sequence: Int64, _ stretch: Stretch, _ payloadType: UInt8
  ) -> Copy {
    Copy(
      ssrc: subscriptions[subscription].ssrc, payloadType: payloadType,
      sequence: UInt16(truncatingIfNeeded: sequence), timestampShift: stretch.timestampShift,
      pictureShift: stretch.pictureShift, layerShift: stretch.layerShift, frameShift: stretch.frameShift,
      mid: subscriptions[subscription].mid, extensions: subscriptions[subscription].extensions)
  }

  mutating func send(
    _ copy: consuming Copy, _ packet: Span<UInt8>, _ incoming: Incoming, to subscription: Int,
    at now: Instant, into outlet: inout some PacketOutlet & ~Copyable
  ) {
    let peer = Int(subscriptions[subscription].peer)
    copy.transportSequence = peers[peer].transportSequence
    let red = redundancy(copy, incoming, to: subscription, at: now)
    var out = head.mutableSpan
    var written = copy.write(packet, incoming, at: now, into: &out)
    if let red {
      out[1] = out[1] & 0x80 | red.type
      written.byteCount = red.before.write(
        into: &out, at: written.byteCount, ticks: red.ticks, payloadType: copy.payloadType)
    }
    let isSent = outlet.sendRTP(
      to: Int32(peer), head: head.span.extracting(0..<written.byteCount),
      headerCount: written.headerByteCount, rest: packet.extracting(written.rest))
    guard isSent else { return }
    let byteCount = written.byteCount + written.rest.count
    noteSent(byteCount, to: peer, copy.extensions, at: now)
    if incoming.isVideo { peers[peer].pictureBytes += byteCount } else { peers[peer].soundBytes += byteCount }
    subscriptions[subscription].sent(payloadByteCount: byteCount - written.headerByteCount)
    figures.forwarded += 1
    noteActivity(of: peer, at: now)
    if subscriptions[subscription].packetCount == 1 { begin(peer, at: now, into: &outlet) }
  }

  /// The first packet of a subscription: its report comes soon.
  private mutating func begin(
    _ peer: Int, at now: Instant, into outlet: inout some PacketOutlet & ~Copyable
  ) {
    peers[peer].reportAt = min(
      peers[peer].reportAt, now.adding(milliseconds: Limits.firstReportMilliseconds))
    wake(peer, by: peers[peer].reportAt)
    guard !peers[peer].hasMedia else { return }
    peers[peer].hasMedia = true
    outlet.tell(.firstMedia(peers[peer].handle))
  }

  /// A packet that no receiver needs: padding of a probe, or a payload that is none.
  mutating func leaveOut(
    _ header: RTPHeader, _ count: Int64, isNewest: Bool, of number: Int, at now: Instant,
    into outlet: inout some PacketOutlet & ~Copyable
  ) {
    let epoch = publications[number].epoch
    var index = 0
    while index < publications[number].subscribers.count {
      let subscription = Int(publications[number].subscribers[index])
      index += 1
      guard subscriptions[subscription].publication == number else { continue }
      if case .fill(let sequence, let stretch, let payloadType) = subscriptions[subscription].placePadding(
        header, count: count, epoch: epoch, isNewest: isNewest)
      {
        let copy = copy(for: subscription, sequence, stretch, payloadType)
        fill(copy, header, to: subscription, at: now, into: &outlet)
      }
    }
  }

  /// One byte of padding, under a number that would be missing otherwise.
  private mutating func fill(
    _ copy: Copy, _ header: RTPHeader, to subscription: Int, at now: Instant,
    into outlet: inout some PacketOutlet & ~Copyable
  ) {
    let fixed = RTPFixedHeader(
      payloadType: copy.payloadType, sequence: SequenceNumber(copy.sequence),
      timestamp: RTPTimestamp(header.timestamp.value &+ copy.timestampShift), ssrc: copy.ssrc)
    var out = head.mutableSpan
    guard let byteCount = fixed.writePadding(1, into: &out) else { return }
    let whole = head.span.extracting(0..<byteCount)
    outlet.sendRTP(
      to: subscriptions[subscription].peer, head: whole, headerCount: RTPHeader.fixedByteCount,
      rest: whole.extracting(0..<0))
  }
}
