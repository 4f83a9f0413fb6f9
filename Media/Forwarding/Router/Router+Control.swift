// RTCP of a peer, who is a sender of its own tracks and a receiver of others' at once: reports, farewells, requests for
// packets and pictures.

import Link
package import Structures
import Wire

extension Router {
  package mutating func receiveRTCP(
    _ bytes: Span<UInt8>, from peer: Int32, at now: Instant, into outlet: inout some PacketOutlet & ~Copyable
  ) {
    guard isThere(peer) else {
      figures.droppedUnknown += 1
      return
    }
    peers[Int(peer)].bytesUp += bytes.count
    var packets = RTCPPackets()
    do throws(RTCPMalformed) {
      while let packet = try packets.next(in: bytes) {
        if let report = try Report(packet, in: bytes) {
          take(report, bytes, from: peer, at: now)
        } else if let feedback = try Feedback(packet, in: bytes) {
          try take(feedback, bytes, from: peer, at: now, into: &outlet)
        } else if let goodbye = try Goodbye(packet, in: bytes) {
          take(goodbye, bytes, from: peer, at: now)
        } else if var reports = try ExtendedReports(packet, in: bytes) {
          while let block = try reports.next(in: bytes) { take(block, bytes, from: peer, at: now) }
        }
      }
    } catch {
      // What came before the fault stands.
      figures.droppedMalformed += 1
    }
  }

  private mutating func take(_ report: Report, _ bytes: Span<UInt8>, from peer: Int32, at now: Instant) {
    if let facts = report.facts, let number = forwarded(report.ssrc, from: peer) {
      publications[number].clock.report(facts, at: now)
      publications[number].reception.senderReport(facts, at: now)
      peers[Int(peer)].hasTold = true
    }
    var index = 0
    while index < report.blockCount {
      let block = report.block(index, in: bytes)
      index += 1
      guard let number = sinks[StreamKey(peer: peer, ssrc: block.ssrc)].map(Int.init) else { continue }
      peers[Int(peer)].reportedLoss += Double(block.lostOf256) / 256
      peers[Int(peer)].reportedLossCount += 1
      if publications[Int(subscriptions[number].publication)].isVideo {
        takeLoss(Double(block.lostOf256) / 256, from: Int(peer), at: now)
      } else if Double(block.lostOf256) / 256 >= Limits.soundLossHeeded {
        takeSoundLoss(number, at: now)
      }
      if let sample = subscriptions[number].reports.roundTripMicroseconds(block, at: now) {
        peers[Int(peer)].roundTrip.sample(microseconds: sample)
      }
    }
  }

  /// The publication whose present source that is.
  private func forwarded(_ ssrc: UInt32, from peer: Int32) -> Int? {
    guard let packed = sources[StreamKey(peer: peer, ssrc: ssrc)] else { return nil }
    let role = SourceRole(packed: packed)
    guard role.kind == .media, publications[Int(role.publication)].ssrc == ssrc else { return nil }
    return Int(role.publication)
  }

  /// The stream stands still until something comes again; the track is there as before.
  private mutating func take(_ goodbye: Goodbye, _ bytes: Span<UInt8>, from peer: Int32, at now: Instant) {
    var index = 0
    while index < goodbye.sourceCount {
      if let number = forwarded(goodbye.source(index, in: bytes), from: peer) {
        publications[number].isQuiet = true
        publications[number].losses.forget()
        publications[number].keyframes.forget()
        silence(number, at: now)
      }
      index += 1
    }
  }

  private mutating func take(
    _ block: ExtendedReports.Block, _ bytes: Span<UInt8>, from peer: Int32, at now: Instant
  ) {
    switch block {
    case .receiverTime(let ntpTime):
      peers[Int(peer)].receiverTime.received(ntpTime: ntpTime, at: now)
      noteActivity(of: Int(peer), at: now)
    case .answers(var rest):
      while let answer = ExtendedReports.Answer(next: &rest, in: bytes) {
        guard answer.ssrc == peers[Int(peer)].reportSSRC else { continue }
        peers[Int(peer)].roundTrip.received(answer, clock: options.clock, at: now)
      }
    }
  }

  private mutating func take(
    _ feedback: Feedback, _ bytes: Span<UInt8>, from peer: Int32, at now: Instant,
    into outlet: inout some PacketOutlet & ~Copyable
  ) throws(RTCPMalformed) {
    switch feedback.subject {
    case .nack:
      figures.lossRequestsIn += 1
      guard let number = sinks[StreamKey(peer: peer, ssrc: feedback.media)] else { return }
      var lost = LostSequences(feedback)
      while let sequence = lost.next(in: bytes) {
        guard resend(sequence, to: Int(number), at: now, into: &outlet) else { return }
      }
    case .pictureLoss: pictureLost(feedback.media, peer, at: now, into: &outlet)
    case .fullIntraRequest:
      var requests = FullIntraRequests(feedback)
      while let request = requests.next(in: bytes) {
        pictureLost(request.ssrc, peer, at: now, into: &outlet)
      }
    case .transportWide:
      transportFeedbackCount += 1
      if let arrivals = try TransportFeedback(feedback, in: bytes) {
        take(arrivals, bytes, from: Int(peer), at: now, into: &outlet)
      }
    case .estimatedRate:
      if let rate = try EstimatedRate(feedback, in: bytes) {
        takeRate(rate.rateBitsPerSecond, from: Int(peer))
      }
    }
  }

  private mutating func pictureLost(
    _ ssrc: UInt32, _ peer: Int32, at now: Instant, into outlet: inout some PacketOutlet & ~Copyable
  ) {
    figures.pictureRequestsIn += 1
    guard let number = sinks[StreamKey(peer: peer, ssrc: ssrc)] else { return }
    if subscriptions[Int(number)].packetCount > 0, subscriptions[Int(number)].stoodSince == nil {
      subscriptions[Int(number)].stoodSince = now
    }
    askForPicture(for: Int(number), at: now, into: &outlet)
  }
}
