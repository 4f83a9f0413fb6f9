// What a router hands to the tape: all that came of a recorded track, once, as it came, and nothing of any other time.

import Link
import Structures
import Testing
import Wire

@testable import Forwarding

@Suite("What goes to the tape")
struct RoutingTapeTests {
  private static let track = TrackHandle(1)

  private static func call() -> Call {
    var call = RoutingTests.call()
    call.router.record(track, true, at: call.now)
    return call
  }

  @Test(
    "each packet of a recorded track goes there once, in the order of arrival, with its payload and its loudness"
  )
  func once() {
    var call = Self.call()
    for sequence in [UInt16(65_534), 65_535, 1, 0, 0, 2] {
      call.receive(Packet(sequence: sequence, timestamp: UInt32(sequence), mid: "a", level: 33))
    }
    #expect(call.out.recorded.map(\.item.timestamp) == [65_534, 65_535, 1, 0, 2])
    let first = call.out.recorded[0].item.count
    #expect(call.out.recorded.map { $0.item.count - first } == [0, 1, 3, 2, 4])
    #expect(call.out.recorded.allSatisfy { $0.payload == Packet().payload && $0.item.kind == .opus })
    #expect(call.out.recorded.allSatisfy { $0.item.level == 33 && $0.item.track == Self.track })
  }

  @Test("nothing goes there before and after, and of a muted track nothing but that a number is not missing")
  func bounds() {
    var call = RoutingTests.call()
    call.receive(Packet(sequence: 1, mid: "a"))
    #expect(call.out.recorded.isEmpty)
    call.router.record(Self.track, true, at: call.now)
    call.receive(Packet(sequence: 2))
    call.router.mute(Self.track, true, at: call.now, into: &call.out)
    call.receive(Packet(sequence: 3, level: 20))
    call.router.mute(Self.track, false, at: call.now, into: &call.out)
    call.receive(Packet(sequence: 4))
    call.router.record(Self.track, false, at: call.now)
    call.receive(Packet(sequence: 5))
    #expect(call.out.recorded.map { UInt16(truncatingIfNeeded: $0.item.count) } == [2, 3, 4])
    #expect(call.out.recorded.map(\.item.kind) == [.opus, .empty, .opus])
    #expect(call.out.recorded[1].payload.isEmpty && call.out.recorded[1].item.level == nil)
  }

  @Test("copies of what was said before the recording, or before an unmute, are marked")
  func copies() {
    var call = Call()
    call.join(0, 1)
    call.publishAudio(0, formats: [Formats.red, Formats.opus])
    call.router.record(Self.track, true, at: call.now)
    let red: [UInt8] = [0x80 | 111, 0x0F, 0x00, 2, 111, 8, 8, 0x78, 5]
    call.receive(Packet(payloadType: 63, sequence: 1, mid: "a", payload: red))
    call.pass(milliseconds: 450)
    call.receive(Packet(payloadType: 63, sequence: 2, payload: red))
    call.router.mute(Self.track, true, at: call.now, into: &call.out)
    call.router.mute(Self.track, false, at: call.now, into: &call.out)
    call.receive(Packet(payloadType: 63, sequence: 3, payload: red))
    call.pass(milliseconds: 450)
    call.receive(Packet(payloadType: 63, sequence: 4, payload: red))
    #expect(call.out.recorded.map(\.item.kind) == [.redWithoutCopies, .red, .redWithoutCopies, .red])
  }

  @Test("another source of the track is another stream of it")
  func epochs() {
    var call = Self.call()
    call.receive(Packet(sequence: 1, mid: "a"))
    call.pass(milliseconds: 5_000)
    for sequence in UInt16(500)..<520 {
      call.receive(Packet(sequence: sequence, ssrc: 0xB, mid: "a"))
      call.pass(milliseconds: 20)
    }
    let epochs = call.out.recorded.map(\.item.epoch)
    #expect(Set(epochs).count == 2 && epochs == epochs.sorted())
  }

  @Test("an unknown track, or a picture, is not recorded")
  func strangers() {
    var call = RoutingTests.call()
    call.publishVideo(0, ssrcs: [0xC])
    for track in [TrackHandle(77), TrackHandle(2)] { call.router.record(track, true, at: call.now) }
    call.receive(Packet(sequence: 1, mid: "a"))
    call.receive(
      Packet(payloadType: 100, ssrc: 0xC, payload: Packet.vp8(isKey: true, picture: 1, [1, 2, 3])))
    #expect(call.out.recorded.isEmpty)
  }
}
