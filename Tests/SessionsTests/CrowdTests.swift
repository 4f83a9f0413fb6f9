// Random crowds: several people join, drop, come back, kick, lock and leave in any order and at once, over real
// rooms and a real store. What each client can work out from its own frames must be what is so.

import Access
import Control
import Store
import Testing
import Values

@testable import Sessions

@Suite("Crowds in any order", .timeLimit(.minutes(2))) struct CrowdTests {
  init() { Control.runInBackground() }

  @Test(
    "whatever happens, every client's picture is right and every joining has its leaving", arguments: 1...16)
  @Control func crowd(seed: Int) async throws {
    let crowd = try await Crowd(seed: UInt64(seed))
    for step in 0..<200 {
      await crowd.step()
      if let problem = crowd.problem {
        Issue.record("seed \(seed), step \(step): \(problem)")
        break
      }
    }
    try await crowd.finish()
    #expect(crowd.problem == nil)
  }
}

/// One person's program: it believes only what it is sent.
@Control private final class Player: ParticipantConnection {
  let identity: String
  let role: Role
  let codebook: Codebook
  var seat: Seat?
  var resume = ""
  var lastSeq: UInt64 = 0
  var others: [String: ParticipantView] = [:]
  var isConnected = false
  var isWaiting = false
  /// The reply to the join or resume has come.
  var isIn = false
  var closed: CloseReason?
  var problem: String?

  init(_ identity: String, _ role: Role, _ codebook: Codebook) {
    self.identity = identity
    self.role = role
    self.codebook = codebook
  }

  func start(_ view: JoinedView) {
    resume = view.resume
    others = Dictionary(uniqueKeysWithValues: view.participants.map { ($0.id, $0) })
    isIn = true
    isWaiting = false
  }

  func deliver(_ frame: [UInt8], latestKey: String?) {
    guard isIn || isWaiting else { return fail("an event before the reply") }
    take(frame)
  }

  func take(_ frame: [UInt8]) {
    guard let (seq, event) = codebook.decode(frame) else { return fail("a frame that is none") }
    if seq != lastSeq + 1 { fail("\(seq) after \(lastSeq)") }
    lastSeq = seq
    if isWaiting {
      switch event {
      case .admitted(let view): start(view)
      case .denied, .roomClosed: break
      default: fail("\(event.name) while waiting")
      }
      return
    }
    switch event {
    case .participantJoined(let view):
      if others.updateValue(view, forKey: view.id) != nil { fail("\(view.id) joined twice") }
      if view.role == "observer" { fail("an observer was announced") }
    case .participantUpdated(let view):
      if others.updateValue(view, forKey: view.id) == nil { fail("\(view.id) is unknown") }
    case .participantLeft(let id, _):
      if others.removeValue(forKey: id) == nil, role != .mentor { fail("\(id) left and was never there") }
    case .hand(let id, let raised):
      if others[id] == nil { fail("a hand of nobody") }
      others[id]?.handRaised = raised
    case .waiting: if role != .mentor { fail("who waits is the moderators' affair") }
    case .admitted, .denied, .chat, .consent, .recording, .roomUpdated, .roomClosed, .trackAdded,
      .trackUpdated,
      .trackRemoved, .offer, .topology, .speakers, .quality, .talk, .layers, .delivery, .relayedOffer,
      .relayedAnswer,
      .relayedCandidate,
      .token, .draining, .sessionExtended, .sessionEnding:
      break
    }
  }

  func close(_ reason: CloseReason) {
    closed = reason
    isConnected = false
  }

  private func fail(_ text: String) { problem = problem ?? "\(identity) (\(role)): \(text)" }
}

@Control private final class Crowd {
  private var house: House
  private var random: Seeded
  private var players: [Player] = []
  private(set) var problem: String?
  private let roomNames = ["a", "b"]

  init(seed: UInt64) async throws {
    random = Seeded(seed)
    house = try await House { $0.replayEvents = 10_000 }
  }

  private func pick<Element>(_ elements: [Element]) -> Element? { elements.randomElement(using: &random) }

  func step() async {
    // A few things at once, so that they meet while something is being written down.
    let count = Int.random(in: 1...4, using: &random)
    var tasks: [Task<Void, Never>] = []
    for _ in 0..<count {
      let choice = Int.random(in: 0..<100, using: &random)
      tasks.append(Task { @Control in await self.act(choice) })
    }
    for task in tasks { await task.value }
    check()
  }

  private func act(_ choice: Int) async {
    switch choice {
    case 0..<26: await join()
    case 26..<38: drop()
    case 38..<56: await resume()
    case 56..<62: leave()
    case 62..<72: await moderate()
    case 72..<84: talk()
    case 84..<92: await hand()
    case 92..<97: house.pass(.seconds(Int.random(in: 1...30, using: &random)))
    case 97: house.pass(.seconds(61))
    case 98: await letIn()
    default: house.pass(.seconds(400))
    }
  }

  private func join() async {
    let number = Int.random(in: 0..<8, using: &random)
    let role: Role = number < 2 ? .mentor : number < 6 ? .student : .observer
    let player = Player("u\(number)", role, house.codebook)
    let issued = house.time.now.time.seconds + 10
    let outcome = try? await house.rooms.join(
      JoinRequest(room: pick(roomNames) ?? "a"), grant: grant(player.identity, role, issuedAt: issued),
      connection: player)
    switch outcome {
    case nil: return
    case .joined(let seat, let view):
      player.seat = seat
      player.lastSeq = view.lastSeq
      player.start(view)
    case .waiting(let seat, _):
      player.seat = seat
      player.isWaiting = true
    }
    player.isConnected = player.closed == nil
    players.append(player)
  }

  private var connected: [Player] { players.filter { $0.isConnected } }

  private func drop() {
    guard let player = pick(connected), let seat = player.seat else { return }
    player.isConnected = false
    player.isIn = false
    house.rooms.connectionLost(seat, player)
    if player.isWaiting { player.closed = .left }
  }

  private func resume() async {
    guard let player = pick(players.filter { !$0.resume.isEmpty && $0.closed == nil }) else { return }
    let again = Player(player.identity, player.role, house.codebook)
    again.lastSeq = player.lastSeq
    again.others = player.others
    let result = try? await house.rooms.resume(
      secret: player.resume, lastSeq: player.lastSeq, grant: nil, connection: again)
    guard let result else { return }
    // Events that it got on its old connection meanwhile would be told twice: the old one is closed first.
    again.isIn = true
    if player.lastSeq == again.lastSeq {
      result.missed.forEach(again.take)
      if again.lastSeq != result.view.lastSeq {
        problem = "missed ends at \(again.lastSeq), not \(result.view.lastSeq)"
      }
      let told = again.others
      again.start(result.view)
      if Set(told.keys) != Set(again.others.keys) {
        problem = "\(player.identity): what was missed does not lead to what is so"
      }
    } else {
      problem = "an event on a replaced connection"
    }
    again.seat = result.seat
    again.lastSeq = result.view.lastSeq
    again.isConnected = again.closed == nil
    player.isConnected = false
    players.removeAll { $0 === player }
    players.append(again)
  }

  private func leave() {
    guard let player = pick(connected), let seat = player.seat else { return }
    try? house.rooms.leave(seat)
  }

  private func moderate() async {
    guard let player = pick(connected.filter { $0.role == .mentor && $0.isIn }), let seat = player.seat else {
      return
    }
    let target = pick(players.compactMap(\.seat?.participant)) ?? ""
    let moderation: Moderation
    switch Int.random(in: 0..<12, using: &random) {
    case 0..<3: moderation = .kick(participant: target)
    case 3..<5: moderation = .lock
    case 5..<8: moderation = .unlock
    case 8..<10: moderation = .deny(participant: target)
    case 10: moderation = .end
    default: moderation = .mute(participant: target, track: "t", muted: true)
    }
    try? await house.rooms.moderate(seat, moderation)
  }

  private func letIn() async {
    guard let name = pick(roomNames) else { return }
    var changes = RoomChanges()
    changes.lobby = Bool.random(using: &random)
    _ = try? await house.rooms.update(name, changes)
    guard let mentor = connected.first(where: { $0.role == .mentor && $0.isIn && $0.seat?.room == name }),
      let seat = mentor.seat
    else { return }
    for player in players where player.isWaiting {
      guard let id = player.seat?.participant else { continue }
      try? await house.rooms.moderate(seat, .admit(participant: id))
    }
  }

  private func talk() {
    guard let player = pick(connected.filter(\.isIn)), let seat = player.seat else { return }
    let to = Bool.random(using: &random) ? player.others.keys.sorted().first : nil
    try? house.rooms.chat(seat, text: "x", to: to)
  }

  private func hand() async {
    guard let player = pick(connected.filter(\.isIn)), let seat = player.seat else { return }
    try? await house.rooms.raiseHand(seat, Bool.random(using: &random))
  }

  private func check() {
    problem = problem ?? players.lazy.compactMap(\.problem).first
    players.removeAll { $0.closed != nil }
    for name in roomNames {
      guard let detail = try? house.rooms.show(name) else { continue }
      let present = detail.participants.filter { $0.state != .waiting }
      if Set(present.map(\.identity)).count != present.count { problem = "somebody is in \(name) twice" }
      let announced = present.filter { $0.role != "observer" }
      for player in connected where player.isIn && player.seat?.room == name {
        let expected = announced.filter { $0.id != player.seat?.participant }
        let seen = expected.compactMap { player.others[$0.id] }
        if player.others.count != expected.count || seen != expected {
          problem =
            "\(player.identity) sees \(player.others.keys.sorted()), and there are \(expected.map(\.id))"
        }
      }
    }
  }

  /// Everybody loses the server; nobody comes back; then the books must balance.
  func finish() async throws {
    house = try await house.restarted()
    house.pass(.seconds(60))
    house.pass(.seconds(400))
    let events = try await house.outbox()
    func ids(_ type: String, _ key: String) -> [String] {
      events.filter { $0.type == type }.compactMap { $0.body[key]?["id"]?.string }
    }
    let pairs = [
      (ids("participant.joined", "participant"), ids("participant.left", "participant")),
      (ids("session.started", "session"), ids("session.ended", "session")),
    ]
    for (begun, ended) in pairs {
      if Set(begun).count != begun.count { problem = "something began twice" }
      if begun.sorted() != ended.sorted() { problem = "\(begun.count) began and \(ended.count) ended" }
    }
    if ids("room.created", "room").sorted() != ids("room.closed", "room").sorted() {
      problem = "a room did not close"
    }
    if ids("participant.joined", "participant").isEmpty { problem = "nobody came" }
    let open = try await house.store.read { connection throws(StoreFailure) in
      try connection.query("select count(*) from participants where left_at is null")[0].integer(0)
    }
    if open != 0 || !house.rooms.outlets.isEmpty || !house.rooms.secrets.isEmpty {
      problem = "somebody is still there"
    }
    await house.close()
  }
}
