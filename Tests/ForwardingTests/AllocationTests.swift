// What happens with each packet takes nothing from the heap once everybody has had a packet.

import AllocationCount
import Structures
import Testing
import Wire

@testable import Forwarding

@Suite("Forwarding's parts allocate nothing per packet")
struct AllocationTests {
  private struct Parts: ~Copyable {
    var reception = Reception(clockRate: 90_000)
    var requests = LossRequests(isVideo: true)
    var log = ArrivalLog()
    var keyframes = KeyframeRequests(takesPictureLoss: true, takesFullIntra: true)
    var pool = PacketPool()
    var history = History(isVideo: true)
    var speakers = Speakers()
    var clock = SenderClock(clockRate: 90_000)
    var sent = SentReports()
    var roundTrip = RoundTrip()
    var found = 0
    let ours = NTPClock(offsetNanoseconds: 1_700_000_000_000_000_000)

    mutating func take(_ count: Int64, _ packet: Span<UInt8>, into out: inout MutableSpan<UInt8>) {
      let now = Instant(nanoseconds: count * 3_000_000)
      log.received(SequenceNumber(UInt16(truncatingIfNeeded: count)), at: now)
      // Every twentieth is missing, and comes when it was asked for.
      if count % 20 != 7 {
        reception.received(count, timestamp: RTPTimestamp(UInt32(count) * 270), at: now)
        _ = requests.received(count, at: now)
        history.store(packet, sequence: count, at: now, in: &pool)
      }
      for track in 0..<20 {
        speakers.heard(
          Int32(track), level: UInt8(20 + (track + Int(count) / 100) % 60), hasVoice: true, at: now)
      }
      if let deadline = speakers.deadline, deadline <= now { _ = speakers.timeout(at: now) }
      _ = keyframes.requested(at: now)
      if count % 100 == 0 { keyframes.keyframeCame(at: now) }
      _ = keyframes.timeout(at: now)
      found += history.packet(count - 50, in: pool) { $0.count } ?? 0
      report(count, at: now, into: &out)
    }

    mutating func report(_ count: Int64, at now: Instant, into out: inout MutableSpan<UInt8>) {
      var writer = CompoundWriter(sender: 1)
      let block = reception.block(ssrc: 2, at: now)
      let blocks = InlineArray<1, ReportBlock>(repeating: block)
      _ = writer.report(blocks.span, into: &out)
      var lost = InlineArray<16, SequenceNumber>(repeating: SequenceNumber(0))
      var lostCount = 0
      requests.due(at: now, roundTrip: roundTrip.microsecondsOrGuess) { sequence in
        guard lostCount < 16 else { return }
        lost[lostCount] = SequenceNumber(UInt16(truncatingIfNeeded: sequence))
        lostCount += 1
      }
      _ = writer.loss(media: 2, lost.span.extracting(first: lostCount), into: &out)
      if let deadline = log.deadline, deadline <= now { _ = writer.arrivals(&log, media: 2, into: &out) }
      let facts = SenderFacts(
        ntpTime: ours.ntpTime(at: now), timestamp: RTPTimestamp(0), packetCount: 0, payloadByteCount: 0)
      clock.report(facts, at: now)
      if let facts = clock.facts(at: now, timestampOffset: 1, packetCount: 2, payloadByteCount: 3) {
        sent.sent(facts, at: now)
        _ = writer.report(ssrc: 3, facts, into: &out)
      }
      if let sample = sent.roundTripMicroseconds(block, at: now) { roundTrip.sample(microseconds: sample) }
      roundTrip.received(block, clock: ours, at: now)
      _ = writer.pictureLoss(media: 2, into: &out)
      _ = writer.receiverTime(ntpTime: 1, into: &out)
    }
  }

  @Test("three thousand packets with losses, reports and speakers, once everything has happened before")
  func nothing() {
    guard tandem_allocation_count() >= 0 else { return }
    var parts = Parts()
    let packet = [UInt8](repeating: 7, count: 1_100)
    var bytes = [UInt8](repeating: 0, count: CompoundWriter.byteCountMax)
    var out = bytes.mutableSpan
    for count in 60_000..<67_000 { parts.take(Int64(count), packet.span, into: &out) }
    let before = tandem_allocation_count()
    for count in 67_000..<70_000 { parts.take(Int64(count), packet.span, into: &out) }
    let taken = tandem_allocation_count() - before
    #expect(taken == 0)
    #expect(parts.found > 1_100 * 2_800)
    #expect(parts.speakers.count == 3)
    #expect(parts.requests.gaveUpCount > 100)
  }
}
