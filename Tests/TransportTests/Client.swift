// The other end of a transport: a full ICE agent that checks, a DTLS session, SRTP once there are keys. And the house of
// transports that it talks to, in a time that only the test moves.

import Crypto
import Link
import Structures
import Testing
import Wire

@testable import Transport

struct RecordingOutlet: DatagramOutlet {
  var sent: [(path: Path, bytes: [UInt8])] = []
  var events: [(event: TransportEvent, peer: Int32)] = []

  mutating func send(on path: Path, _ fill: (inout MutableSpan<UInt8>) -> Int) {
    var slot = [UInt8](repeating: 0, count: 1_500)
    var span = slot.mutableSpan
    let count = fill(&span)
    if count > 0 { sent.append((path, Array(slot.prefix(count)))) }
  }

  mutating func happened(_ event: TransportEvent, to peer: Int32) { events.append((event, peer)) }
}

extension Path {
  static func at(_ host: UInt32, _ port: UInt16 = 4_000) -> Path {
    Path(remote: TransportAddress(ipv4: 0xC000_0200 | host, port: port))
  }
}

final class House {
  static let certificate = DTLSCertificate()
  /// OpenSSL takes less than 15 ms for no time at all.
  static let firstTimeout = Duration.milliseconds(30)

  var transports: Transports
  var outlet = RecordingOutlet()
  var now = Instant(nanoseconds: 5_000_000_000_000)

  init(
    _ implementation: SRTPImplementation = .openssl, profiles: [SRTPProfile] = SRTPProfile.allCases,
    peersMax: Int = 1_000
  ) {
    transports = Transports(
      TransportOptions(
        context: DTLSContext(Self.certificate, profiles: profiles, firstTimeout: Self.firstTimeout),
        implementation: implementation, peersMax: peersMax, seed: (1, 2)))
  }

  @discardableResult
  func add(_ client: Client, startsHandshake: Bool = false, expecting other: DTLSFingerprint? = nil) -> Bool {
    let print = other ?? client.fingerprint
    let setup = PeerSetup(
      room: RoomHandle(1), local: client.remote, remote: client.local,
      fingerprints: [Fingerprint(hash: "sha-256", digest: print.bytes)], startsHandshake: startsHandshake)
    return transports.add(client.number, setup, at: now)
  }

  func remove(_ client: Client) { transports.remove(client.number, into: &outlet) }

  @discardableResult
  func restart(_ client: Client) -> Bool {
    transports.restart(client.number, local: client.remote, remote: client.local)
  }

  @discardableResult
  func receive(_ bytes: [UInt8], on path: Path) -> Transports.Arrival { open(bytes, on: path).arrival }

  /// With what was left of the datagram.
  func open(_ bytes: [UInt8], on path: Path) -> (arrival: Transports.Arrival, bytes: [UInt8]) {
    var bytes = bytes
    var span = bytes.mutableSpan
    let arrival = transports.receive(&span, on: path, at: now, into: &outlet)
    switch arrival {
    case .rtp(_, let count), .rtcp(_, let count): return (arrival, Array(bytes.prefix(count)))
    default: return (arrival, bytes)
    }
  }

  @discardableResult
  func advance(_ limit: Int = 100) -> Int {
    transports.advanceHandshakes(atMost: limit, at: now, into: &outlet)
  }

  func pass(milliseconds: Int64) {
    now = now.adding(milliseconds: milliseconds)
    transports.timeout(at: now, into: &outlet)
  }

  func take() -> [(path: Path, bytes: [UInt8])] {
    defer { outlet.sent = [] }
    return outlet.sent
  }

  func takeEvents() -> [TransportEvent] {
    defer { outlet.events = [] }
    return outlet.events.map(\.event)
  }

  /// Everything arrives until nobody has anything to say.
  func exchange(_ client: Client) {
    for _ in 0..<20 {
      let theirs = client.drain()
      for datagram in theirs { receive(datagram, on: client.path) }
      advance()
      let ours = take()
      for (path, bytes) in ours where path == client.path { client.receive(bytes) }
      if theirs.isEmpty && ours.isEmpty { return }
    }
  }

  /// A check and the handshake.
  func connect(_ client: Client, startsHandshake: Bool = false) {
    add(client, startsHandshake: startsHandshake)
    receive(client.check(), on: client.path)
    _ = take()
    client.begin()
    exchange(client)
  }

  func isConnected(_ client: Client) -> Bool { transports.isConnected(client.number) }
  func count(_ reason: DropReason) -> Int { transports.counts[reason] }
  var figures: WorkerFigures {
    var figures = WorkerFigures()
    transports.count(into: &figures)
    return figures
  }
  var hasWork: Bool { transports.hasHandshakeWork }
  var deadline: Instant? { transports.deadline }
  var peers: Int { transports.count }
  var tableSizes: [Int] {
    [transports.byAddress.count, transports.byUfrag.count, transports.timers.armedCount]
  }
  func path(of client: Client) -> Path? { transports.path(of: client.number) }
  func hasHandshake(_ client: Client) -> Bool { transports.peers.read(client.number) { $0.dtls != nil } }

  func protect(_ packet: [UInt8], for client: Client, cut: Int = 12) -> [UInt8] {
    var slot = [UInt8](repeating: 0, count: packet.count + 40)
    var span = slot.mutableSpan
    let count = transports.protectRTP(
      for: client.number, head: packet.span.extracting(..<cut), headerCount: 12,
      rest: packet.span.extracting(cut...), into: &span)
    return Array(slot.prefix(count))
  }

  func protectReport(_ report: [UInt8], for client: Client) -> [UInt8] {
    var slot = [UInt8](repeating: 0, count: report.count + 40)
    var span = slot.mutableSpan
    let count = transports.protectRTCP(for: client.number, report.span, into: &span)
    return Array(slot.prefix(count))
  }
}

final class Client {
  static let certificates = (0..<4).map { _ in DTLSCertificate() }
  static let contexts = certificates.map { DTLSContext($0, firstTimeout: House.firstTimeout) }

  let number: Int32
  var local: ICECredentials
  var remote: ICECredentials
  var path: Path
  var dtls: DTLSSession
  var srtp: AnySRTP?
  let fingerprint: DTLSFingerprint
  private var transaction: UInt64

  init(
    _ number: Int32 = 0, at path: Path? = nil, role: DTLSSession.Role = .client, context: DTLSContext? = nil,
    expecting: DTLSFingerprint? = nil
  ) {
    self.number = number
    self.path = path ?? .at(UInt32(number % 200), UInt16(truncatingIfNeeded: 4_000 + number / 200))
    local = ICECredentials(ufrag: "them\(number)", password: "the client's password \(number)")
    remote = ICECredentials(ufrag: "ours\(number)", password: "the server's password \(number)")
    let context = context ?? Self.contexts[Int(number) % 4]
    dtls = DTLSSession(context, role, expecting: [expecting ?? House.certificate.fingerprint])
    dtls.proveAddress()
    fingerprint = context.certificate.fingerprint
    transaction = UInt64(number) << 32
  }

  func begin() { dtls.start() }

  // MARK: Checks

  func check(
    nominates: Bool = false, isControlled: Bool = false, username: String? = nil, password: String? = nil,
    unknown: [UInt16] = [], isSigned: Bool = true, isSummed: Bool = true
  ) -> [UInt8] {
    transaction += 1
    return Self.message(
      .request, transaction: STUNTransaction(high: 7, low: transaction),
      signedWith: isSigned
        ? password ?? remote.password : nil, isSummed: isSummed
    ) { writer, output in
      let name = Array((username ?? "\(remote.ufrag):\(local.ufrag)").utf8)
      if !name.isEmpty { writer.append(STUNAttribute.username, name.span, into: &output) }
      writer.append(STUNAttribute.priority, UInt32(1_853_824_767), into: &output)
      writer.append(
        isControlled ? STUNAttribute.iceControlled : STUNAttribute.iceControlling, UInt64(99), into: &output)
      if nominates { writer.appendFlag(STUNAttribute.useCandidate, into: &output) }
      for type in unknown { writer.append(type, UInt32(1), into: &output) }
    }
  }

  static func message(
    _ kind: STUNClass, method: UInt16 = STUNMessage.binding, transaction: STUNTransaction,
    signedWith password: String?,
    isSummed: Bool, _ attributes: (inout STUNWriter, inout MutableSpan<UInt8>) -> Void
  ) -> [UInt8] {
    var bytes = [UInt8](repeating: 0, count: 400)
    var span = bytes.mutableSpan
    var writer = STUNWriter(kind, method: method, transaction: transaction, into: &span)
    attributes(&writer, &span)
    if let password {
      let key = HMACKey(sha1: Array(password.utf8).span)
      writer.appendIntegrity(into: &span) { head, rest in key.code(head, rest) }
    }
    if isSummed { writer.appendFingerprint(into: &span) }
    return Array(bytes.prefix(writer.byteCount))
  }

  struct Answer: Equatable {
    var mapped: TransportAddress?
    var error: UInt16?
    var isSigned: Bool
    var unknown: [UInt16] = []
  }

  /// Nil if it is no answer to the last check.
  func read(_ bytes: [UInt8], password: String? = nil) -> Answer? {
    guard let message = try? STUNMessage(bytes.span), message.transaction.low == transaction,
      message.kind == .success || message.kind == .error, message.hasFingerprint
    else { return nil }
    let key = HMACKey(sha1: Array((password ?? remote.password).utf8).span)
    let isSigned = message.isAuthentic(bytes.span) { head, rest in key.code(head, rest) }
    let unknown = message.unknownAttributes?.range ?? 0..<0
    return Answer(
      mapped: message.mappedAddress, error: message.errorCode, isSigned: isSigned,
      unknown: stride(from: unknown.lowerBound, to: unknown.upperBound, by: 2).map {
        bytes.span.uint16(at: $0)
      })
  }

  // MARK: Handshake

  func receive(_ datagram: [UInt8]) {
    guard (datagram.first.map { (20...63).contains($0) }) == true else { return }
    dtls.receive(datagram.span)
    if srtp == nil, let keys = dtls.exportKeys() {
      srtp = AnySRTP(.openssl, keys.profile, sending: keys.sending, receiving: keys.receiving)
    }
  }

  func drain() -> [[UInt8]] {
    var datagrams: [[UInt8]] = []
    var slot = [UInt8](repeating: 0, count: 1_500)
    while true {
      var span = slot.mutableSpan
      guard let count = dtls.takeDatagram(into: &span) else { return datagrams }
      datagrams.append(Array(slot.prefix(count)))
    }
  }

  var state: DTLSSession.State { dtls.state }
  var profile: SRTPProfile? { srtp?.profile }

  // MARK: Media

  static func packet(_ sequence: UInt16, source: UInt32 = 0x0102_0304, count: Int = 100) -> [UInt8] {
    var bytes: [UInt8] = [0x80, 96, UInt8(sequence >> 8), UInt8(sequence & 0xFF), 0, 0, 0, 1]
    bytes += [24, 16, 8, 0].map { UInt8(truncatingIfNeeded: source >> $0) }
    return bytes + [UInt8](repeating: 7, count: count)
  }

  static let report: [UInt8] = [0x80, 201, 0, 1, 1, 2, 3, 4]

  func protect(_ packet: [UInt8]) -> [UInt8] {
    var bytes = packet + [UInt8](repeating: 0, count: 40)
    var span = bytes.mutableSpan
    guard let count = try? srtp?.protectRTP(&span, headerCount: 12, count: packet.count) else { return [] }
    return Array(bytes.prefix(count))
  }

  func protectReport(_ report: [UInt8] = report) -> [UInt8] {
    var bytes = report + [UInt8](repeating: 0, count: 40)
    var span = bytes.mutableSpan
    guard let count = try? srtp?.protectRTCP(&span, count: report.count) else { return [] }
    return Array(bytes.prefix(count))
  }

  func open(_ packet: [UInt8], isReport: Bool = false) -> [UInt8]? {
    var bytes = packet
    var span = bytes.mutableSpan
    guard let count = try? (isReport ? srtp?.unprotectRTCP(&span) : srtp?.unprotectRTP(&span)) else {
      return nil
    }
    return Array(bytes.prefix(count))
  }
}
