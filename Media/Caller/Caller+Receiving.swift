// Media on its way in: decrypted, retransmissions turned into what they repeat, handed to its stream; and RTCP.

import Crypto
import Link
import Structures
import Wire

extension Caller {
  mutating func receiveRTP(
    _ datagram: inout MutableSpan<UInt8>, at now: Instant, into outlet: inout some CallerOutlet & ~Copyable
  ) {
    guard let count = unprotect(&datagram, isReport: false) else { return }
    counted.receivedPackets += 1
    guard let header = try? RTPHeader(datagram.span.extracting(..<count)) else {
      counted.malformed += 1
      return
    }
    guard let number = streamIndex[SSRCKey(value: header.ssrc)] else {
      counted.unexpected += 1
      return
    }
    let index = Int(number)
    noteArrival(header, datagram.span, streams[index].expected.extensions.transportSequence, at: now)
    let heard: HeardPacket?
    if header.ssrc == streams[index].expected.ssrc {
      heard = streams[index].receive(
        header, in: datagram.span.extracting(..<count), isRepeat: false, at: now)
    } else {
      heard = receiveRepeat(&datagram, count, header, index, at: now)
    }
    if let heard { outlet.heard(heard) }
    if !streams[index].missing.isEmpty || streams[index].isKeyFrameWanted {
      nextRepair = nextRepair ?? now.adding(milliseconds: Limits.reorderMilliseconds)
    }
  }

  private mutating func receiveRepeat(
    _ datagram: inout MutableSpan<UInt8>, _ count: Int, _ header: RTPHeader, _ index: Int, at now: Instant
  ) -> HeardPacket? {
    let expected = streams[index].expected
    guard let format = expected.format(repeatedBy: header.payloadType) else {
      streams[index].figures.unknownFormats += 1
      return nil
    }
    // Probes are padding in the retransmissions' stream.
    guard
      let start = RTX.unwrap(
        &datagram, header, payloadType: format.payloadType, ssrc: expected.ssrc)
    else {
      streams[index].figures.padding += 1
      return nil
    }
    let original = datagram.span.extracting(start..<count)
    guard let unwrapped = try? RTPHeader(original) else {
      counted.malformed += 1
      return nil
    }
    return streams[index].receive(unwrapped, in: original, isRepeat: true, at: now)
  }

  private mutating func unprotect(_ datagram: inout MutableSpan<UInt8>, isReport: Bool) -> Int? {
    guard srtp != nil else {
      counted.ignored += 1
      return nil
    }
    do throws(SRTPFailure) {
      return isReport ? try srtp?.unprotectRTCP(&datagram) : try srtp?.unprotectRTP(&datagram)
    } catch {
      switch error {
      case .authentication: counted.unauthentic += 1
      case .replay, .tooOld: counted.replayed += 1
      case .malformed, .limit: counted.malformed += 1
      }
      return nil
    }
  }

  private mutating func noteArrival(
    _ header: RTPHeader, _ packet: Span<UInt8>, _ id: UInt8, at now: Instant
  ) {
    guard id != 0, arrivals.count < Limits.feedbackArrivals, let walk = HeaderExtensions(header),
      let value = walk.find(id, in: packet), let sequence = TransportSequence.read(packet, value)
    else { return }
    let count = arrivalUnwrapper.unwrap(sequence)
    if nextFeedback == nil {
      nextFeedback = now.adding(milliseconds: Limits.feedbackMilliseconds)
      if feedbackNumber == 0, arrivals.isEmpty { feedbackFrom = count }
    }
    arrivals.append(TransportArrival(count: count, ticks: now.microseconds / ArrivalTicks.microseconds))
    if arrivals.count == Limits.feedbackSoonArrivals, let due = nextFeedback {
      nextFeedback = min(due, now.adding(milliseconds: Limits.feedbackSoonMilliseconds))
    }
  }

  // MARK: Reports

  mutating func receiveRTCP(
    _ datagram: inout MutableSpan<UInt8>, at now: Instant, into outlet: inout some CallerOutlet & ~Copyable
  ) {
    guard let count = unprotect(&datagram, isReport: true) else { return }
    counted.receivedReports += 1
    let bytes = datagram.span.extracting(..<count)
    var packets = RTCPPackets()
    do throws(RTCPMalformed) {
      while let packet = try packets.next(in: bytes) {
        if let report = try Report(packet, in: bytes) {
          if report.blockCount > 0 { counted.receiverReports += 1 }
          if let facts = report.facts, let number = streamIndex[SSRCKey(value: report.ssrc)] {
            streams[Int(number)].heard(facts, at: now)
          }
        } else if let feedback = try Feedback(packet, in: bytes) {
          switch feedback.subject {
          case .nack: repeatPackets(feedback, in: bytes, into: &outlet)
          case .pictureLoss, .fullIntraRequest: keyFrameWanted(feedback, in: bytes)
          case .transportWide: counted.transportFeedbacks += 1
          case .estimatedRate: break
          }
        }
      }
    } catch {
      counted.malformed += 1
    }
  }
}
