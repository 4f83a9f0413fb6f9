// Datagrams in, told apart by their first byte; checks and the handshake out; and the one deadline of it all.

package import Structures
import Wire
import Crypto

extension Caller {
  /// One datagram from the server. Media is decrypted where it lies.
  package mutating func receive(
    _ datagram: inout MutableSpan<UInt8>, at now: Instant, into outlet: inout some CallerOutlet & ~Copyable
  ) {
    switch DatagramKind(datagram.span) {
    case .stun:
      answerCheck(datagram.span, into: &outlet)
      if connectivity.receive(datagram.span, at: now) == .first {
        outlet.happened(.reachable(path: connectivity.path))
        beginHandshake(at: now, into: &outlet)
      }
    case .dtls:
      guard session != nil else {
        counted.ignored += 1
        return
      }
      session?.receive(datagram.span)
      sendHandshake(into: &outlet)
      judgeHandshake(at: now, into: &outlet)
    case .rtp: receiveRTP(&datagram, at: now, into: &outlet)
    case .rtcp: receiveRTCP(&datagram, at: now, into: &outlet)
    case .other: counted.ignored += 1
    }
  }

  private mutating func answerCheck(
    _ datagram: Span<UInt8>, into outlet: inout some CallerOutlet & ~Copyable
  ) {
    guard let remote, datagram.count >= 20, datagram[0] == 0, datagram[1] == 1 else { return }
    outlet.send(from: connectivity.path, to: remote.address) { slot in
      connectivity.answer(datagram, from: remote.address, into: &slot)
    }
  }

  /// When `timeout` is due; nil if nothing waits.
  package var deadline: Instant? {
    var earliest = Instant.distantFuture
    if let check = connectivity.deadline { earliest = min(earliest, check) }
    if let handshakeTick { earliest = min(earliest, handshakeTick) }
    if isConnected {
      for sender in senders { earliest = min(earliest, sender.deadline) }
      if let nextReport { earliest = min(earliest, nextReport) }
      if let nextRepair { earliest = min(earliest, nextRepair) }
      if let nextFeedback { earliest = min(earliest, nextFeedback) }
    }
    return earliest == .distantFuture ? nil : earliest
  }

  package mutating func timeout(at now: Instant, into outlet: inout some CallerOutlet & ~Copyable) {
    if let check = connectivity.deadline, check <= now { self.check(at: now, into: &outlet) }
    if let handshakeTick, handshakeTick <= now {
      session?.handleTimeout()
      sendHandshake(into: &outlet)
      judgeHandshake(at: now, into: &outlet)
    }
    guard isConnected else { return }
    sendMedia(at: now, into: &outlet)
    if let nextRepair, nextRepair <= now { sendRequests(at: now, into: &outlet) }
    if let nextReport, nextReport <= now { sendReports(at: now, into: &outlet) }
    if let nextFeedback, nextFeedback <= now { sendTransportFeedback(at: now, into: &outlet) }
  }

  mutating func check(at now: Instant, into outlet: inout some CallerOutlet & ~Copyable) {
    guard let remote else { return }
    outlet.send(from: connectivity.path, to: remote.address) { slot in
      connectivity.writeCheck(at: now, &chance, into: &slot)
    }
  }

  private mutating func beginHandshake(at now: Instant, into outlet: inout some CallerOutlet & ~Copyable) {
    guard session == nil, let remote else { return }
    let fingerprints = remote.fingerprints.compactMap { fingerprint in
      DTLSFingerprint.Algorithm(rawValue: fingerprint.hash).flatMap {
        DTLSFingerprint($0, fingerprint.digest)
      }
    }
    var session = DTLSSession(options.context, .client, expecting: fingerprints)
    session.proveAddress()
    session.start()
    self.session = consume session
    handshakeTick = now.adding(milliseconds: Limits.handshakeTickMilliseconds)
    sendHandshake(into: &outlet)
  }

  mutating func sendHandshake(into outlet: inout some CallerOutlet & ~Copyable) {
    guard let remote else { return }
    var isMore = session != nil
    while isMore {
      isMore = false
      outlet.send(from: connectivity.path, to: remote.address) { slot in
        guard let count = session?.takeDatagram(into: &slot) else { return 0 }
        isMore = true
        return count
      }
    }
  }

  private mutating func judgeHandshake(at now: Instant, into outlet: inout some CallerOutlet & ~Copyable) {
    guard let state = session?.state else { return }
    handshakeTick = nil
    switch state {
    case .handshaking:
      handshakeTick = now.adding(milliseconds: Limits.handshakeTickMilliseconds)
    case .connected:
      guard !isConnected, let keys = session?.exportKeys() else { return }
      srtp = AnySRTP(
        options.implementation, keys.profile, sending: keys.sending, receiving: keys.receiving)
      isConnected = true
      connectedAt = now
      nextReport = now.adding(milliseconds: Limits.reportMilliseconds / 4)
      outlet.happened(.connected(keys.profile))
    case .closed:
      if isConnected { outlet.happened(.closed) }
      isConnected = false
    case .failed(let failure):
      outlet.happened(.failed(failure))
      isConnected = false
      session = nil
    }
  }
}
