// What report blocks say, against a model that remembers every packet.

import Structures
import Testing
import Wire

@testable import Forwarding

@Suite("What arrived of a stream")
struct ReceptionTests {
  private let start = Instant(nanoseconds: 5_000_000_000)

  private func receive(_ reception: inout Reception, _ count: Int64, at now: Instant) -> Continuity.Verdict {
    reception.received(count, timestamp: RTPTimestamp(0), at: now)
  }

  private func judge(_ continuity: inout Continuity, _ count: Int64) -> Continuity.Verdict {
    continuity.judge(count)
  }

  @Test("counts and shares of loss are those of who remembers every packet", arguments: 1...12)
  func likeTheModel(seed: UInt64) {
    var random = Seeded(state: seed)
    let lane = Lane(lossOf100: Int(seed % 4) * 5, lateOf100: 10, doubledOf100: Int(seed % 3) * 3)
    let first = Int64.random(in: 60_000...65_535, using: &random)
    var unwrapper = SequenceUnwrapper()
    var reception = Reception(clockRate: 90_000)
    var seen: [Int64] = []
    var before = (expected: Int64(0), count: Int64(0))
    for packet in lane.packets(first..<first + 20_000, from: start, &random) {
      let count = unwrapper.unwrap(packet.sequence)
      reception.received(count, timestamp: RTPTimestamp(UInt32(packet.count) &* 900), at: packet.at)
      seen.append(count)
      guard seen.count % 2_000 == 0, let lowest = seen.min(), let highest = seen.max() else { continue }
      let expected = highest - lowest + 1
      let received = Int64(seen.count)
      let lost = (expected - before.expected) - (received - before.count)
      let block = reception.block(ssrc: 7, at: packet.at)
      #expect(Int64(block.lostPacketCount) == expected - received)
      #expect(block.highestSequence == UInt32(highest))
      #expect(Int64(block.lostOf256) == max(0, lost) * 256 / (expected - before.expected))
      #expect(reception.intervalLoss == Double(max(0, lost)) / Double(expected - before.expected))
      before = (expected, received)
    }
    #expect(reception.receivedPacketCount == seen.count)
  }

  @Test("jitter follows the formula of the RFC", arguments: 1...10)
  func jitter(seed: UInt64) {
    var random = Seeded(state: seed)
    var reception = Reception(clockRate: 48_000)
    var model = 0.0
    var last: Double?
    for index in 0..<3_000 {
      let delay = Int64.random(in: 0...20_000, using: &random)
      // The media clock turns over on the way.
      let timestamp = RTPTimestamp(UInt32(truncatingIfNeeded: 4_294_000_000 + index * 960))
      let at = start.adding(microseconds: Int64(index) * 20_000 + delay)
      reception.received(Int64(index), timestamp: timestamp, at: at)
      let transit = Double(delay) * 48 / 1_000
      if let last { model += (abs(transit - last) - model) / 16 }
      last = transit
    }
    #expect(abs(Double(reception.jitterTicks) - model) < 3)
    #expect(abs(reception.jitterMicroseconds - Int64(model / 48 * 1_000)) < 100)
  }

  @Test("packets of one picture, and a clock that is set, are no jitter")
  func noJitter() {
    var reception = Reception(clockRate: 90_000)
    for index in Int64(0)..<1_000 {
      // Ten packets a picture, the last of them 9 ms after the first.
      reception.received(
        index, timestamp: RTPTimestamp(UInt32(index / 10) * 3_000),
        at: start.adding(microseconds: index / 10 * 33_333 + index % 10 * 1_000))
    }
    #expect(reception.jitterTicks <= 1)
    reception.received(
      1_000, timestamp: RTPTimestamp(900_000_000), at: start.adding(microseconds: 100 * 33_333))
    #expect(reception.jitterTicks <= 1)
  }

  @Test("a report is answered with its time and how long ago it came; before one, with zeros")
  func answers() {
    var reception = Reception(clockRate: 90_000)
    let before = reception.block(ssrc: 7, at: start)
    #expect(before.lastSenderReport == 0)
    #expect(before.delaySinceSenderReport == 0)
    #expect(reception.intervalLoss == nil)
    let facts = SenderFacts(
      ntpTime: 0x1122_3344_5566_7788, timestamp: RTPTimestamp(1), packetCount: 1, payloadByteCount: 1)
    reception.senderReport(facts, at: start)
    let block = reception.block(ssrc: 7, at: start.adding(milliseconds: 1_500))
    #expect(block.lastSenderReport == 0x3344_5566)
    #expect(block.delaySinceSenderReport == 98_304)
    #expect(block.ssrc == 7)
  }

  @Test("one far number is not counted, two in a row begin the count anew")
  func restarts() {
    var reception = Reception(clockRate: 8_000)
    for count in Int64(100)..<200 where count % 2 == 0 {
      reception.received(count, timestamp: RTPTimestamp(0), at: start)
    }
    #expect(reception.lostPacketCount == 49)
    #expect(receive(&reception, 20_000, at: start) == .strange)
    #expect(reception.lostPacketCount == 49)
    #expect(receive(&reception, 200, at: start) == .onward)
    #expect(receive(&reception, -20_000, at: start) == .strange)
    #expect(receive(&reception, -19_999, at: start) == .restarted)
    #expect(reception.lostPacketCount == 0)
    #expect(reception.receivedPacketCount == 1)
    let block = reception.block(ssrc: 1, at: start)
    #expect(block.highestSequence & 0xFFFF == UInt32(65_536 - 19_999))
  }

  @Test("numbers as far as is bearable go on, one further is strange")
  func atTheBound() {
    var continuity = Continuity(ahead: Limits.sequenceAhead, behind: Limits.sequenceBehind)
    #expect(judge(&continuity, 10_000) == .first)
    #expect(judge(&continuity, 10_000 + Limits.sequenceAhead) == .onward)
    #expect(judge(&continuity, 13_000 - Limits.sequenceBehind) == .late)
    #expect(judge(&continuity, 13_000 - Limits.sequenceBehind - 1) == .strange)
    #expect(judge(&continuity, 13_001 + Limits.sequenceAhead) == .strange)
    #expect(judge(&continuity, 13_000) == .late)
    // A good one in between: the next is the first far one again.
    #expect(judge(&continuity, 13_002 + Limits.sequenceAhead) == .strange)
    #expect(judge(&continuity, 13_003 + Limits.sequenceAhead) == .restarted)
    #expect(continuity.newest == 13_003 + Limits.sequenceAhead)
  }
}
