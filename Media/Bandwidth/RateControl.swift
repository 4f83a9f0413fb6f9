// From signs of a queue to a rate: down to what arrived when a queue grows, up while none does; quickly where nothing is
// known about the link, slowly near what it could bear before.

import Structures

struct RateControl {
  private(set) var bitsPerSecond: Double
  private var changedAt: Instant?
  private var decreasedAt: Instant?
  /// What arrived while the queue that is draining grew: it is gone back to when the queue is gone.
  private var borne: Double?
  /// What arrived at the last decreases: its mean and how much it scatters, in kilobits.
  private var capacity: (mean: Double, variance: Double)?

  init(_ start: Double) { bitsPerSecond = start }

  mutating func update(
    _ verdict: DelayTrend.Verdict, queued: Double, arrived: Double?, roundTrip: Double, at now: Instant
  ) {
    let passed = changedAt.map { min(1, Double(now.milliseconds(since: $0)) / 1_000) } ?? 0
    changedAt = now
    let isEmpty = queued < Limits.emptyMilliseconds
    switch verdict {
    case .growing: decrease(arrived, roundTrip, drain(queued, arrived), at: now)
    case .draining: restore(isEmpty)
    case .normal:
      restore(isEmpty)
      increase(arrived, roundTrip, passed)
      // What arrives without a queue is borne, whatever was thought before.
      if isEmpty, let arrived { bitsPerSecond = max(bitsPerSecond, Limits.evidence * arrived) }
    }
    clamp()
  }

  /// The longer the queue, the less of what arrives may be sent, so that it is gone after a second or two. A queue that
  /// does not shrink although less is sent than before is fed by somebody else: then no more is given up than usual.
  private func drain(_ queued: Double, _ arrived: Double?) -> Double {
    guard borne == nil || (arrived ?? 0) > Limits.drainingFactor * bitsPerSecond else {
      return Limits.decrease
    }
    let above = max(0, queued - Limits.longQueueMilliseconds)
    return max(Limits.decreaseMin, Limits.decrease - above * Limits.decreasePerMillisecond)
  }

  private mutating func decrease(
    _ arrived: Double?, _ roundTrip: Double, _ share: Double, at now: Instant
  ) {
    let pause = Int64(min(max(roundTrip, 0.01), 0.2) * 1_000)
    if let last = decreasedAt, now.milliseconds(since: last) < pause,
      arrived.map({ $0 >= bitsPerSecond / 2 }) ?? true
    {
      return
    }
    decreasedAt = now
    guard let arrived else {
      bitsPerSecond *= share
      return
    }
    if let known = capacity, arrived < low(known) { capacity = nil }
    borne = min(bitsPerSecond, arrived)
    bitsPerSecond = min(bitsPerSecond, share * arrived)
    learn(arrived / 1_000)
  }

  private mutating func restore(_ isEmpty: Bool) {
    guard isEmpty, let before = borne else { return }
    borne = nil
    bitsPerSecond = max(bitsPerSecond, Limits.restored * before)
  }

  private func scatter(_ known: (mean: Double, variance: Double)) -> Double {
    (known.variance * known.mean).squareRoot()
  }
  private func low(_ known: (mean: Double, variance: Double)) -> Double {
    max(0, known.mean - Limits.capacityDeviations * scatter(known)) * 1_000
  }
  private func high(_ known: (mean: Double, variance: Double)) -> Double {
    (known.mean + Limits.capacityDeviations * scatter(known)) * 1_000
  }

  private mutating func learn(_ kilobits: Double) {
    guard let known = capacity else {
      capacity = (kilobits, 0.4)
      return
    }
    let share = Limits.capacitySmoothing
    let mean = (1 - share) * known.mean + share * kilobits
    let error = (mean - kilobits) * (mean - kilobits) / max(mean, 1)
    capacity = (mean, min(2.5, max(0.4, (1 - share) * known.variance + share * error)))
  }

  private mutating func increase(_ arrived: Double?, _ roundTrip: Double, _ passed: Double) {
    if let arrived, let known = capacity, arrived > high(known) { capacity = nil }
    var next = bitsPerSecond
    if capacity == nil {
      next += max(1_000 * passed, bitsPerSecond * (pow(Limits.increasePerSecond, passed) - 1))
    } else {
      next += passed * max(Limits.additiveBitsMin, Limits.packetBits / (roundTrip + 0.1))
    }
    // Nothing is learned about what is not used.
    let seen = (arrived ?? bitsPerSecond) * Limits.headroom + Limits.headroomBits
    bitsPerSecond = max(bitsPerSecond, min(next, seen))
  }

  /// What a probe has shown; never less than is known already, unless it passed through a full queue.
  mutating func found(_ bits: Double, isCapacity: Bool = false) {
    bitsPerSecond = bits
    if isCapacity { learn(bits / 1_000) } else { capacity = nil }
    clamp()
  }

  mutating func fall(to bits: Double) {
    borne = nil
    bitsPerSecond = min(bitsPerSecond, bits)
    clamp()
  }

  private mutating func clamp() {
    bitsPerSecond = min(max(bitsPerSecond, Double(Limits.bitsPerSecondMin)), Double(Limits.bitsPerSecondMax))
  }

  /// `base` is near one, and the exponent at most one: the series is exact to a hundredth of a percent.
  private func pow(_ base: Double, _ exponent: Double) -> Double {
    let rate = base - 1
    let log = rate - rate * rate / 2 + rate * rate * rate / 3
    let power = exponent * log
    return 1 + power + power * power / 2
  }
}
