// The nearest of very many profiles by meaning, exactly. A pass over eight-bit codes gives each row's cosine within a bound
// that is known; only rows that could be among the best are taken again in floats. Filters come first: what they leave
// out is never touched. Several queries share a pass, because reading the table is what costs.

package struct EmbeddingTable: Sendable {
  package struct Hit: Sendable, Equatable {
    package let row: Int
    package let cosine: Double
  }

  package let dimensions: Int
  /// Dimensions, filled up with zeros to what the kernel takes at once.
  private let width: Int
  private var codes: [Int8] = []
  private var floats: [Float] = []
  /// What a code is worth in each row, and by how much the codes miss the row.
  private var scales: [Float] = []
  private var errors: [Float] = []

  package init(dimensions: Int) {
    precondition((1...Limits.dimensions).contains(dimensions), "an embedding has 1 to 1,024 numbers")
    self.dimensions = dimensions
    width = (dimensions + 63) / 64 * 64
  }

  package var count: Int { scales.count }
  package var bytesPerRow: Int { width + dimensions * 4 + 8 }

  package mutating func reserve(_ rows: Int) {
    codes.reserveCapacity(rows * width)
    floats.reserveCapacity(rows * dimensions)
    scales.reserveCapacity(rows)
    errors.reserveCapacity(rows)
  }

  /// The row's number; nil if it has no direction, another length than the others, or the table is full.
  package mutating func append(_ values: [Float]) -> Int? {
    guard count < Limits.rows, let quantised = Quantised(values, dimensions, width) else { return nil }
    floats += quantised.unit
    codes += quantised.codes
    scales.append(quantised.scale)
    errors.append(quantised.error)
    return count - 1
  }

  /// The `top` nearest rows of each query, the best first, of equals the lower row. A bit of `filter` for each row says
  /// whether it counts; nil: all do. A query without direction finds nothing.
  package func nearest(
    _ queries: [[Float]], top: Int, filter: [UInt64]? = nil, kernel: some DotKernel
  ) -> [[Hit]] {
    let ready = queries.map { Quantised($0, dimensions, width) }
    let usable = ready.compactMap(\.self)
    guard !usable.isEmpty, top > 0, count > 0 else { return ready.map { _ in [] } }
    let packed = usable.flatMap(\.codes)
    var searches = usable.map { Search(query: $0, top: top) }
    var products = [Int32](repeating: 0, count: Limits.rowsPerBlock * usable.count)
    var start = 0
    while let run = nextRun(from: start, filter) {
      start = run.upperBound
      var span = products.mutableSpan
      kernel.dots(
        rows: codes.span.extracting(run.lowerBound * width..<run.upperBound * width), count: run.count,
        queries: packed.span, queryCount: usable.count, width: width, into: &span)
      for index in searches.indices {
        searches[index].look(
          at: run, products.span.extracting(index * run.count..<(index + 1) * run.count), scales.span,
          errors.span)
      }
    }
    var hits = searches.map { $0.finish(floats.span, dimensions) }[...]
    return ready.map { $0 == nil ? [] : hits.removeFirst() }
  }

  /// The next rows in a row that the filter lets through, a block at most.
  private func nextRun(from start: Int, _ filter: [UInt64]?) -> Range<Int>? {
    guard let filter else {
      return start < count ? start..<min(count, start + Limits.rowsPerBlock) : nil
    }
    var first = start
    while first < count {
      guard first / 64 < filter.count else { return nil }
      let rest = filter[first / 64] >> UInt64(first % 64)
      if rest == 0 {
        first = (first / 64 + 1) * 64
        continue
      }
      first += rest.trailingZeroBitCount
      guard first < count else { return nil }
      var end = first
      while end < count, end - first < Limits.rowsPerBlock, end / 64 < filter.count,
        filter[end / 64] >> UInt64(end % 64) & 1 == 1
      { end += 1 }
      return first..<end
    }
    return nil
  }
}

/// A vector of length one, its codes, and how far they are from it.
struct Quantised: Equatable {
  let unit: [Float]
  let codes: [Int8]
  let scale: Float
  let error: Float

  init?(_ values: [Float], _ dimensions: Int, _ width: Int) {
    guard values.count == dimensions else { return nil }
    var square = 0.0
    for value in values { square += Double(value) * Double(value) }
    guard square > 0, square.isFinite else { return nil }
    let length = square.squareRoot()
    let unit = values.map { Float(Double($0) / length) }
    let largest = unit.reduce(Float(0)) { max($0, $1.magnitude) }
    let step = Double(largest) / 127
    var codes = unit.map { Int8((Double($0) / step).rounded()) }
    var miss = 0.0
    for (value, code) in zip(unit, codes) {
      let difference = Double(value) - Double(code) * step
      miss += difference * difference
    }
    codes += [Int8](repeating: 0, count: width - dimensions)
    self.unit = unit
    self.codes = codes
    scale = Float(step)
    // A little more than it is, for the rounding of the sums.
    error = Float(miss.squareRoot()) * 1.001 + 1e-6
  }
}

/// One query on its way through the table.
private struct Search {
  let query: Quantised
  let top: Int
  /// The best lower bounds so far, the least first; its first is what a row must be able to reach.
  private var floor: [Float] = []
  private var candidates: [(row: Int32, upper: Float)] = []

  init(query: Quantised, top: Int) {
    self.query = query
    self.top = top
  }

  mutating func look(
    at rows: Range<Int>, _ products: Span<Int32>, _ scales: Span<Float>, _ errors: Span<Float>
  ) {
    var least = floor.count == top ? floor[0] : -Float.infinity
    // The codes of a row are no longer than the row and its error.
    let slack = query.error * 1.01
    for index in products.indices {
      let row = rows.lowerBound + index
      let estimate = Float(products[index]) * (scales[row] * query.scale)
      let bound = errors[row] + slack
      guard estimate + bound >= least else { continue }
      candidates.append((Int32(row), estimate + bound))
      let lower = estimate - bound
      guard floor.count < top || lower > least else { continue }
      if floor.count == top { floor.removeFirst() }
      floor.insert(lower, at: floor.firstIndex { $0 > lower } ?? floor.count)
      least = floor.count == top ? floor[0] : -Float.infinity
    }
  }

  func finish(_ floats: Span<Float>, _ dimensions: Int) -> [EmbeddingTable.Hit] {
    let least = floor.count == top ? floor[0] : -Float.infinity
    var hits: [EmbeddingTable.Hit] = []
    for candidate in candidates where candidate.upper >= least {
      let row = Int(candidate.row)
      var sum = 0.0
      for index in 0..<dimensions {
        sum += Double(query.unit[index]) * Double(floats[row * dimensions + index])
      }
      hits.append(.init(row: row, cosine: sum))
    }
    hits.sort { $0.cosine != $1.cosine ? $0.cosine > $1.cosine : $0.row < $1.row }
    return Array(hits.prefix(top))
  }
}
