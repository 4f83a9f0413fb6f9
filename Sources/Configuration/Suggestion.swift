// "Did you mean …?": the known name that is nearest to a mistyped one. Called for unknown keys, variables and flags,
// and by the command line for its own words.

package enum Suggestion {
  /// The nearest candidate, if it is near enough to be meant: at most a third of its letters differ.
  package static func nearest(to word: String, in candidates: some Sequence<String>) -> String? {
    // A word of this length is no typing error of anything.
    guard word.utf8.count <= 100 else { return nil }
    var best: (name: String, distance: Int)?
    for candidate in candidates {
      let distance = distance(Array(word.lowercased().utf8), Array(candidate.lowercased().utf8))
      if distance <= max(1, candidate.utf8.count / 3), distance < best?.distance ?? .max {
        best = (candidate, distance)
      }
    }
    return best?.name
  }

  /// "; did you mean http.port?", or nothing.
  package static func ending(for word: String, in candidates: some Sequence<String>) -> String {
    nearest(to: word, in: candidates).map { "; did you mean \($0)?" } ?? ""
  }

  /// Letters to insert, remove, replace or swap with their neighbour.
  private static func distance(_ left: [UInt8], _ right: [UInt8]) -> Int {
    var beforeLast: [Int] = []
    var last = Array(0...right.count)
    for (row, letter) in left.enumerated() {
      var current = [row + 1]
      for (column, other) in right.enumerated() {
        var cost = min(last[column + 1] + 1, current[column] + 1, last[column] + (letter == other ? 0 : 1))
        if row > 0, column > 0, letter == right[column - 1], left[row - 1] == other {
          cost = min(cost, beforeLast[column - 1] + 1)
        }
        current.append(cost)
      }
      (beforeLast, last) = (last, current)
    }
    return last[right.count]
  }
}
