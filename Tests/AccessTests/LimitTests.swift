// Rate limits at their bound and one past it, with time handed in.

import Access
import Testing
import Values

@Suite("Rate limits") struct RateLimitTests {
  private let start = ContinuousClock.now

  @Test("a connection may burst, then goes on at its rate, and is told how long to wait")
  func bucket() {
    var bucket = TokenBucket(ratePerSecond: 10, burst: 5, at: start)
    for _ in 0..<5 { #expect(bucket.take(at: start) == .allowed) }
    #expect(bucket.take(at: start) == .limited(retryAfter: .milliseconds(100)))
    #expect(bucket.take(at: start + .milliseconds(60)) == .limited(retryAfter: .milliseconds(40)))
    #expect(bucket.take(at: start + .milliseconds(100)) == .allowed)
    #expect(bucket.take(at: start + .milliseconds(100)) != .allowed)
    // Full again after half a second, and never fuller than that.
    for _ in 0..<5 { #expect(bucket.take(at: start + .seconds(100)) == .allowed) }
    #expect(bucket.take(at: start + .seconds(100)) != .allowed)
  }

  @Test("a costly request takes more, one beyond the bucket takes all of it, a free one nothing")
  func cost() {
    var bucket = TokenBucket(ratePerSecond: 1, burst: 10, at: start)
    #expect(bucket.take(at: start, cost: 4) == .allowed)
    #expect(bucket.take(at: start, cost: 7) == .limited(retryAfter: .seconds(1)))
    #expect(bucket.take(at: start, cost: 6) == .allowed)
    #expect(bucket.take(at: start, cost: 0) == .allowed)
    #expect(bucket.take(at: start, cost: 500) == .limited(retryAfter: .seconds(10)))
    #expect(bucket.take(at: start + .seconds(10), cost: 500) == .allowed)
  }

  @Test(
    "over any time nobody gets more than the burst and the rate, however requests fall",
    arguments: 1...20 as ClosedRange<UInt64>)
  func bound(seed: UInt64) {
    var random = Seeded(seed)
    let rate = Double.random(in: 0.5...100, using: &random)
    let burst = Double.random(in: 1...50, using: &random)
    var limiter = RateLimiter(ratePerSecond: rate, burst: burst, capacity: 4)
    var taken = 0.0
    var now = start
    for _ in 0..<2_000 {
      now += .seconds(Double.random(in: 0...0.05, using: &random))
      let cost = Double.random(in: 0...min(3, burst), using: &random)
      if limiter.take("ana", at: now, cost: cost) == .allowed { taken += cost }
      #expect(taken <= burst + rate * (now - start).inSeconds + 0.01)
    }
  }

  @Test("each key has its own bucket; those that are full again make room, hot ones are never washed out")
  func capacity() {
    var limiter = RateLimiter(ratePerSecond: 1, burst: 2, capacity: 3)
    for key in ["a", "b", "c"] { #expect(limiter.take(key, at: start, cost: 2) == .allowed) }
    // All hot: who is new waits until the first is full, and nobody's count is lost.
    #expect(limiter.take("d", at: start + .seconds(1)) == .limited(retryAfter: .seconds(1)))
    #expect(limiter.take("a", at: start, cost: 1) == .limited(retryAfter: .seconds(1)))
    #expect(limiter.count == 3)
    #expect(limiter.take("b", at: start + .seconds(1)) == .allowed)
    // After two seconds a and c are full, b is not: a makes room for d, c for e, and f has to wait.
    let later = start + .seconds(2)
    #expect(limiter.take("d", at: later) == .allowed && limiter.take("e", at: later) == .allowed)
    #expect(limiter.take("f", at: later) != .allowed)
    #expect(limiter.take("b", at: later, cost: 2) != .allowed)
    #expect(limiter.count == 3)
  }

  @Test(
    "a flood of keys costs bounded memory and keeps the busy one in check",
    arguments: 1...10 as ClosedRange<UInt64>)
  func flood(seed: UInt64) {
    var random = Seeded(seed)
    var limiter = RateLimiter(ratePerSecond: 5, burst: 5, capacity: 100)
    var allowed = 0
    var now = start
    for _ in 0..<5_000 {
      now += .milliseconds(1)
      _ = limiter.take("flood-\(Int.random(in: 0..<10_000, using: &random))", at: now)
      if limiter.take("busy", at: now) == .allowed { allowed += 1 }
      #expect(limiter.count <= 100)
    }
    #expect(allowed <= 5 + 25)
  }

  @Test("a reload changes the pace without forgetting what was taken")
  func retune() {
    var limiter = RateLimiter(ratePerSecond: 1, burst: 10, capacity: 3)
    #expect(limiter.take("a", at: start, cost: 10) == .allowed)
    limiter.retune(ratePerSecond: 100, burst: 10)
    #expect(limiter.take("a", at: start + .seconds(1)) != .allowed)
    #expect(limiter.take("a", at: start + .seconds(10), cost: 10) == .allowed)
  }
}

@Suite("Failed authentication") struct FailureThrottleTests {
  private let start = ContinuousClock.now

  @Test("some failures are free, then the address is shut out, each time for twice as long, up to a bound")
  func growth() {
    var throttle = FailureThrottle(failuresPerMinute: 3)
    for _ in 0..<3 { throttle.failed("192.0.2.7", at: start) }
    #expect(throttle.verdict("192.0.2.7", at: start) == .allowed)
    var now = start
    for wait in [1, 2, 4, 8] {
      throttle.failed("192.0.2.7", at: now)
      #expect(throttle.verdict("192.0.2.7", at: now) == .limited(retryAfter: .seconds(wait)))
      #expect(throttle.verdict("192.0.2.8", at: now) == .allowed)
      now += .seconds(wait)
      #expect(throttle.verdict("192.0.2.7", at: now) == .allowed)
    }
    // The allowance fills meanwhile, so a tireless guesser alternates; it never gets more than it.
    for _ in 0..<40 { throttle.failed("192.0.2.7", at: now) }
    #expect(throttle.verdict("192.0.2.7", at: now) == .limited(retryAfter: .seconds(900)))
  }

  @Test("an address that has been quiet for long enough starts afresh")
  func forgets() {
    var throttle = FailureThrottle(failuresPerMinute: 1, capacity: 1)
    for _ in 0..<4 { throttle.failed("192.0.2.7", at: start) }
    #expect(throttle.verdict("192.0.2.7", at: start) == .limited(retryAfter: .seconds(4)))
    // The record's room is free again once it says nothing more.
    throttle.failed("192.0.2.9", at: start + .seconds(600))
    #expect(throttle.verdict("192.0.2.7", at: start) == .allowed)
  }

  @Test("a good token ends the growth but gives no free guesses")
  func success() {
    var throttle = FailureThrottle(failuresPerMinute: 2)
    for _ in 0..<6 { throttle.failed("192.0.2.7", at: start) }
    throttle.succeeded("192.0.2.7", at: start)
    #expect(throttle.verdict("192.0.2.7", at: start) == .limited(retryAfter: .seconds(8)))
    let later = start + .seconds(9)
    throttle.failed("192.0.2.7", at: later)
    #expect(throttle.verdict("192.0.2.7", at: later) == .limited(retryAfter: .seconds(1)))
    throttle.succeeded("192.0.2.99", at: later)
  }

  @Test("when every record matters, the one that matters for the shortest time makes room")
  func full() {
    var throttle = FailureThrottle(failuresPerMinute: 1, capacity: 2)
    for _ in 0..<8 { throttle.failed("10.0.0.1", at: start) }
    for _ in 0..<2 { throttle.failed("10.0.0.2", at: start) }
    for _ in 0..<5 { throttle.failed("10.0.0.3", at: start) }
    #expect(throttle.verdict("10.0.0.1", at: start) != .allowed)
    #expect(throttle.verdict("10.0.0.2", at: start) == .allowed)
    #expect(throttle.verdict("10.0.0.3", at: start) != .allowed)
  }

  @Test("a household's IPv6 addresses count as one, IPv4 within IPv6 as IPv4")
  func prefixes() {
    let cases = [
      ("192.0.2.7", "192.0.2.7"), ("2001:db8:1:2:3:4:5:6", "2001:db8:1:2::/64"),
      ("2001:DB8:1:2::6", "2001:db8:1:2::/64"), ("2001:db8::1", "2001:db8:0:0::/64"), ("::1", "0:0:0:0::/64"),
      ("fe80::1%eth0", "fe80:0:0:0::/64"), ("::ffff:192.0.2.7", "192.0.2.7"),
      ("::ffff:c000:207", "192.0.2.7"),
      ("::", "0:0:0:0::/64"), ("unix", "unix"), ("", ""), (":::", ":::"), ("1:2:3", "1:2:3"),
      ("1::2::3", "1::2::3"), ("12345::", "12345::"), ("::1.2.3", "::1.2.3"),
      ("1:2:3:4:5:6:7::", "1:2:3:4::/64"), ("1:2:3:4:5:6:7:8::", "1:2:3:4:5:6:7:8::"),
    ]
    for (address, key) in cases { #expect(AddressPrefix.of(address) == key) }
    var throttle = FailureThrottle(failuresPerMinute: 1)
    throttle.failed("2001:db8::1", at: start)
    throttle.failed("2001:db8::2", at: start)
    #expect(throttle.verdict("2001:db8::3", at: start) != .allowed)
  }
}
