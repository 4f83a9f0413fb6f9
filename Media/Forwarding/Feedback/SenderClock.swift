// Which moment of a publisher's clock is which moment of its media (RFC 3550 section 6.4.1), kept from its last report
// so that ours to receivers say the same: all tracks of one publisher stay on its clock, and in step.

package import Structures
package import Wire

package struct SenderClock: Sendable {
  private let clockRate: UInt32
  private var last: (ntpTime: UInt64, timestamp: RTPTimestamp, at: Instant)?

  package init(clockRate: UInt32) { self.clockRate = clockRate }

  package var hasReport: Bool { last != nil }

  package mutating func report(_ facts: SenderFacts, at now: Instant) {
    last = (facts.ntpTime, facts.timestamp, now)
  }

  /// The stream began anew: what was said of the old one is void.
  package mutating func forget() { last = nil }

  /// What to tell a receiver whose timestamps are ahead of the publisher's by `timestampOffset`; nil before the
  /// publisher has reported. Both times move on equally, so that the way of the report to us does not matter.
  package func facts(
    at now: Instant, timestampOffset: UInt32, packetCount: UInt32, payloadByteCount: UInt32
  ) -> SenderFacts? {
    guard let last else { return nil }
    let passed = now.nanoseconds(since: last.at)
    let ticks = NTPClock.ticks(nanoseconds: passed, clockRate: clockRate)
    return SenderFacts(
      ntpTime: last.ntpTime &+ NTPClock.units(nanoseconds: passed),
      timestamp: RTPTimestamp(last.timestamp.value &+ ticks &+ timestampOffset), packetCount: packetCount,
      payloadByteCount: payloadByteCount)
  }

  /// By how much timestamps of another stream of the same publisher have to be shifted to go on with this one's; nil
  /// before both have been reported on.
  func shift(to other: SenderClock) -> UInt32? {
    guard let last, let theirs = other.last, clockRate == other.clockRate else { return nil }
    let passed = Int64(bitPattern: theirs.ntpTime &- last.ntpTime)
    // Reports further apart are of different times of the sender's clock.
    guard passed.magnitude < UInt64(Limits.layerReportSeconds) << 32 else { return nil }
    let ticks = passed * Int64(clockRate) >> 32
    return last.timestamp.value &+ UInt32(truncatingIfNeeded: ticks) &- theirs.timestamp.value
  }

  /// The same on our clock, from the newest packet's own timestamp and arrival. Only while no track of this publisher
  /// has reported: the two clocks must not be mixed.
  package func fallback(
    at now: Instant, clock: NTPClock, newest: RTPTimestamp, arrivedAt: Instant, timestampOffset: UInt32,
    packetCount: UInt32, payloadByteCount: UInt32
  ) -> SenderFacts {
    let ticks = NTPClock.ticks(nanoseconds: now.nanoseconds(since: arrivedAt), clockRate: clockRate)
    return SenderFacts(
      ntpTime: clock.ntpTime(at: now), timestamp: RTPTimestamp(newest.value &+ ticks &+ timestampOffset),
      packetCount: packetCount, payloadByteCount: payloadByteCount)
  }
}
