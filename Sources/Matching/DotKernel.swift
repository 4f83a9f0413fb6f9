// The one loop that a search through all embeddings spends its time in, as a seam: a processor's widest instructions may
// be handed in. All kernels give the same whole numbers, so which one ran cannot be seen in a decision.

/// Products of many rows of eight-bit numbers with a few queries.
package protocol DotKernel: Sendable {
  /// `results[q * count + r]` becomes the product of query `q` with row `r`. Rows and queries are `width` numbers each,
  /// one after the other; `width` is a multiple of 64 and at most 1,024.
  func dots(
    rows: Span<Int8>, count: Int, queries: Span<Int8>, queryCount: Int, width: Int,
    into results: inout MutableSpan<Int32>)
}

/// In Swift alone, for every processor.
package struct PortableKernel: DotKernel {
  package init() {}

  package func dots(
    rows: Span<Int8>, count: Int, queries: Span<Int8>, queryCount: Int, width: Int,
    into results: inout MutableSpan<Int32>
  ) {
    for row in 0..<count {
      let codes = rows.extracting(row * width..<(row + 1) * width)
      for query in 0..<queryCount {
        results[query * count + row] = Self.dot(
          codes, queries.extracting(query * width..<(query + 1) * width))
      }
    }
  }

  /// The compiler makes multiply-and-add instructions of this: sums of products of 16-bit numbers in pairs.
  static func dot(_ left: Span<Int8>, _ right: Span<Int8>) -> Int32 {
    precondition(left.count == right.count, "only vectors of one length have a product")
    var sum: Int32 = 0
    for index in left.indices {
      sum &+= Int32(Int16(left[index]) &* Int16(right[index]))
    }
    return sum
  }
}
