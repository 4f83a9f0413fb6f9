// How long a packet takes to a peer and back: from report blocks that answer our sender reports (RFC 3550 section
// 6.4.1), and from answers to our receiver's time (RFC 3611 section 4.5). One `RoundTrip` a peer, fed by the router.

package import Structures
package import Wire

package struct RoundTrip: Equatable, Sendable {
  /// Smoothed as TCP does it (RFC 6298); nil before the first answer.
  package private(set) var microseconds: Int64?
  package private(set) var latestMicroseconds: Int64?

  package init() {}

  /// For those who cannot wait for the first answer.
  package var microsecondsOrGuess: Int64 { microseconds ?? Limits.roundTripMicroseconds }

  package mutating func sample(microseconds sample: Int64) {
    guard (0...Limits.roundTripMaxMicroseconds).contains(sample) else { return }
    latestMicroseconds = sample
    microseconds = microseconds.map { $0 + (sample - $0) / 8 } ?? sample
  }

  /// A block that answers a report which bore our own time.
  package mutating func received(_ block: ReportBlock, clock: NTPClock, at now: Instant) {
    guard block.lastSenderReport != 0 else { return }
    answered(block.lastSenderReport, delay: block.delaySinceSenderReport, clock: clock, at: now)
  }

  /// The answer to the time that we told as a receiver.
  package mutating func received(_ answer: ExtendedReports.Answer, clock: NTPClock, at now: Instant) {
    guard answer.lastReceiverReport != 0 else { return }
    answered(answer.lastReceiverReport, delay: answer.delaySinceReceiverReport, clock: clock, at: now)
  }

  private mutating func answered(_ middle: UInt32, delay: UInt32, clock: NTPClock, at now: Instant) {
    let units = UInt32(truncatingIfNeeded: clock.ntpTime(at: now) >> 16) &- middle &- delay
    // Both ends round to 65,536ths of a second: a little less than nothing is nothing.
    let isRounding = (-256..<0).contains(Int32(bitPattern: units))
    sample(microseconds: isRounding ? 0 : NTPClock.microseconds(delay: units))
  }
}

/// The last sender reports of one outgoing stream. They bear the publisher's time, so that an answer is found by what
/// it repeats.
package struct SentReports: Sendable {
  private var middles = InlineArray<4, UInt32>(repeating: 0)
  private var times = InlineArray<4, Instant>(repeating: Instant(nanoseconds: 0))
  private var count = 0

  package init() {}

  package mutating func sent(_ facts: SenderFacts, at now: Instant) {
    middles[count % Limits.sentReports] = facts.middleOfTime
    times[count % Limits.sentReports] = now
    count += 1
  }

  /// What a block about this stream tells of the round trip; nil when it answers no report we remember.
  package func roundTripMicroseconds(_ block: ReportBlock, at now: Instant) -> Int64? {
    guard block.lastSenderReport != 0 else { return nil }
    for index in 0..<min(count, Limits.sentReports) where middles[index] == block.lastSenderReport {
      let passed = now.microseconds(since: times[index])
      return max(0, passed - NTPClock.microseconds(delay: block.delaySinceSenderReport))
    }
    return nil
  }
}

/// The last time a receiver told us, to be answered so that it learns its round trip.
package struct ReceiverTime: Equatable, Sendable {
  private var middle: UInt32?
  private var at = Instant(nanoseconds: 0)

  package init() {}

  package mutating func received(ntpTime: UInt64, at now: Instant) {
    middle = UInt32(truncatingIfNeeded: ntpTime >> 16)
    at = now
  }

  /// The answer for whoever sends under this SSRC, once for each time told.
  package mutating func takeAnswer(ssrc: UInt32, at now: Instant) -> ExtendedReports.Answer? {
    guard let told = middle else { return nil }
    middle = nil
    return ExtendedReports.Answer(
      ssrc: ssrc, lastReceiverReport: told,
      delaySinceReceiverReport: NTPClock.delay(nanoseconds: now.nanoseconds(since: at)))
  }
}
