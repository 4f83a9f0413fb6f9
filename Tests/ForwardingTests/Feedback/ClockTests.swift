// Times of day, lip sync over two clocks, and round trips.

import Structures
import Testing
import Wire

@testable import Forwarding

@Suite("Clocks of reports")
struct ClockTests {
  private let start = Instant(nanoseconds: 3_000_000_000)

  @Test("an instant is told in seconds since 1900, with a fraction")
  func ntpTime() {
    let clock = NTPClock(offsetNanoseconds: 1_700_000_000_000_000_000)
    let time = clock.ntpTime(at: Instant(nanoseconds: 1_500_000_000))
    #expect(time >> 32 == 1_700_000_001 + 2_208_988_800)
    #expect(time & 0xFFFF_FFFF == 0x8000_0000)
    // Past 2036 the seconds begin anew.
    let later = NTPClock(offsetNanoseconds: 2_085_978_496_000_000_000).ntpTime(at: Instant(nanoseconds: 0))
    #expect(later >> 32 == 0)
  }

  @Test("spans of time in every unit, of whatever sign", arguments: 1...20)
  func units(seed: UInt64) {
    var random = Seeded(state: seed)
    let nanoseconds = Int64.random(in: -4_000_000_000_000...4_000_000_000_000, using: &random)
    let units = Int64(bitPattern: NTPClock.units(nanoseconds: nanoseconds))
    #expect(abs(Double(units) / 4_294_967_296 - Double(nanoseconds) / 1e9) < 1e-6)
    let ticks = NTPClock.ticks(nanoseconds: nanoseconds, clockRate: 90_000)
    #expect(abs(Double(Int32(bitPattern: ticks)) - Double(nanoseconds) * 9e-5) <= 1)
    if nanoseconds >= 0 {
      let delay = NTPClock.delay(nanoseconds: nanoseconds)
      #expect(abs(NTPClock.microseconds(delay: delay) - nanoseconds / 1_000) <= 20)
    }
  }

  @Test("delays are as much as 32 bits hold, and never less than nothing")
  func delays() {
    #expect(NTPClock.delay(nanoseconds: -5) == 0)
    #expect(NTPClock.delay(nanoseconds: 65_535_000_000_000) == 65_535 << 16)
    #expect(NTPClock.delay(nanoseconds: 65_537_000_000_000) == .max)
    #expect(NTPClock.ticks(nanoseconds: .max, clockRate: .max) != 1)
  }

  @Test(
    "audio and video that were in step are in step after forwarding with other timestamps", arguments: 1...20)
  func lipSync(seed: UInt64) throws {
    var random = Seeded(state: seed)
    // The publisher's clock, and what each of its tracks calls the moment zero.
    let ntpStart = UInt64.random(in: 0...(.max), using: &random)
    var origin: [UInt32] = []
    var offset: [UInt32] = []
    var clocks: [SenderClock] = []
    let rates: [UInt32] = [48_000, 90_000]
    for rate in rates {
      origin.append(.random(in: 0...(.max), using: &random))
      offset.append(.random(in: 0...(.max), using: &random))
      clocks.append(SenderClock(clockRate: rate))
    }
    for track in 0..<2 {
      #expect(clocks[track].facts(at: start, timestampOffset: 0, packetCount: 0, payloadByteCount: 0) == nil)
      // Reported at different times, over roads of different length.
      let passed = Int64.random(in: 0...5_000_000_000, using: &random)
      let way = Int64.random(in: 0...300_000_000, using: &random)
      let ticks = NTPClock.ticks(nanoseconds: passed, clockRate: rates[track])
      clocks[track].report(
        SenderFacts(
          ntpTime: ntpStart &+ NTPClock.units(nanoseconds: passed),
          timestamp: RTPTimestamp(origin[track] &+ ticks), packetCount: 1, payloadByteCount: 1),
        at: start.adding(microseconds: (passed + way) / 1_000))
    }
    // Which moment of the publisher's time a receiver finds behind what each track calls 20 seconds.
    var moments: [Double] = []
    for track in 0..<2 {
      let now = start.adding(microseconds: Int64.random(in: 6_000_000...60_000_000, using: &random))
      let facts = try #require(
        clocks[track].facts(
          at: now, timestampOffset: offset[track], packetCount: 7, payloadByteCount: 8))
      #expect(facts.packetCount == 7 && facts.payloadByteCount == 8)
      let wanted = origin[track] &+ offset[track] &+ 20 * rates[track]
      let distance = Double(Int32(bitPattern: wanted &- facts.timestamp.value)) / Double(rates[track])
      moments.append(Double(Int64(bitPattern: facts.ntpTime &- ntpStart)) / 4_294_967_296 + distance)
    }
    #expect(abs(moments[0] - 20) < 0.001)
    #expect(abs(moments[0] - moments[1]) < 0.000_1)
  }

  @Test("before the publisher has reported, our own clock is told with the newest packet")
  func fallback() {
    var clock = SenderClock(clockRate: 90_000)
    let ours = NTPClock(offsetNanoseconds: 0)
    let now = start.adding(milliseconds: 100)
    let facts = clock.fallback(
      at: now, clock: ours, newest: RTPTimestamp(1_000), arrivedAt: start, timestampOffset: 5, packetCount: 1,
      payloadByteCount: 2)
    #expect(facts.timestamp == RTPTimestamp(1_000 + 9_000 + 5))
    #expect(facts.ntpTime == ours.ntpTime(at: now))
    clock.report(facts, at: now)
    #expect(clock.hasReport)
    clock.forget()
    #expect(!clock.hasReport)
  }

  @Test("the round trip is found from a report's answer, whatever clock it bore", arguments: 1...20)
  func roundTrip(seed: UInt64) throws {
    var random = Seeded(state: seed)
    let there = Int64.random(in: 0...200_000, using: &random)
    let kept = Int64.random(in: 0...5_000_000, using: &random)
    let clock = NTPClock(offsetNanoseconds: Int64.random(in: 0...2_000_000_000_000_000_000, using: &random))
    var sent = SentReports()
    let publisher = SenderFacts(
      ntpTime: random.next() | 1 << 20, timestamp: RTPTimestamp(0), packetCount: 0, payloadByteCount: 0)
    var block = ReportBlock(ssrc: 1)
    #expect(sent.roundTripMicroseconds(block, at: start) == nil)
    sent.sent(publisher, at: start)
    let now = start.adding(microseconds: there + kept)
    block.delaySinceSenderReport = NTPClock.delay(nanoseconds: kept * 1_000)
    block.lastSenderReport = publisher.middleOfTime &+ 1
    #expect(sent.roundTripMicroseconds(block, at: now) == nil)
    block.lastSenderReport = publisher.middleOfTime
    #expect(abs(try #require(sent.roundTripMicroseconds(block, at: now)) - there) <= 50)

    var roundTrip = RoundTrip()
    #expect(roundTrip.microsecondsOrGuess == Limits.roundTripMicroseconds)
    block.lastSenderReport = UInt32(truncatingIfNeeded: clock.ntpTime(at: start) >> 16)
    roundTrip.received(block, clock: clock, at: now)
    #expect(abs(try #require(roundTrip.microseconds) - there) <= 50)

    // The same by our time as a receiver, which the other end answers.
    var told = ReceiverTime()
    let early = told.takeAnswer(ssrc: 9, at: start)
    told.received(ntpTime: clock.ntpTime(at: start), at: start)
    let answer = told.takeAnswer(ssrc: 9, at: start.adding(microseconds: kept))
    let again = told.takeAnswer(ssrc: 9, at: start)
    #expect(early == nil && again == nil)
    var other = RoundTrip()
    other.received(try #require(answer), clock: clock, at: now)
    #expect(abs(try #require(other.latestMicroseconds) - there) <= 50)
  }

  @Test("four reports are remembered, the fifth replaces the first")
  func remembered() {
    var sent = SentReports()
    for index in 1...UInt64(Limits.sentReports) + 1 {
      sent.sent(
        SenderFacts(ntpTime: index << 16, timestamp: RTPTimestamp(0), packetCount: 0, payloadByteCount: 0),
        at: start)
    }
    var block = ReportBlock(ssrc: 1)
    block.lastSenderReport = 1
    #expect(sent.roundTripMicroseconds(block, at: start) == nil)
    for index in 2...UInt32(Limits.sentReports) + 1 {
      block.lastSenderReport = index
      #expect(sent.roundTripMicroseconds(block, at: start) == 0)
    }
  }

  @Test("it is smoothed, and nonsense is not heard")
  func smoothed() {
    var roundTrip = RoundTrip()
    roundTrip.sample(microseconds: 80_000)
    roundTrip.sample(microseconds: 160_000)
    #expect(roundTrip.microseconds == 90_000)
    #expect(roundTrip.latestMicroseconds == 160_000)
    roundTrip.sample(microseconds: -1)
    roundTrip.sample(microseconds: Limits.roundTripMaxMicroseconds + 1)
    #expect(roundTrip.microseconds == 90_000)
    roundTrip.sample(microseconds: Limits.roundTripMaxMicroseconds)
    #expect(roundTrip.latestMicroseconds == Limits.roundTripMaxMicroseconds)
    // A delay longer than the time since we told it.
    let clock = NTPClock(offsetNanoseconds: 0)
    var block = ReportBlock(ssrc: 1)
    block.lastSenderReport = UInt32(truncatingIfNeeded: clock.ntpTime(at: start) >> 16)
    block.delaySinceSenderReport = 65_536
    var other = RoundTrip()
    other.received(block, clock: clock, at: start)
    #expect(other.microseconds == nil)
    block.delaySinceSenderReport = 3
    other.received(block, clock: clock, at: start)
    #expect(other.microseconds == 0)
  }
}
