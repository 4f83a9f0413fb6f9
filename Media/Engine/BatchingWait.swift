// Decides how long a worker lets datagrams gather before it takes them: a turn costs the same for one as for twenty. With
// little traffic it never waits, so a quiet call has no added delay; the wait is bounded however heavy the load.

package struct BatchingWait: Sendable {
  /// Datagrams worth waiting for: beyond that a turn's fixed cost no longer shows.
  private let worthwhile: Int64
  private let bound: Int64
  /// Nanoseconds between datagrams, smoothed; more than this is not told apart.
  private var spacing: Int64 = 1_000_000_000
  private var lastTurn: Int64?

  package init(worthwhile: Int = 16, boundNanoseconds: Int64 = Limits.batchingWaitNanoseconds) {
    precondition(worthwhile > 0 && boundNanoseconds >= 0, "a wait without an aim")
    self.worthwhile = Int64(worthwhile)
    bound = boundNanoseconds
  }

  /// After each turn: how many datagrams it took, and when it began.
  package mutating func took(_ count: Int, atNanoseconds now: Int64) {
    defer { lastTurn = now }
    guard let lastTurn else { return }
    let elapsed = max(0, now - lastTurn)
    let measured = min(1_000_000_000, count > 0 ? elapsed / Int64(count) : max(elapsed, spacing))
    // A silence is believed at once, so that the first datagram after it does not wait; load is believed by eighths.
    spacing = measured > spacing * 8 ? measured : spacing + (measured - spacing) / 8
  }

  /// How long to let datagrams gather from the turn's begin at `now`, never past the deadline. Zero unless at least two
  /// more are to be expected within the bound.
  package func wait(fromNanoseconds now: Int64, deadlineNanoseconds deadline: Int64?) -> Int64 {
    guard bound > 0, spacing * 2 <= bound else { return 0 }
    let wanted = min(bound, spacing * worthwhile)
    guard let deadline else { return wanted }
    return max(0, min(wanted, deadline - now))
  }
}
