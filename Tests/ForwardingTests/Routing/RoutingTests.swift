// Audio from one peer to others: who gets what, under which numbers, and what nobody gets.

import Link
import Structures
import Testing
import Wire

@testable import Forwarding

@Suite("Routing audio")
struct RoutingTests {
  /// Peer 0 publishes sound; peer 1 receives it as 10.
  static func call() -> Call {
    var call = Call()
    call.join(0, 1)
    call.publishAudio(0)
    call.subscribe(1, to: 1, as: 10)
    return call
  }

  @Test("a packet goes out with the receiver's numbers, names and ids, and its payload as it came")
  func forwards() throws {
    var call = Self.call()
    call.receive(Packet(sequence: 500, timestamp: 960, marker: true, mid: "a", level: 0x85))
    let sent = call.takeMedia()
    let packet = try #require(sent.first)
    let header = try #require(packet.header)
    #expect(sent.count == 1 && packet.peer == 1)
    #expect(header.payloadType == 96 && header.marker && header.ssrc == 10)
    #expect(packet.payload == [0x78, 1, 2, 3])
    #expect(header.headerByteCount == packet.headerCount)
    #expect(packet.element(9) == Array("m10".utf8))
    #expect(packet.element(10) == [0x85])
    #expect(packet.element(11)?.count == 3)
    #expect(packet.element(12) == [0, 0])
    #expect(packet.element(1) == nil && packet.element(2) == nil)
    call.receive(Packet(sequence: 501, timestamp: 1_920))
    let next = call.takeMedia()
    #expect(next.map(\.sequence) == [packet.sequence &+ 1])
    #expect(next.map { $0.timestamp &- packet.timestamp } == [960])
    #expect(next.first?.element(12) == [0, 1])
    #expect(call.out.events == [.receiving(TrackHandle(1), .opus), .firstMedia(PeerHandle(101))])
  }

  @Test("nothing is sent to a peer before its transport is ready, nor after")
  func connection() {
    var call = Call()
    call.join(0)
    call.join(1, connected: false)
    call.publishAudio(0)
    call.subscribe(1, to: 1, as: 10)
    call.receive(Packet(sequence: 1, mid: "a"))
    #expect(call.takeMedia().isEmpty)
    call.router.setConnected(1, true, at: call.now, into: &call.out)
    call.receive(Packet(sequence: 2))
    #expect(call.takeMedia().count == 1)
    call.router.setConnected(1, false, at: call.now, into: &call.out)
    call.receive(Packet(sequence: 3))
    call.pass(milliseconds: 3_000)
    #expect(call.takeMedia().isEmpty)
    #expect(call.out.control.allSatisfy { $0.peer == 0 })
  }

  @Test("what is muted, unpublished or unsubscribed does not go out, and a mute leaves no gap")
  func mutes() {
    var call = Self.call()
    call.receive(Packet(sequence: 1, mid: "a"))
    call.router.mute(TrackHandle(1), true, at: call.now, into: &call.out)
    for sequence in UInt16(2)...9 {
      call.receive(Packet(sequence: sequence, timestamp: UInt32(sequence) * 960))
    }
    #expect(call.takeMedia().count == 1)
    call.router.mute(TrackHandle(1), false, at: call.now, into: &call.out)
    call.receive(Packet(sequence: 10))
    call.receive(Packet(sequence: 11))
    let sent = call.takeMedia()
    #expect(sent.count == 2)
    #expect(call.figures.droppedMuted == 8)
    let first = call.router.subscriptions[0].map.newestOut
    #expect(sent.last?.sequence == UInt16(truncatingIfNeeded: first))
    #expect(call.router.subscriptions[0].packetCount == 3)
    call.router.unsubscribe(SubscriptionHandle(10), at: call.now, into: &call.out)
    call.receive(Packet(sequence: 12))
    call.subscribe(1, to: 1, as: 11)
    call.router.unpublish(TrackHandle(1), at: call.now, into: &call.out)
    call.receive(Packet(sequence: 13))
    #expect(call.takeMedia().isEmpty)
    let figures = call.figures
    #expect(figures.tracks == 0 && figures.subscriptions == 0 && figures.droppedUnknown == 1)
  }

  @Test("probes that hold nothing leave no gap, also when they are late")
  func padding() {
    var call = Self.call()
    call.receive(Packet(sequence: 1, mid: "a"))
    call.receive(Packet(sequence: 2, payload: [], padding: 20))
    call.receive(Packet(sequence: 4, payload: [], padding: 20))
    call.receive(Packet(sequence: 5))
    call.receive(Packet(sequence: 7))
    call.receive(Packet(sequence: 6, payload: [], padding: 20))
    call.receive(Packet(sequence: 3))
    let sent = call.takeMedia()
    let first = sent[0].sequence
    // 6 came when 7 had gone out: a byte of padding bears its number.
    #expect(sent.map { $0.sequence &- first } == [0, 2, 4, 3, 1])
    #expect(sent.map { $0.payload.isEmpty } == [false, false, false, true, false])
  }

  @Test("a second copy of a packet is dropped, and a late one has its place")
  func duplicates() {
    var call = Self.call()
    for sequence: UInt16 in [65_534, 1, 65_535, 0, 0, 1] {
      call.receive(Packet(sequence: sequence, mid: "a"))
    }
    let sent = call.takeMedia()
    let first = sent[0].sequence
    #expect(sent.map { $0.sequence &- first } == [0, 3, 1, 2])
  }

  @Test(
    "a publisher that begins again under another SSRC goes on without a gap, and its late packets are dropped"
  )
  func restart() {
    var call = Self.call()
    call.receive(Packet(sequence: 1, timestamp: 1_000, mid: "a"))
    call.pass(milliseconds: 40)
    call.receive(Packet(sequence: 40_000, timestamp: 77, ssrc: 0xB, mid: "a"))
    call.receive(Packet(sequence: 2, timestamp: 1_960, mid: "a"))
    call.receive(Packet(sequence: 40_001, timestamp: 1_037, ssrc: 0xB))
    let sent = call.takeMedia()
    let first = sent[0]
    #expect(sent.map { $0.sequence &- first.sequence } == [0, 1, 2])
    #expect(sent.map { $0.timestamp &- first.timestamp } == [0, 1_920, 2_880])
    call.pass(milliseconds: 600)
    call.receive(Packet(sequence: 3, timestamp: 30_000, mid: "a"))
    #expect(call.takeMedia().map { $0.sequence &- first.sequence } == [3])
  }

  @Test("a source that jumps far away under the same SSRC is believed with the second packet")
  func jump() {
    var call = Self.call()
    call.receive(Packet(sequence: 1, mid: "a"))
    for sequence: UInt16 in [30_000, 30_001, 30_002] { call.receive(Packet(sequence: sequence)) }
    let sent = call.takeMedia()
    #expect(sent.map { $0.sequence &- sent[0].sequence } == [0, 1, 2])
  }

  @Test("tracks are told apart by SSRC, by mid, and by a payload type that only one has")
  func demultiplexing() {
    var call = Call()
    call.join(0, 1)
    call.publishAudio(0, track: 1, mid: "a")
    call.publishAudio(0, track: 3, mid: "b")
    call.publishVideo(0, track: 2, mid: "v", ssrcs: [0xC])
    for (track, number) in [(UInt64(1), UInt64(10)), (3, 30), (2, 20)] {
      call.subscribe(1, to: track, as: number)
    }
    call.receive(Packet(ssrc: 0xA))
    #expect(call.takeMedia().isEmpty && call.figures.droppedUnknown == 1)
    call.receive(Packet(ssrc: 0xA, mid: "nobody"))
    #expect(call.takeMedia().isEmpty)
    call.receive(Packet(ssrc: 0xA, mid: "b"))
    call.receive(Packet(sequence: 2, ssrc: 0xA))
    call.receive(Packet(ssrc: 0xB, mid: "a"))
    let key = Packet.vp8(isKey: true, picture: 1)
    call.receive(Packet(payloadType: 100, ssrc: 0xC, payload: key))
    call.receive(Packet(payloadType: 100, sequence: 7, ssrc: 0xD, payload: key))
    #expect(call.takeMedia().map(\.ssrc) == [30, 30, 10, 20, 20])
    for ssrc in UInt32(1_000)...2_000 { call.receive(Packet(ssrc: ssrc, mid: "a")) }
    #expect(call.router.peers[0].sourceCount <= Limits.sourcesPerPeer)
    #expect(call.router.sources.count == call.router.peers[0].sourceCount)
    call.router.removePeer(0, at: call.now, into: &call.out)
    #expect(call.router.sources.count == 0 && call.router.sinks.count == 0)
  }

  @Test("RED goes as it came to those who know it, and as what is in it to the others")
  func redundancy() {
    var call = Call()
    call.join(0, 1, 2)
    call.publishAudio(0, formats: [Formats.red, Formats.opus])
    call.subscribe(1, to: 1, as: 10)
    call.subscribe(2, to: 1, as: 20, mappings: Formats.mappings + [PayloadMapping(from: 63, to: 64)])
    let red: [UInt8] = [0x80 | 111, 0x0F, 0x00, 2, 111, 8, 8, 0x78, 5]
    call.receive(Packet(payloadType: 63, sequence: 1, mid: "a", payload: red))
    let sent = call.takeMedia()
    #expect(sent.map { $0.header?.payloadType } == [96, 64])
    #expect(sent.map(\.payload) == [[0x78, 5], red])
    // What a mute was to hide is not in the copies after it.
    call.router.mute(TrackHandle(1), true, at: call.now, into: &call.out)
    call.router.mute(TrackHandle(1), false, at: call.now, into: &call.out)
    call.receive(Packet(payloadType: 63, sequence: 2, payload: red))
    #expect(call.takeMedia().map(\.payload) == [[0x78, 5], [111, 0x78, 5]])
    call.pass(milliseconds: 500)
    call.receive(Packet(payloadType: 63, sequence: 3, payload: red))
    #expect(call.takeMedia().map(\.payload) == [[0x78, 5], red])
  }

  @Test("who speaks is told to the control plane, and that nobody does any more")
  func speakers() {
    var call = Self.call()
    for sequence in UInt16(1)...30 {
      call.receive(Packet(sequence: sequence, mid: "a", level: 0x80 | 20))
      call.pass(milliseconds: 20)
    }
    call.pass(milliseconds: 3_000)
    let told = call.out.events.compactMap { event -> [TrackHandle]? in
      guard case .speakers(let room, let levels) = event, room == Call.room else { return nil }
      return levels.map(\.track)
    }
    #expect(told.first == [TrackHandle(1)] && told.last == [])
  }

  @Test("how long one talked is told each second and at the end, and nothing in silence")
  func talk() {
    var call = Self.call()
    call.pass(milliseconds: 50)
    for sequence in UInt16(1)...150 {
      call.receive(Packet(sequence: sequence, mid: "a", level: 0x80 | 20))
      call.pass(milliseconds: 20)
    }
    call.pass(milliseconds: 60_000)
    let told = call.out.events.compactMap { event -> [TalkTime]? in
      guard case .talk(let room, let times) = event, room == Call.room else { return nil }
      return times
    }
    #expect((4...5).contains(told.count))
    #expect(told.allSatisfy { $0.map(\.track) == [TrackHandle(1)] })
    #expect(told.last?.first?.isTalking == false)
    #expect((2_900...3_100).contains(told.joined().reduce(0) { $0 + $1.milliseconds }))
  }
}
