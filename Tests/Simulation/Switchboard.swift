// A worker without socket and thread: the real transports and the real router, put together as the worker puts them,
// with the ledger looking at every packet in the clear.

import Crypto
import Forwarding
import Link
import Structures
import Transport
import Wire

struct Switchboard: ~Copyable {
  private var router: Router
  private var exit: Exit
  private var numbers = Numbers()
  private var peers: [PeerHandle: Int32] = [:]
  private var handles: [PeerHandle?] = []
  private var events: [Event] = []
  let network: BadNetwork
  let ledger: Ledger?

  init(
    network: BadNetwork, ledger: Ledger?, context: DTLSContext, implementation: SRTPImplementation,
    seed: (UInt64, UInt64)
  ) {
    self.network = network
    self.ledger = ledger
    router = Router(RouterOptions(seed: seed, peersMax: 64))
    exit = Exit(
      transports: Transports(
        TransportOptions(
          context: context, implementation: implementation, peersMax: 64, seed: seed)),
      departures: Departures(network: network), ledger: ledger)
  }

  func number(of handle: PeerHandle) -> Int32? { peers[handle] }

  mutating func perform(_ command: Command, at now: Instant) {
    switch command {
    case .connect(let handle, let setup):
      let peer = numbers.take()
      guard exit.transports.add(peer, setup, at: now) else {
        numbers.giveBack(peer)
        events.append(.failed(handle, .capacity))
        return
      }
      while handles.count <= Int(peer) { handles.append(nil) }
      handles[Int(peer)] = handle
      peers[handle] = peer
      router.addPeer(peer, handle, room: setup.room, at: now)
    case .restart(let handle, let local, let remote):
      guard let peer = peers[handle] else { return }
      exit.transports.restart(peer, local: local, remote: remote)
    case .disconnect(let handle):
      guard let peer = peers.removeValue(forKey: handle) else { return }
      router.removePeer(peer, at: now, into: &exit)
      exit.transports.remove(peer, into: &exit.departures)
      handles[Int(peer)] = nil
      numbers.giveBack(peer)
    case .publish(let handle, let setup):
      guard let peer = peers[handle] else { return }
      router.publish(peer, setup, at: now, into: &exit)
    case .unpublish(let track): router.unpublish(track, at: now, into: &exit)
    case .mute(let track, let isMuted): router.mute(track, isMuted, at: now, into: &exit)
    case .record(let track, let isRecorded): router.record(track, isRecorded, at: now)
    case .subscribe(let handle, let setup):
      guard let peer = peers[handle] else { return }
      router.subscribe(peer, setup, at: now, into: &exit)
    case .unsubscribe(let subscription): router.unsubscribe(subscription, at: now, into: &exit)
    case .wish(let subscription, let wish):
      router.setWish(subscription, wish, at: now, into: &exit)
    case .stop: break
    }
  }

  mutating func receive(_ datagram: inout [UInt8], from address: TransportAddress, at now: Instant) {
    var span = datagram.mutableSpan
    switch exit.transports.receive(
      &span, on: Path(remote: address), at: now, into: &exit.departures)
    {
    case .consumed, .dropped: break
    case .rtp(let peer, let byteCount):
      let packet = span.span.extracting(0..<byteCount)
      ledger?.received(packet, isRepeat: packet.count > 1 && packet[1] & 0x7F == 97)
      router.receiveRTP(packet, from: peer, at: now, into: &exit)
    case .rtcp(let peer, let byteCount):
      router.receiveRTCP(span.span.extracting(0..<byteCount), from: peer, at: now, into: &exit)
    }
    settle(at: now)
  }

  /// After all that arrived at one moment.
  mutating func endTurn(at now: Instant) {
    if exit.transports.hasHandshakeWork {
      _ = exit.transports.advanceHandshakes(atMost: 64, at: now, into: &exit.departures)
    }
    if let deadline = exit.transports.deadline, deadline <= now {
      exit.transports.timeout(at: now, into: &exit.departures)
    }
    settle(at: now)
    if let deadline = router.deadline, deadline <= now { router.timeout(at: now, into: &exit) }
  }

  var deadline: Instant {
    min(exit.transports.deadline ?? .distantFuture, router.deadline ?? .distantFuture)
  }

  private mutating func settle(at now: Instant) {
    while !exit.departures.pending.isEmpty {
      let (event, peer) = exit.departures.pending.removeFirst()
      guard Int(peer) < handles.count, let handle = handles[Int(peer)] else { continue }
      switch event {
      case .connected:
        events.append(.connected(handle, remote: ""))
        router.setConnected(peer, true, at: now, into: &exit)
      case .path(let path): events.append(.moved(handle, remote: "\(path.remote)"))
      case .failed(let failure):
        router.setConnected(peer, false, at: now, into: &exit)
        events.append(.failed(handle, failure))
      }
    }
    if !exit.events.isEmpty {
      events += exit.events
      exit.events = []
    }
  }

  mutating func takeEvents() -> [Event] {
    guard !events.isEmpty else { return [] }
    defer { events = [] }
    return events
  }

  /// What is held, and what was counted.
  var figures: WorkerFigures {
    var figures = WorkerFigures()
    router.count(into: &figures)
    figures.peers = exit.transports.count
    figures.connectedPeers = exit.transports.connectedCount
    return figures
  }
}

/// What transports write into.
private struct Departures: ~Copyable, DatagramOutlet {
  let network: BadNetwork
  var pending: [(TransportEvent, Int32)] = []
  var slot = [UInt8](repeating: 0, count: 1_500)

  init(network: BadNetwork) { self.network = network }

  mutating func send(on path: Path, _ fill: (inout MutableSpan<UInt8>) -> Int) {
    var span = slot.mutableSpan
    let count = fill(&span)
    if count > 0 { network.fromServer(to: path.remote, slot, count) }
  }

  mutating func happened(_ event: TransportEvent, to peer: Int32) { pending.append((event, peer)) }
}

/// What the router writes into.
private struct Exit: ~Copyable, PacketOutlet {
  var transports: Transports
  var departures: Departures
  let ledger: Ledger?
  var events: [Event] = []
  var plain: [UInt8] = []

  init(transports: consuming Transports, departures: consuming Departures, ledger: Ledger?) {
    self.transports = transports
    self.departures = departures
    self.ledger = ledger
  }

  mutating func sendRTP(to peer: Int32, head: Span<UInt8>, headerCount: Int, rest: Span<UInt8>) -> Bool {
    if let ledger {
      plain.removeAll(keepingCapacity: true)
      head.withUnsafeBufferPointer { plain.append(contentsOf: $0) }
      rest.withUnsafeBufferPointer { plain.append(contentsOf: $0) }
      ledger.sent(to: peer, plain.span)
    }
    guard let path = transports.path(of: peer) else { return false }
    // Lent for the call, since it and transports are parts of one value.
    var slot: [UInt8] = []
    swap(&slot, &departures.slot)
    defer { swap(&slot, &departures.slot) }
    var span = slot.mutableSpan
    let count = transports.protectRTP(
      for: peer, head: head, headerCount: headerCount, rest: rest, into: &span)
    if count > 0 { departures.network.fromServer(to: path.remote, slot, count) }
    return count > 0
  }

  mutating func sendRTCP(to peer: Int32, _ compound: Span<UInt8>) {
    guard let path = transports.path(of: peer) else { return }
    // Lent for the call, since it and transports are parts of one value.
    var slot: [UInt8] = []
    swap(&slot, &departures.slot)
    defer { swap(&slot, &departures.slot) }
    var span = slot.mutableSpan
    let count = transports.protectRTCP(for: peer, compound, into: &span)
    if count > 0 { departures.network.fromServer(to: path.remote, slot, count) }
  }

  mutating func record(_ item: TapeItem, payload: Span<UInt8>) {}

  mutating func tell(_ event: Event) {
    if case .delivery(_, let subscription, let delivery, _) = event {
      ledger?.setHeldBack(subscription, delivery == .paused)
    }
    events.append(event)
  }
}
