// Pictures: they begin with a key frame, whoever cannot go on gets one asked for, and their numbers go on over pauses.

import Link
import Structures
import Testing
import Wire

@testable import Forwarding

@Suite("Routing pictures")
struct RoutingPictureTests {
  static func call() -> Call {
    var call = Call()
    call.join(0, 1)
    call.publishVideo(0, ssrcs: [0xC], repeats: 0xD)
    call.subscribe(1, to: 2, as: 20)
    return call
  }

  static func frame(_ sequence: UInt16, isKey: Bool = false, picture: UInt16, layer: UInt8 = 0) -> Packet {
    Packet(
      payloadType: 100, sequence: sequence, timestamp: UInt32(sequence) * 3_000, ssrc: 0xC,
      payload: Packet.vp8(isKey: isKey, picture: picture, layer: layer))
  }

  static func numbers(_ sent: [Sent]) -> [[UInt16]] {
    sent.map { packet in
      guard let header = packet.header,
        let vp8 = try? VP8Descriptor(packet.bytes.span, header.payload)
      else { return [] }
      return [vp8.pictureID ?? 0, UInt16(vp8.baseLayerIndex ?? 0)]
    }
  }

  @Test("a late joiner gets a key frame asked for at once and sees nothing before it")
  func lateJoiner() {
    var call = Self.call()
    call.receive(Self.frame(1, isKey: true, picture: 1))
    call.join(2)
    _ = call.takeControl()
    call.pass(milliseconds: 1_000)
    _ = call.takeControl()
    call.subscribe(2, to: 2, as: 30)
    #expect(call.takeControl().contains(.pictureLoss(peer: 0, media: 0xC)))
    call.receive(Self.frame(2, picture: 2))
    #expect(call.takeMedia().filter { $0.peer == 2 }.isEmpty)
    call.receive(Self.frame(3, isKey: true, picture: 3))
    call.receive(Self.frame(4, picture: 4))
    let sent = call.takeMedia().filter { $0.peer == 2 }
    #expect(sent.map { $0.sequence &- sent[0].sequence } == [0, 1])
    #expect(sent.first?.headerCount == (sent.first?.header?.headerByteCount ?? 0))
  }

  @Test("many receivers who ask for a key frame cost the publisher one request at a time")
  func coalesced() {
    var call = Self.call()
    call.receive(Self.frame(1, isKey: true, picture: 1))
    call.pass(milliseconds: 1_000)
    _ = call.takeControl()
    for _ in 0..<20 { call.receiveControl(.pictureLoss(20), from: 1) }
    #expect(call.takeControl().count { $0 == .pictureLoss(peer: 0, media: 0xC) } == 1)
    // Nothing comes: again, a while later.
    call.pass(milliseconds: 600)
    #expect(call.takeControl().count { $0 == .pictureLoss(peer: 0, media: 0xC) } == 1)
    #expect(call.figures.pictureRequestsIn == 20)
    call.receiveControl(.pictureLoss(21), from: 1)
    call.receiveControl(.pictureLoss(20), from: 0)
    #expect(call.takeControl().isEmpty)
  }

  @Test("over a pause and over a mute, sequence numbers and picture numbers go on as if nothing had been")
  func pauses() {
    var call = Self.call()
    call.receive(Self.frame(1, isKey: true, picture: 0x7FFE, layer: 255))
    call.receive(Self.frame(2, picture: 0x7FFF, layer: 0))
    call.setQuality(SubscriptionHandle(20), .off)
    call.receive(Self.frame(3, picture: 0, layer: 1))
    call.setQuality(SubscriptionHandle(20), .high)
    call.receive(Self.frame(4, picture: 1, layer: 2))
    call.receive(Self.frame(5, isKey: true, picture: 2, layer: 3))
    call.router.mute(TrackHandle(2), true, at: call.now, into: &call.out)
    call.receive(Self.frame(6, isKey: true, picture: 3, layer: 4))
    call.router.mute(TrackHandle(2), false, at: call.now, into: &call.out)
    call.receive(Self.frame(7, picture: 4, layer: 5))
    call.receive(Self.frame(8, isKey: true, picture: 5, layer: 6))
    let sent = call.takeMedia()
    #expect(sent.map { $0.sequence &- sent[0].sequence } == [0, 1, 2, 3])
    #expect(Self.numbers(sent) == [[0x7FFE, 255], [0x7FFF, 0], [0, 1], [1, 2]])
    #expect(sent.map { $0.timestamp } == [3_000, 6_000, 15_000, 24_000])
  }

  @Test(
    "what is missing is asked for, and comes to the receivers at its place over the retransmission stream")
  func losses() {
    var call = Self.call()
    call.receive(Self.frame(1, isKey: true, picture: 1))
    call.receive(Self.frame(3, picture: 3))
    call.receive(Self.frame(4, picture: 4))
    call.pass(milliseconds: 30)
    #expect(call.takeControl().contains(.losses(peer: 0, media: 0xC, [2])))
    let sent = call.takeMedia()
    var again = Self.frame(77, picture: 2)
    again.payloadType = 101
    again.ssrc = 0xD
    again.timestamp = 6_000
    again.payload = [0, 2] + again.payload
    call.receive(again)
    call.receive(again)
    let late = call.takeMedia()
    #expect(late.map { $0.sequence &- sent[0].sequence } == [1])
    #expect(late.map(\.payload) == [Packet.vp8(isKey: false, picture: 2)])
    #expect(call.figures.retransmissionsIn == 2)
  }

  @Test(
    "a receiver gets a packet again in its retransmission stream, not twice in a moment, and not without one")
  func repeats() throws {
    var call = Self.call()
    call.join(2)
    call.subscribe(2, to: 2, as: 30, repeats: false)
    call.receive(Self.frame(1, isKey: true, picture: 1))
    call.receive(Self.frame(2, picture: 2))
    call.receive(Packet(payloadType: 100, sequence: 3, ssrc: 0xC, payload: [], padding: 9))
    call.receive(Self.frame(4, picture: 4))
    let sent = call.takeMedia()
    let mine = sent.filter { $0.peer == 1 }
    call.receiveControl(.nack(20, mine.map(\.sequence)), from: 1)
    call.receiveControl(.nack(20, mine.map(\.sequence)), from: 1)
    let again = call.takeMedia()
    #expect(again.count == 3)
    for (copy, original) in zip(again, mine) {
      let header = try #require(copy.header)
      #expect(header.ssrc == 1_020 && header.payloadType == 121)
      #expect(
        copy.payload == [UInt8(original.sequence >> 8), UInt8(original.sequence & 255)] + original.payload)
      #expect(copy.timestamp == original.timestamp)
    }
    #expect(Set(again.map(\.sequence)).count == 3)
    call.pass(milliseconds: 300)
    call.receiveControl(.nack(20, [mine[1].sequence]), from: 1)
    #expect(call.takeMedia().map(\.sequence) == [again[2].sequence &+ 1])
    call.receiveControl(.nack(30, sent.filter { $0.peer == 2 }.map(\.sequence)), from: 2)
    #expect(call.takeMedia().isEmpty && call.router.unansweredCount == 3)
    // Nor what went out before a mute.
    call.router.mute(TrackHandle(2), true, at: call.now, into: &call.out)
    call.receiveControl(.nack(20, [mine[0].sequence]), from: 1)
    #expect(call.takeMedia().isEmpty)
  }

  @Test("layers besides the first are known and not taken for a restart")
  func layers() {
    var call = Call()
    call.join(0, 1)
    call.publishVideo(0)
    call.subscribe(1, to: 2, as: 20)
    for (ssrc, rid) in [(UInt32(1), "h"), (2, "l"), (1, "h"), (2, "l")] {
      var packet = Self.frame(UInt16(call.out.media.count + 1), isKey: true, picture: 1)
      packet.ssrc = ssrc
      packet.mid = "v"
      packet.rid = rid
      call.receive(packet)
    }
    let sent = call.takeMedia()
    #expect(sent.map { $0.sequence &- sent[0].sequence } == [0, 1])
  }

  @Test("H.264 begins with its parameters, and a publisher that takes only FIR is asked by it")
  func otherCodecs() {
    var call = Call()
    call.join(0, 1)
    let setup = TrackSetup(
      track: TrackHandle(2), isVideo: true, mid: StreamName("v"), ssrcs: [0xC], formats: [Formats.h264],
      extensions: Formats.publisher)
    call.router.publish(0, setup, at: call.now, into: &call.out)
    call.subscribe(1, to: 2, as: 20)
    let units: [[UInt8]] = [[0x41, 1], [0x67, 1], [0x68, 1], [0x65, 1], [0x41, 2]]
    for (index, unit) in units.enumerated() {
      call.receive(Packet(payloadType: 102, sequence: UInt16(index), ssrc: 0xC, payload: unit))
    }
    #expect(call.takeMedia().map(\.payload) == Array(units.dropFirst()))
    #expect(call.takeControl().contains(.fullIntra(peer: 0, media: 0xC)))
  }
}
