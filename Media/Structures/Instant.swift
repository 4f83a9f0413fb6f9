// The time of the media plane: nanoseconds of a clock that never goes back. Engines are told it with every call and
// never read it, so a simulation can make hours pass in a moment.

package struct Instant: Comparable, Hashable, Sendable {
  package var nanoseconds: Int64

  @inlinable package init(nanoseconds: Int64) { self.nanoseconds = nanoseconds }

  package static let distantFuture = Instant(nanoseconds: .max)

  /// Since the clock's beginning, rounded down: what a timer wheel counts in.
  @inlinable package var milliseconds: UInt64 { UInt64(max(0, nanoseconds) / 1_000_000) }
  @inlinable package var microseconds: Int64 { nanoseconds / 1_000 }

  @inlinable package func adding(milliseconds: Int64) -> Instant {
    Instant(nanoseconds: nanoseconds &+ milliseconds &* 1_000_000)
  }

  @inlinable package func adding(microseconds: Int64) -> Instant {
    Instant(nanoseconds: nanoseconds &+ microseconds &* 1_000)
  }

  @inlinable package func nanoseconds(since earlier: Instant) -> Int64 {
    nanoseconds &- earlier.nanoseconds
  }
  @inlinable package func microseconds(since earlier: Instant) -> Int64 {
    nanoseconds(since: earlier) / 1_000
  }
  @inlinable package func milliseconds(since earlier: Instant) -> Int64 {
    nanoseconds(since: earlier) / 1_000_000
  }

  @inlinable package static func < (left: Instant, right: Instant) -> Bool {
    left.nanoseconds < right.nanoseconds
  }
}
