// What arrived of one stream: how much is missing, how unevenly it comes, and the report block that says so to its
// sender (RFC 3550 sections 6.4.1, A.1, A.3 and A.8). Fed by the router with each packet of the stream.

package import Structures
package import Wire

package struct Reception: Equatable, Sendable {
  private let clockRate: UInt32
  private var continuity = Continuity(ahead: Limits.sequenceAhead, behind: Limits.sequenceBehind)
  private var first: Int64 = 0
  private var receivedCount: Int64 = 0
  private var expectedBefore: Int64 = 0
  private var receivedBefore: Int64 = 0

  /// In sixteenths of a tick. Clients name the clock's rate, so that 32 bits may not be enough.
  private var jitter: UInt64 = 0
  private var lastTransit: UInt32 = 0
  private var lastTimestamp: RTPTimestamp?

  private var lastSenderReport: UInt32 = 0
  private var lastSenderReportAt = Instant(nanoseconds: 0)

  /// Of the packets expected between the last two report blocks, which share never came; nil when none were expected.
  package private(set) var intervalLoss: Double?

  package init(clockRate: UInt32) { self.clockRate = clockRate }

  package var expectedPacketCount: Int64 { continuity.newest.map { $0 - first + 1 } ?? 0 }
  /// Negative where more came than were expected, as duplicates do.
  package var lostPacketCount: Int64 { expectedPacketCount - receivedCount }
  package var receivedPacketCount: Int64 { receivedCount }
  package var jitterTicks: UInt32 { UInt32(clamping: jitter >> 4) }
  package var jitterMicroseconds: Int64 {
    clockRate == 0 ? 0 : Int64(jitterTicks) * 1_000_000 / Int64(clockRate)
  }

  /// A packet under its own SSRC: what is repeated over another is no sign of the network's health and not fed here.
  /// The verdict tells a stream that began anew.
  @discardableResult
  package mutating func received(
    _ sequence: Int64, timestamp: RTPTimestamp, at now: Instant
  ) -> Continuity.Verdict {
    let verdict = continuity.judge(sequence)
    switch verdict {
    case .strange: return verdict
    case .first, .restarted:
      first = sequence
      receivedCount = 0
      expectedBefore = 0
      receivedBefore = 0
      jitter = 0
      lastTimestamp = nil
      measure(timestamp, at: now)
    case .onward: measure(timestamp, at: now)
    case .late: first = min(first, sequence)
    }
    receivedCount += 1
    return verdict
  }

  /// Packets of one picture share a timestamp and say nothing new.
  private mutating func measure(_ timestamp: RTPTimestamp, at now: Instant) {
    guard timestamp != lastTimestamp else { return }
    let transit =
      NTPClock.ticks(nanoseconds: now.nanoseconds, clockRate: clockRate) &- timestamp.value
    let change = UInt64(Int32(bitPattern: transit &- lastTransit).magnitude)
    if lastTimestamp != nil, change < UInt64(clockRate) * UInt64(Limits.jitterSeconds) {
      jitter = jitter + change - (jitter + 8) >> 4
    }
    lastTransit = transit
    lastTimestamp = timestamp
  }

  /// What its sender said, to be answered in the next block.
  package mutating func senderReport(_ facts: SenderFacts, at now: Instant) {
    lastSenderReport = facts.middleOfTime
    lastSenderReportAt = now
  }

  /// What is to be reported, of which the lost share is since the last call.
  package mutating func block(ssrc: UInt32, at now: Instant) -> ReportBlock {
    let expected = expectedPacketCount - expectedBefore
    let lost = expected - (receivedCount - receivedBefore)
    expectedBefore = expectedPacketCount
    receivedBefore = receivedCount
    intervalLoss = expected > 0 ? Double(max(0, lost)) / Double(expected) : nil

    var block = ReportBlock(ssrc: ssrc)
    block.lostOf256 = expected > 0 && lost > 0 ? UInt8(min(255, lost << 8 / expected)) : 0
    block.lostPacketCount = Int32(clamping: lostPacketCount)
    block.highestSequence = UInt32(truncatingIfNeeded: continuity.newest ?? 0)
    block.jitterTicks = jitterTicks
    block.lastSenderReport = lastSenderReport
    if lastSenderReport != 0 {
      block.delaySinceSenderReport = NTPClock.delay(nanoseconds: now.nanoseconds(since: lastSenderReportAt))
    }
    return block
  }
}
