// Transport-wide feedback: every form of chunk, padding, and round trips of random losses.

import Testing
import Wire

@Suite("Transport-wide feedback") struct TransportFeedbackTests {
  private func read(_ bytes: [UInt8]) throws -> (TransportFeedback, [Int64?]) {
    let parsed = try TransportFeedback(try feedback(bytes), in: bytes.span)
    let whole = try #require(parsed)
    var statuses = whole.statuses
    var ticks: [Int64?] = []
    while let status = statuses.next(in: bytes.span) {
      #expect(status.sequence == whole.firstSequence + ticks.count)
      ticks.append(status.arrivalTicks)
    }
    return (whole, ticks)
  }

  /// The head of a feedback for so many packets from 10 on, at reference time 1.
  private func bytes(_ statusCount: Int, _ rest: [UInt8]) -> [UInt8] {
    var rest = rest
    while rest.count % 4 != 0 { rest.append(0) }
    let head: [UInt8] = [0x8F, 205, 0, UInt8(4 + rest.count / 4), 0, 0, 0, 1, 0, 0, 0, 2]
    let count: [UInt8] = [0, 10, UInt8(statusCount >> 8), UInt8(statusCount & 0xFF), 0, 0, 1, 9]
    return head + count + rest
  }

  private func arrivals(_ ticks: [Int64?]) -> String { String(ticks.map { $0 == nil ? "0" : "1" }) }

  @Test("every form of chunk and of time is read")
  func chunks() throws {
    // As in the examples of the draft: 221 lost in a run, then vectors of one bit and of two.
    let (_, run) = try read(bytes(221, [0x00, 0xDD]))
    #expect(run == [Int64?](repeating: nil, count: 221))
    let (_, arrived) = try read(bytes(3, [0x20, 0x03, 1, 0, 255]))
    #expect(arrived == [257, 257, 512])
    let (_, late) = try read(bytes(2, [0x40, 0x02, 0xFF, 0xFF, 0x01, 0x00]))
    #expect(late == [255, 511])
    let times = [UInt8](repeating: 1, count: 8)
    let (_, oneBit) = try read(bytes(14, [0b1001_1111, 0b0001_1100] + times))
    #expect(arrivals(oneBit) == "01111100011100")
    let (_, twoBits) = try read(bytes(7, [0b1100_1001, 0b0101_0000, 1, 0, 4, 4, 4]))
    #expect(arrivals(twoBits) == "0111100")
    let (_, empty) = try read(bytes(0, []))
    #expect(empty.isEmpty)
    // A run of none takes two bytes and tells nothing.
    let (_, none) = try read(bytes(1, [0x00, 0x00, 0x20, 0x01, 5]))
    #expect(none == [261])
  }

  @Test("a status of no kind, a missing chunk and a missing time are refused")
  func refused() {
    let table: [(Int, [UInt8], RTCPMalformed)] = [
      (1, [0x60, 0x01], .content), (7, [0xC0, 0x03], .content), (9, [0x20, 0x09, 1, 2], .truncated),
      (1, [], .truncated), (15, [0x80, 0x00], .truncated),
    ]
    for (count, rest, reason) in table {
      // In the last, the zeros that fill the word are a run of none.
      #expect(throws: reason) { try read(bytes(count, rest)) }
    }
  }

  @Test("a reference time below zero counts backwards")
  func negative() throws {
    var sent = bytes(1, [0x20, 0x01, 0])
    sent[16...18] = [0xFF, 0xFF, 0xFE]
    let (whole, ticks) = try read(sent)
    #expect(whole.referenceTime == -2 && ticks == [-512])
  }

  @Test("what arrived is told, whatever was lost and however late the rest was", arguments: 0..<120)
  func roundTrip(seed: Int) throws {
    var random = Seeded(UInt64(seed))
    let from = Int64.random(in: 0...200_000, using: &random)
    let loss = Int.random(in: 0...100, using: &random)
    let spread = Int64([3, 100, 300, 20_000][seed % 4])
    var ticks = Int64.random(in: 0...1_000_000, using: &random)
    var arrivals: [TransportArrival] = []
    for step in 0..<Int64.random(in: 1...400, using: &random)
    where arrivals.isEmpty || Int.random(in: 0..<100, using: &random) >= loss {
      arrivals.append(TransportArrival(count: from + step, ticks: ticks))
      ticks += .random(in: -spread / 4...spread, using: &random)
    }
    if seed % 5 == 0 { arrivals.removeFirst(arrivals.count / 2) }
    var told = 0
    var next = from
    var number: UInt8 = 250
    let room = [1_200, 60, 100][seed % 3]
    while told < arrivals.count {
      var bytes = [UInt8](repeating: 0xA5, count: room)
      var out = bytes.mutableSpan
      let rest = Array(arrivals[told...])
      let done = TransportFeedbackWriter.write(
        sender: 1, media: 2, number: number, from: next, rest.span, into: &out)
      let written = try #require(done)
      bytes.removeSubrange(written.byteCount...)
      let (whole, read) = try self.read(bytes)
      #expect(whole.feedbackNumber == number && whole.firstSequence.value == UInt16(truncatingIfNeeded: next))
      #expect(next + Int64(whole.statusCount) == written.nextCount)
      let expected = (next..<written.nextCount).map { count in rest.first { $0.count == count }?.ticks }
      #expect(read == expected)
      told += written.arrivalCount
      next = written.nextCount
      number &+= 1
    }
  }

  @Test("a thousand packets in good order cost one chunk, and their times a byte each")
  func compact() throws {
    let arrivals = (0..<1_000).map { TransportArrival(count: Int64($0), ticks: Int64($0) * 4) }
    var bytes = [UInt8](repeating: 0, count: 1_200)
    var out = bytes.mutableSpan
    let written = TransportFeedbackWriter.write(
      sender: 1, media: 2, number: 0, from: 0, arrivals.span, into: &out)
    #expect(written?.byteCount == 20 + 1_002 + 2 && written?.arrivalCount == 1_000)
  }

  @Test("what cannot be told is left to the next feedback, and no room at all to nobody")
  func bounds() {
    var bytes = [UInt8](repeating: 0, count: 1_200)
    var out = bytes.mutableSpan
    let far = [TransportArrival(count: 0, ticks: 0), TransportArrival(count: 1, ticks: 32_768)]
    let first = TransportFeedbackWriter.write(sender: 1, media: 2, number: 0, from: 0, far.span, into: &out)
    #expect(first?.arrivalCount == 1 && first?.nextCount == 1)
    let gap = [TransportArrival(count: 0, ticks: 0), TransportArrival(count: 65_535, ticks: 1)]
    let second = TransportFeedbackWriter.write(sender: 1, media: 2, number: 0, from: 0, gap.span, into: &out)
    #expect(second?.arrivalCount == 1)
    let nobody: [TransportArrival] = []
    let none = TransportFeedbackWriter.write(sender: 1, media: 2, number: 0, from: 0, nobody.span, into: &out)
    #expect(none == nil)
    var small = [UInt8](repeating: 0, count: 20)
    var smallOut = small.mutableSpan
    let tight = TransportFeedbackWriter.write(
      sender: 1, media: 2, number: 0, from: 0, far.span, into: &smallOut)
    #expect(tight == nil)
  }
}
