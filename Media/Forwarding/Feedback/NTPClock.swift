// The time of day as reports tell it (RFC 3550 section 4): seconds since 1900 and their fraction, 32 bits each. Made
// from the media plane's own time and how far the wall clock is ahead of it, which the worker reads once.

package import Structures

package struct NTPClock: Equatable, Sendable {
  private static let secondsTo1970: Int64 = 2_208_988_800
  private let offsetNanoseconds: Int64

  /// `offsetNanoseconds` added to an `Instant` are nanoseconds since 1970.
  package init(offsetNanoseconds: Int64) { self.offsetNanoseconds = offsetNanoseconds }

  /// The era turns over in 2036, as everybody's does.
  package func ntpTime(at now: Instant) -> UInt64 {
    Self.units(nanoseconds: now.nanoseconds &+ offsetNanoseconds) &+ UInt64(Self.secondsTo1970) << 32
  }

  /// A span of time in units of 2^-32 seconds; of a negative one the complement, so that adding it takes away.
  package static func units(nanoseconds: Int64) -> UInt64 {
    let (seconds, rest) = divided(nanoseconds)
    return UInt64(bitPattern: seconds << 32) &+ UInt64(rest) << 32 / 1_000_000_000
  }

  /// In 65,536ths of a second, as delays in report blocks are; never more than their 32 bits hold.
  package static func delay(nanoseconds: Int64) -> UInt32 {
    let units = units(nanoseconds: max(0, nanoseconds)) >> 16
    return UInt32(clamping: units)
  }

  /// Of 65,536ths of a second.
  package static func microseconds(delay: UInt32) -> Int64 { (Int64(delay) * 1_000_000) >> 16 }

  /// A span of time on a media clock, of which only 32 bits matter.
  package static func ticks(nanoseconds: Int64, clockRate: UInt32) -> UInt32 {
    let (seconds, rest) = divided(nanoseconds)
    let ticks = UInt64(rest) * UInt64(clockRate) / 1_000_000_000
    return UInt32(truncatingIfNeeded: seconds) &* clockRate &+ UInt32(truncatingIfNeeded: ticks)
  }

  /// Whole seconds, rounded down, and the nanoseconds above them.
  private static func divided(_ nanoseconds: Int64) -> (Int64, Int64) {
    let (quotient, remainder) = nanoseconds.quotientAndRemainder(dividingBy: 1_000_000_000)
    return remainder < 0 ? (quotient - 1, remainder + 1_000_000_000) : (quotient, remainder)
  }
}
