// "Did you mean …?": the word that needs the fewest strokes to become what was typed.

package enum Suggestion {
  /// Nil if nothing is near enough to be meant.
  package static func nearest(to word: String, among words: [String]) -> String? {
    guard word.utf8.count <= Limits.longestSuggestedWordBytes else { return nil }
    let typed = Array(word.lowercased())
    let ranked = words.map { (word: $0, distance: distance(typed, Array($0.lowercased()))) }
    guard let best = ranked.min(by: { $0.distance < $1.distance }) else { return nil }
    let tolerated = max(1, min(3, best.word.count / 2))
    if best.distance <= tolerated { return best.word }
    return typed.count >= 2 ? words.first { $0.lowercased().hasPrefix(word.lowercased()) } : nil
  }

  /// Insertions, deletions, substitutions and swaps of neighbours (optimal string alignment).
  static func distance(_ left: [Character], _ right: [Character]) -> Int {
    var before: [Int] = []
    var above = Array(0...right.count)
    for row in 0..<left.count {
      var current = [row + 1]
      for column in 0..<right.count {
        var best = min(
          above[column] + (left[row] == right[column] ? 0 : 1), above[column + 1] + 1, current[column] + 1)
        if row > 0, column > 0, left[row] == right[column - 1], left[row - 1] == right[column] {
          best = min(best, before[column - 1] + 1)
        }
        current.append(best)
      }
      before = above
      above = current
    }
    return above[right.count]
  }
}
