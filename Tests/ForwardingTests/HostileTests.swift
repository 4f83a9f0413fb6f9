// Numbers and times as somebody sends them who means harm: nothing traps, nothing grows beyond its bound, nobody is due
// for ever.

import Structures
import Testing
import Wire

@testable import Forwarding

@Suite("Hostile streams")
struct HostileTests {
  @Test("any numbers, timestamps, rates and reports leave every part within its bounds", arguments: 1...40)
  func anything(seed: UInt64) {
    var random = Seeded(state: seed)
    var now = Instant(nanoseconds: Int64.random(in: 0...1 << 60, using: &random))
    let rate = [0, 1, 8_000, 90_000, UInt32.max][Int(seed % 5)]
    var reception = Reception(clockRate: rate)
    var clock = SenderClock(clockRate: rate)
    var requests = LossRequests(isVideo: true)
    var log = ArrivalLog()
    var pool = PacketPool(byteMax: 400 << 10)
    var history = History(isVideo: false)
    var speakers = Speakers()
    var roundTrip = RoundTrip()
    let ours = NTPClock(offsetNanoseconds: 1 << 60)
    var unwrapper = SequenceUnwrapper()
    var number: UInt16 = .random(in: 0...(.max), using: &random)
    var bytes = [UInt8](repeating: 1, count: CompoundWriter.byteCountMax)
    let packet = bytes
    for _ in 0..<1_000 {
      now = now.adding(microseconds: 1 << Int64.random(in: 0...28, using: &random))
      let isNear = Int.random(in: 0..<3, using: &random) > 0
      number = isNear ? number &+ .random(in: 0...3, using: &random) : .random(in: 0...(.max), using: &random)
      let count = unwrapper.unwrap(SequenceNumber(number))
      let timestamp = RTPTimestamp(.random(in: 0...(.max), using: &random))
      if reception.received(count, timestamp: timestamp, at: now) == .restarted {
        history.removeAll(in: &pool)
      }
      _ = requests.received(count, at: now)
      log.received(SequenceNumber(number), at: now)
      let byteCount = Int.random(in: 12...1_200, using: &random)
      history.store(packet.span.extracting(first: byteCount), sequence: count, at: now, in: &pool)
      speakers.heard(
        .random(in: 0...500, using: &random), level: .random(in: 0...(.max), using: &random),
        hasVoice: Bool.random(using: &random), at: now)
      _ = speakers.timeout(at: now)
      let facts = SenderFacts(
        ntpTime: .random(in: 0...(.max), using: &random), timestamp: timestamp, packetCount: .max,
        payloadByteCount: .max)
      reception.senderReport(facts, at: now)
      clock.report(facts, at: now)
      _ = clock.facts(
        at: now.adding(milliseconds: 1 << 30), timestampOffset: .max, packetCount: 0, payloadByteCount: 0)
      var block = reception.block(ssrc: 1, at: now)
      block.lastSenderReport = .random(in: 0...(.max), using: &random)
      block.delaySinceSenderReport = .random(in: 0...(.max), using: &random)
      roundTrip.received(block, clock: ours, at: now)

      requests.due(at: now, roundTrip: Int64.random(in: .min...(.max), using: &random)) { _ in }
      if let deadline = requests.deadline { #expect(deadline > now) }
      var out = bytes.mutableSpan
      var rounds = 0
      while log.write(sender: 1, media: 1, into: &out) > 0 { rounds += 1 }
      #expect(rounds <= 8 && log.deadline == nil)
      if let deadline = speakers.deadline { #expect(deadline > now) }
      #expect(requests.missingCount <= Limits.missing)
      #expect(history.count <= Limits.audioHistory && history.count == pool.usedCount)
      #expect(speakers.count <= Limits.speakers)
      #expect(pool.heldBytes <= 400 << 10)
      if let microseconds = roundTrip.microseconds {
        #expect((0...Limits.roundTripMaxMicroseconds).contains(microseconds))
      }
    }
  }
}
