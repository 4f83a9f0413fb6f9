// Somebody in a call: a caller with the names that the negotiation would give to its tracks and to what it receives.

import Caller
import Crypto
import Link
import Structures
import Wire

final class Person {
  static let audioFormat = PayloadFormat(payloadType: 111, codec: .opus, clockRate: 48_000)
  static let videoFormat = PayloadFormat(
    payloadType: 96, codec: .vp8, clockRate: 90_000, retransmission: 97, takesLossRequests: true,
    takesPictureLoss: true, takesFullIntra: true)
  /// What receivers know the formats as: other numbers than publishers use.
  static let heardAudio = PayloadFormat(payloadType: 100, codec: .opus, clockRate: 48_000)
  static let heardVideo = PayloadFormat(
    payloadType: 120, codec: .vp8, clockRate: 90_000, retransmission: 121, takesLossRequests: true,
    takesPictureLoss: true)

  let index: Int
  let handle: PeerHandle
  var caller: Caller
  var local: ICECredentials
  var remote: CallerRemote
  let fingerprints: [Fingerprint]
  let network: BadNetwork
  /// What the driver last heard from the caller; milliseconds, rounded up.
  var deadline: Int64 = .max
  var isPresent = true
  var connectedAt: Int64?
  var failure: DTLSSession.Failure?
  var subscriptions: [Subscribed] = []
  var ssrcs: [UInt32]
  /// Muted by the server: the person goes on sending, as one does who does not know yet.
  var mutedByServer: Set<Int> = []
  var nextPath: Int32 = 1
  var restarts = 0

  struct Subscribed {
    var setup: SubscriptionSetup
    var publisher: Int
    var isVideo: Bool
  }

  init(
    _ index: Int, network: BadNetwork, server: DTLSContext, client: DTLSContext,
    implementation: SRTPImplementation, seed: UInt64
  ) {
    self.index = index
    self.network = network
    handle = PeerHandle(UInt64(index) + 1)
    local = ICECredentials(ufrag: "c\(index)0x", password: "caller-password-22-char-\(index)")
    remote = CallerRemote(
      address: BadNetwork.server,
      credentials: ICECredentials(ufrag: "s\(index)0x", password: "server-password-22-char-\(index)"),
      fingerprints: [Self.fingerprint(server)])
    fingerprints = [Self.fingerprint(client)]
    caller = Caller(
      CallerOptions(
        implementation: implementation, context: client, local: local, seed: seed,
        reportSSRC: 90_000 + UInt32(index)))
    ssrcs = [1_000 + UInt32(index) * 10, 1_001 + UInt32(index) * 10]
  }

  static func fingerprint(_ context: DTLSContext) -> Fingerprint {
    let own = context.certificate.fingerprint
    return Fingerprint(hash: own.algorithm.rawValue, digest: own.bytes)
  }

  var peerSetup: PeerSetup {
    PeerSetup(
      room: RoomHandle(1), local: remote.credentials, remote: local, fingerprints: fingerprints)
  }

  /// Sound and picture.
  func track(_ kind: Int) -> TrackHandle { TrackHandle(UInt64(source(kind))) }
  func source(_ kind: Int) -> UInt32 { UInt32(index * 2 + kind + 1) }

  static func extensions(isVideo: Bool) -> ExtensionMap {
    var map = ExtensionMap()
    map.mid = 4
    map.transportSequence = 3
    if !isVideo { map.audioLevel = 1 }
    return map
  }

  func trackSetup(_ kind: Int) -> TrackSetup {
    let isVideo = kind == 1
    return TrackSetup(
      track: track(kind), isVideo: isVideo, mid: StreamName("\(kind)"), ssrcs: [ssrcs[kind]],
      retransmissionPairs: isVideo ? [(ssrcs[1], ssrcs[1] + 500_000)] : [],
      formats: [isVideo ? Self.videoFormat : Self.audioFormat], extensions: Self.extensions(isVideo: isVideo)
    )
  }

  func senderSetup(_ kind: Int, _ looks: SenderSetup.Content) -> SenderSetup {
    let isVideo = kind == 1
    return SenderSetup(
      looks, source: source(kind), mid: StreamName("\(kind)"), ssrc: ssrcs[kind],
      retransmissionSSRC: isVideo ? ssrcs[1] + 500_000 : nil,
      payloadType: isVideo ? 96 : 111, retransmission: isVideo ? 97 : nil,
      extensions: Self.extensions(isVideo: isVideo), canonicalName: "p\(index)")
  }

  func subscription(_ number: UInt64, to publisher: Person, _ kind: Int) -> SubscriptionSetup {
    var map = ExtensionMap()
    map.mid = 9
    map.transportSequence = 5
    if kind == 0 { map.audioLevel = 2 }
    let ssrc = 700_000 + UInt32(number) * 2
    return SubscriptionSetup(
      subscription: SubscriptionHandle(number), track: publisher.track(kind), mid: StreamName("m\(number)"),
      ssrc: ssrc, retransmissionSSRC: kind == 1 ? ssrc + 1 : nil,
      payloads: kind == 1
        ? [PayloadMapping(from: 96, to: 120, retransmission: 121)] : [PayloadMapping(from: 111, to: 100)],
      extensions: map, canonicalName: "p\(publisher.index)")
  }

  // MARK: What the driver does with it

  struct Exit: CallerOutlet {
    let person: Int
    let network: BadNetwork
    var slot = [UInt8](repeating: 0, count: 1_500)
    var events: [CallerEvent] = []

    mutating func send(
      from path: Int32, to remote: TransportAddress, _ fill: (inout MutableSpan<UInt8>) -> Int
    ) {
      var span = slot.mutableSpan
      let count = fill(&span)
      if count > 0 { network.fromPerson(person, path: path, Array(slot[..<count])) }
    }

    mutating func happened(_ event: CallerEvent) { events.append(event) }
  }

  private lazy var exit = Exit(person: index, network: network)

  func act(at now: Instant, _ body: (inout Caller, inout Exit) -> Void) {
    body(&caller, &exit)
    for event in exit.events {
      switch event {
      case .connected: connectedAt = connectedAt ?? network.now
      case .failed(let failure): self.failure = failure
      case .reachable, .closed: break
      }
    }
    exit.events.removeAll(keepingCapacity: true)
    deadline = caller.deadline.map { ($0.nanoseconds + 999_999) / 1_000_000 } ?? .max
  }

  func receive(_ datagram: [UInt8], at now: Instant) {
    var bytes = datagram
    act(at: now) { caller, exit in
      var span = bytes.mutableSpan
      caller.receive(&span, at: now, into: &exit)
    }
  }

  func timeout(at now: Instant) {
    act(at: now) { caller, exit in caller.timeout(at: now, into: &exit) }
  }
}
