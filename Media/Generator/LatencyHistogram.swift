// Times from a microsecond to a minute in buckets that are at most 1.6 % wide, so that percentiles of millions of packets
// cost a few kilobytes, and those of several threads can be added.

package struct LatencyHistogram: Equatable, Sendable {
  /// Each doubling is cut into so many buckets.
  private static let steps = 64
  private static let stepBits = 6
  private static let bucketCount = 28 * steps

  private var buckets: [UInt32] = []
  package private(set) var count = 0
  package private(set) var maxNanoseconds: Int64 = 0
  private var sum: Int64 = 0

  package init() {}

  package mutating func add(_ nanoseconds: Int64) {
    if buckets.isEmpty { buckets = Array(repeating: 0, count: Self.bucketCount) }
    let value = max(0, nanoseconds)
    buckets[Self.bucket(value)] &+= 1
    count += 1
    sum &+= value
    maxNanoseconds = max(maxNanoseconds, value)
  }

  package mutating func add(_ other: LatencyHistogram) {
    guard other.count > 0 else { return }
    if buckets.isEmpty { buckets = Array(repeating: 0, count: Self.bucketCount) }
    for index in buckets.indices { buckets[index] &+= other.buckets[index] }
    count += other.count
    sum &+= other.sum
    maxNanoseconds = max(maxNanoseconds, other.maxNanoseconds)
  }

  package var meanNanoseconds: Int64 { count == 0 ? 0 : sum / Int64(count) }

  /// The smallest time that so large a share did not exceed; nil if nothing was counted.
  package func percentile(_ share: Double) -> Int64? {
    guard count > 0 else { return nil }
    let wanted = max(1, Int((share * Double(count)).rounded(.up)))
    var seen = 0
    for index in buckets.indices {
      seen += Int(buckets[index])
      if seen >= wanted { return min(maxNanoseconds, Self.upperBound(index)) }
    }
    return maxNanoseconds
  }

  /// Units of 512 ns, linear up to 64 of them, then by doublings.
  private static func bucket(_ nanoseconds: Int64) -> Int {
    let units = UInt64(nanoseconds) >> 9
    guard units >= UInt64(steps) else { return Int(units) }
    let exponent = 63 - units.leadingZeroBitCount
    let shift = exponent - stepBits
    return min(bucketCount - 1, (shift + 1) * steps + Int(units >> UInt64(shift)) - steps)
  }

  private static func upperBound(_ bucket: Int) -> Int64 {
    guard bucket >= steps else { return Int64(bucket + 1) << 9 }
    let shift = bucket / steps - 1
    return Int64(bucket % steps + steps + 1) << Int64(shift + 9)
  }
}
