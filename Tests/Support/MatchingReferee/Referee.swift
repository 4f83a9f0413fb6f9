// What the best assignment is, found in another way than the product does it: the Hungarian method over a full matrix,
// with row and column potentials. And what plainer ways find: greedy, and first come first served. No imports, so that
// it shares no mistake with what it judges.

package enum Referee {
  /// The highest total of a full matrix of weights that are not negative; rows may go without.
  package static func best(_ weights: [[Int64]]) -> Int64 {
    let rows = weights.count
    let columns = max(rows, weights.first?.count ?? 0)
    guard rows > 0 else { return 0 }
    var rowPrice = [Int64](repeating: 0, count: rows + 1)
    var columnPrice = [Int64](repeating: 0, count: columns + 1)
    var owner = [Int](repeating: 0, count: columns + 1)
    for row in 1...rows {
      owner[0] = row
      var column = 0
      var slack = [Int64](repeating: .max, count: columns + 1)
      var from = [Int](repeating: 0, count: columns + 1)
      var isUsed = [Bool](repeating: false, count: columns + 1)
      repeat {
        isUsed[column] = true
        let current = owner[column]
        var delta = Int64.max
        var next = 0
        let line = weights[current - 1]
        for candidate in 1...columns where !isUsed[candidate] {
          let weight = candidate <= line.count ? line[candidate - 1] : 0
          let reduced = -weight - rowPrice[current] - columnPrice[candidate]
          if reduced < slack[candidate] {
            slack[candidate] = reduced
            from[candidate] = column
          }
          if slack[candidate] < delta {
            delta = slack[candidate]
            next = candidate
          }
        }
        for index in 0...columns {
          if isUsed[index] {
            rowPrice[owner[index]] += delta
            columnPrice[index] -= delta
          } else if slack[index] != .max {
            slack[index] -= delta
          }
        }
        column = next
      } while owner[column] != 0
      repeat {
        let previous = from[column]
        owner[column] = owner[previous]
        column = previous
      } while column != 0
    }
    var total: Int64 = 0
    for column in 1...columns where owner[column] > 0 {
      let line = weights[owner[column] - 1]
      total += column <= line.count ? line[column - 1] : 0
    }
    return total
  }

  /// Always the best pair that is left.
  package static func greedy(_ weights: [[Int64]]) -> Int64 {
    var pairs: [(weight: Int64, row: Int, column: Int)] = []
    for (row, line) in weights.enumerated() {
      for (column, weight) in line.enumerated() where weight > 0 { pairs.append((weight, row, column)) }
    }
    pairs.sort { $0.weight != $1.weight ? $0.weight > $1.weight : ($0.row, $0.column) < ($1.row, $1.column) }
    var isRowTaken = [Bool](repeating: false, count: weights.count)
    var isColumnTaken = [Bool](repeating: false, count: weights.first?.count ?? 0)
    var total: Int64 = 0
    for pair in pairs where !isRowTaken[pair.row] && !isColumnTaken[pair.column] {
      isRowTaken[pair.row] = true
      isColumnTaken[pair.column] = true
      total += pair.weight
    }
    return total
  }

  /// Each in turn the first mentor that will do.
  package static func firstCome(_ weights: [[Int64]]) -> Int64 {
    var isTaken = [Bool](repeating: false, count: weights.first?.count ?? 0)
    var total: Int64 = 0
    for line in weights {
      guard let column = line.indices.first(where: { line[$0] > 0 && !isTaken[$0] }) else { continue }
      isTaken[column] = true
      total += line[column]
    }
    return total
  }
}
