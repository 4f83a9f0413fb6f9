// A participant that calls Janus's VideoRoom over its WebSocket API: one peer connection to publish with and one to receive
// everybody else with, as Janus's own clients do.

import Caller
import Control
import Generator
import LoadTest
import Structures
import Values
import Web
import Wire

@Control final class JanusParticipant: LoadParticipant {
  let plan: ParticipantPlan
  private let target: WebSocketTarget
  private unowned let context: LoadContext
  private let publishing: CallerOffer
  private let receiving: CallerOffer
  private var stage = LoadStage.waiting
  private var socket: WebSocketClient?
  private var keepAlive: Timer?
  private var session: Int64 = 0
  private var publisher: Int64 = 0
  private var subscriber: Int64 = 0
  private var publisherSeat: LoadSeat?
  private var subscriberSeat: LoadSeat?
  private var requests: Int64 = 0
  private var replies: [String: (JSON) -> Void] = [:]
  /// Others' feeds that are not asked for yet, and whether an offer of Janus's is on its way.
  private var wanted: [Int64] = []
  private var isNegotiating = false
  private var expected: [UInt32: Int64] = [:]
  private var hasConnectedBefore = false
  private var joinSent: Int64 = 0
  private var connectBegan: Int64 = 0

  init(_ plan: ParticipantPlan, _ target: WebSocketTarget, _ context: LoadContext) {
    self.plan = plan
    self.target = target
    self.context = context
    let name = "bench-\(plan.room)-\(plan.place)"
    func offer(_ number: UInt32) -> CallerOffer {
      var chance = Chance(seed: context.plan.seed &+ UInt64(plan.index) &* 7_919 &+ UInt64(number))
      let ssrc = UInt32(plan.index) &* 8 &+ 1_000_000
      return CallerOffer(
        credentials: ICECredentials(
          ufrag: Identifier.random(count: 8, using: &chance),
          password: Identifier.random(count: 24, using: &chance)),
        fingerprint: context.fingerprint, canonicalName: name, audioSSRC: ssrc, videoSSRC: ssrc + 1,
        videoRetransmissionSSRC: ssrc + 2)
    }
    var publishing = offer(0)
    publishing.sendsAudio = context.plan.audio != .off
    publishing.sendsVideo = context.plan.video != .off
    self.publishing = publishing
    var receiving = offer(1)
    receiving.sendsAudio = false
    receiving.sendsVideo = false
    self.receiving = receiving
  }

  private var room: Int64 { 1_000 + Int64(plan.room) }

  private func move(to new: LoadStage) {
    context.tally.move(from: stage, to: new)
    stage = new
  }

  private func fail(_ code: String, _ why: String) {
    guard stage < .left else { return }
    context.tally.fail(code, why)
    move(to: .failed)
    letGo()
  }

  private func letGo() {
    keepAlive = nil
    socket?.close()
    socket = nil
    for seat in [publisherSeat, subscriberSeat] { if let seat { context.closeCaller(seat) } }
    publisherSeat = nil
    subscriberSeat = nil
  }

  // MARK: What the run says

  func join() {
    move(to: .joining)
    connectBegan = context.nowNanoseconds
    let socket = WebSocketClient(target, subprotocol: "janus-protocol")
    socket.opened = { [unowned self] in begin() }
    socket.received = { [unowned self] text in received(text) }
    socket.ended = { [unowned self] end in fail("connection", "\(end)") }
    self.socket = socket
    socket.connect()
  }

  func leave() {
    guard stage < .left else { return }
    send(["janus": "destroy"])
    move(to: .left)
    letGo()
  }

  func roam() {}
  func reconnect() {}

  // MARK: Janus's API

  private func send(_ fields: JSON.Object, _ reply: @escaping (JSON) -> Void = { _ in }) {
    requests += 1
    let transaction = "t\(requests)"
    replies[transaction] = reply
    var message = fields
    message.append("transaction", .string(transaction))
    if session != 0 { message.append("session_id", .integer(session)) }
    socket?.send(JSON.object(message).encoded())
  }

  private func request(
    _ handle: Int64, _ body: JSON.Object, jsep: JSON? = nil, _ reply: @escaping (JSON) -> Void = { _ in }
  ) {
    var message: JSON.Object = [
      "janus": "message", "handle_id": .integer(handle), "body": .object(body),
    ]
    if let jsep { message.append("jsep", jsep) }
    send(message, reply)
  }

  private func attach(_ then: @escaping (Int64) -> Void) {
    send(["janus": "attach", "plugin": "janus.plugin.videoroom"]) { [unowned self] answer in
      guard let handle = answer["data"]?["id"]?.integer else { return fail("attach", answer.text) }
      then(handle)
    }
  }

  private func begin() {
    joinSent = context.nowNanoseconds
    send(["janus": "create"]) { [unowned self] answer in
      guard let id = answer["data"]?["id"]?.integer else { return fail("session", answer.text) }
      session = id
      keepAlive = Timer { [unowned self] in
        send(["janus": "keepalive"])
        keepAlive?.start(after: .seconds(20))
      }
      keepAlive?.start(after: .seconds(20))
      attach { [unowned self] handle in
        publisher = handle
        makeRoom()
      }
    }
  }

  /// Whoever is first makes it; to the others Janus says that it is there.
  private func makeRoom() {
    request(
      publisher,
      [
        "request": "create", "room": .integer(room), "publishers": 300, "bitrate": 100_000_000,
        "bitrate_cap": false, "audiocodec": "opus", "videocodec": "vp8", "notify_joining": false,
        "audiolevel_ext": true, "transport_wide_cc_ext": true, "permanent": false,
      ]
    ) { [unowned self] _ in enter() }
  }

  private func enter() {
    guard plan.sends else {
      request(
        publisher, ["request": "join", "ptype": "publisher", "room": .integer(room)],
        { [unowned self] in joined($0) })
      return
    }
    var description = publishing.description
    description.media.removeAll { !$0.direction.sends }
    description.groups = [.init("BUNDLE", description.media.compactMap(\.mid))]
    // Janus would begin the handshake itself, and our callers begin theirs.
    for index in description.media.indices { description.media[index].setup = .active }
    request(
      publisher,
      [
        "request": "joinandconfigure", "ptype": "publisher", "room": .integer(room),
        "audio": .bool(publishing.sendsAudio), "video": .bool(publishing.sendsVideo),
      ], jsep: ["type": "offer", "sdp": .string(description.description)],
      { [unowned self] in joined($0) })
  }

  private func joined(_ event: JSON) {
    let data = event["plugindata"]?["data"]
    guard data?["videoroom"]?.string == "joined" else { return fail("join", event.text) }
    context.tally.connectToJoined.add(context.nowNanoseconds - connectBegan)
    context.tally.joined.add(context.nowNanoseconds - joinSent)
    move(to: .joined)
    if plan.sends {
      guard let text = event["jsep"]?["sdp"]?.string, let answer = ServerDescription(text),
        let remote = answer.remote,
        let seat = context.openCaller(for: self, publishing.credentials, seed: UInt64(plan.index) * 2 + 1)
      else { return fail("answer", event.text) }
      publisherSeat = seat
      let senders = publishing.senders(
        answer, source: UInt32(plan.index), audio: context.plan.audioLooks, video: context.plan.videoLooks)
      context.send(.send(seat.number, senders), to: seat)
      context.send(.connect(seat.number, remote), to: seat)
    }
    found(data?["publishers"]?.array ?? [])
  }

  private func found(_ publishers: [JSON]) {
    wanted += publishers.compactMap { $0["id"]?.integer }
    subscribe()
  }

  private func subscribe() {
    guard !isNegotiating, !wanted.isEmpty else { return }
    isNegotiating = true
    let streams = JSON.array(wanted.map { ["feed": .integer($0)] })
    wanted = []
    guard subscriber == 0 else {
      request(subscriber, ["request": "subscribe", "streams": streams]) { [unowned self] in offered($0) }
      return
    }
    attach { [unowned self] handle in
      subscriber = handle
      request(
        handle,
        ["request": "join", "ptype": "subscriber", "room": .integer(room), "streams": streams],
        { [unowned self] in offered($0) })
    }
  }

  private func offered(_ event: JSON) {
    guard let text = event["jsep"]?["sdp"]?.string, let description = ServerDescription(text),
      let answer = receiving.answer(to: text), let remote = description.remote
    else { return fail("offer", event.text) }
    let isFirst = subscriberSeat == nil
    if isFirst {
      subscriberSeat = context.openCaller(
        for: self, receiving.credentials, seed: UInt64(plan.index) * 2 + 2)
    }
    guard let seat = subscriberSeat else { return fail("no_caller", "") }
    let added = description.lines.compactMap(\.stream).filter { expected[$0.ssrc] == nil }
    for stream in added { expected[stream.ssrc] = context.nowNanoseconds }
    context.send(.expect(seat.number, added), to: seat)
    if isFirst { context.send(.connect(seat.number, remote), to: seat) }
    request(
      subscriber, ["request": "start"], jsep: ["type": "answer", "sdp": .string(answer)],
      { [unowned self] _ in
        isNegotiating = false
        subscribe()
      })
  }

  private func received(_ text: [UInt8]) {
    guard let message = try? JSON(parsing: text), let kind = message["janus"]?.string else {
      return fail("not_json", "")
    }
    switch kind {
    case "ack": return
    case "error": return fail("error", message.text)
    case "hangup": return fail("hangup", message["reason"]?.string ?? "")
    default: break
    }
    if let transaction = message["transaction"]?.string,
      let reply = replies.removeValue(forKey: transaction)
    {
      reply(message)
    } else if let publishers = message["plugindata"]?["data"]?["publishers"]?.array {
      found(publishers)
    }
  }

  // MARK: Media

  func happened(_ event: GeneratorEvent) {
    switch event {
    case .connected(let number, let at):
      let isReceiver = number == subscriberSeat?.number
      if stage == .joined, isReceiver || plan.sends {
        context.tally.connected.add(at.nanoseconds - joinSent)
        move(to: .connected)
      }
    case .firstPacket(_, let ssrc, let at):
      if stage == .connected, !hasConnectedBefore {
        hasConnectedBefore = true
        context.tally.firstMedia.add(at.nanoseconds - joinSent)
      }
      if let since = expected[ssrc] { context.tally.announced.add(at.nanoseconds - since) }
      if stage == .connected { move(to: .hearing) }
    case .failed(_, let reason): fail("dtls", reason)
    case .closed: fail("dtls_closed", "")
    case .reachable, .figures: break
    }
  }
}
