// Puts RTCP packets together into one compound (RFC 3550 section 6.1): a report and a name first, then feedback. What
// does not fit is said by the result, and goes into another compound. The room is the span's: `Limits.compoundBytes`.

package import Wire

package struct CompoundWriter: Sendable {
  /// What a compound may have, so that it is never cut to pieces on its way.
  package static let byteCountMax = Limits.compoundBytes

  /// Under which we speak.
  package let sender: UInt32
  package private(set) var byteCount = 0

  package init(sender: UInt32) { self.sender = sender }

  /// Ready for the next compound.
  package mutating func reset() { byteCount = 0 }

  private mutating func took(_ count: Int?) -> Bool {
    byteCount += count ?? 0
    return count != nil
  }

  /// The report of a receiver, of at most 31 blocks. How many of the blocks are in it; nil when not even none fit.
  package mutating func report(
    _ blocks: Span<ReportBlock>, into out: inout MutableSpan<UInt8>
  ) -> Int? {
    let room = (out.count - byteCount - 8) / ReportBlock.byteCount
    guard out.count - byteCount >= 8 else { return nil }
    let count = min(blocks.count, ReportBlock.countMax, room)
    let isIn = took(
      Reports.write(ssrc: sender, blocks: blocks.extracting(first: count), into: &out, at: byteCount))
    return isIn ? count : nil
  }

  /// The report on a stream that we send.
  package mutating func report(
    ssrc: UInt32, _ facts: SenderFacts, into out: inout MutableSpan<UInt8>
  ) -> Bool {
    let none = InlineArray<1, ReportBlock>(repeating: ReportBlock(ssrc: 0))
    return took(
      Reports.write(
        ssrc: ssrc, facts: facts, blocks: none.span.extracting(first: 0), into: &out, at: byteCount))
  }

  /// Whose the stream is.
  package mutating func name(
    ssrc: UInt32, _ canonicalName: Span<UInt8>, into out: inout MutableSpan<UInt8>
  ) -> Bool {
    took(
      SourceDescriptions.write(ssrc: ssrc, canonicalName: canonicalName, into: &out, at: byteCount))
  }

  /// Asks for packets, oldest first. How many of them are asked for.
  package mutating func loss(
    media: UInt32, _ lost: Span<SequenceNumber>, into out: inout MutableSpan<UInt8>
  ) -> Int {
    var count = 0
    var itemRoom = (out.count - byteCount - 12) / 4
    var first: SequenceNumber?
    while count < lost.count {
      if first.map({ (0...16).contains(lost[count].distance(since: $0)) }) != true {
        guard itemRoom > 0 else { break }
        itemRoom -= 1
        first = lost[count]
      }
      count += 1
    }
    guard count > 0 else { return 0 }
    let isIn = took(
      LostSequences.write(
        sender: sender, media: media, lost.extracting(first: count), into: &out, at: byteCount))
    return isIn ? count : 0
  }

  package mutating func pictureLoss(media: UInt32, into out: inout MutableSpan<UInt8>) -> Bool {
    took(Feedback.writePictureLoss(sender: sender, media: media, into: &out, at: byteCount))
  }

  package mutating func fullIntra(
    media: UInt32, number: UInt8, into out: inout MutableSpan<UInt8>
  ) -> Bool {
    let request = InlineArray<1, FullIntraRequests.Request>(
      repeating: FullIntraRequests.Request(ssrc: media, number: number))
    return took(FullIntraRequests.write(sender: sender, request.span, into: &out, at: byteCount))
  }

  /// Tells of arrivals; false when there is nothing to tell or no room. What is left stays due in the log.
  package mutating func arrivals(
    _ log: inout ArrivalLog, media: UInt32, into out: inout MutableSpan<UInt8>
  ) -> Bool {
    let count = log.write(sender: sender, media: media, into: &out, at: byteCount)
    return took(count > 0 ? count : nil)
  }

  /// Our time as a receiver, to learn the round trip from its answer.
  package mutating func receiverTime(ntpTime: UInt64, into out: inout MutableSpan<UInt8>) -> Bool {
    took(ExtendedReports.writeReceiverTime(sender: sender, ntpTime: ntpTime, into: &out, at: byteCount))
  }

  /// The answer to a receiver's time.
  package mutating func answer(
    _ answer: ExtendedReports.Answer, into out: inout MutableSpan<UInt8>
  ) -> Bool {
    let answers = InlineArray<1, ExtendedReports.Answer>(repeating: answer)
    return took(ExtendedReports.writeAnswers(sender: sender, answers.span, into: &out, at: byteCount))
  }

  package mutating func goodbye(ssrc: UInt32, into out: inout MutableSpan<UInt8>) -> Bool {
    let sources = InlineArray<1, UInt32>(repeating: ssrc)
    return took(Goodbye.write(sources: sources.span, into: &out, at: byteCount))
  }
}
