// A publisher on a bad road, receivers that pause, mutes and restarts at any moment, from a seed; and a naive receiver
// that writes down everything and looks afterwards whether it was ever told a lie.

import Forwarding
import Link
import Structures
import Testing
import Wire

/// A packet on its way, with what the test knows of it.
private struct Posted {
  var at: Instant
  var bytes: [UInt8]
  /// Of the publisher's streams, each beginning.
  var generation: Int
  var count: Int
  var isPadding: Bool
  var isStart: Bool
  var picture: UInt16
  var timestamp: UInt32
  var body: [UInt8]
}

/// What one receiver got, and from when on it should have.
private struct Receiver {
  struct Got {
    var out: Int
    var generation: Int
    var count: Int
    var run: Int
    var sent: Sent
    var source: Posted
  }

  var peer: Int32
  var ssrc: UInt32
  var isOff = false
  /// Nothing is owed until the next packet comes.
  var isExcused = true
  var run = 0
  var generation = -1
  var begin = 0
  var got: [Got] = []
  /// Given to the router while it was owed nothing.
  var excused: Set<[Int]> = []

  mutating func excuse() {
    isExcused = true
    run += 1
  }
}

private final class Stage {
  var call: Call
  var random: Seeded
  var road: [Posted] = []
  var receivers: [Receiver] = []
  var isMuted = false
  let isVideo: Bool
  var generation = 0
  var count = 0
  var sequence: UInt16
  var timestamp: UInt32
  var picture: UInt16
  var ssrc: UInt32 = 0x100
  /// Given to the router so far, without second copies.
  var delivered: Set<[Int]> = []
  var carried: [[Int]: Posted] = [:]
  var current = 0
  var newest: [Int: Int] = [:]

  init(seed: UInt64) {
    random = Seeded(state: seed)
    call = Call(seed: seed)
    isVideo = seed % 2 == 0
    sequence = UInt16.random(in: 0...65_535, using: &random)
    timestamp = UInt32.random(in: 0...UInt32.max, using: &random)
    picture = UInt16.random(in: 0...0x7FFF, using: &random)
    call.join(0)
    if isVideo { call.publishVideo(0, track: 1) } else { call.publishAudio(0, track: 1) }
    for peer in Int32(1)...3 {
      call.join(peer)
      call.subscribe(peer, to: 1, as: UInt64(peer) * 10)
      receivers.append(Receiver(peer: peer, ssrc: UInt32(peer) * 10))
    }
  }

  func chance(_ of1000: Int) -> Bool { Int.random(in: 0..<1_000, using: &random) < of1000 }

  /// One picture of one to three packets, or one packet of audio, or a probe.
  func publish() {
    timestamp &+= isVideo ? 3_000 : 960
    if chance(60) {
      post(Packet(payload: [], padding: 30), isPadding: true, isStart: false)
      return
    }
    guard isVideo else {
      let body = (0..<4).map { _ in UInt8.random(in: 0...255, using: &random) }
      post(Packet(payload: [0x78] + body), isPadding: false, isStart: true)
      return
    }
    picture = (picture + 1) & 0x7FFF
    let isKey = chance(150)
    for index in 0..<Int.random(in: 1...3, using: &random) {
      let body = (0..<4).map { _ in UInt8.random(in: 0...255, using: &random) }
      let payload = Packet.vp8(
        isKey: isKey && index == 0, isStart: index == 0, picture: picture, layer: UInt8(picture & 0xFF), body)
      post(Packet(payload: payload), isPadding: false, isStart: isKey && index == 0)
    }
  }

  func post(_ packet: Packet, isPadding: Bool, isStart: Bool) {
    var packet = packet
    packet.payloadType = isVideo ? 100 : 111
    packet.sequence = sequence
    packet.timestamp = timestamp
    packet.ssrc = ssrc
    packet.mid = isVideo ? "v" : "a"
    sequence &+= 1
    count += 1
    if chance(30) { return }
    var posted = Posted(
      at: call.now, bytes: packet.bytes, generation: generation, count: count, isPadding: isPadding,
      isStart: isStart, picture: picture, timestamp: timestamp, body: packet.payload)
    if chance(100) { posted.at = call.now.adding(milliseconds: Int64.random(in: 1...90, using: &random)) }
    road.append(posted)
    guard chance(30) else { return }
    posted.at = posted.at.adding(milliseconds: Int64.random(in: 0...90, using: &random))
    road.append(posted)
  }

  func act() {
    if chance(15) {
      isMuted.toggle()
      call.mute(1, isMuted)
      for index in receivers.indices { receivers[index].excuse() }
    }
    if chance(20) {
      let index = Int.random(in: receivers.indices, using: &random)
      receivers[index].isOff.toggle()
      receivers[index].excuse()
      let handle = SubscriptionHandle(UInt64(receivers[index].ssrc))
      call.setQuality(handle, receivers[index].isOff ? .off : .high)
    }
    if chance(10) {
      generation += 1
      count = 0
      ssrc += 1
      sequence = UInt16.random(in: 0...65_535, using: &random)
      timestamp = UInt32.random(in: 0...UInt32.max, using: &random)
      picture = UInt16.random(in: 0...0x7FFF, using: &random)
    }
    call.timeout()
  }

  func deliver() {
    let due = road.filter { $0.at <= call.now }.sorted { $0.at < $1.at }
    road.removeAll { $0.at <= call.now }
    for packet in due {
      call.out.media = []
      call.receive(packet.bytes, from: 0)
      take(packet)
    }
  }

  /// What came of one packet, for each receiver.
  func take(_ packet: Posted) {
    let isSecond = !delivered.insert([packet.generation, packet.count]).inserted
    if !isSecond { carried[[packet.generation, packet.count]] = packet }
    if packet.generation > current {
      current = packet.generation
      for index in receivers.indices { receivers[index].excuse() }
    }
    let isNewest = packet.count > newest[packet.generation, default: 0]
    newest[packet.generation] = max(packet.count, newest[packet.generation, default: 0])
    let isLeaking = isMuted && !call.out.media.isEmpty
    #expect(!isLeaking, "nothing of a muted track goes out")
    for index in receivers.indices {
      let receiver = receivers[index]
      let sent = call.out.media.filter { $0.peer == receiver.peer }
      let mayFollow = receiver.isExcused && isVideo && !isNewest
      let isAlone = sent.count <= 1
      #expect(isAlone || mayFollow, "one copy, but where a picture begins that others have overtaken")
      let isWrong = !sent.isEmpty && (isSecond || receiver.isOff)
      #expect(!isWrong, "a second copy, or to one who wants nothing")
      var isOwed = !isSecond && !packet.isPadding && !receiver.isExcused
      if packet.generation != current || packet.count < receiver.begin { isOwed = false }
      if isMuted || receiver.isOff { isOwed = false }
      let isKept = isOwed && sent.isEmpty
      #expect(!isKept, "what is to be forwarded is")
      guard let copy = sent.first else {
        // A probe's number cannot be given back once others have gone out, and nothing bears it while nothing goes
        // out; a picture may begin late, at a packet before it.
        var isLost = !packet.isPadding || receiver.isExcused
        if !isNewest, isMuted || receiver.isOff || packet.generation != current { isLost = true }
        if !isSecond, isLost { receivers[index].excused.insert([packet.generation, packet.count]) }
        continue
      }
      let isPast = packet.generation < current || packet.count < receiver.begin && !receiver.isExcused
      if receiver.isExcused {
        let isBeginning = packet.isStart && (isVideo || isNewest)
        #expect(isBeginning, "it begins where one can begin")
        receivers[index].isExcused = false
        receivers[index].begin = packet.count
      }
      var out = Int(copy.sequence) + 0x1_0000
      if let last = receiver.got.last?.out {
        let step: UInt16 = copy.sequence &- UInt16(truncatingIfNeeded: last)
        out = last + Int(Int16(bitPattern: step))
      }
      receivers[index].got.append(
        Receiver.Got(
          out: out, generation: packet.generation, count: packet.count, run: isPast ? -1 : receiver.run,
          sent: copy, source: packet))
      for follower in sent.dropFirst() { take(follower, behind: copy, out, of: packet, by: index) }
    }
  }

  /// What had overtaken the packet that a picture begins with, and is sent with it.
  private func take(_ follower: Sent, behind first: Sent, _ out: Int, of packet: Posted, by index: Int) {
    let step: UInt16 = follower.sequence &- first.sequence
    let distance = Int(Int16(bitPattern: step))
    guard distance > 0, let source = carried[[packet.generation, packet.count + distance]] else {
      Issue.record("what follows a beginning came before it")
      return
    }
    receivers[index].got.append(
      Receiver.Got(
        out: out + distance, generation: source.generation, count: source.count, run: receivers[index].run,
        sent: follower, source: source))
  }

  /// How many packets between two that came may be missing: they never arrived here, or nobody was owed them.
  func missing(_ generation: Int, _ first: Int, _ end: Int, _ receiver: Receiver) -> Int {
    var missing = 0
    var count = first
    while count < end {
      let key = [generation, count]
      if !delivered.contains(key) || receiver.excused.contains(key) { missing += 1 }
      count += 1
    }
    return missing
  }
}

@Suite("Routing on a bad road")
struct RoutingSimulationTests {
  @Test("whatever happens to a track, each receiver's stream is whole and in order", arguments: 0..<500)
  func whole(seed: UInt64) {
    let stage = Stage(seed: seed &* 7_919 &+ seed % 2)
    for _ in 0..<250 {
      stage.publish()
      stage.act()
      stage.deliver()
      stage.call.now = stage.call.now.adding(milliseconds: 20)
    }
    for receiver in stage.receivers { check(receiver, stage) }
  }

  private func check(_ receiver: Receiver, _ stage: Stage) {
    let got = receiver.got.sorted { $0.out < $1.out }
    #expect(Set(got.map(\.out)).count == got.count, "no number is used twice")
    for packet in got {
      #expect(packet.sent.ssrc == receiver.ssrc)
      if packet.source.isPadding {
        #expect(packet.sent.payload.isEmpty)
      } else if stage.isVideo {
        #expect(packet.sent.payload.dropFirst(5) == packet.source.body.dropFirst(5))
      } else {
        #expect(packet.sent.payload == packet.source.body)
      }
    }
    for (one, next) in zip(got, got.dropFirst()) {
      let isOrdered = (one.generation, one.count) < (next.generation, next.count)
      #expect(isOrdered, "the order is the publisher's")
      let ticks = Int32(bitPattern: next.sent.timestamp &- one.sent.timestamp)
      #expect(ticks >= 0, "time does not go back")
      if one.generation == next.generation {
        let sourceTicks = Int32(bitPattern: next.source.timestamp &- one.source.timestamp)
        #expect(ticks == sourceTicks)
        let missing = stage.missing(one.generation, one.count + 1, next.count, receiver)
        #expect(next.out - one.out - 1 <= missing, "what is missing was lost before")
      } else {
        let last = stage.newest[one.generation] ?? one.count
        let missing = stage.missing(one.generation, one.count + 1, last + 1, receiver)
        #expect(next.out - one.out - 1 <= missing, "a new source leaves no gap")
      }
      if stage.isVideo, !one.source.isPadding, !next.source.isPadding { checkPictures(one, next) }
    }
  }

  private func checkPictures(_ one: Receiver.Got, _ next: Receiver.Got) {
    func picture(_ got: Receiver.Got) -> UInt16? {
      guard let header = got.sent.header,
        let vp8 = try? VP8Descriptor(got.sent.bytes.span, header.payload)
      else { return nil }
      return vp8.pictureID
    }
    let numbers = (picture(one), picture(next))
    guard let first = numbers.0, let second = numbers.1 else {
      Issue.record("a picture has a number")
      return
    }
    let step = (second &- first) & 0x7FFF
    if one.generation == next.generation, one.run == next.run, one.run >= 0 {
      let sourceStep: UInt16 = (next.source.picture &- one.source.picture) & 0x7FFF
      #expect(step == sourceStep)
    } else if one.run >= 0, next.run > one.run {
      #expect(step == 1, "over a pause the numbers go on")
    }
  }

  private func control(_ step: UInt16, _ kind: Int) -> [UInt8] {
    switch kind {
    case 0: return [UInt8].nack(20, [step, step &+ 1])
    case 1: return [UInt8].pictureLoss(20)
    case 2: return [UInt8].senderReport(0xC, ntpTime: 1 << 40, timestamp: 9)
    case 3: return [UInt8].receiverReport(ReportBlock(ssrc: 10))
    case 4: return [UInt8].goodbye(0xC)
    default: return [UInt8].receiverTime(9 << 32)
    }
  }

  private func media(_ step: UInt16, _ kind: Int) -> [UInt8] {
    var packet = Packet(sequence: step, ssrc: 0xC)
    switch kind {
    case 0:
      packet.payloadType = 100
      packet.payload = Packet.vp8(isKey: step % 7 == 0, picture: step)
    case 1:
      packet.payloadType = 101
      packet.ssrc = 0xD
      packet.payload = [0, 9, 0x90, 0xE0, 0x80, 1, 2, 3, 4]
    case 2:
      packet.ssrc = 0xA
      packet.mid = "a"
      packet.level = 9
      packet.transportSequence = step
    case 3:
      packet.payloadType = 63
      packet.ssrc = 0xA
      packet.payload = [0xEF, 0, 0, 1, 111, 1, 2]
    default:
      packet.payloadType = 102
      packet.payload = [0x78, 0, 1, 0x67, 0, 1, 0x65]
    }
    return packet.bytes
  }

  @Test("nothing that clients can send makes the router stop", arguments: 0..<200)
  func garbage(seed: UInt64) {
    var random = Seeded(state: seed &+ 77)
    var call = Call(seed: seed)
    call.join(0, 1)
    call.publishAudio(0, formats: [Formats.opus, Formats.red])
    call.publishVideo(0, ssrcs: [0xC], repeats: 0xD)
    call.subscribe(1, to: 1, as: 10)
    call.subscribe(1, to: 2, as: 20)
    for step in UInt16(0)..<300 {
      var bytes: [UInt8]
      let isControl = Bool.random(using: &random)
      if isControl {
        bytes = control(step, Int.random(in: 0..<6, using: &random))
      } else {
        bytes = media(step, Int.random(in: 0..<5, using: &random))
      }
      for _ in 0..<Int.random(in: 0...4, using: &random) {
        let place = Int.random(in: 0..<bytes.count, using: &random)
        bytes[place] = UInt8.random(in: 0...255, using: &random)
      }
      if Int.random(in: 0..<8, using: &random) == 0 {
        bytes.removeLast(Int.random(in: 0...bytes.count, using: &random))
      }
      let peer = Int32.random(in: -1...2, using: &random)
      if isControl { call.receiveControl(bytes, from: peer) } else { call.receive(bytes, from: peer) }
      call.pass(milliseconds: Int64.random(in: 0...40, using: &random))
    }
    call.router.removePeer(0, at: call.now, into: &call.out)
    call.router.removePeer(1, at: call.now, into: &call.out)
    let figures = call.figures
    #expect(figures.tracks == 0 && figures.subscriptions == 0)
  }
}
