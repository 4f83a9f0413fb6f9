// How often somebody may do something: token buckets, one for a connection or a bounded table of them by
// address or identity. A bucket is kept as the moment at which it will be full again, so an idle one needs no
// upkeep and a full one no memory. Pure.

package enum Verdict: Sendable, Equatable {
  case allowed
  /// Nothing was taken; the same request will fit after this time.
  case limited(retryAfter: Duration)
}

/// The arithmetic of a bucket that fills steadily.
struct Pace: Sendable, Equatable {
  let ratePerSecond: Double
  let burst: Double

  init(ratePerSecond: Double, burst: Double) {
    precondition(ratePerSecond > 0 && burst > 0, "a bucket must fill and must hold something")
    self.ratePerSecond = ratePerSecond
    self.burst = burst
  }

  /// Takes `cost` from the bucket that would be full at `fullAt`. More than the bucket can ever hold counts
  /// as all that it holds: an expensive request waits long instead of for ever.
  func take(_ cost: Double, fullAt: inout ContinuousClock.Instant, now: ContinuousClock.Instant) -> Verdict {
    precondition(cost >= 0, "a request gives nothing back")
    let wait = Duration.seconds(min(cost, burst) / ratePerSecond)
    let newFullAt = max(fullAt, now) + wait
    let overdrawn = newFullAt - now - .seconds(burst / ratePerSecond)
    // Sums of fractions may miss by some billionths; nobody is turned away for them.
    guard overdrawn <= .microseconds(1) else { return .limited(retryAfter: overdrawn) }
    fullAt = newFullAt
    return .allowed
  }
}

/// A single bucket, for a connection.
package struct TokenBucket: Sendable {
  private let pace: Pace
  private var fullAt: ContinuousClock.Instant

  /// Full from the start.
  package init(ratePerSecond: Double, burst: Double, at now: ContinuousClock.Instant) {
    pace = Pace(ratePerSecond: ratePerSecond, burst: burst)
    fullAt = now
  }

  package mutating func take(at now: ContinuousClock.Instant, cost: Double = 1) -> Verdict {
    pace.take(cost, fullAt: &fullAt, now: now)
  }
}

/// A bucket for each key, for as many keys as `capacity`. Buckets that are full again make room; when none
/// is, who is new is turned away, so that a flood from many keys cannot wash out the memory of the busy ones.
package struct RateLimiter {
  private var pace: Pace
  private var buckets: BoundedTable<String, ContinuousClock.Instant, Void>

  package init(ratePerSecond: Double, burst: Double, capacity: Int) {
    pace = Pace(ratePerSecond: ratePerSecond, burst: burst)
    buckets = BoundedTable(capacity: capacity)
  }

  package var count: Int { buckets.count }

  package mutating func take(_ key: String, at now: ContinuousClock.Instant, cost: Double = 1) -> Verdict {
    var fullAt = buckets[key]?.deadline ?? now
    let verdict = pace.take(cost, fullAt: &fullAt, now: now)
    guard verdict == .allowed else { return verdict }
    guard buckets.set(key, (), deadline: fullAt, at: now) else {
      return .limited(retryAfter: buckets.earliest.map { $0.deadline - now } ?? .seconds(1))
    }
    return .allowed
  }

  /// After a reload of the configuration. What was taken stays taken.
  package mutating func retune(ratePerSecond: Double, burst: Double) {
    pace = Pace(ratePerSecond: ratePerSecond, burst: burst)
  }
}
