// The search against a plain walk through all rows in floats, with each kernel.

import Matching
import Testing
import Vectors

@Suite("Matching: embedding search")
struct EmbeddingSearchTests {
  private func vectors(_ count: Int, _ dimensions: Int, _ random: inout Seeded) -> [[Float]] {
    (0..<count).map { _ in (0..<dimensions).map { _ in Float(random.unit() - 0.5) } }
  }

  private func plain(_ rows: [[Float]], _ query: [Float], top: Int, _ counts: (Int) -> Bool) -> [Int] {
    func length(_ vector: [Float]) -> Double {
      vector.reduce(0) { $0 + Double($1) * Double($1) }.squareRoot()
    }
    let cosines = rows.map { row in
      zip(row, query).reduce(0) { $0 + Double($1.0) * Double($1.1) } / (length(row) * length(query))
    }
    return Array(rows.indices.filter(counts).sorted { cosines[$0] > cosines[$1] }.prefix(top))
  }

  @Test("the nearest are those that a plain walk finds", arguments: [3, 64, 100, 384])
  func exact(dimensions: Int) {
    var random = Seeded(UInt64(dimensions))
    let rows = vectors(700, dimensions, &random)
    var table = EmbeddingTable(dimensions: dimensions)
    for row in rows { _ = table.append(row) }
    let queries = vectors(5, dimensions, &random)
    let found = table.nearest(queries, top: 10, kernel: WideKernel())
    #expect(found == table.nearest(queries, top: 10, kernel: PortableKernel()))
    for (query, hits) in zip(queries, found) {
      #expect(hits.map(\.row) == plain(rows, query, top: 10) { _ in true })
    }
  }

  @Test("a filter comes first")
  func filter() {
    var random = Seeded(5)
    let rows = vectors(300, 32, &random)
    var table = EmbeddingTable(dimensions: 32)
    for row in rows { _ = table.append(row) }
    var filter = [UInt64](repeating: 0, count: 5)
    for row in 0..<300 where row % 7 == 0 || (100..<180).contains(row) {
      filter[row / 64] |= 1 << UInt64(row % 64)
    }
    let query = vectors(1, 32, &random)
    let hits = table.nearest(query, top: 12, filter: filter, kernel: PortableKernel())[0]
    #expect(
      hits.map(\.row) == plain(rows, query[0], top: 12) { $0 % 7 == 0 || (100..<180).contains($0) })
    #expect(table.nearest(query, top: 3, filter: [0], kernel: PortableKernel()) == [[]])
  }

  @Test("vectors without direction or of another length are turned away")
  func refused() {
    var table = EmbeddingTable(dimensions: 4)
    #expect(table.append([0, 0, 0, 0]) == nil)
    #expect(table.append([1, 2]) == nil)
    #expect(table.append([1, .infinity, 0, 0]) == nil)
    #expect(table.append([1, 2, 3, 4]) == 0)
    #expect(
      table.nearest([[0, 0, 0, 0], [1, 2, 3, 4]], top: 1, kernel: PortableKernel()).map(\.count) == [0, 1])
  }

  @Test("kernels agree at the ends of what a code can be")
  func extremes() {
    let rows: [Int8] = [Int8](repeating: -128, count: 1_024) + [Int8](repeating: 127, count: 1_024)
    let queries: [Int8] = (0..<5).flatMap { query in
      [Int8](repeating: [-128, 127, 1, -1, 0][query], count: 1_024)
    }
    var wide = [Int32](repeating: 0, count: 10)
    var portable = wide
    var span = wide.mutableSpan
    WideKernel().dots(
      rows: rows.span, count: 2, queries: queries.span, queryCount: 5, width: 1_024, into: &span)
    var other = portable.mutableSpan
    PortableKernel().dots(
      rows: rows.span, count: 2, queries: queries.span, queryCount: 5, width: 1_024, into: &other)
    #expect(wide == portable)
  }
}
