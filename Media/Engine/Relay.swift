// All of a worker but its socket and its clock: commands, datagrams and time come in, datagrams gather in the outbox and
// facts in a list. The worker drives it, and so does the simulation, in virtual time.

import Crypto
package import Forwarding
package import Link
package import Structures
package import Transport

package struct RelayOptions: Sendable {
  package var transport: TransportOptions
  package var router: RouterOptions
  /// Handshake datagrams that may be worked on in one turn: each can cost a quarter of a millisecond.
  package var handshakesPerTurn = Limits.handshakesPerTurn

  package init(transport: TransportOptions, router: RouterOptions) {
    self.transport = transport
    self.router = router
  }
}

package struct Relay: ~Copyable {
  var router: Router
  var egress: Egress
  let options: RelayOptions
  var numbers = Numbers()
  /// Commands name peers by handle; packets find them by number.
  var peers: [PeerHandle: Int32] = [:]
  var handles: [PeerHandle?] = []

  package init(_ options: RelayOptions, outbox: consuming UDPOutbox, tape: TapeSender? = nil) {
    self.options = options
    router = Router(options.router)
    egress = Egress(transports: Transports(options.transport), outbox: outbox, tape: tape)
  }

  package var peerCount: Int { peers.count }

  // MARK: Datagrams

  /// One datagram, decrypted where it lies.
  package mutating func receive(_ datagram: inout MutableSpan<UInt8>, on path: UDPPath, at now: Instant) {
    receive(&datagram, on: path.path, at: now)
  }

  /// False for what nobody expected.
  @discardableResult
  mutating func receive(_ datagram: inout MutableSpan<UInt8>, on path: Path, at now: Instant) -> Bool {
    var isExpected = true
    switch egress.receive(&datagram, on: path, at: now) {
    case .consumed: break
    case .dropped: isExpected = false
    case .rtp(let peer, let byteCount):
      router.receiveRTP(datagram.span.extracting(0..<byteCount), from: peer, at: now, into: &egress)
    case .rtcp(let peer, let byteCount):
      router.receiveRTCP(datagram.span.extracting(0..<byteCount), from: peer, at: now, into: &egress)
    }
    if egress.hasPending { settle(at: now) }
    return isExpected
  }

  /// How busy the worker's thread was over the last second.
  mutating func loaded(_ load: Double, at now: Instant) { router.loaded(load, at: now) }

  /// After a batch: some handshake work and what time demands.
  package mutating func endTurn(at now: Instant) {
    if egress.transports.hasHandshakeWork {
      egress.advanceHandshakes(atMost: options.handshakesPerTurn, at: now)
    }
    if let deadline = egress.transports.deadline, deadline <= now { egress.timeout(at: now) }
    if egress.hasPending { settle(at: now) }
    if let deadline = router.deadline, deadline <= now { router.timeout(at: now, into: &egress) }
  }

  /// When `endTurn` is wanted next; nil: not before something comes.
  package var deadline: Instant? {
    if egress.transports.hasHandshakeWork { return Instant(nanoseconds: 0) }
    switch (egress.transports.deadline, router.deadline) {
    case (nil, nil): return nil
    case (let one?, nil), (nil, let one?): return one
    case (let one?, let other?): return min(one, other)
    }
  }

  /// What transports said during the last call means for forwarding.
  private mutating func settle(at now: Instant) {
    while let (event, peer) = egress.takePending() {
      guard Int(peer) < handles.count, let handle = handles[Int(peer)] else { continue }
      switch event {
      case .connected:
        egress.events.append(.connected(handle, remote: egress.remote(of: peer)))
        router.setConnected(peer, true, at: now, into: &egress)
      case .path(let path):
        egress.setPath(path, of: peer)
        if egress.transports.isConnected(peer) {
          egress.events.append(.moved(handle, remote: egress.remote(of: peer)))
        }
      case .failed(let failure):
        router.setConnected(peer, false, at: now, into: &egress)
        egress.events.append(.failed(handle, failure))
      }
    }
  }

  // MARK: What comes out

  package var hasOutput: Bool { !egress.outbox.isEmpty }
  /// How many datagrams still fit before the oldest give way.
  package var room: Int { egress.outbox.room }
  package var isBlocked: Bool { egress.outbox.isBlocked }

  mutating func flush(into streams: inout StreamPorts) { egress.outbox.flush(into: &streams) }

  package mutating func flush(into socket: borrowing UDPSocket) { egress.outbox.flush(into: socket) }
  package mutating func drain(_ body: (UDPAddress, Span<UInt8>) -> Void) { egress.outbox.drain(body) }

  /// The facts since the last call.
  package mutating func takeEvents() -> [Event] {
    guard !egress.events.isEmpty else { return [] }
    defer { egress.events.removeAll() }
    return egress.events
  }

  /// Adds what is held and was counted to figures that are zero.
  package func count(into figures: inout WorkerFigures) {
    router.count(into: &figures)
    egress.transports.count(into: &figures)
    let counts = egress.outbox.counts
    figures.packetsOut += counts.datagrams
    figures.bytesOut += counts.bytes
    figures.droppedFull += counts.overflowed
  }
}
