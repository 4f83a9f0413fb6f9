// Percentiles from buckets against those of the sorted values.

import Testing

@testable import Generator

@Suite("Latency histogram") struct HistogramTests {
  @Test("percentiles are those of the values, within two percent", arguments: [1, 2, 3] as [UInt64])
  func percentiles(seed: UInt64) {
    var state = seed
    var histogram = LatencyHistogram()
    var values: [Int64] = []
    for _ in 0..<20_000 {
      state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
      // From 30 µs to 30 s, as many of each size.
      let value = Int64(30_000) << Int64(state >> 33 % 20) + Int64(state >> 40)
      values.append(value)
      histogram.add(value)
    }
    values.sort()
    for share in [0.01, 0.5, 0.9, 0.99, 0.999, 1] {
      let exact = values[max(0, Int((share * Double(values.count)).rounded(.up)) - 1)]
      let found = histogram.percentile(share) ?? 0
      #expect(abs(Double(found - exact)) <= 0.02 * Double(exact) + 1_024, "\(share): \(found), not \(exact)")
    }
    #expect(histogram.maxNanoseconds == values.last && histogram.count == values.count)
  }

  @Test("added histograms are the histogram of all")
  func sums() {
    var (one, other, both) = (LatencyHistogram(), LatencyHistogram(), LatencyHistogram())
    for value in 0..<1_000 as Range<Int64> {
      one.add(value * 10_000)
      both.add(value * 10_000)
      other.add(value * 3_333)
      both.add(value * 3_333)
    }
    one.add(other)
    #expect(one == both)
    one.add(LatencyHistogram())
    #expect(one == both)
  }

  @Test("nothing counted has no percentile, and absurd times have a place")
  func edges() {
    var histogram = LatencyHistogram()
    #expect(histogram.percentile(0.5) == nil && histogram.meanNanoseconds == 0)
    histogram.add(-5)
    histogram.add(.max)
    #expect(histogram.count == 2 && histogram.percentile(0) != nil && histogram.percentile(1) != nil)
  }
}
