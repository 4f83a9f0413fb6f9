// Slows down who keeps failing to authenticate: an address has some failures a minute free, each one beyond
// shuts it out for twice as long as the last, up to a quarter of an hour. Asked before a token is looked at.
// Pure.

package struct FailureThrottle {
  private struct Record {
    /// When the free failures are all there again.
    var fullAt: ContinuousClock.Instant
    var shutUntil: ContinuousClock.Instant
    var nextShut: Duration
  }

  private var pace: Pace
  private var records: BoundedTable<String, ContinuousClock.Instant, Record>

  package init(failuresPerMinute: Int, capacity: Int? = nil) {
    pace = Self.pace(failuresPerMinute)
    records = BoundedTable(capacity: capacity ?? Limits.throttledAddresses)
  }

  private static func pace(_ failuresPerMinute: Int) -> Pace {
    let burst = Double(max(1, failuresPerMinute))
    return Pace(ratePerSecond: burst / 60, burst: burst)
  }

  /// After a reload of the configuration.
  package mutating func retune(failuresPerMinute: Int) { pace = Self.pace(failuresPerMinute) }

  package func verdict(_ address: String, at now: ContinuousClock.Instant) -> Verdict {
    guard let record = records[AddressPrefix.of(address)]?.value, record.shutUntil > now else {
      return .allowed
    }
    return .limited(retryAfter: record.shutUntil - now)
  }

  package mutating func failed(_ address: String, at now: ContinuousClock.Instant) {
    let key = AddressPrefix.of(address)
    var record =
      records[key]?.value ?? Record(fullAt: now, shutUntil: now, nextShut: Limits.shortestThrottle)
    if pace.take(1, fullAt: &record.fullAt, now: now) != .allowed {
      record.shutUntil = now + record.nextShut
      record.nextShut = min(record.nextShut * 2, Limits.longestThrottle)
    }
    keep(record, for: key, at: now)
  }

  /// A good token ends the growth, not the count: who holds one good token gets no unlimited guesses with it.
  package mutating func succeeded(_ address: String, at now: ContinuousClock.Instant) {
    let key = AddressPrefix.of(address)
    guard var record = records[key]?.value else { return }
    record.nextShut = Limits.shortestThrottle
    keep(record, for: key, at: now)
  }

  private mutating func keep(_ record: Record, for key: String, at now: ContinuousClock.Instant) {
    // The growth is forgotten when the address has been quiet for as long as it was last shut out, and more.
    let forget =
      record.nextShut == Limits.shortestThrottle
      ? record.fullAt : max(record.fullAt, record.shutUntil + record.nextShut)
    if !records.set(key, record, deadline: forget, at: now), let weakest = records.earliest {
      // Every record still matters: the one that matters for the shortest time makes room.
      records.remove(weakest.key)
      _ = records.set(key, record, deadline: forget, at: now)
    }
  }
}
