// Reads a sender's media clock by ours. Each packet tells how far the two are apart, plus what the way took; the least of
// the last seconds is the offset with the shortest way. Senders' crystals are off by some parts in a million, which is
// what the offset's slope shows: hours later it is a quarter of a second, and two tracks of one talk would be apart.

struct TrackClock: Sendable {
  private var buckets = InlineArray<8, Int64>(repeating: .max)
  private var bucket: Int64?
  private var sums = Line()

  init() {
    precondition(Limits.buckets == buckets.count)
  }

  /// What to add to a media time for the place on the recording's line; nil before the first packet.
  var offset: Int64? {
    var least = Int64.max
    for index in 0..<buckets.count { least = min(least, buckets[index]) }
    return least == .max ? nil : least
  }

  /// A packet with this media time came now.
  mutating func received(_ mediaTime: Int64, at arrival: Int64) {
    let number = arrival / Limits.bucketSamples
    if let last = bucket {
      guard number >= last else { return }
      if number > last { pass(from: last, to: number) }
    }
    bucket = number
    let slot = Int(number % Int64(buckets.count))
    buckets[slot] = min(buckets[slot], arrival - mediaTime)
  }

  private mutating func pass(from last: Int64, to number: Int64) {
    let least = buckets[Int(last % Int64(buckets.count))]
    if least != .max { sums.add(x: Double(last * Limits.bucketSamples), y: Double(least)) }
    if number - last >= Int64(buckets.count) {
      buckets = InlineArray(repeating: .max)
      return
    }
    for passed in last + 1...number { buckets[Int(passed % Int64(buckets.count))] = .max }
  }

  /// By how many parts in a million the sender's clock runs faster than ours; nil until there is enough to tell by.
  var driftPartsPerMillion: Double? {
    guard sums.span >= Double(Limits.driftSpanSamples) else { return nil }
    // Where the sender is fast its times run ahead, and the offset shrinks.
    return sums.slope.map { -$0 * 1_000_000 }
  }

  var spanSamples: Double { sums.span }

  /// A straight line through points, by least squares.
  private struct Line: Sendable {
    private var count = 0.0
    private var meanX = 0.0
    private var meanY = 0.0
    private var squares = 0.0
    private var products = 0.0
    private var firstX = 0.0
    private(set) var span = 0.0

    mutating func add(x: Double, y: Double) {
      if count == 0 { firstX = x }
      span = x - firstX
      count += 1
      let away = x - meanX
      meanX += away / count
      meanY += (y - meanY) / count
      squares += away * (x - meanX)
      products += away * (y - meanY)
    }

    var slope: Double? { squares > 0 ? products / squares : nil }
  }
}
