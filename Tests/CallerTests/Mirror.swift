// The smallest server that a caller can call: it answers checks, shakes hands, reads media, and sends back whatever a test
// gives it. Everything that it saw is kept for the test to look at.

import Caller
import Crypto
import Link
import Structures
import Wire

final class Mirror {
  var credentials = ICECredentials(ufrag: "serv", password: "server-password-of-22-ch")
  var callerPassword = "caller-password-of-22-ch"
  let context: DTLSContext
  private var session: Boxed
  var packets: [[UInt8]] = []
  var compounds: [[UInt8]] = []
  var checks = 0
  let address = TransportAddress(ipv4: 0x0A00_0001, port: 5_000)

  /// Arrays and classes hold no owners that can't be copied but through a box.
  final class Boxed {
    var session: DTLSSession
    var srtp: AnySRTP?
    init(_ session: consuming DTLSSession) { self.session = session }
  }

  init(profiles: [SRTPProfile] = [.aeadAES128GCM], expecting caller: DTLSFingerprint) {
    context = DTLSContext(DTLSCertificate(), profiles: profiles)
    var session = DTLSSession(context, .server, expecting: [caller])
    session.proveAddress()
    self.session = Boxed(session)
  }

  var remote: CallerRemote {
    let fingerprint = context.certificate.fingerprint
    return CallerRemote(
      address: address, credentials: credentials,
      fingerprints: [Fingerprint(hash: fingerprint.algorithm.rawValue, digest: fingerprint.bytes)])
  }

  /// What comes back for a datagram.
  func receive(_ datagram: [UInt8]) -> [[UInt8]] {
    switch DatagramKind(datagram.span) {
    case .stun: return answer(datagram)
    case .dtls:
      session.session.receive(datagram.span)
      var answers: [[UInt8]] = []
      while true {
        var slot = [UInt8](repeating: 0, count: 1_500)
        var span = slot.mutableSpan
        guard let count = session.session.takeDatagram(into: &span) else { break }
        answers.append(Array(slot[..<count]))
      }
      if session.srtp == nil, let keys = session.session.exportKeys() {
        session.srtp = AnySRTP(
          .openssl, keys.profile, sending: keys.sending, receiving: keys.receiving)
      }
      return answers
    case .rtp, .rtcp:
      var copy = datagram
      var span = copy.mutableSpan
      let isReport = DatagramKind(datagram.span) == .rtcp
      let count =
        (try? isReport ? session.srtp?.unprotectRTCP(&span) : session.srtp?.unprotectRTP(&span)) ?? 0
      if count > 0 {
        if isReport { compounds.append(Array(copy[..<count])) } else { packets.append(Array(copy[..<count])) }
      }
      return []
    case .other: return []
    }
  }

  private func answer(_ datagram: [UInt8]) -> [[UInt8]] {
    guard let request = try? STUNMessage(datagram.span), request.kind == .request, request.useCandidate else {
      return []
    }
    let key = Array(credentials.password.utf8)
    func digest(_ head: Span<UInt8>, _ rest: Span<UInt8>) -> STUNDigest {
      var message: [UInt8] = []
      for index in head.indices { message.append(head[index]) }
      for index in rest.indices { message.append(rest[index]) }
      let code = HMAC.sha1(key: key, message: message)
      return STUNDigest { code[$0] }
    }
    guard request.isAuthentic(datagram.span, hmacSHA1: digest) else { return [] }
    checks += 1
    var slot = [UInt8](repeating: 0, count: 200)
    var span = slot.mutableSpan
    let mapped = TransportAddress(ipv4: 0x0A00_0002, port: 6_000)
    let count = STUNResponse.success(to: request, mapped: mapped, into: &span, hmacSHA1: digest)
    return [Array(slot[..<count])]
  }

  /// A packet of ours, protected.
  func protect(_ packet: [UInt8]) -> [UInt8] {
    var slot = packet + [UInt8](repeating: 0, count: 64)
    var span = slot.mutableSpan
    guard let header = try? RTPHeader(packet.span),
      let count = try? session.srtp?.protectRTP(
        &span, headerCount: header.headerByteCount, count: packet.count)
    else { return [] }
    return Array(slot[..<count])
  }

  /// A compound written by a test, protected.
  func compound(_ write: (inout MutableSpan<UInt8>) -> Int?) -> [UInt8] {
    var slot = [UInt8](repeating: 0, count: 1_500)
    var span = slot.mutableSpan
    guard let written = write(&span), let count = try? session.srtp?.protectRTCP(&span, count: written) else {
      return []
    }
    return Array(slot[..<count])
  }

  /// Packets of one stream, as they came in.
  func headers(ssrc: UInt32) -> [RTPHeader] {
    packets.compactMap { packet in (try? RTPHeader(packet.span)).flatMap { $0.ssrc == ssrc ? $0 : nil } }
  }
}

/// What a caller handed out during one call.
struct Sent: CallerOutlet, ~Copyable {
  var datagrams: [(path: Int32, bytes: [UInt8])] = []
  var events: [CallerEvent] = []
  var heard: [HeardPacket] = []

  mutating func send(
    from path: Int32, to remote: TransportAddress, _ fill: (inout MutableSpan<UInt8>) -> Int
  ) {
    var slot = [UInt8](repeating: 0, count: 1_500)
    var span = slot.mutableSpan
    let count = fill(&span)
    if count > 0 { datagrams.append((path, Array(slot[..<count]))) }
  }

  mutating func happened(_ event: CallerEvent) { events.append(event) }
  mutating func heard(_ packet: HeardPacket) { heard.append(packet) }
}

/// A caller and a mirror with nothing between them, on one clock.
final class Booth {
  var caller: Caller
  let mirror: Mirror
  var now = Instant(nanoseconds: 1_000_000_000)
  var outlet = Sent()
  /// What of the caller's is lost on its way.
  var loses: (_ datagram: [UInt8]) -> Bool = { _ in false }
  static let certificate = DTLSCertificate()

  init(_ implementation: SRTPImplementation = .openssl, _ profile: SRTPProfile = .aeadAES128GCM) {
    mirror = Mirror(profiles: [profile], expecting: Self.certificate.fingerprint)
    caller = Caller(
      CallerOptions(
        implementation: implementation, context: DTLSContext(Self.certificate, profiles: [profile]),
        local: ICECredentials(ufrag: "call", password: mirror.callerPassword), seed: 7))
  }

  func connect() {
    caller.connect(to: mirror.remote, at: now, into: &outlet)
    carry()
  }

  /// Carries datagrams both ways until nobody has more to say.
  func carry() {
    while !outlet.datagrams.isEmpty {
      let datagrams = outlet.datagrams
      outlet.datagrams = []
      for (_, bytes) in datagrams where !loses(bytes) {
        for answer in mirror.receive(bytes) { deliver(answer) }
      }
    }
  }

  func deliver(_ datagram: [UInt8]) {
    var copy = datagram
    var span = copy.mutableSpan
    caller.receive(&span, at: now, into: &outlet)
  }

  var figures: CallerFigures { caller.figures }
  var keyFramesSent: Int { caller.keyFramesSent(0) }

  /// Lets time pass.
  func pass(milliseconds: Int64) {
    let end = now.adding(milliseconds: milliseconds)
    while let deadline = caller.deadline, deadline <= end {
      now = max(now, deadline)
      caller.timeout(at: now, into: &outlet)
      carry()
    }
    now = end
  }
}
