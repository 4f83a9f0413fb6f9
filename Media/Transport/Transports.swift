// All peers of one worker: finds the peer of each datagram by its first byte (RFC 7983) and address, answers checks,
// queues handshakes, opens and protects media. The worker calls it for each datagram, and once a turn for the
// handshakes and timers that are due. It owns no socket and no clock.

package import Crypto
package import Link
package import Structures
package import Wire

package struct TransportOptions: Sendable {
  package var context: DTLSContext
  package var implementation: SRTPImplementation
  /// Peers have numbers below.
  package var peersMax: Int
  /// Random, so that nobody can choose addresses that are slow to find.
  package var seed: (UInt64, UInt64)
  /// Whether a packet may be protected twice, which must then be the same to the byte.
  package var allowsRepeats: Bool

  package init(
    context: DTLSContext, implementation: SRTPImplementation = .openssl, peersMax: Int,
    seed: (UInt64, UInt64), allowsRepeats: Bool = false
  ) {
    self.context = context
    self.implementation = implementation
    self.peersMax = peersMax
    self.seed = seed
    self.allowsRepeats = allowsRepeats
  }
}

package struct Transports: ~Copyable {
  let options: TransportOptions
  var peers = Slab<Peer>()
  var byAddress: IndexTable<AddressKey>
  var byUfrag: IndexTable<Ufrag>
  var timers: TimerWheel
  var queue = HandshakeQueue()
  var early = EarlyDatagrams()
  package internal(set) var counts = TransportCounts()
  package internal(set) var connectedCount = 0

  package init(_ options: TransportOptions) {
    self.options = options
    byAddress = IndexTable(seed: options.seed)
    byUfrag = IndexTable(seed: (options.seed.1, options.seed.0))
    timers = TimerWheel(capacity: options.peersMax, atMilliseconds: 0)
  }

  package var count: Int { peers.count }

  package func isConnected(_ peer: Int32) -> Bool {
    peers.contains(peer) && peers.read(peer) { $0.phase == .connected }
  }

  /// Where the peer's media goes.
  package func path(of peer: Int32) -> Path? {
    peers.contains(peer) ? peers.read(peer) { $0.paths.selected } : nil
  }

  // MARK: Peers

  /// A transport that waits for its client. False if the number or the ufrag is in use, or out of bounds.
  package mutating func add(_ peer: Int32, _ setup: PeerSetup, at now: Instant) -> Bool {
    guard peer >= 0, Int(peer) < options.peersMax, !peers.contains(peer),
      let identity = Identity(local: setup.local, remote: setup.remote)
    else { return false }
    let ufrag = identity.ufrag
    guard byUfrag[ufrag] == nil else { return false }
    peers.insert(Peer(identity, setup, options, at: now), at: peer)
    byUfrag.insert(ufrag, peer)
    schedule(peer, at: now)
    return true
  }

  /// ICE restart; handshake and keys stay as they are. False if the new ufrag is in use, or the peer is not there.
  @discardableResult
  package mutating func restart(_ peer: Int32, local: ICECredentials, remote: ICECredentials) -> Bool {
    guard peers.contains(peer), let identity = Identity(local: local, remote: remote) else { return false }
    let ufrag = identity.ufrag
    guard byUfrag[ufrag] == nil else { return false }
    if let retired = replaceIdentity(of: peer, with: identity) { byUfrag.remove(retired) }
    byUfrag.insert(ufrag, peer)
    return true
  }

  private mutating func replaceIdentity(of peer: Int32, with identity: consuming Identity) -> Ufrag? {
    var identity: Identity? = identity
    return peers.with(peer) { peer in
      guard let identity = identity.take() else { return nil }
      return peer.restart(identity)
    }
  }

  package mutating func remove(_ peer: Int32, into outlet: inout some DatagramOutlet & ~Copyable) {
    guard peers.contains(peer) else { return }
    if isConnected(peer) { connectedCount -= 1 }
    let (ufrags, paths) = peers.with(peer) { peer in
      peer.sayGoodbye(into: &outlet)
      return (peer.ufrags(), peer.paths)
    }
    byUfrag.remove(ufrags.current)
    if let previous = ufrags.previous { byUfrag.remove(previous) }
    for index in 0..<paths.count where byAddress[AddressKey(paths[index])] == peer {
      byAddress.remove(AddressKey(paths[index]))
    }
    queue.forget(peer)
    timers.cancel(Int(peer))
    _ = peers.remove(peer)
  }

  /// It stays, deaf and mute, until it is removed.
  mutating func end(
    _ peer: Int32, _ failure: PeerFailure, into outlet: inout some DatagramOutlet & ~Copyable
  ) {
    if isConnected(peer) { connectedCount -= 1 }
    peers.with(peer) { $0.end() }
    timers.cancel(Int(peer))
    switch failure {
    case .silence: counts.silences += 1
    case .fingerprint, .handshake: counts.handshakesFailed += 1
    case .closed, .capacity: break
    }
    outlet.happened(.failed(failure), to: peer)
  }

  // MARK: Media out

  /// Protects a packet whose beginning is `head`, of which the RTP header is `headerCount`, and whose end is `rest`.
  /// Returns its length in the slot; 0 if there are no keys or no path, or the packet can't go out under them.
  package mutating func protectRTP(
    for peer: Int32, head: Span<UInt8>, headerCount: Int, rest: Span<UInt8>,
    into slot: inout MutableSpan<UInt8>
  ) -> Int {
    guard peers.contains(peer) else { return 0 }
    return peers.with(peer) { $0.protectRTP(head, headerCount: headerCount, rest, into: &slot) }
  }

  package mutating func protectRTCP(
    for peer: Int32, _ compound: Span<UInt8>, into slot: inout MutableSpan<UInt8>
  ) -> Int {
    guard peers.contains(peer) else { return 0 }
    return peers.with(peer) { $0.protectRTCP(compound, into: &slot) }
  }

  // MARK: Time

  /// When to call `timeout`: never later than something is due.
  package var deadline: Instant? {
    timers.wakeAtMilliseconds.map { Instant(nanoseconds: Int64($0) * 1_000_000) }
  }

  package mutating func timeout(at now: Instant, into outlet: inout some DatagramOutlet & ~Copyable) {
    while let index = timers.next(dueAtMilliseconds: now.milliseconds) {
      let peer = Int32(index)
      let progress = peers.with(peer) { $0.timeout(at: now, into: &outlet) }
      progressed(peer, progress, at: now, into: &outlet)
      if peers.read(peer, { $0.wantsStart }) { begin(peer) }
    }
  }

  /// Being heard later only means that the timer finds nothing to do, and is set again.
  mutating func schedule(_ peer: Int32, at now: Instant) {
    let deadline = peers.with(peer) { $0.deadline(at: now) }
    // Rounded up, so that it is due when it fires.
    timers.arm(
      Int(peer), atMilliseconds: max(deadline.adding(microseconds: 999).milliseconds, now.milliseconds + 1))
  }
}
