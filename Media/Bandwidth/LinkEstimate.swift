// What the way to one receiver bears: from its reports about when each packet arrived (transport-wide feedback), or from what
// it says itself about loss and rate where it has no such reports. All is one value of fixed size; a packet costs a few
// stores, and nothing is allocated, looked up or timed for it. Paces nothing: what publishers send is paced by them, and
// probes by who sends them.

package import Structures

package struct LinkEstimate: Sendable {
  /// What a receiver's link does at present, in one word.
  package enum State: String, Sendable, CaseIterable {
    /// Bears what is sent, or more.
    case normal
    /// A queue has been growing.
    case overused
    case lossy
    /// Nothing is heard of it.
    case cut
  }

  private struct Packet {
    /// Microseconds, round after 71 minutes.
    var sent: UInt32 = 0
    var sequence: UInt16 = 0
    /// Zero: reported, or never there.
    var bytes: UInt16 = 0
  }

  private var packets: [Packet]
  private var newestSent: Int64 = 0
  private var trend = DelayTrend()
  private var queue = StandingQueue()
  /// Since when a queue stands that lowering the rate has not moved.
  private var longSince: Instant?
  private var arrivals = ArrivedRate()
  private var rate: RateControl
  private var verdict = DelayTrend.Verdict.normal
  private var loss = LossControl()
  private var probing = Probing()

  private(set) package var roundTripMilliseconds: Double?
  private var heardAt: Instant?
  private var firstHeardAt: Instant?
  /// When the first packet went out that nothing was heard since.
  private var unheardSince: Instant?
  private var isCut = false
  /// Before the way was cut.
  private var former: Double?
  private var remote: Double?
  /// Reports with times have come: those that say less are passed over.
  private(set) package var hasTimes = false

  package init(startBitsPerSecond: Int = Limits.startBitsPerSecond) {
    packets = Array(repeating: Packet(), count: Limits.packetsUnderWay)
    rate = RateControl(Double(startBitsPerSecond))
  }

  /// Nil: nothing is known that would limit it.
  package var bitsPerSecond: Int? {
    guard hasTimes || loss.bound != nil || remote != nil else { return nil }
    var bits = hasTimes ? rate.bitsPerSecond : .infinity
    if let bound = loss.bound { bits = min(bits, bound) }
    if let remote { bits = min(bits, remote) }
    return Int(min(bits, Double(Limits.bitsPerSecondMax)))
  }

  package var state: State {
    if isCut { return .cut }
    if verdict == .growing { return .overused }
    return loss.share > Limits.lossHeeded ? .lossy : .normal
  }

  /// Enough has been heard to go by: before that what is sent is the best test.
  package func isSettled(at now: Instant) -> Bool {
    guard hasTimes, let firstHeardAt else { return !hasTimes }
    return state != .normal || now.milliseconds(since: firstHeardAt) >= Limits.settlingMilliseconds
  }

  package var lossShare: Double { loss.share }

  // MARK: what goes out

  package mutating func sent(_ sequence: UInt16, bytes: Int, at now: Instant) {
    newestSent = now.microseconds
    packets[Int(sequence) & (Limits.packetsUnderWay - 1)] = Packet(
      sent: UInt32(truncatingIfNeeded: newestSent), sequence: sequence,
      bytes: UInt16(truncatingIfNeeded: min(bytes, Int(UInt16.max))))
    if unheardSince == nil { unheardSince = now }
    probing.sent(sequence, bytes, at: newestSent)
  }

  // MARK: what is heard

  /// One packet of a report, in the order of their numbers; `ticks` on the receiver's clock, in quarters of a millisecond.
  package mutating func heard(_ sequence: UInt16, ticks: Int64?, at now: Instant) {
    let index = Int(sequence) & (Limits.packetsUnderWay - 1)
    let packet = packets[index]
    guard packet.bytes > 0, packet.sequence == sequence else { return }
    guard let ticks else {
      loss.reported(true)
      return
    }
    packets[index].bytes = 0
    loss.reported(false)
    let age = UInt32(truncatingIfNeeded: now.microseconds) &- packet.sent
    let sent = now.microseconds - Int64(age)
    let arrived = ticks * 250
    trend.packet(sent: sent, arrived: arrived)
    queue.packet(sent: sent, arrived: arrived)
    probing.arrived(sequence, Int(packet.bytes), at: arrived)
    report.bytes += Int(packet.bytes)
    report.newest = max(report.newest ?? arrived, arrived)
    report.age = min(report.age ?? age, age)
  }

  private var report: (bytes: Int, newest: Int64?, age: UInt32?) = (0, nil, nil)

  /// The report is over.
  package mutating func conclude(at now: Instant) {
    guard let newest = report.newest, let age = report.age else { return }
    arrivals.arrived(report.bytes, until: newest)
    let sample = Double(age) / 1_000
    roundTripMilliseconds =
      roundTripMilliseconds.map { $0 + (sample - $0) * Limits.roundTripSmoothing } ?? sample
    report = (0, nil, nil)
    hasTimes = true
    heardAt = now
    firstHeardAt = firstHeardAt ?? now
    unheardSince = nil
    if isCut {
      isCut = false
      trend = DelayTrend()
      queue = StandingQueue()
    }
    let roundTrip = (roundTripMilliseconds ?? 100) / 1_000
    let arrived = arrivals.bitsPerSecond
    verdict = judge(at: now)
    rate.update(
      verdict, isEmpty: queue.milliseconds < Limits.emptyMilliseconds, arrived: arrived, roundTrip: roundTrip,
      at: now)
    if verdict == .growing { probing.disturbed(at: now) }
    loss.update(rate.bitsPerSecond, roundTrip: roundTrip, at: now)
    if let found = probing.result(at: now) { take(found, at: now) }
  }

  /// A trend counts when something stands in the queue; a long queue counts without one.
  private mutating func judge(at now: Instant) -> DelayTrend.Verdict {
    let standing = queue.milliseconds
    if standing < Limits.longQueueMilliseconds { longSince = nil }
    if trend.verdict == .growing { return standing > Limits.queueMilliseconds ? .growing : .normal }
    guard standing >= Limits.longQueueMilliseconds else { return trend.verdict }
    let since = longSince ?? now
    longSince = since
    if now.milliseconds(since: since) > Limits.longQueuePatienceMilliseconds {
      queue.accept()
      longSince = nil
    }
    return .growing
  }

  private mutating func take(_ found: Probing.Result, at now: Instant) {
    let known = rate.bitsPerSecond
    if found.bitsPerSecond > known, verdict != .growing {
      let bits =
        found.isCapacity ? min(found.bitsPerSecond, known * Limits.capacityStep) : found.bitsPerSecond
      rate.found(bits, isCapacity: found.isCapacity, at: now)
      loss.found(found.bitsPerSecond)
      former = nil
    }
    probing.judged(found.bitsPerSecond > known * 1.02 && !found.isCapacity, at: now)
  }

  /// A receiver without such reports says what share of the packets it missed.
  package mutating func heardLoss(_ share: Double, of packets: Int, bitsPerSecond: Int, at now: Instant) {
    guard !hasTimes else { return }
    loss.reported(share: share, of: packets)
    loss.update(Double(bitsPerSecond), roundTrip: (roundTripMilliseconds ?? 100) / 1_000, at: now)
  }

  /// A receiver has an estimate of its own (REMB).
  package mutating func heardRate(_ bitsPerSecond: Int) {
    remote = Double(max(Limits.bitsPerSecondMin, bitsPerSecond))
  }

  // MARK: time

  /// Some times a second.
  package mutating func tick(at now: Instant) {
    guard hasTimes, let since = unheardSince else { return }
    guard now.milliseconds(since: max(since, heardAt ?? since)) >= Limits.silenceMilliseconds else { return }
    if !isCut { former = rate.bitsPerSecond }
    isCut = true
    rate.fall(to: rate.bitsPerSecond / 2)
    // Once more after the same time.
    unheardSince = now
  }

  // MARK: looking for more

  /// What to send to find out whether so much would pass; nil while that is not the time for it.
  package mutating func probe(wanting bitsPerSecond: Int, at now: Instant) -> Probe? {
    guard hasTimes, !isCut, verdict != .growing, loss.share < Limits.lossHeeded else { return nil }
    let known = Double(self.bitsPerSecond ?? 0)
    let wanted = max(Double(bitsPerSecond), former ?? 0)
    guard wanted > known, remote.map({ $0 > known }) ?? true else { return nil }
    let pace = max(min(wanted * 1.05, known * Limits.probeFactor), known * 1.1)
    return probing.begin(Int(pace), roundTripMilliseconds: roundTripMilliseconds ?? 100, at: now)
  }

  package var isProbing: Bool { probing.isOpen }
}

/// Packets to be sent in one go, besides what goes out anyway.
package struct Probe: Equatable, Sendable {
  package let bitsPerSecond: Int
  package let byteCount: Int

  /// From one packet of so many bytes to the next.
  package func spacing(after bytes: Int) -> Int64 { Int64(bytes) * 8_000_000 / Int64(max(1, bitsPerSecond)) }
}
