// What happens in the call of a seed: how many people, what weather each has, and what they do when. And what must hold
// of every such call, whatever happened in it.

import Caller
import Crypto
import Link
import Structures
import Testing

struct Script {
  let seed: UInt64
  private var seeded: Seeded
  private(set) var isRough = false
  private(set) var isHostile = false
  private(set) var notes: [String] = []

  init(seed: UInt64) {
    self.seed = seed
    seeded = Seeded(seed)
  }

  mutating func play() -> Call {
    let call = Call(
      seed: seeded.next(), profile: seeded.below(3),
      implementation: seeded.happens(100) ? .libsrtp2 : .openssl,
      isRelay: seeded.happens(300))
    drawLooks(call)
    let count = seeded.happens(650) ? 2 : seeded.happens(800) ? 3 : seeded.within(4...8)
    isRough = seeded.happens(150)
    isHostile = seeded.happens(300)
    if isHostile { call.network.hostilePerMille = seeded.within(5...100) }
    notes.append("\(count) people\(isRough ? ", rough" : "")\(isHostile ? ", hostile" : "")")
    for _ in 0..<count {
      let (up, down) = weather()
      call.at(Int64(seeded.below(200)) + 1) { $0.join(up: up, down: down) }
    }
    call.run(until: 201)
    call.run(until: isRough ? 40_000 : 20_000) { call.isEverybodyConnected || !call.failures.isEmpty }
    if !call.isEverybodyConnected { call.ledger.complain("not everybody is connected after \(call.now) ms") }
    let length = Int64(seeded.within(600...1_800))
    drawEvents(call, from: call.now, length: length)
    call.run(until: call.now + length)
    return call
  }

  private mutating func drawLooks(_ call: Call) {
    if seeded.happens(300) {
      call.audio.talk = (Int64(seeded.within(100...600)), Int64(seeded.within(100...900)))
    }
    if seeded.happens(250) {
      call.video = nil
      return
    }
    var looks = VideoLooks()
    looks.framesPerSecond = Int64([10, 15, 30][seeded.below(3)])
    looks.temporalLayers = seeded.within(1...3)
    looks.packetByteCount = 120
    looks.keyFrameByteCount = seeded.within(1...8) * 100
    looks.deltaFrameByteCount = seeded.within(1...3) * 80
    call.video = looks
  }

  private mutating func weather() -> (Weather, Weather) {
    var weather = Weather()
    weather.delayMilliseconds = seeded.within(1...80)
    if seeded.happens(500) { weather.jitterMilliseconds = seeded.within(1...30) }
    weather.keepsOrder = seeded.happens(500)
    if isRough {
      weather.lossPerMille = seeded.within(100...300)
    } else if seeded.happens(500) {
      weather.lossPerMille = seeded.within(1...100)
    }
    if !isRough, seeded.happens(150) {
      weather.burstPerMille = seeded.within(1...10)
      weather.burstMilliseconds = seeded.within(20...200)
    }
    if seeded.happens(300) { weather.doublePerMille = seeded.within(1...50) }
    if seeded.happens(300) { weather.latePerMille = seeded.within(1...80) }
    var down = weather
    down.delayMilliseconds = seeded.within(1...80)
    return (weather, down)
  }

  private mutating func drawEvents(_ call: Call, from start: Int64, length: Int64) {
    for _ in 0..<seeded.below(6) {
      let time = start + Int64(seeded.below(Int(length)))
      let person = call.people[seeded.below(call.people.count)]
      let kind = call.video == nil ? 0 : seeded.below(2)
      let later = time + Int64(seeded.within(50...600))
      switch seeded.below(9) {
      case 0:
        notes.append("\(time) join")
        let (up, down) = weather()
        call.at(time) { $0.join(up: up, down: down) }
      case 1:
        notes.append("\(time) leave \(person.index)")
        call.at(time) { $0.leave(person) }
      case 2, 3:
        notes.append("\(time)-\(later) mute \(person.index) \(kind)")
        call.at(time) { $0.mute(person, kind, true) }
        call.at(later) { $0.mute(person, kind, false) }
      case 4:
        notes.append("\(time) restart source \(person.index) \(kind)")
        call.at(time) { $0.restartSource(person, kind) }
      case 5:
        let index = seeded.below(4)
        notes.append("\(time)-\(later) off \(person.index) \(index)")
        call.at(time) { $0.setQuality(person, index, .off) }
        call.at(later) { $0.setQuality(person, index, .high) }
      case 6:
        notes.append("\(time) move \(person.index)")
        call.at(time) { $0.move(person) }
      case 7:
        notes.append("\(time) rebind \(person.index)")
        call.at(time) { $0.rebind(person) }
      default:
        notes.append("\(time) ice restart \(person.index)")
        call.at(time) { if person.isPresent { $0.restartICE(person) } }
      }
    }
  }

  // MARK: What must hold

  /// All that is wrong with a call that was played, after everybody has left.
  func judge(_ call: Call) -> [String] {
    if !call.failures.isEmpty { call.ledger.complain("peers failed: \(call.failures)") }
    for person in call.people { judge(person, call) }
    call.everybodyLeaves()
    call.run(until: call.now + 3_000)
    let figures = call.switchboard.figures()
    if figures.peers != 0 || figures.tracks != 0 || figures.subscriptions != 0 || figures.connectedPeers != 0
    {
      call.ledger.complain("left behind: \(figures)")
    }
    if call.switchboard.deadline() != .distantFuture { call.ledger.complain("a timer of nobody") }
    return call.ledger.complaints
  }

  private func judge(_ person: Person, _ call: Call) {
    let name = "person \(person.index)"
    if let failure = person.failure { call.ledger.complain("\(name): the handshake failed: \(failure)") }
    let figures = person.caller.figures
    let strange = call.network.strangeToPerson[person.index]
    if figures.unauthentic + figures.malformed > strange {
      call.ledger.complain("\(name): \(figures.unauthentic) not authentic, \(strange) strangers'")
    }
    person.caller.forEachStream { expected, stream in
      let stream32 = "\(name), \(expected.ssrc)"
      if stream.pictureBreaks > 0 {
        call.ledger.complain("\(stream32): \(stream.pictureBreaks) picture breaks")
      }
      if stream.wrongStamps > 0 { call.ledger.complain("\(stream32): \(stream.wrongStamps) wrong stamps") }
      if stream.foreign > 0 { call.ledger.complain("\(stream32): \(stream.foreign) of another source") }
      if stream.unknownFormats > 0 { call.ledger.complain("\(stream32): unknown formats") }
      if stream.jumps > 0 { call.ledger.complain("\(stream32): numbers jumped") }
    }
  }
}
