// Compounds as their reader takes them apart.

import Structures
import Testing
import Wire

@testable import Forwarding

@Suite("Writing compounds")
struct CompoundWriterTests {
  private func kinds(_ bytes: [UInt8], _ count: Int) -> [RTCPPacket.Kind?] {
    let compound = Array(bytes[..<count])
    var packets = RTCPPackets()
    var kinds: [RTCPPacket.Kind?] = []
    while let packet = try? packets.next(in: compound.span) { kinds.append(packet.kind) }
    return kinds
  }

  private func lost(_ bytes: [UInt8], _ count: Int) -> [SequenceNumber] {
    let compound = Array(bytes[..<count])
    var packets = RTCPPackets()
    var result: [SequenceNumber] = []
    while let packet = try? packets.next(in: compound.span) {
      guard let feedback = try? Feedback(packet, in: compound.span) else { continue }
      var lost = LostSequences(feedback)
      while let sequence = lost.next(in: compound.span) { result.append(sequence) }
    }
    return result
  }

  @Test("everything in one compound, in the order in which it was put there")
  func together() {
    var bytes = [UInt8](repeating: 0xEE, count: CompoundWriter.byteCountMax)
    var out = bytes.mutableSpan
    var writer = CompoundWriter(sender: 1)
    let blocks = [ReportBlock(ssrc: 2), ReportBlock(ssrc: 3)]
    let name = Array("publisher".utf8)
    let numbers = [SequenceNumber(65_535), SequenceNumber(3)]
    var log = ArrivalLog()
    log.received(SequenceNumber(4), at: Instant(nanoseconds: 1_000_000_000))
    var fits = [writer.report(blocks.span, into: &out) == 2]
    fits.append(writer.name(ssrc: 1, name.span, into: &out))
    fits.append(writer.loss(media: 2, numbers.span, into: &out) == 2)
    fits.append(writer.pictureLoss(media: 2, into: &out))
    fits.append(writer.fullIntra(media: 3, number: 9, into: &out))
    fits.append(writer.arrivals(&log, media: 2, into: &out))
    fits.append(!writer.arrivals(&log, media: 2, into: &out))
    fits.append(writer.receiverTime(ntpTime: 5, into: &out))
    let answer = ExtendedReports.Answer(ssrc: 4, lastReceiverReport: 5, delaySinceReceiverReport: 6)
    fits.append(writer.answer(answer, into: &out))
    let facts = SenderFacts(ntpTime: 1, timestamp: RTPTimestamp(2), packetCount: 3, payloadByteCount: 4)
    fits.append(writer.report(ssrc: 8, facts, into: &out))
    fits.append(writer.goodbye(ssrc: 8, into: &out))
    let count = writer.byteCount
    #expect(fits.allSatisfy { $0 })
    #expect(
      kinds(bytes, count) == [
        .receiverReport, .sourceDescription, .transportFeedback, .payloadFeedback, .payloadFeedback,
        .transportFeedback, .extendedReport, .extendedReport, .senderReport, .goodbye,
      ])
    #expect(bytes[count...].allSatisfy { $0 == 0xEE })
  }

  @Test("of a report, as many blocks as five bits count and as there is room")
  func blocks() {
    var bytes = [UInt8](repeating: 0, count: CompoundWriter.byteCountMax)
    var out = bytes.mutableSpan
    var writer = CompoundWriter(sender: 1)
    let blocks = (0..<40).map { ReportBlock(ssrc: $0) }
    let first = writer.report(blocks.span, into: &out)
    let second = writer.report(blocks.span.extracting(droppingFirst: 31), into: &out)
    let third = writer.report(blocks.span, into: &out)
    let count = writer.byteCount
    #expect(first == 31)
    #expect(second == 9)
    // 1,200 less 752 and 224 hold a header of 8 and 9 blocks.
    #expect(third == 9)
    #expect(count == 1_200)
    #expect(kinds(bytes, count) == [.receiverReport, .receiverReport, .receiverReport])
  }

  @Test("what does not fit goes into the next compound, and nothing is cut or told twice", arguments: 1...30)
  func overflow(seed: UInt64) {
    var random = Seeded(state: seed)
    var number = UInt16.random(in: 65_000...65_535, using: &random)
    let numbers = (0..<Int.random(in: 1...256, using: &random)).map { _ in
      number &+= UInt16.random(in: 1...30, using: &random)
      return SequenceNumber(number)
    }
    let room = Int.random(in: 40...400, using: &random)
    var told: [SequenceNumber] = []
    var pictureLosses = 0
    var writer = CompoundWriter(sender: 1)
    while told.count < numbers.count || pictureLosses < 5 {
      var bytes = [UInt8](repeating: 0, count: room)
      var out = bytes.mutableSpan
      writer.reset()
      let none: [ReportBlock] = []
      _ = writer.report(none.span, into: &out)
      let count = writer.loss(media: 2, numbers.span.extracting(droppingFirst: told.count), into: &out)
      while pictureLosses < 5, writer.pictureLoss(media: 2, into: &out) { pictureLosses += 1 }
      let byteCount = writer.byteCount
      #expect(byteCount <= room)
      #expect(byteCount > 8)
      let written = lost(bytes, byteCount)
      #expect(written.count == count)
      told += written
      if byteCount <= 8 { return }
    }
    #expect(told == numbers)
  }

  @Test("a full compound takes nothing more")
  func full() {
    var bytes = [UInt8](repeating: 0, count: 20)
    var out = bytes.mutableSpan
    var writer = CompoundWriter(sender: 1)
    let blocks = [ReportBlock(ssrc: 1)]
    let numbers = [SequenceNumber(1)]
    let count = writer.report(blocks.span, into: &out)
    let picture = writer.pictureLoss(media: 1, into: &out)
    let again = writer.pictureLoss(media: 1, into: &out)
    let loss = writer.loss(media: 1, numbers.span, into: &out)
    let report = writer.report(blocks.span, into: &out)
    #expect(count == 0)
    #expect(picture)
    #expect(!again)
    #expect(loss == 0)
    #expect(report == nil)
    #expect(writer.byteCount == 20)
  }
}
