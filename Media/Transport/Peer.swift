// One peer's transport: who it has to prove to be, where it is, its handshake and its keys. Transports owns them all and
// tells each what concerns it; what a call has changed for others is its result.

import Crypto
import Link
import Structures
import Wire

struct Peer: ~Copyable {
  enum Phase { case handshaking, connected, ended }

  enum Progress: Equatable {
    case none, connected
    case failed(PeerFailure)
  }

  private(set) var phase = Phase.handshaking
  private(set) var current: Identity
  /// Of the time before an ICE restart, until the client uses what it got.
  private(set) var previous: Identity?
  var paths = KnownPaths()
  /// Freed when it has done all that it is for.
  private(set) var dtls: DTLSSession?
  private(set) var srtp: AnySRTP?
  private let implementation: SRTPImplementation
  private let allowsRepeats: Bool
  /// Datagrams of its handshake in the queue.
  private(set) var waiting = 0
  /// Whether the handshake is ours to begin, and has not begun.
  private(set) var wantsStart = false
  private var lastHeard: Instant
  private var connectBy = Instant.distantFuture
  private var freeAt: Instant?
  private var hasMedia = false

  init(_ identity: consuming Identity, _ setup: PeerSetup, _ options: TransportOptions, at now: Instant) {
    current = identity
    let fingerprints = setup.fingerprints.compactMap { fingerprint in
      DTLSFingerprint.Algorithm(rawValue: fingerprint.hash).flatMap {
        DTLSFingerprint($0, fingerprint.digest)
      }
    }
    dtls = DTLSSession(
      options.context, setup.startsHandshake ? .client : .server, expecting: fingerprints)
    wantsStart = setup.startsHandshake
    implementation = options.implementation
    allowsRepeats = options.allowsRepeats
    lastHeard = now
  }

  // MARK: Checks

  enum Checked {
    case dropped(DropReason)
    /// `retired`: the ufrag that is no longer good.
    case accepted(KnownPaths.Change, isFirst: Bool, retired: Ufrag?)
  }

  mutating func check(
    _ message: STUNMessage, _ datagram: Span<UInt8>, of ufrag: Ufrag, on path: Path, at now: Instant,
    into outlet: inout some DatagramOutlet & ~Copyable
  ) -> Checked {
    guard phase != .ended else { return .dropped(.ended) }
    let isCurrent = ufrag == current.ufrag
    let verdict =
      isCurrent
      ? current.answer(message, datagram, on: path, into: &outlet)
      : previous?.answer(message, datagram, on: path, into: &outlet) ?? .dropped(.unknownUser)
    if case .dropped(let reason) = verdict { return .dropped(reason) }
    lastHeard = now
    var retired: Ufrag?
    if isCurrent {
      retired = previous?.ufrag
      previous = nil
    }
    let isFirst = connectBy == .distantFuture
    if isFirst {
      connectBy = now.adding(milliseconds: Limits.handshakeMilliseconds)
      dtls?.proveAddress()
    }
    let change = paths.checked(path, isNominated: message.useCandidate, at: now)
    return .accepted(change, isFirst: isFirst, retired: retired)
  }

  /// New credentials. Those that the client has used stay good until it uses the new; returns what is good no longer.
  mutating func restart(_ identity: consuming Identity) -> Ufrag? {
    let replaced = exchange(&current, with: identity)
    guard previous != nil else {
      previous = consume replaced
      return nil
    }
    return replaced.ufrag
  }

  /// All that checks may name.
  mutating func ufrags() -> (current: Ufrag, previous: Ufrag?) { (current.ufrag, previous?.ufrag) }

  // MARK: Handshake

  /// One more datagram waits for its turn.
  mutating func enqueued() { waiting += 1 }

  /// Work on one datagram; an empty one asks to begin. Answers go back the way it came.
  mutating func advance(
    _ datagram: Span<UInt8>, on path: Path, at now: Instant,
    into outlet: inout some DatagramOutlet & ~Copyable
  ) -> Progress {
    waiting -= 1
    guard phase != .ended else { return .none }
    if datagram.isEmpty {
      wantsStart = false
      dtls?.start()
    } else {
      dtls?.receive(datagram)
    }
    sendHandshake(on: path, into: &outlet)
    return judge()
  }

  private mutating func sendHandshake(on path: Path, into outlet: inout some DatagramOutlet & ~Copyable) {
    for _ in 0..<Limits.datagramsOfTurn where dtls?.hasDatagram == true {
      outlet.send(on: path) { slot in dtls?.takeDatagram(into: &slot) ?? 0 }
    }
  }

  /// What the state of DTLS means to the transport.
  private mutating func judge() -> Progress {
    guard let state = dtls?.state else { return .none }
    switch state {
    case .handshaking: return .none
    case .connected: return phase == .handshaking ? takeKeys() : .none
    case .closed: return .failed(.closed)
    case .failed(.fingerprint): return .failed(.fingerprint)
    case .failed: return .failed(.handshake)
    }
  }

  private mutating func takeKeys() -> Progress {
    guard let keys = dtls?.exportKeys() ?? nil else { return .failed(.handshake) }
    srtp = AnySRTP(
      implementation, keys.profile, sending: keys.sending, receiving: keys.receiving,
      allowsRepeats: allowsRepeats)
    phase = .connected
    return .connected
  }

  // MARK: Media

  enum Opened {
    case dropped(DropReason)
    /// `isFirst`: the handshake's last flight has arrived for certain.
    case packet(byteCount: Int, isFirst: Bool, isSwitch: Bool)
  }

  mutating func open(
    _ packet: inout MutableSpan<UInt8>, isReport: Bool, on path: Path, at now: Instant
  ) -> Opened {
    guard srtp != nil else { return .dropped(phase == .ended ? .ended : .noKeys) }
    let count: Int
    do throws(SRTPFailure) {
      if isReport {
        count = try srtp?.unprotectRTCP(&packet) ?? 0
      } else {
        count = try srtp?.unprotectRTP(&packet) ?? 0
      }
    } catch {
      switch error {
      case .authentication: return .dropped(.unauthentic)
      case .replay, .tooOld: return .dropped(.replayed)
      case .malformed: return .dropped(.malformed)
      case .limit: return .dropped(.tooManyStreams)
      }
    }
    lastHeard = now
    let isFirst = !hasMedia
    if isFirst {
      hasMedia = true
      freeAt = now.adding(milliseconds: Limits.graceMilliseconds)
    }
    return .packet(byteCount: count, isFirst: isFirst, isSwitch: paths.heard(path, at: now))
  }

  mutating func protectRTP(
    _ head: Span<UInt8>, headerCount: Int, _ rest: Span<UInt8>, into slot: inout MutableSpan<UInt8>
  ) -> Int {
    guard let profile = srtp?.profile, paths.selected != nil, headerCount >= 12, head.count >= headerCount,
      slot.count >= head.count + rest.count + profile.rtpOverheadByteCount
    else { return 0 }
    for index in head.indices { slot[index] = head[index] }
    do throws(SRTPFailure) {
      return try srtp?.protectRTP(&slot, headerCount: headerCount, count: head.count, appending: rest) ?? 0
    } catch { return 0 }
  }

  mutating func protectRTCP(_ compound: Span<UInt8>, into slot: inout MutableSpan<UInt8>) -> Int {
    guard let profile = srtp?.profile, paths.selected != nil, compound.count >= 8,
      slot.count >= compound.count + profile.rtcpOverheadByteCount
    else { return 0 }
    for index in compound.indices { slot[index] = compound[index] }
    do throws(SRTPFailure) {
      return try srtp?.protectRTCP(&slot, count: compound.count) ?? 0
    } catch { return 0 }
  }

  // MARK: Time

  /// When `timeout` has something to do, or may have: being heard moves it without a word.
  mutating func deadline(at now: Instant) -> Instant {
    var next = lastHeard.adding(milliseconds: Limits.silenceMilliseconds)
    if let freeAt { next = min(next, freeAt) }
    guard phase == .handshaking else { return next }
    next = min(next, connectBy)
    if wantsStart && paths.count > 0 { next = min(next, now.adding(milliseconds: Limits.retryMilliseconds)) }
    if let left = dtls?.microsecondsToTimeout ?? nil { next = min(next, now.adding(microseconds: left)) }
    return next
  }

  mutating func timeout(
    at now: Instant, into outlet: inout some DatagramOutlet & ~Copyable
  ) -> Progress {
    guard phase != .ended else { return .none }
    if now.milliseconds(since: lastHeard) >= Limits.silenceMilliseconds { return .failed(.silence) }
    if let freeAt, freeAt <= now {
      self.freeAt = nil
      dtls = nil
    }
    guard phase == .handshaking else { return .none }
    if connectBy <= now { return .failed(.handshake) }
    dtls?.handleTimeout()
    if let path = paths.selected { sendHandshake(on: path, into: &outlet) }
    return judge()
  }

  // MARK: The end

  /// Nothing comes in or goes out any more; keys are wiped with what held them.
  mutating func end() {
    phase = .ended
    dtls = nil
    srtp = nil
    freeAt = nil
  }

  /// Tells the client, if there is still a way to.
  mutating func sayGoodbye(into outlet: inout some DatagramOutlet & ~Copyable) {
    guard phase == .connected, let path = paths.selected else { return }
    dtls?.close()
    sendHandshake(on: path, into: &outlet)
  }
}
