// How many WebSockets each identity has open, so that one user's runaway script can't hold thousands of them.

struct ConnectionCounts {
  private var counts: [String: Int] = [:]

  /// False if that would be one too many. Zero allows any number.
  mutating func enter(_ identity: String, atMost limit: Int) -> Bool {
    let count = counts[identity, default: 0]
    guard limit == 0 || count < limit else { return false }
    counts[identity] = count + 1
    return true
  }

  mutating func leave(_ identity: String) {
    guard let count = counts[identity] else { return }
    counts[identity] = count > 1 ? count - 1 : nil
  }
}
