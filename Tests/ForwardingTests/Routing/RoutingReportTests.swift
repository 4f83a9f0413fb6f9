// Reports both ways, and that a worker full of silent peers has nothing to do.

import Link
import Structures
import Testing
import Wire

@testable import Forwarding

@Suite("Routing reports")
struct RoutingReportTests {
  @Test(
    "a receiver gets a sender report with the publisher's clock soon after the first packet, then each second"
  )
  func senderReports() throws {
    var call = RoutingTests.call()
    call.receive(Packet(sequence: 1, timestamp: 1_000, mid: "a"))
    call.receiveControl(.senderReport(0xA, ntpTime: 77 << 32, timestamp: 1_000), from: 0)
    call.pass(milliseconds: 100)
    var told = call.takeControl()
    #expect(told.contains(.name(peer: 1, ssrc: 10, "name")))
    let facts = try #require(Self.facts(told).first)
    let passed = Double(facts.ntpTime - 77 << 32) / 4_294_967_296
    #expect(abs(passed * 48_000 - Double(facts.timestamp.value) + 1_000) < 2)
    #expect(facts.packetCount == 1 && facts.payloadByteCount == 4)
    for sequence in UInt16(2)...101 {
      call.receive(Packet(sequence: sequence, timestamp: UInt32(sequence) * 960))
      call.pass(milliseconds: 20)
    }
    told = call.takeControl()
    #expect((2...3).contains(Self.facts(told).count))
    // It answers: the round trip is known.
    var block = ReportBlock(ssrc: 10)
    block.lastSenderReport = try #require(Self.facts(told).last).middleOfTime
    block.lostOf256 = 128
    call.receiveControl(.receiverReport(block), from: 1)
    #expect(call.router.peers[1].roundTrip.microseconds != nil)
    call.pass(milliseconds: 5_000)
    let quality = call.out.events.compactMap { event in
      if case .quality(let all) = event { all.first { $0.peer == PeerHandle(101) } } else { nil }
    }
    #expect(quality.contains { $0.lossDown == 0.5 && $0.roundTripMilliseconds != nil })
    #expect(quality.contains { $0.bitsPerSecondDown > 1_000 })
  }

  private static func facts(_ told: [Told]) -> [SenderFacts] {
    told.compactMap { if case .senderReport(1, 10, let facts) = $0 { facts } else { nil } }
  }

  @Test("a publisher is told each second what arrived, and of each packet when, where that was agreed")
  func receiverReports() throws {
    var call = RoutingTests.call()
    for sequence in UInt16(1)...120 where sequence % 10 != 0 {
      call.receive(Packet(sequence: sequence, mid: "a", transportSequence: sequence))
      call.pass(milliseconds: 20)
    }
    let told = call.takeControl()
    let blocks = told.compactMap { told -> ReportBlock? in
      if case .receiverReport(0, let blocks) = told { blocks.first } else { nil }
    }
    #expect((1...3).contains(blocks.count))
    #expect(blocks.allSatisfy { $0.ssrc == 0xA && (10...40).contains($0.lostOf256) })
    let arrivals = told.flatMap { told -> [UInt16] in
      if case .arrivals(0, let sequences) = told { sequences } else { [] }
    }
    #expect(arrivals.starts(with: [1, 2, 3, 4, 5, 6, 7, 8, 9, 11]) && arrivals.count > 90)
    #expect(call.figures.packetsLost > 5)
  }

  @Test("a silent sender costs one datagram a second: reports and arrivals share it")
  func oneDatagram() {
    var call = RoutingTests.call()
    for sequence in UInt16(1)...25 {
      call.receive(Packet(sequence: sequence, mid: "a", transportSequence: sequence))
      call.pass(milliseconds: 400)
    }
    #expect((9...13).contains(call.out.control.count { $0.peer == 0 }))
    let arrivals = call.takeControl().flatMap { told -> [UInt16] in
      if case .arrivals(0, let sequences) = told { sequences } else { [] }
    }
    #expect(arrivals.count > 20)
  }

  @Test("a receiver's time is answered, and a farewell is not the end of the track")
  func others() {
    var call = RoutingTests.call()
    call.receiveControl(.receiverTime(5 << 32 | 7 << 16), from: 1)
    call.receive(Packet(sequence: 1, mid: "a"))
    call.pass(milliseconds: 1_100)
    #expect(call.takeControl().contains(.answer(peer: 1, 5 << 16 | 7)))
    _ = call.takeMedia()
    call.receiveControl(.goodbye(0xA), from: 0)
    call.receiveControl(.goodbye(0xA), from: 1)
    call.receive(Packet(sequence: 2))
    #expect(call.takeMedia().count == 1)
  }

  @Test("a peer that is silent both ways has one timer in five seconds")
  func silence() {
    var call = RoutingTests.call()
    call.receive(Packet(sequence: 1, mid: "a"))
    call.pass(milliseconds: 2_500)
    var turns = 0
    let end = call.now.adding(milliseconds: 50_000)
    while let deadline = call.router.deadline, deadline <= end {
      call.now = deadline
      call.router.timeout(at: deadline, into: &call.out)
      turns += 1
    }
    // Two peers; a wheel that wakes in coarser steps looks a few times more.
    #expect(turns <= 100)
    #expect(call.router.peers[0].reportAt == .distantFuture)
  }
}
