// Transport-wide feedback as a publisher reads it, against a model that remembers every arrival.

import Structures
import Testing
import Wire

@testable import Forwarding

@Suite("Telling a publisher when its packets arrived")
struct ArrivalLogTests {
  private let start = Instant(nanoseconds: 20_000_000_000)

  private struct Told {
    var number: UInt8
    var statuses: [TransportFeedback.Status]
    var byteCount: Int
  }

  private func write(_ log: inout ArrivalLog, room: Int = 1_200) -> Told? {
    var bytes = [UInt8](repeating: 0, count: room)
    var out = bytes.mutableSpan
    let byteCount = log.write(sender: 1, media: 2, into: &out)
    guard byteCount > 0 else { return nil }
    bytes.removeSubrange(byteCount...)
    var packets = RTCPPackets()
    guard let packet = try? packets.next(in: bytes.span),
      let feedback = try? Feedback(packet, in: bytes.span),
      let parsed = try? TransportFeedback(feedback, in: bytes.span)
    else {
      Issue.record("what was written cannot be read")
      return nil
    }
    var told = Told(number: parsed.feedbackNumber, statuses: [], byteCount: byteCount)
    var statuses = parsed.statuses
    while let status = statuses.next(in: bytes.span) { told.statuses.append(status) }
    return told
  }

  @Test(
    "each arrival is told once it is known, with its time, and nothing that did not arrive", arguments: 1...12
  )
  func likeTheModel(seed: UInt64) {
    var random = Seeded(state: seed)
    let lane = Lane(
      lossOf100: Int(seed % 5) * 8, lateOf100: Int(seed % 3) * 5, doubledOf100: 2,
      everyMicroseconds: [200, 2_000, 20_000][Int(seed % 3)])
    let first = Int64.random(in: 63_000...65_535, using: &random)
    var log = ArrivalLog()
    var arrivals: [UInt16: Int64] = [:]
    var told: Set<Int64> = []
    var toldCount = 0
    var number: UInt8 = 0
    // The count by number: of less than one turn at a time.
    var counts: [UInt16: Int64] = [:]
    for packet in lane.packets(first..<first + 6_000, from: start, &random) {
      while let deadline = log.deadline, deadline <= packet.at {
        guard let feedback = write(&log) else {
          Issue.record("due, and nothing to tell")
          return
        }
        #expect(feedback.number == number)
        #expect(feedback.byteCount <= 1_200)
        number &+= 1
        for status in feedback.statuses {
          guard let ticks = status.arrivalTicks else { continue }
          #expect(ticks == arrivals[status.sequence.value])
          if let count = counts[status.sequence.value], told.insert(count).inserted { toldCount += 1 }
        }
      }
      log.received(packet.sequence, at: packet.at)
      if counts[packet.sequence.value] != packet.count {
        counts[packet.sequence.value] = packet.count
        arrivals[packet.sequence.value] = packet.at.microseconds / 250
      }
    }
    while let feedback = write(&log) {
      for status in feedback.statuses where status.arrivalTicks != nil {
        if let count = counts[status.sequence.value] { told.insert(count) }
      }
    }
    #expect(log.deadline == nil)
    #expect(told == Set(counts.values))
  }

  @Test("feedback goes out every 250 ms, soon after a dozen packets, and at once when a report is full")
  func pace() {
    var log = ArrivalLog()
    #expect(log.deadline == nil)
    log.received(SequenceNumber(1), at: start)
    #expect(log.deadline == start.adding(milliseconds: 250))
    for number in 2..<UInt16(Limits.arrivalsMany) { log.received(SequenceNumber(number), at: start) }
    #expect(log.deadline == start.adding(milliseconds: 250))
    log.received(SequenceNumber(UInt16(Limits.arrivalsMany)), at: start)
    #expect(log.deadline == start.adding(milliseconds: 20))
    for number in UInt16(Limits.arrivalsMany) + 1...UInt16(Limits.arrivalsAtOnce) {
      log.received(SequenceNumber(number), at: start.adding(milliseconds: 1))
    }
    #expect(log.deadline == start.adding(milliseconds: 1))
    #expect(write(&log)?.statuses.count == Limits.arrivalsAtOnce)
    #expect(log.deadline == nil)
    #expect(write(&log) == nil)
  }

  @Test(
    "of a silent sender, whose packets are far apart, it goes out with each second's report; of one who speaks again, soon"
  )
  func sparse() {
    var log = ArrivalLog()
    log.received(SequenceNumber(1), at: start)
    _ = write(&log)
    var now = start
    for number in UInt16(2)...3 {
      now = now.adding(milliseconds: 400)
      log.received(SequenceNumber(number), at: now)
    }
    let first = start.adding(milliseconds: 400)
    #expect(log.deadline == first.adding(milliseconds: Limits.feedbackSparseMilliseconds))
    now = now.adding(milliseconds: 20)
    log.received(SequenceNumber(4), at: now)
    #expect(log.deadline == now.adding(milliseconds: Limits.feedbackMilliseconds))
    #expect(write(&log)?.statuses.count == 3)
  }

  @Test("a packet that comes after it was told lost is told with its neighbours")
  func late() {
    var log = ArrivalLog()
    for number: UInt16 in [65_533, 65_534, 0] { log.received(SequenceNumber(number), at: start) }
    #expect(write(&log)?.statuses.map { $0.arrivalTicks != nil } == [true, true, false, true])
    log.received(SequenceNumber(65_535), at: start.adding(milliseconds: 60))
    let told = write(&log)
    #expect(told?.statuses.map(\.sequence.value) == [65_535, 0])
    #expect(told?.statuses.map(\.arrivalTicks) == [80_240, 80_000])
    #expect(write(&log) == nil)
  }

  @Test("what does not fit stays due")
  func room() {
    var log = ArrivalLog()
    for number in 0..<UInt16(100) { log.received(SequenceNumber(number), at: start) }
    #expect(write(&log, room: 16) == nil)
    var count = 0
    while let told = write(&log, room: 60) {
      #expect(told.byteCount <= 60)
      count += told.statuses.count
      if count < 100 { #expect(log.deadline != nil) }
    }
    #expect(count == 100)
  }

  @Test("a hole as long as the memory is told, one longer begins anew after the second number")
  func atTheBound() {
    let bound = UInt16(Limits.arrivals)
    var log = ArrivalLog()
    log.received(SequenceNumber(0), at: start)
    log.received(SequenceNumber(bound - 1), at: start)
    #expect(write(&log)?.statuses.count == Limits.arrivals)
    log.received(SequenceNumber(bound - 1 + bound), at: start)
    #expect(write(&log)?.statuses.count == Limits.arrivals)
    log.received(SequenceNumber(3 * bound), at: start)
    #expect(write(&log) == nil)
    log.received(SequenceNumber(3 * bound + 1), at: start)
    #expect(write(&log)?.statuses.map(\.sequence.value) == [3 * bound + 1])
    // Backwards as well.
    log.received(SequenceNumber(60_000), at: start)
    log.received(SequenceNumber(60_001), at: start)
    log.received(SequenceNumber(60_002), at: start)
    #expect(write(&log)?.statuses.map(\.sequence.value) == [60_001, 60_002])
  }

  @Test("who is never asked forgets the oldest")
  func untold() {
    var log = ArrivalLog()
    for number in 0..<UInt16(5_000) { log.received(SequenceNumber(number), at: start) }
    var numbers: [UInt16] = []
    while let told = write(&log) { numbers += told.statuses.map(\.sequence.value) }
    #expect(numbers == Array(5_000 - UInt16(Limits.arrivals)..<5_000))
  }
}
