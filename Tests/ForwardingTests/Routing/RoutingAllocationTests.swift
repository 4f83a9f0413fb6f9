// Packets, reports, requests and timers take nothing from the heap once the router is warm.

import AllocationCount
import Link
import Structures
import Testing
import Wire

@testable import Forwarding

/// Counts, and keeps nothing.
struct Counter: PacketOutlet {
  var mediaCount = 0
  var controlCount = 0
  var byteCount = 0

  mutating func sendRTP(to peer: Int32, head: Span<UInt8>, headerCount: Int, rest: Span<UInt8>) -> Bool {
    mediaCount += 1
    byteCount += head.count + rest.count
    return true
  }

  mutating func sendRTCP(to peer: Int32, _ compound: Span<UInt8>) { controlCount += 1 }
  mutating func record(_ item: TapeItem, payload: Span<UInt8>) { byteCount += payload.count }
  var toldCount = 0
  mutating func tell(_ event: Event) { toldCount += 1 }
}

@Suite("Routing without the heap")
struct RoutingAllocationTests {
  static func stage(receivers: Int32) -> Call {
    var call = Call()
    call.join(0)
    call.publishAudio(0)
    call.router.record(TrackHandle(1), true, at: call.now)
    call.publishVideo(0, ssrcs: [0xC], repeats: 0xD)
    for peer in 1...receivers {
      call.join(peer)
      call.subscribe(peer, to: 1, as: UInt64(peer) * 100)
      call.subscribe(peer, to: 2, as: UInt64(peer) * 100 + 1)
    }
    return call
  }

  /// Everything for as many turns of 20 ms, and how many allocations that took.
  private func run(_ call: inout Call, turns: Range<UInt16>, _ out: inout Counter) -> Int64 {
    var count: Int64 = 0
    for turn in turns {
      let audio = Packet(sequence: turn, timestamp: UInt32(turn) * 960, mid: "a", level: 0x7F).bytes
      let picture = Packet.vp8(isKey: turn % 50 == 0, picture: turn, [UInt8](repeating: 7, count: 900))
      var video = Packet(
        payloadType: 100, sequence: turn, timestamp: UInt32(turn) * 3_000, ssrc: 0xC,
        transportSequence: turn, payload: picture)
      let isLost = turn % 40 == 20
      let isProbe = turn % 40 == 30
      if isProbe { video = Packet(payloadType: 100, sequence: turn, ssrc: 0xC, payload: [], padding: 9) }
      let pictureBytes = video.bytes
      let newest = call.router.subscriptions[1].map.newestOut
      let nack = [UInt8].nack(101, (0..<3).map { UInt16(truncatingIfNeeded: newest - Int64($0)) })
      let report = [UInt8].receiverReport(ReportBlock(ssrc: 100))
      let pli = [UInt8].pictureLoss(101)
      let before = tandem_allocation_count()
      let told = out.toldCount
      call.router.receiveRTP(audio.span, from: 0, at: call.now, into: &out)
      if !isLost { call.router.receiveRTP(pictureBytes.span, from: 0, at: call.now, into: &out) }
      if turn % 10 == 0 { call.router.receiveRTCP(nack.span, from: 1, at: call.now, into: &out) }
      if turn % 25 == 0 { call.router.receiveRTCP(report.span, from: 1, at: call.now, into: &out) }
      if turn % 25 == 1 { call.router.receiveRTCP(pli.span, from: 1, at: call.now, into: &out) }
      call.now = call.now.adding(milliseconds: 20)
      call.router.timeout(at: call.now, into: &out)
      // Once a second the control plane is told who talked, which is a list: that turn is not among these.
      if out.toldCount == told { count += tandem_allocation_count() - before }
    }
    return count
  }

  @Test("a warm router takes nothing from the heap", arguments: [Int32(1), 50])
  func warm(receivers: Int32) {
    guard tandem_allocation_count() >= 0 else { return }
    var call = Self.stage(receivers: receivers)
    var out = Counter()
    _ = run(&call, turns: 0..<1_000, &out)
    let sent = (out.mediaCount, out.controlCount)
    // Every five seconds the control plane is told about quality, which is a list: that turn is not among these.
    call.pass(milliseconds: 5_000 - call.now.milliseconds(since: call.router.peers[0].qualitySince) + 100)
    let allocations = run(&call, turns: 1_000..<1_200, &out)
    #expect(allocations == 0)
    let figures = call.figures
    #expect(figures.retransmissionsOut > 20 && figures.lossRequestsOut > 5 && figures.pictureRequestsOut > 5)
    #expect(out.mediaCount > sent.0 && out.controlCount > sent.1)
  }
}
