// A participant that calls a Tandem server over the public protocol: joins with an offer, answers the server's offers,
// resumes after a lost connection, moves to other addresses.

import Access
import Caller
package import Control
import Crypto
package import Generator
import Structures
import Values
package import Web
import Wire

@Control package final class TandemParticipant: LoadParticipant {
  package struct Server: Sendable {
    let target: WebSocketTarget
    let keyID: String
    let secret: [UInt8]

    package init(target: WebSocketTarget, keyID: String, secret: [UInt8]) {
      self.target = target
      self.keyID = keyID
      self.secret = secret
    }
  }

  package let plan: ParticipantPlan
  private let server: Server
  private unowned let context: LoadContext
  private let offer: CallerOffer
  private var stage = LoadStage.waiting
  private var seat: LoadSeat?
  private var socket: WebSocketClient?
  private var resume: String?
  private var lastSequence: Int64?
  private var requests: Int64 = 0
  /// Streams that the server sends, and since when they are known.
  private var expected: [UInt32: Int64] = [:]
  private var fromJoin: Set<UInt32> = []
  private var connectBegan: Int64 = 0
  private var joinSent: Int64 = 0
  private var roamBegan: Int64?

  package init(_ plan: ParticipantPlan, _ server: Server, _ context: LoadContext) {
    self.plan = plan
    self.server = server
    self.context = context
    let name = "\(context.plan.roomPrefix)-\(plan.room)-\(plan.place)"
    var chance = Chance(seed: context.plan.seed &+ UInt64(plan.index) &* 7_919)
    let ssrc = UInt32(plan.index) &* 8 &+ 1_000_000
    var offer = CallerOffer(
      credentials: ICECredentials(
        ufrag: Identifier.random(count: 8, using: &chance),
        password: Identifier.random(count: 24, using: &chance)),
      fingerprint: context.fingerprint, canonicalName: name, audioSSRC: ssrc, videoSSRC: ssrc + 1,
      videoRetransmissionSSRC: ssrc + 2)
    offer.sendsAudio = plan.sends && context.plan.audio != .off
    offer.sendsVideo = plan.sends && context.plan.video != .off
    self.offer = offer
  }

  private func move(to new: LoadStage) {
    context.tally.move(from: stage, to: new)
    stage = new
  }

  private func fail(_ code: String, _ explanation: String) {
    guard stage < .left else { return }
    context.tally.fail(code, explanation)
    move(to: .failed)
    letGo()
  }

  private func letGo() {
    socket?.close()
    socket = nil
    if let seat { context.closeCaller(seat) }
    seat = nil
  }

  // MARK: What the run says

  package func join() {
    guard stage == .waiting else { return }
    move(to: .joining)
    connect()
  }

  package func leave() {
    guard stage < .left else { return }
    socket?.send(JSON.object(["type": "leave"]).encoded())
    move(to: .left)
    letGo()
  }

  package func roam() {
    guard stage >= .connected, stage < .left, let seat else { return }
    context.tally.roams += 1
    roamBegan = context.nowNanoseconds
    context.send(.move(seat.number), to: seat)
  }

  package func reconnect() {
    guard stage >= .joined, stage < .left, resume != nil else { return }
    context.tally.reconnects += 1
    socket?.abandon()
    connect()
  }

  // MARK: Signaling

  private func connect() {
    connectBegan = context.nowNanoseconds
    let socket = WebSocketClient(server.target, subprotocol: "tandem.v1")
    socket.opened = { [unowned self] in sendJoin() }
    socket.received = { [unowned self] text in received(text) }
    socket.ended = { [unowned self] end in ended(end) }
    self.socket = socket
    socket.connect()
  }

  private func ended(_ end: WebSocketClient.End) {
    switch end {
    case .closed(let code):
      fail("close_\(code ?? 1005)", "the server closed the connection with code \(code ?? 1005)")
    case .refused(let status):
      fail("http_\(status ?? 0)", "the server refused the WebSocket with status \(status ?? 0)")
    case .broken(let reason): fail("connection", reason)
    }
  }

  private func request(_ type: String, _ fields: JSON.Object) {
    requests += 1
    var message: JSON.Object = ["type": .string(type), "id": .integer(requests)]
    for member in fields.members { message.append(member.name, member.value) }
    socket?.send(JSON.object(message).encoded())
  }

  private func sendJoin() {
    joinSent = context.nowNanoseconds
    var fields: JSON.Object = ["token": .string(token())]
    if let resume {
      fields.append("resume", .string(resume))
      if let lastSequence { fields.append("lastSeq", .integer(lastSequence)) }
    } else {
      var tracks: [JSON] = []
      if offer.sendsAudio { tracks.append(["mid": "0", "source": "microphone"]) }
      if offer.sendsVideo { tracks.append(["mid": "1", "source": "camera"]) }
      fields.append("offer", ["sdp": .string(offer.text), "tracks": .array(tracks)])
    }
    request("join", fields)
  }

  private func token() -> String {
    let now = Timestamp.now.seconds
    let claims = TokenClaims(
      subject: offer.canonicalName, expiresAtSeconds: now + Limits.tokenSeconds, issuedAtSeconds: now,
      name: offer.canonicalName,
      tandem: .init(
        room: "\(context.plan.roomPrefix)-\(plan.room)", role: plan.place == 0 ? .mentor : .student,
        publish: plan.sends))
    return TokenMint.token(claims, keyID: server.keyID, secret: server.secret)
  }

  private func received(_ text: [UInt8]) {
    guard let message = try? JSON(parsing: text), let type = message["type"]?.string else {
      return fail("not_json", "the server sent something that is no message")
    }
    if let sequence = message["seq"]?.integer { lastSequence = sequence }
    switch type {
    case "joined": joined(message)
    case "offer": offered(message)
    case "error" where stage == .joining || message["code"]?.string == "bad_sdp":
      fail(message["code"]?.string ?? "error", message["message"]?.string ?? "")
    case "error": context.tally.fail(message["code"]?.string ?? "error", message["message"]?.string ?? "")
    case "room.closed": fail("room_closed", "the server closed the room")
    default: break
    }
  }

  private func joined(_ message: JSON) {
    let now = context.nowNanoseconds
    let isAgain = resume != nil
    resume = message["resume"]?.string ?? resume
    guard !isAgain else {
      context.tally.reconnected.add(now - connectBegan)
      return
    }
    context.tally.connectToJoined.add(now - connectBegan)
    context.tally.joined.add(now - joinSent)
    move(to: .joined)
    if context.plan.isRecorded { request("consent", ["recording": true]) }
    guard let text = message["answer"]?["sdp"]?.string, let answer = ServerDescription(text),
      let remote = remote(answer)
    else { return fail("bad_answer", "the server's answer is no description with a UDP candidate") }
    guard let seat = context.openCaller(for: self, offer.credentials, seed: offer.seed) else {
      return fail("no_caller", "the generator has no number left")
    }
    self.seat = seat
    fromJoin = Set(answer.lines.compactMap { $0.stream?.ssrc })
    follow(answer)
    let senders = offer.senders(
      answer, source: UInt32(plan.index), audio: context.plan.audioLooks, video: context.plan.videoLooks)
    context.send(.send(seat.number, senders), to: seat)
    context.send(.connect(seat.number, remote), to: seat)
  }

  /// On the server's own machine the way that stays there, whatever stands first.
  private func remote(_ description: ServerDescription) -> CallerRemote? {
    guard var remote = description.remote else { return nil }
    if server.target.isLoopback, let near = description.candidates.first(where: \.isLoopback) {
      remote.address = near
    }
    return remote
  }

  private func offered(_ message: JSON) {
    guard let text = message["sdp"]?.string, let description = ServerDescription(text),
      let answer = offer.answer(to: text)
    else { return fail("bad_offer", "the server's offer is no description") }
    follow(description)
    request("answer", ["sdp": .string(answer)])
  }

  /// New streams are expected, those that are gone forgotten.
  private func follow(_ description: ServerDescription) {
    guard let seat else { return }
    let streams = description.lines.compactMap(\.stream)
    let now = context.nowNanoseconds
    let added = streams.filter { expected[$0.ssrc] == nil }
    let known = Set(streams.map(\.ssrc))
    let gone = expected.keys.filter { !known.contains($0) }
    for stream in added { expected[stream.ssrc] = now }
    for ssrc in gone { expected[ssrc] = nil }
    if !added.isEmpty { context.send(.expect(seat.number, added), to: seat) }
    if !gone.isEmpty { context.send(.forget(seat.number, gone), to: seat) }
  }

  // MARK: Media

  package func happened(_ event: GeneratorEvent) {
    switch event {
    case .connected(_, let at):
      context.tally.connected.add(at.nanoseconds - joinSent)
      if stage == .joined { move(to: .connected) }
    case .firstPacket(_, let ssrc, let at):
      guard let since = expected[ssrc] else { return }
      if stage == .connected, fromJoin.contains(ssrc) {
        context.tally.firstMedia.add(at.nanoseconds - joinSent)
      } else if !fromJoin.contains(ssrc) {
        context.tally.announced.add(at.nanoseconds - since)
      }
      if stage == .connected { move(to: .hearing) }
    case .reachable(_, let at):
      if let roamBegan { context.tally.roamed.add(at.nanoseconds - roamBegan) }
      roamBegan = nil
    case .failed(_, let reason): fail("dtls", "the encrypted connection failed: \(reason)")
    case .closed: fail("dtls_closed", "the server ended the encrypted connection")
    case .figures: break
    }
  }
}

extension CallerOffer {
  /// What its caller draws from.
  var seed: UInt64 { UInt64(audioSSRC) &* 0x9E37_79B9 }
}
