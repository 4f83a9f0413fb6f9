// A call in virtual time: people, the network between, the server; and what somebody does at which moment. The driver
// goes from one moment at which something happens to the next.

import Caller
import Crypto
import Link
import Structures
import VirtualClock
import Wire

final class Call {
  static let serverContexts = SRTPProfile.allCases.map { DTLSContext(DTLSCertificate(), profiles: [$0]) }
  static let clientContexts = SRTPProfile.allCases.map { DTLSContext(DTLSCertificate(), profiles: [$0]) }

  let network: BadNetwork
  let ledger = Ledger()
  var switchboard: Board
  var people: [Person] = []
  var seeded: Seeded
  var audio = AudioLooks()
  var video: VideoLooks? = VideoLooks()
  let profile: Int
  let implementation: SRTPImplementation
  private var subscriptionCount: UInt64 = 0
  private var sourceCount: UInt32 = 0
  /// What happens when, in order.
  private var agenda: [(time: Int64, action: (Call) -> Void)] = []
  private(set) var failures: [PeerFailure] = []

  /// `isWatched`: whether the ledger looks at each packet. `isRelay`: whether a worker's own relay is the server.
  init(
    seed: UInt64, profile: Int = 0, implementation: SRTPImplementation = .openssl, isWatched: Bool = true,
    isRelay: Bool = false
  ) {
    seeded = Seeded(seed)
    network = BadNetwork(seed: seeded.next())
    self.profile = profile
    self.implementation = implementation
    let seed = (seeded.next(), seeded.next())
    if isRelay {
      switchboard = Board(
        relayOver: network, context: Self.serverContexts[profile], implementation: implementation, seed: seed)
    } else {
      let parts = Switchboard(
        network: network, ledger: isWatched ? ledger : nil, context: Self.serverContexts[profile],
        implementation: implementation, seed: seed)
      switchboard = Board(parts: parts, network: network)
    }
    audio.payloadByteCount = 40
  }

  var now: Int64 { network.now }
  var time: Instant { Instant(nanoseconds: network.now * 1_000_000) }

  func at(_ time: Int64, _ action: @escaping (Call) -> Void) {
    let index = agenda.firstIndex { $0.time > time } ?? agenda.count
    agenda.insert((time, action), at: index)
  }

  // MARK: Time

  /// Runs until then, or until something holds.
  func run(until end: Int64, or isOver: () -> Bool = { false }) {
    defer { tandem_virtual_clock_let_go() }
    while network.now < end, !isOver() {
      var next = min(end, network.deadline ?? .max, agenda.first?.time ?? .max)
      let deadline = switchboard.deadline()
      if deadline < .distantFuture { next = min(next, (deadline.nanoseconds + 999_999) / 1_000_000) }
      for person in people where person.isPresent { next = min(next, person.deadline) }
      network.now = max(network.now + 1, next)
      tandem_virtual_clock_set(1_800_000_000_000_000 + network.now * 1_000)
      turn()
    }
  }

  private func turn() {
    let time = self.time
    while let first = agenda.first, first.time <= now {
      agenda.removeFirst()
      first.action(self)
    }
    for var parcel in network.arrivals() {
      switch parcel.destination {
      case .server(let address): switchboard.receive(&parcel.bytes, from: address, at: time)
      case .person(let index):
        if people[index].isPresent { people[index].receive(parcel.bytes, at: time) }
      }
    }
    for person in people where person.isPresent && person.deadline <= now { person.timeout(at: time) }
    switchboard.endTurn(at: time)
    for event in switchboard.takeEvents() {
      if case .failed(let handle, let failure) = event {
        if people[Int(handle.number) - 1].isPresent { failures.append(failure) }
      }
    }
  }

  var isEverybodyConnected: Bool { people.allSatisfy { !$0.isPresent || $0.connectedAt != nil } }

  // MARK: What people do

  /// Comes in, publishes, and receives everybody as everybody receives it.
  @discardableResult
  func join(up: Weather, down: Weather) -> Person {
    network.addPerson(up: up, down: down)
    let person = Person(
      people.count, network: network, server: Self.serverContexts[profile],
      client: Self.clientContexts[profile], implementation: implementation, seed: seeded.next())
    people.append(person)
    switchboard.perform(.connect(person.handle, person.peerSetup), at: time)
    for kind in 0..<(video == nil ? 1 : 2) {
      switchboard.perform(.publish(person.handle, person.trackSetup(kind)), at: time)
      person.caller.add(
        person.senderSetup(kind, kind == 0 ? .audio(audio) : .video(video ?? VideoLooks())), at: time)
    }
    for other in people where other !== person && other.isPresent {
      for kind in 0..<(video == nil ? 1 : 2) {
        subscribe(person, to: other, kind)
        subscribe(other, to: person, kind)
      }
    }
    person.act(at: time) { caller, exit in caller.connect(to: person.remote, at: time, into: &exit) }
    return person
  }

  func subscribe(_ receiver: Person, to publisher: Person, _ kind: Int) {
    guard let peer = switchboard.number(of: receiver.handle) else { return }
    subscriptionCount += 1
    let setup = receiver.subscription(subscriptionCount, to: publisher, kind)
    ledger.open(peer, setup, source: publisher.source(kind), isVideo: kind == 1)
    receiver.caller.expect(
      ExpectedStream(
        setup, isVideo: kind == 1, formats: [kind == 1 ? Person.heardVideo : Person.heardAudio],
        source: publisher.source(kind)))
    receiver.subscriptions.append(
      Person.Subscribed(setup: setup, publisher: publisher.index, isVideo: kind == 1))
    switchboard.perform(.subscribe(receiver.handle, setup), at: time)
  }

  func leave(_ person: Person) {
    guard person.isPresent else { return }
    person.act(at: time) { caller, exit in caller.close(at: time, into: &exit) }
    forget(person)
  }

  private func forget(_ person: Person) {
    if let peer = switchboard.number(of: person.handle) {
      for subscribed in person.subscriptions { ledger.close(peer, subscribed.setup.ssrc) }
    }
    for other in people where other !== person && other.isPresent {
      guard let peer = switchboard.number(of: other.handle) else { continue }
      for subscribed in other.subscriptions where subscribed.publisher == person.index {
        ledger.close(peer, subscribed.setup.ssrc)
      }
    }
    switchboard.perform(.disconnect(person.handle), at: time)
    person.isPresent = false
  }

  func mute(_ person: Person, _ kind: Int, _ isMuted: Bool) {
    ledger.setMuted(person.source(kind), isMuted)
    switchboard.perform(.mute(person.track(kind), isMuted), at: time)
  }

  func setQuality(_ receiver: Person, _ index: Int, _ quality: Quality) {
    guard index < receiver.subscriptions.count, let peer = switchboard.number(of: receiver.handle) else {
      return
    }
    let setup = receiver.subscriptions[index].setup
    ledger.setOff(peer, setup.ssrc, quality == .off)
    switchboard.perform(.wish(setup.subscription, LayerWish(quality)), at: time)
  }

  func restartSource(_ person: Person, _ kind: Int) {
    sourceCount += 1
    let ssrc = 300_000 + sourceCount
    person.ssrcs[kind] = ssrc
    person.caller.restartSource(kind, ssrc: ssrc, retransmissionSSRC: kind == 1 ? ssrc + 500_000 : nil)
  }

  func move(_ person: Person) {
    let path = person.nextPath
    person.nextPath += 1
    person.act(at: time) { caller, exit in caller.move(to: path, at: time, into: &exit) }
  }

  /// The NAT before the person forgets, and takes another port.
  func rebind(_ person: Person) { network.mappings[person.index] += 1 }

  func restartICE(_ person: Person) {
    person.restarts += 1
    let number = person.restarts
    person.local = ICECredentials(
      ufrag: "c\(person.index)\(number)x", password: "caller-password-22-char-\(person.index)\(number)")
    person.remote.credentials = ICECredentials(
      ufrag: "s\(person.index)\(number)x", password: "server-password-22-char-\(person.index)\(number)")
    switchboard.perform(
      .restart(person.handle, local: person.remote.credentials, remote: person.local), at: time)
    person.act(at: time) { caller, exit in
      caller.restart(
        local: person.local, remote: person.remote.credentials, at: time, into: &exit)
    }
  }

  func everybodyLeaves() {
    for person in people { leave(person) }
    ledger.closeAll()
  }
}
