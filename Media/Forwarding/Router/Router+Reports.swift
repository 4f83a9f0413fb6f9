// What is done when time has passed: reports to senders and to receivers each second, feedback about arrivals, requests
// that are due again, and facts for the control plane. Each peer has one timer, and a silent peer hardly any use for it.

import Link
package import Structures
import Wire

extension Router {
  package mutating func timeout(at now: Instant, into outlet: inout some PacketOutlet & ~Copyable) {
    while let timer = wheel.next(dueAtMilliseconds: now.milliseconds) {
      if timer < options.peersMax {
        serve(timer, at: now, into: &outlet)
      } else {
        listen(timer - options.peersMax, at: now, into: &outlet)
      }
    }
    guard !qualities.isEmpty else { return }
    outlet.tell(.quality(qualities))
    qualities.removeAll()
  }

  private mutating func serve(
    _ peer: Int, at now: Instant, into outlet: inout some PacketOutlet & ~Copyable
  ) {
    peers[peer].wakeAt = .distantFuture
    guard peers[peer].isThere else { return }
    var next = Instant.distantFuture
    var index = 0
    while index < peers[peer].publications.count {
      let number = Int(peers[peer].publications[index])
      index += 1
      askForLosses(of: number, at: now, into: &outlet)
      perform(publications[number].keyframes.timeout(at: now), of: number, into: &outlet)
      next = min(next, publications[number].losses.deadline ?? next)
      next = min(next, publications[number].keyframes.deadline ?? next)
    }
    if let deadline = peers[peer].arrivals.deadline, deadline <= now {
      tellArrivals(to: peer, at: now, into: &outlet)
    }
    next = min(next, peers[peer].arrivals.deadline ?? next)
    if peers[peer].reportAt <= now { report(to: peer, at: now, into: &outlet) }
    if peers[peer].qualityAt <= now { judge(peer, at: now) }
    if peers[peer].allocateAt <= now { allocate(peer, at: now, into: &outlet) }
    if let task = peers[peer].probe, task.next <= now { probe(peer, at: now, into: &outlet) }
    next = min(next, peers[peer].allocateAt)
    next = min(next, peers[peer].probe?.next ?? next)
    if peers[peer].layersAt <= now { reviewLayers(of: peer, at: now, into: &outlet) }
    next = min(next, peers[peer].reportAt, peers[peer].qualityAt)
    next = min(next, peers[peer].layersAt)
    if next != .distantFuture { wake(peer, by: next) }
  }

  private mutating func tellArrivals(
    to peer: Int, at now: Instant, into outlet: inout some PacketOutlet & ~Copyable
  ) {
    // What more there is comes with the next turn of the timer.
    let media = anySource(of: peer)
    var writer = CompoundWriter(sender: peers[peer].reportSSRC)
    var bytes: [UInt8] = []
    swap(&bytes, &compound)
    var out = bytes.mutableSpan
    writer.reportNothing(into: &out)
    let isWritten = writer.arrivals(&peers[peer].arrivals, media: media, into: &out)
    swap(&bytes, &compound)
    if isWritten { send(writer, to: peer, into: &outlet) }
  }

  /// Transport-wide feedback names a stream, although it speaks of all.
  private func anySource(of peer: Int) -> UInt32 {
    var index = 0
    while index < peers[peer].publications.count {
      if let ssrc = publications[Int(peers[peer].publications[index])].ssrc { return ssrc }
      index += 1
    }
    return 0
  }

  private mutating func report(
    to peer: Int, at now: Instant, into outlet: inout some PacketOutlet & ~Copyable
  ) {
    peers[peer].reportAt =
      peers[peer].isActive ? now.adding(milliseconds: Limits.reportMilliseconds) : .distantFuture
    peers[peer].isActive = false
    // In as few datagrams as it takes: most peers get one.
    var writer = CompoundWriter(sender: peers[peer].reportSSRC)
    if now.milliseconds(since: peers[peer].reportedAt) >= Limits.reportMilliseconds / 2 {
      peers[peer].resendsLeft = Limits.resendsPerSecond
      peers[peer].reportedAt = now
      reportReception(to: peer, with: &writer, at: now, into: &outlet)
    }
    reportSending(to: peer, with: &writer, at: now, into: &outlet)
    if writer.byteCount > 0 { addArrivals(of: peer, to: &writer) }
    send(writer, to: peer, into: &outlet)
  }

  /// What is to be told anyway, early: it needs no datagram of its own then.
  private mutating func addArrivals(of peer: Int, to writer: inout CompoundWriter) {
    guard peers[peer].arrivals.deadline != nil else { return }
    let media = anySource(of: peer)
    var bytes: [UInt8] = []
    swap(&bytes, &compound)
    var out = bytes.mutableSpan
    _ = writer.arrivals(&peers[peer].arrivals, media: media, into: &out)
    swap(&bytes, &compound)
  }

  /// About what this peer sends.
  private mutating func reportReception(
    to peer: Int, with writer: inout CompoundWriter, at now: Instant,
    into outlet: inout some PacketOutlet & ~Copyable
  ) {
    var blocks = InlineArray<64, ReportBlock>(repeating: ReportBlock(ssrc: 0))
    var count = 0
    var index = 0
    while index < peers[peer].publications.count, count < 64 {
      let number = Int(peers[peer].publications[index])
      index += 1
      guard !publications[number].isQuiet, let ssrc = publications[number].ssrc else { continue }
      blocks[count] = publications[number].reception.block(ssrc: ssrc, at: now)
      count += 1
      countLosses(of: number)
      if let loss = publications[number].reception.intervalLoss {
        peers[peer].lossUp += loss
        peers[peer].lossUpCount += 1
      }
    }
    var told = 0
    repeat {
      let answer =
        told == 0 ? peers[peer].receiverTime.takeAnswer(ssrc: peers[peer].reportSSRC, at: now) : nil
      let sender = peers[peer].reportSSRC
      let ntpTime = options.clock.ntpTime(at: now)
      if told > 0 {
        send(writer, to: peer, into: &outlet)
        writer.reset()
      }
      var out = compound.mutableSpan
      guard let written = writer.report(blocks.span.extracting(told..<count), into: &out) else { return }
      let isFirst = told == 0
      told += written
      if isFirst {
        let name = Limits.ownName
        _ = writer.name(ssrc: sender, name.span, into: &out)
        _ = writer.receiverTime(ntpTime: ntpTime, into: &out)
        if let answer { _ = writer.answer(answer, into: &out) }
      }
    } while told < count
  }

  /// About what is sent to it, as far as something was since the last report.
  private mutating func reportSending(
    to peer: Int, with writer: inout CompoundWriter, at now: Instant,
    into outlet: inout some PacketOutlet & ~Copyable
  ) {
    var index = 0
    while index < peers[peer].subscriptions.count {
      let number = Int(peers[peer].subscriptions[index])
      guard subscriptions[number].packetCount != subscriptions[number].reportedPacketCount,
        let facts = facts(of: number, at: now)
      else {
        index += 1
        continue
      }
      let start = writer
      guard write(facts, of: number, with: &writer) else {
        // Full: out with it, and again. A single report always fits.
        send(start, to: peer, into: &outlet)
        if start.byteCount == 0 { index += 1 }
        writer.reset()
        continue
      }
      subscriptions[number].reported(facts, at: now)
      index += 1
    }
  }

  private mutating func write(_ facts: SenderFacts, of number: Int, with writer: inout CompoundWriter) -> Bool
  {
    let ssrc = subscriptions[number].ssrc
    // Shares the name's memory, which nobody changes meanwhile.
    let name = subscriptions[number].canonicalName
    var out = compound.mutableSpan
    return writer.report(ssrc: ssrc, facts, into: &out) && writer.name(ssrc: ssrc, name.span, into: &out)
  }

  private func facts(of number: Int, at now: Instant) -> SenderFacts? {
    let publication = Int(subscriptions[number].publication)
    guard let stretch = subscriptions[number].map.current, stretch.epoch == publications[publication].epoch
    else { return nil }
    let told = publications[publication].clock.facts(
      at: now, timestampOffset: stretch.timestampShift, packetCount: subscriptions[number].packetCount,
      payloadByteCount: subscriptions[number].payloadByteCount)
    if let told { return told }
    guard !peers[Int(publications[publication].peer)].hasTold else { return nil }
    return publications[publication].clock.fallback(
      at: now, clock: options.clock, newest: publications[publication].newestTimestamp,
      arrivedAt: publications[publication].newestAt, timestampOffset: stretch.timestampShift,
      packetCount: subscriptions[number].packetCount,
      payloadByteCount: subscriptions[number].payloadByteCount)
  }
}
