// A router with peers in it, packets to give it, and what it sent: the stage of the routing tests.

import Forwarding
import Link
import Structures
import Wire

struct Sent {
  var peer: Int32
  var bytes: [UInt8]
  var headerCount: Int

  var header: RTPHeader? { try? RTPHeader(bytes.span) }
  var payload: [UInt8] { header.map { Array(bytes[$0.payload]) } ?? [] }
  var sequence: UInt16 { bytes.span.uint16(at: 2) }
  var timestamp: UInt32 { bytes.span.uint32(at: 4) }
  var ssrc: UInt32 { bytes.span.uint32(at: 8) }

  func element(_ id: UInt8) -> [UInt8]? {
    guard let header, let extensions = HeaderExtensions(header) else { return nil }
    return extensions.find(id, in: bytes.span).map { Array(bytes[$0]) }
  }
}

/// Writes down everything.
struct Recorder: PacketOutlet {
  var media: [Sent] = []
  var control: [(peer: Int32, bytes: [UInt8])] = []
  var recorded: [(item: TapeItem, payload: [UInt8])] = []
  var events: [Event] = []

  mutating func sendRTP(to peer: Int32, head: Span<UInt8>, headerCount: Int, rest: Span<UInt8>) -> Bool {
    var bytes: [UInt8] = []
    for index in head.indices { bytes.append(head[index]) }
    for index in rest.indices { bytes.append(rest[index]) }
    media.append(Sent(peer: peer, bytes: bytes, headerCount: headerCount))
    return true
  }

  mutating func sendRTCP(to peer: Int32, _ compound: Span<UInt8>) {
    var bytes: [UInt8] = []
    for index in compound.indices { bytes.append(compound[index]) }
    control.append((peer, bytes))
  }

  mutating func record(_ item: TapeItem, payload: Span<UInt8>) {
    var bytes: [UInt8] = []
    for index in 0..<payload.count { bytes.append(payload[index]) }
    recorded.append((item, bytes))
  }
  mutating func tell(_ event: Event) { events.append(event) }
}

enum Formats {
  static let opus = PayloadFormat(payloadType: 111, codec: .opus, clockRate: 48_000)
  static let red = PayloadFormat(payloadType: 63, codec: .red, clockRate: 48_000)
  static let vp8 = PayloadFormat(
    payloadType: 100, codec: .vp8, clockRate: 90_000, retransmission: 101, takesLossRequests: true,
    takesPictureLoss: true)
  static let h264 = PayloadFormat(
    payloadType: 102, codec: .h264, clockRate: 90_000, takesLossRequests: true, takesFullIntra: true)
  static let mappings = [
    PayloadMapping(from: 111, to: 96), PayloadMapping(from: 100, to: 120, retransmission: 121),
    PayloadMapping(from: 102, to: 122),
  ]

  static var publisher: ExtensionMap {
    var map = ExtensionMap()
    (map.mid, map.audioLevel, map.transportSequence, map.absoluteSendTime) = (1, 2, 3, 4)
    (map.orientation, map.dependencyDescriptor, map.rid, map.playoutDelay, map.repairedRid) = (5, 6, 7, 8, 9)
    return map
  }

  static var receiver: ExtensionMap {
    var map = ExtensionMap()
    (map.mid, map.audioLevel, map.absoluteSendTime, map.transportSequence) = (9, 10, 11, 12)
    (map.orientation, map.dependencyDescriptor, map.playoutDelay) = (13, 14, 1)
    return map
  }
}

/// An RTP packet as a client would send it, with the publisher's ids.
struct Packet {
  var payloadType: UInt8 = 111
  var sequence: UInt16 = 1
  var timestamp: UInt32 = 0
  var ssrc: UInt32 = 0xA
  var marker = false
  var mid: String?
  var rid: String?
  var level: UInt8?
  var transportSequence: UInt16?
  var payload: [UInt8] = [0x78, 1, 2, 3]
  var padding: UInt8 = 0

  var bytes: [UInt8] {
    var head = [UInt8](repeating: 0, count: 100)
    var out = head.mutableSpan
    var fixed = RTPFixedHeader(
      payloadType: payloadType, sequence: SequenceNumber(sequence), timestamp: RTPTimestamp(timestamp),
      ssrc: ssrc)
    fixed.marker = marker
    _ = fixed.write(into: &out)
    let hasExtensions = mid ?? rid != nil || level != nil || transportSequence != nil
    let end = hasExtensions ? writeExtensions(into: &out) : 12
    var bytes = Array(head.prefix(end)) + payload
    if padding > 0 {
      bytes[0] |= 0x20
      bytes += [UInt8](repeating: 0, count: Int(padding) - 1) + [padding]
    }
    return bytes
  }

  private func writeExtensions(into out: inout MutableSpan<UInt8>) -> Int {
    guard var writer = ExtensionWriter(at: 12, in: &out) else { return 12 }
    for (id, text) in [(UInt8(1), mid), (7, rid)] {
      guard let text, let name = StreamName(text),
        let place = writer.append(id, byteCount: name.byteCount, in: &out)
      else { continue }
      _ = name.write(into: &out, at: place.lowerBound)
    }
    if let level, let place = writer.append(2, byteCount: 1, in: &out) { out[place.lowerBound] = level }
    if let transportSequence, let place = writer.append(3, byteCount: 2, in: &out) {
      out.store(transportSequence, at: place.lowerBound)
    }
    return writer.finish(in: &out)
  }

  static func vp8(
    isKey: Bool, isStart: Bool = true, picture: UInt16, layer: UInt8 = 0, _ body: [UInt8] = [7, 7]
  ) -> [UInt8] {
    [isStart ? 0x90 : 0x80, 0xE0, 0x80 | UInt8(picture >> 8 & 0x7F), UInt8(picture & 0xFF), layer, 0]
      + [isKey ? 0 : 1] + body
  }
}

struct Call: ~Copyable {
  static let room = RoomHandle(1)
  var router: Router
  var out = Recorder()
  var now = Instant(nanoseconds: 5_000_000_000)

  init(seed: UInt64 = 1) {
    router = Router(RouterOptions(seed: (seed, ~seed), peersMax: 64))
  }

  mutating func join(_ peers: Int32..., connected: Bool = true) {
    for peer in peers {
      router.addPeer(peer, PeerHandle(UInt64(peer) + 100), room: Self.room, at: now)
      if connected { router.setConnected(peer, true, at: now, into: &out) }
    }
  }

  mutating func publishAudio(
    _ peer: Int32, track: UInt64 = 1, mid: String = "a", formats: [PayloadFormat] = [Formats.opus]
  ) {
    let setup = TrackSetup(
      track: TrackHandle(track), isVideo: false, mid: StreamName(mid), formats: formats,
      extensions: Formats.publisher)
    router.publish(peer, setup, at: now, into: &out)
  }

  mutating func publishVideo(
    _ peer: Int32, track: UInt64 = 2, mid: String = "v", ssrcs: [UInt32] = [], repeats: UInt32? = nil
  ) {
    let setup = TrackSetup(
      track: TrackHandle(track), isVideo: true, mid: StreamName(mid), ssrcs: ssrcs,
      retransmissionPairs: repeats.map { [(ssrcs.first ?? 0, $0)] } ?? [],
      formats: [Formats.vp8, Formats.h264], extensions: Formats.publisher)
    router.publish(peer, setup, at: now, into: &out)
  }

  /// The subscription's number is its SSRC as well; 1,000 above it are its repetitions.
  mutating func subscribe(
    _ peer: Int32, to track: UInt64, as number: UInt64, repeats: Bool = true,
    mappings: [PayloadMapping] = Formats.mappings
  ) {
    let setup = SubscriptionSetup(
      subscription: SubscriptionHandle(number), track: TrackHandle(track), mid: StreamName("m\(number)"),
      ssrc: UInt32(number), retransmissionSSRC: repeats ? UInt32(number) + 1_000 : nil, payloads: mappings,
      extensions: Formats.receiver, canonicalName: "name")
    router.subscribe(peer, setup, at: now, into: &out)
  }

  mutating func receive(_ packet: Packet, from peer: Int32 = 0) { receive(packet.bytes, from: peer) }

  mutating func receive(_ bytes: [UInt8], from peer: Int32) {
    router.receiveRTP(bytes.span, from: peer, at: now, into: &out)
  }

  mutating func receiveControl(_ bytes: [UInt8], from peer: Int32) {
    router.receiveRTCP(bytes.span, from: peer, at: now, into: &out)
  }

  mutating func mute(_ track: UInt64, _ isMuted: Bool) {
    router.mute(TrackHandle(track), isMuted, at: now, into: &out)
  }

  mutating func setQuality(_ subscription: SubscriptionHandle, _ quality: Quality) {
    router.setWish(subscription, LayerWish(quality), at: now, into: &out)
  }

  mutating func timeout() { router.timeout(at: now, into: &out) }

  /// Time passes, and timers go off as they are due.
  mutating func pass(milliseconds: Int64) {
    let end = now.adding(milliseconds: milliseconds)
    while let deadline = router.deadline, deadline <= end {
      now = max(now, deadline)
      router.timeout(at: now, into: &out)
    }
    now = end
  }

  mutating func takeMedia() -> [Sent] {
    defer { out.media = [] }
    return out.media
  }

  mutating func takeControl() -> [Told] {
    defer { out.control = [] }
    return out.control.flatMap { Told.all($0.peer, $0.bytes) }
  }

  var figures: WorkerFigures {
    var figures = WorkerFigures()
    router.count(into: &figures)
    return figures
  }
}

/// One RTCP packet, read.
enum Told: Equatable {
  case senderReport(peer: Int32, ssrc: UInt32, SenderFacts)
  case receiverReport(peer: Int32, [ReportBlock])
  case name(peer: Int32, ssrc: UInt32, String)
  case losses(peer: Int32, media: UInt32, [UInt16])
  case pictureLoss(peer: Int32, media: UInt32)
  case fullIntra(peer: Int32, media: UInt32)
  case arrivals(peer: Int32, [UInt16])
  case answer(peer: Int32, UInt32)
  case other

  static func all(_ peer: Int32, _ bytes: [UInt8]) -> [Told] {
    var told: [Told] = []
    var packets = RTCPPackets()
    while let packet = try? packets.next(in: bytes.span) { told.append(one(peer, packet, bytes)) }
    return told
  }

  private static func one(_ peer: Int32, _ packet: RTCPPacket, _ bytes: [UInt8]) -> Told {
    if let report = try? Report(packet, in: bytes.span) {
      if let facts = report.facts { return .senderReport(peer: peer, ssrc: report.ssrc, facts) }
      return .receiverReport(peer: peer, (0..<report.blockCount).map { report.block($0, in: bytes.span) })
    }
    if packet.kind == .sourceDescription {
      var walk = SourceDescriptions(packet)
      guard let source = try? walk.next(in: bytes.span), let name = source.canonicalName else {
        return .other
      }
      return .name(peer: peer, ssrc: source.ssrc, String(decoding: bytes[name], as: UTF8.self))
    }
    if var reports = try? ExtendedReports(packet, in: bytes.span) {
      guard case .answers(var rest)? = try? reports.next(in: bytes.span),
        let answer = ExtendedReports.Answer(next: &rest, in: bytes.span)
      else { return .other }
      return .answer(peer: peer, answer.lastReceiverReport)
    }
    guard let feedback = try? Feedback(packet, in: bytes.span) else { return .other }
    switch feedback.subject {
    case .nack:
      var lost = LostSequences(feedback)
      var sequences: [UInt16] = []
      while let sequence = lost.next(in: bytes.span) { sequences.append(sequence.value) }
      return .losses(peer: peer, media: feedback.media, sequences)
    case .pictureLoss: return .pictureLoss(peer: peer, media: feedback.media)
    case .fullIntraRequest:
      var requests = FullIntraRequests(feedback)
      return .fullIntra(peer: peer, media: requests.next(in: bytes.span)?.ssrc ?? 0)
    case .transportWide:
      guard let arrivals = try? TransportFeedback(feedback, in: bytes.span) else { return .other }
      var statuses = arrivals.statuses
      var sequences: [UInt16] = []
      while let status = statuses.next(in: bytes.span) {
        if status.arrivalTicks != nil { sequences.append(status.sequence.value) }
      }
      return .arrivals(peer: peer, sequences)
    case .estimatedRate: return .other
    }
  }
}

extension [UInt8] {
  private static var room: [UInt8] { [UInt8](repeating: 0, count: 1_500) }

  /// RTCP packets of a client.
  static func nack(_ media: UInt32, _ sequences: [UInt16]) -> [UInt8] {
    let lost = sequences.map { SequenceNumber($0) }
    var bytes = room
    var out = bytes.mutableSpan
    let count = LostSequences.write(sender: 9, media: media, lost.span, into: &out)
    return Array(bytes.prefix(count ?? 0))
  }

  static func pictureLoss(_ media: UInt32) -> [UInt8] {
    var bytes = room
    var out = bytes.mutableSpan
    let count = Feedback.writePictureLoss(sender: 9, media: media, into: &out)
    return Array(bytes.prefix(count ?? 0))
  }

  static func senderReport(_ ssrc: UInt32, ntpTime: UInt64, timestamp: UInt32) -> [UInt8] {
    let facts = SenderFacts(
      ntpTime: ntpTime, timestamp: RTPTimestamp(timestamp), packetCount: 1, payloadByteCount: 1)
    let none: [ReportBlock] = []
    var bytes = room
    var out = bytes.mutableSpan
    let count = Reports.write(ssrc: ssrc, facts: facts, blocks: none.span, into: &out)
    return Array(bytes.prefix(count ?? 0))
  }

  static func receiverReport(_ block: ReportBlock) -> [UInt8] {
    let blocks = [block]
    var bytes = room
    var out = bytes.mutableSpan
    let count = Reports.write(ssrc: 9, blocks: blocks.span, into: &out)
    return Array(bytes.prefix(count ?? 0))
  }

  /// A receiver's own estimate of what it can take.
  static func rate(_ bitsPerSecond: UInt64) -> [UInt8] {
    let none: [UInt32] = []
    var bytes = room
    var out = bytes.mutableSpan
    let count = EstimatedRate.write(
      sender: 9, rateBitsPerSecond: bitsPerSecond, sources: none.span, into: &out)
    return Array(bytes.prefix(count ?? 0))
  }

  static func goodbye(_ ssrc: UInt32) -> [UInt8] {
    let sources = [ssrc]
    var bytes = room
    var out = bytes.mutableSpan
    let count = Goodbye.write(sources: sources.span, into: &out)
    return Array(bytes.prefix(count ?? 0))
  }

  static func receiverTime(_ ntpTime: UInt64) -> [UInt8] {
    var bytes = room
    var out = bytes.mutableSpan
    let count = ExtendedReports.writeReceiverTime(sender: 9, ntpTime: ntpTime, into: &out)
    return Array(bytes.prefix(count ?? 0))
  }
}
