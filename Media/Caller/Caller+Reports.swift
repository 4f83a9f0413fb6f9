// RTCP on its way out: reports each second, requests for what is missing, arrivals of transport-wide numbers.

import Crypto
import Structures
import Wire

extension Caller {
  /// A sender's report for each stream that has sent, with what was received in the first of them; a receiver's if
  /// there is none. Each with the name that ties sound to picture.
  mutating func sendReports(at now: Instant, into outlet: inout some CallerOutlet & ~Copyable) {
    nextReport = now.adding(milliseconds: Limits.reportMilliseconds)
    blocks.removeAll(keepingCapacity: true)
    for index in streams.indices {
      if let block = streams[index].reportBlock(at: now) { blocks.append(block) }
    }
    var told = 0
    var hasReported = false
    for index in senders.indices where senders[index].packetCount > 0 {
      let sender = senders[index]
      let facts = SenderFacts(
        ntpTime: Self.ntpTime(now), timestamp: sender.lastTimestamp,
        packetCount: UInt32(truncatingIfNeeded: sender.packetCount),
        payloadByteCount: UInt32(truncatingIfNeeded: sender.octetCount))
      told += sendReport(
        sender.setup.ssrc, facts, Array(sender.setup.canonicalName.utf8), told, into: &outlet)
      hasReported = true
    }
    while told < blocks.count || !hasReported {
      told += sendReport(options.reportSSRC, nil, [], told, into: &outlet)
      hasReported = true
    }
  }

  /// Returns how many blocks went along.
  private mutating func sendReport(
    _ ssrc: UInt32, _ facts: SenderFacts?, _ name: [UInt8], _ told: Int,
    into outlet: inout some CallerOutlet & ~Copyable
  ) -> Int {
    let count = min(ReportBlock.countMax, blocks.count - told)
    let part = Array(blocks[told..<told + count])
    sendRTCP(into: &outlet) { slot in
      guard var end = Reports.write(ssrc: ssrc, facts: facts, blocks: part.span, into: &slot) else {
        return 0
      }
      end += SourceDescriptions.write(ssrc: ssrc, canonicalName: name.span, into: &slot, at: end) ?? 0
      return end
    }
    return count
  }

  /// Any clock will do, as long as it is the same for all streams of one sender.
  static func ntpTime(_ now: Instant) -> UInt64 {
    let seconds = UInt64(max(0, now.nanoseconds) / 1_000_000_000)
    let rest = UInt64(max(0, now.nanoseconds) % 1_000_000_000)
    return seconds << 32 | rest << 32 / 1_000_000_000
  }

  mutating func sendRequests(at now: Instant, into outlet: inout some CallerOutlet & ~Copyable) {
    nextRepair = nil
    for index in streams.indices {
      let ssrc = streams[index].expected.ssrc
      streams[index].takeRequests(at: now, into: &lost)
      if !lost.isEmpty {
        let sequences = lost
        let sender = options.reportSSRC
        sendRTCP(into: &outlet) { slot in
          LostSequences.write(sender: sender, media: ssrc, sequences.span, into: &slot) ?? 0
        }
      }
      if streams[index].takeKeyFrameRequest(at: now) {
        let sender = options.reportSSRC
        sendRTCP(into: &outlet) { slot in
          Feedback.writePictureLoss(sender: sender, media: ssrc, into: &slot) ?? 0
        }
      }
      if !streams[index].missing.isEmpty || streams[index].isKeyFrameWanted {
        nextRepair = now.adding(milliseconds: Limits.repairMilliseconds)
      }
    }
  }

  mutating func sendTransportFeedback(at now: Instant, into outlet: inout some CallerOutlet & ~Copyable) {
    nextFeedback = nil
    // In the order of their numbers, each once, none of before.
    arrivals.sort { $0.count < $1.count }
    var told: [TransportArrival] = []
    told.reserveCapacity(arrivals.count)
    for arrival in arrivals where arrival.count >= feedbackFrom && arrival.count != told.last?.count {
      told.append(arrival)
    }
    arrivals.removeAll(keepingCapacity: true)
    var start = 0
    while start < told.count {
      let part = Array(told[start...])
      var written: TransportFeedbackWriter.Written?
      let (sender, number, from) = (options.reportSSRC, feedbackNumber, feedbackFrom)
      sendRTCP(into: &outlet) { slot in
        written = TransportFeedbackWriter.write(
          sender: sender, media: 0, number: number, from: from, part.span, into: &slot)
        return written?.byteCount ?? 0
      }
      guard let written else {
        // Times or numbers that cannot be told: the next feedback begins after them.
        feedbackFrom = (told.last?.count ?? from) + 1
        return
      }
      feedbackNumber &+= 1
      feedbackFrom = written.nextCount
      start += written.arrivalCount
    }
  }

  /// Writes a compound and protects it.
  private mutating func sendRTCP(
    into outlet: inout some CallerOutlet & ~Copyable, _ write: (inout MutableSpan<UInt8>) -> Int
  ) {
    guard let remote else { return }
    outlet.send(from: connectivity.path, to: remote.address) { slot in
      let count = write(&slot)
      guard count > 0 else { return 0 }
      return (try? srtp?.protectRTCP(&slot, count: count)) ?? 0
    }
  }
}
