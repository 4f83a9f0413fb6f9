// Looking for more than is known to pass: some packets are sent faster than usual, and how fast they arrive tells. At
// most one at a time, and seldom where it finds nothing.

import Structures

struct Probing {
  struct Result {
    var bitsPerSecond: Double
    /// Less arrived than was sent: that is what the link bears, and not only what was asked for.
    var isCapacity: Bool
  }

  private struct Cluster {
    var probe: Probe
    var began: Instant
    var first: UInt16?
    var last: UInt16 = 0
    var packets = 0
    var bytes = 0
    var firstSent: Int64 = 0
    var lastSent: Int64 = 0
    var lastBytes = 0
    var isComplete = false

    var arrivedCount = 0
    var arrivedBytes = 0
    var firstArrived: Int64?
    var firstArrivedBytes = 0
    var lastArrived: Int64 = 0
  }

  private var cluster: Cluster?
  private var nextAt: Instant?
  private var pause = Limits.probePauseMinMilliseconds

  var isOpen: Bool { cluster != nil }

  mutating func begin(_ bitsPerSecond: Int, roundTripMilliseconds: Double, at now: Instant) -> Probe? {
    if let old = cluster {
      guard now.milliseconds(since: old.began) > Limits.probePatienceMilliseconds else { return nil }
      cluster = nil
      failed(at: now)
    }
    if let nextAt, now < nextAt { return nil }
    let bytes = max(
      Limits.probePackets * Limits.probeBytes, bitsPerSecond / 8 * Int(Limits.probeMilliseconds) / 1_000)
    let probe = Probe(bitsPerSecond: bitsPerSecond, byteCount: bytes)
    cluster = Cluster(probe: probe, began: now)
    return probe
  }

  /// Whatever goes out while a probe is under way is a part of it.
  mutating func sent(_ sequence: UInt16, _ bytes: Int, at time: Int64) {
    guard var open = cluster, !open.isComplete else { return }
    if open.first == nil {
      open.first = sequence
      open.firstSent = time
    }
    open.last = sequence
    open.packets += 1
    open.bytes += bytes
    open.lastBytes = bytes
    open.lastSent = time
    open.isComplete = open.bytes >= open.probe.byteCount && open.packets >= Limits.probePackets
    cluster = open
  }

  mutating func arrived(_ sequence: UInt16, _ bytes: Int, at time: Int64) {
    guard var open = cluster, let first = open.first,
      sequence &- first <= open.last &- first
    else { return }
    if open.firstArrived == nil {
      open.firstArrived = time
      open.firstArrivedBytes = bytes
    }
    open.arrivedCount += 1
    open.arrivedBytes += bytes
    open.lastArrived = max(open.lastArrived, time)
    cluster = open
  }

  /// Once nearly all of it is reported.
  mutating func result(at now: Instant) -> Result? {
    guard let open = cluster else { return nil }
    if now.milliseconds(since: open.began) > Limits.probePatienceMilliseconds {
      cluster = nil
      failed(at: now)
      return nil
    }
    guard open.isComplete, open.arrivedCount * 10 >= open.packets * 8, let firstArrived = open.firstArrived
    else { return nil }
    cluster = nil
    let sentFor = Double(open.lastSent - open.firstSent)
    let arrivedFor = Double(open.lastArrived - firstArrived)
    guard sentFor > 0 else { return nil }
    let sentRate = Double(open.bytes - open.lastBytes) * 8_000_000 / sentFor
    // The clock of reports is coarse: nothing arrives in no time.
    let arrivedRate = Double(open.arrivedBytes - open.firstArrivedBytes) * 8_000_000 / max(arrivedFor, 1_000)
    if arrivedRate < Limits.probeLoss * sentRate {
      return Result(bitsPerSecond: Limits.probeShare * arrivedRate, isCapacity: true)
    }
    return Result(
      bitsPerSecond: min(min(sentRate, arrivedRate), Double(open.probe.bitsPerSecond) * 1.2),
      isCapacity: false)
  }

  mutating func judged(_ isFound: Bool, at now: Instant) {
    if isFound {
      pause = Limits.probePauseMinMilliseconds
      nextAt = now.adding(milliseconds: Limits.probePauseMilliseconds)
    } else {
      failed(at: now)
    }
  }

  /// A queue grows: whatever a probe would show now is not what the link bears.
  mutating func disturbed(at now: Instant) {
    if cluster != nil {
      cluster = nil
      failed(at: now)
    } else {
      nextAt = max(nextAt ?? now, now.adding(milliseconds: Limits.probePauseMinMilliseconds))
    }
  }

  mutating func failed(at now: Instant) {
    nextAt = max(nextAt ?? now, now.adding(milliseconds: pause))
    pause = min(2 * pause, Limits.probePauseMaxMilliseconds)
  }
}
