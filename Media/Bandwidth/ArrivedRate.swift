// How much has arrived in the last half second, on the receiver's clock: one mark for each report.

struct ArrivedRate {
  private var times = InlineArray<32, Int64>(repeating: 0)
  private var bytes = InlineArray<32, Int>(repeating: 0)
  private var newest = -1
  private var count = 0

  mutating func arrived(_ byteCount: Int, until time: Int64) {
    if count > 0 {
      let passed = time - times[newest]
      if passed < -Limits.arrivalWindowMinMicroseconds || passed > Limits.clockJumpMicroseconds {
        // The clock was set, or its count began again: what is older says nothing any more.
        count = 0
      } else if passed <= 0 {
        bytes[newest] += byteCount
        return
      }
    }
    newest = (newest + 1) % Limits.arrivalMarks
    count = min(count + 1, Limits.arrivalMarks)
    times[newest] = time
    bytes[newest] = byteCount
  }

  /// Nil as long as too little is known.
  var bitsPerSecond: Double? {
    guard count > 1 else { return nil }
    var sum = 0
    var index = newest
    var left = count
    // The oldest mark only says when the time of the next one began.
    while left > 1, times[newest] - times[index] < Limits.arrivalWindowMicroseconds {
      sum += bytes[index]
      index = (index + Limits.arrivalMarks - 1) % Limits.arrivalMarks
      left -= 1
    }
    let passed = times[newest] - times[index]
    guard passed >= Limits.arrivalWindowMinMicroseconds else { return nil }
    return Double(sum) * 8_000_000 / Double(passed)
  }
}
