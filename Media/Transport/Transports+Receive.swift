// The way in. Media is opened where it lies; checks are answered within the call; handshakes wait for their turn. What
// is not for us, or not from whom it should be, is dropped with a reason, and nothing that a stranger sends traps.

package import Structures
import Wire

extension Transports {
  package enum Arrival: Equatable {
    case consumed
    case dropped(DropReason)
    /// In the clear, at the start of the datagram.
    case rtp(peer: Int32, byteCount: Int)
    case rtcp(peer: Int32, byteCount: Int)
  }

  package mutating func receive(
    _ datagram: inout MutableSpan<UInt8>, on path: Path, at now: Instant,
    into outlet: inout some DatagramOutlet & ~Copyable
  ) -> Arrival {
    let arrival: Arrival
    switch DatagramKind(datagram.span) {
    case .rtp: arrival = receiveMedia(&datagram, isReport: false, on: path, at: now, into: &outlet)
    case .rtcp: arrival = receiveMedia(&datagram, isReport: true, on: path, at: now, into: &outlet)
    case .stun: arrival = receiveCheck(datagram.span, on: path, at: now, into: &outlet)
    case .dtls: arrival = receiveHandshake(datagram.span, on: path, at: now)
    case .other: arrival = .dropped(.unrecognised)
    }
    if case .dropped(let reason) = arrival { counts.drop(reason) }
    return arrival
  }

  private mutating func receiveMedia(
    _ datagram: inout MutableSpan<UInt8>, isReport: Bool, on path: Path, at now: Instant,
    into outlet: inout some DatagramOutlet & ~Copyable
  ) -> Arrival {
    guard let peer = byAddress[AddressKey(path)] else { return .dropped(.unknownAddress) }
    let opened = peers.with(peer) { $0.open(&datagram, isReport: isReport, on: path, at: now) }
    switch opened {
    case .dropped(let reason): return .dropped(reason)
    case .packet(let byteCount, let isFirst, let isSwitch):
      if isFirst { schedule(peer, at: now) }
      if isSwitch {
        counts.switches += 1
        outlet.happened(.path(path), to: peer)
      }
      return isReport ? .rtcp(peer: peer, byteCount: byteCount) : .rtp(peer: peer, byteCount: byteCount)
    }
  }

  // MARK: Checks

  private mutating func receiveCheck(
    _ datagram: Span<UInt8>, on path: Path, at now: Instant,
    into outlet: inout some DatagramOutlet & ~Copyable
  ) -> Arrival {
    let message: STUNMessage
    do throws(STUNMalformed) { message = try STUNMessage(datagram) } catch { return .dropped(.malformed) }
    // A lite agent asks nothing, so no answer is for us; a hint keeps a NAT open and needs none.
    guard message.kind == .request, message.method == STUNMessage.binding else {
      return .dropped(.unexpected)
    }
    guard message.hasFingerprint else { return .dropped(.malformed) }
    guard let name = message.username, let ufrag = Ufrag(ofUsername: datagram.extracting(name.range)),
      let peer = byUfrag[ufrag]
    else { return .dropped(.unknownUser) }
    let checked = peers.with(peer) {
      $0.check(message, datagram, of: ufrag, on: path, at: now, into: &outlet)
    }
    guard case .accepted(let change, let isFirst, let retired) = checked else {
      guard case .dropped(let reason) = checked else { return .consumed }
      return .dropped(reason)
    }
    counts.checks += 1
    if let retired { byUfrag.remove(retired) }
    if change.isSwitch {
      if !isFirst { counts.switches += 1 }
      outlet.happened(.path(path), to: peer)
    }
    if change.isNew { learn(path, of: peer, change, at: now, into: &outlet) }
    if isFirst {
      begin(peer)
      schedule(peer, at: now)
    }
    return .consumed
  }

  /// An address is whose signed check came from it last.
  private mutating func learn(
    _ path: Path, of peer: Int32, _ change: KnownPaths.Change, at now: Instant,
    into outlet: inout some DatagramOutlet & ~Copyable
  ) {
    let address = AddressKey(path)
    if let former = byAddress[address], former != peer {
      let (before, after) = peers.with(former) { former in
        let before = former.paths.selected
        former.paths.forget(address)
        return (before, former.paths.selected)
      }
      if let after, after != before { outlet.happened(.path(after), to: former) }
    }
    byAddress.insert(address, peer)
    if let dropped = change.dropped.map(AddressKey.init), !peers.read(peer, { $0.paths.reaches(dropped) }) {
      byAddress.remove(dropped)
    }
    while let slot = early.takeFirst(from: address, at: now) {
      let slots = early.slots
      if let reason = enqueue(slots.datagram(in: slot), of: peer, on: path) { counts.drop(reason) }
    }
  }
}
