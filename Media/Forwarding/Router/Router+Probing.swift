// Packets that are sent only to find out what a link bears: padding in the stream of repetitions, whose numbers mean nothing to
// anybody else. Spread over time as the probe wants it.

import Bandwidth
import Link
import Structures
import Wire

/// A probe that is being sent.
struct ProbeTask {
  var probe: Probe
  var left: Int
  var next: Instant
}

extension Router {
  mutating func begin(_ probe: Probe, to peer: Int, at now: Instant) {
    peers[peer].probe = ProbeTask(probe: probe, left: probe.byteCount, next: now)
    wake(peer, by: now)
  }

  /// What is due of it; the rest later.
  mutating func probe(_ peer: Int, at now: Instant, into outlet: inout some PacketOutlet & ~Copyable) {
    guard var task = peers[peer].probe, peers[peer].isConnected else {
      peers[peer].probe = nil
      return
    }
    var count = 0
    while task.left > 0, task.next <= now, count < Limits.probePacketsAtOnce {
      count += 1
      guard let bytes = sendPadding(to: peer, at: now, into: &outlet) else {
        task.left = 0
        break
      }
      task.left -= bytes
      task.next = task.next.adding(microseconds: task.probe.spacing(after: bytes))
    }
    peers[peer].probe = task.left > 0 ? task : nil
  }

  private mutating func sendPadding(
    to peer: Int, at now: Instant, into outlet: inout some PacketOutlet & ~Copyable
  ) -> Int? {
    var index = 0
    while index < peers[peer].subscriptions.count {
      let number = Int(peers[peer].subscriptions[index])
      index += 1
      let publication = Int(subscriptions[number].publication)
      guard publications[publication].isVideo, !publications[publication].isMuted,
        subscriptions[number].retransmissionSSRC != nil, subscriptions[number].packetCount > 0
      else { continue }
      return pad(number, at: now, into: &outlet)
    }
    return nil
  }

  /// A packet of the stream of repetitions with nothing in it.
  private mutating func pad(
    _ number: Int, at now: Instant, into outlet: inout some PacketOutlet & ~Copyable
  ) -> Int? {
    guard let ssrc = subscriptions[number].retransmissionSSRC,
      let payloadType = subscriptions[number].retransmissionType
    else { return nil }
    let peer = Int(subscriptions[number].peer)
    var copy = Copy(
      ssrc: ssrc, payloadType: payloadType, sequence: subscriptions[number].retransmissionSequence,
      mid: subscriptions[number].mid, extensions: subscriptions[number].extensions)
    copy.transportSequence = peers[peer].transportSequence
    var bytes: [UInt8] = []
    swap(&bytes, &head)
    defer { swap(&bytes, &head) }
    var out = bytes.mutableSpan
    let start = copy.writeEmpty(timestamp: subscriptions[number].timestamp, at: now, into: &out)
    out[0] |= 0x20
    let end = start + Limits.paddingBytes
    for index in start..<end - 1 { out[index] = 0 }
    out[end - 1] = UInt8(Limits.paddingBytes)
    subscriptions[number].retransmissionSequence &+= 1
    let whole = bytes.span.extracting(0..<end)
    guard
      outlet.sendRTP(to: Int32(peer), head: whole, headerCount: start, rest: whole.extracting(0..<0))
    else { return nil }
    noteSent(end, to: peer, copy.extensions, at: now)
    return end
  }

  /// A packet with a number of the transport's has left.
  mutating func noteSent(_ byteCount: Int, to peer: Int, _ extensions: ExtensionMap, at now: Instant) {
    peers[peer].bytesDown += byteCount
    guard extensions.transportSequence != 0 else { return }
    if peers[peer].link >= 0 {
      links[Int(peers[peer].link)]?.sent(peers[peer].transportSequence, bytes: byteCount, at: now)
    }
    peers[peer].transportSequence &+= 1
  }
}
