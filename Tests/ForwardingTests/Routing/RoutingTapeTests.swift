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

  @Test("nothing goes there before, after, and while the track is muted")
  func bounds() {
    var call = RoutingTests.call()
    call.receive(Packet(sequence: 1, mid: "a"))
    #expect(call.out.recorded.isEmpty)
    call.router.record(Self.track, true, at: call.now)
    call.receive(Packet(sequence: 2))
    call.router.mute(Self.track, true, at: call.now, into: &call.out)
    call.receive(Packet(sequence: 3))
    call.router.mute(Self.track, false, at: call.now, into: &call.out)
    call.receive(Packet(sequence: 4))
    call.router.record(Self.track, false, at: call.now)
    call.receive(Packet(sequence: 5))
    #expect(call.out.recorded.map { UInt16(truncatingIfNeeded: $0.item.count) } == [2, 4])
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
    call.router.record(TrackHandle(77), true, at: call.now)
    call.receive(Packet(sequence: 1, mid: "a"))
    #expect(call.out.recorded.isEmpty)
  }
}
