// Handshakes: `receive` only puts their datagrams into a queue, and the worker says how many of them a turn may work
// on, because one costs as much as hundreds of media packets. What finds the queue full is sent again by the client.

package import Structures
import Wire

extension Transports {
  package var hasHandshakeWork: Bool { queue.count > 0 }

  mutating func receiveHandshake(_ datagram: Span<UInt8>, on path: Path, at now: Instant) -> Arrival {
    guard 13...Limits.dtlsByteCount ~= datagram.count, datagram[1] == 0xFE else {
      return .dropped(.malformed)
    }
    let address = AddressKey(path)
    if let peer = byAddress[address] {
      guard let reason = enqueue(datagram, of: peer, on: path) else { return .consumed }
      guard reason == .ended, isFirstFlight(datagram) else { return .dropped(reason) }
    } else if !isFirstFlight(datagram) {
      return .dropped(.unknownAddress)
    }
    // A client that sends its first flight at once is as fast as its check, also where somebody else has been before.
    return early.append(datagram, from: address, at: now) ? .consumed : .dropped(.full)
  }

  /// A handshake's record before there are keys.
  private func isFirstFlight(_ datagram: Span<UInt8>) -> Bool {
    datagram[0] == 22 && datagram.uint16(at: 3) == 0
  }

  /// Why it can't wait for its turn; nil if it does.
  mutating func enqueue(_ datagram: Span<UInt8>, of peer: Int32, on path: Path) -> DropReason? {
    let (isOver, waiting) = peers.with(peer) { ($0.dtls == nil, $0.waiting) }
    if isOver { return .ended }
    guard waiting < Limits.handshakesOfPeer, queue.append(datagram, of: peer, on: path) else { return .full }
    peers.with(peer) { $0.enqueued() }
    return nil
  }

  /// Asks for the first flight where it is ours to send; the timer asks again if the queue was full.
  mutating func begin(_ peer: Int32) {
    guard let path = peers.read(peer, { $0.wantsStart && $0.waiting == 0 ? $0.paths.selected : nil }) else {
      return
    }
    let nothing = InlineArray<0, UInt8>(repeating: 0)
    _ = enqueue(nothing.span, of: peer, on: path)
  }

  /// Works on as many datagrams as it may; returns on how many it did.
  package mutating func advanceHandshakes(
    atMost limit: Int, at now: Instant, into outlet: inout some DatagramOutlet & ~Copyable
  ) -> Int {
    var done = 0
    while done < limit, let entry = queue.takeFirst() {
      guard entry.peer >= 0 else { continue }
      done += 1
      let slots = queue.slots
      let datagram = slots.datagram(in: entry.slot)
      let progress = peers.with(entry.peer) { $0.advance(datagram, on: entry.path, at: now, into: &outlet) }
      progressed(entry.peer, progress, at: now, into: &outlet)
    }
    return done
  }

  mutating func progressed(
    _ peer: Int32, _ progress: Peer.Progress, at now: Instant,
    into outlet: inout some DatagramOutlet & ~Copyable
  ) {
    switch progress {
    case .none: break
    case .connected:
      counts.handshakes += 1
      connectedCount += 1
      outlet.happened(.connected, to: peer)
    case .failed(let failure):
      end(peer, failure, into: &outlet)
      return
    }
    if peers.read(peer, { $0.phase != .ended }) { schedule(peer, at: now) }
  }
}
