// Which packets were repeated for a receiver a moment ago, so that a request that is itself repeated costs nothing.

import Structures

struct ResendMemory {
  private struct Entry {
    var sequence: UInt16
    var at: Instant
  }

  /// By the low bits of the sequence. Takes memory with the first request.
  private var entries: [Entry?] = []

  /// Whether it may be sent again at this time; then it counts as sent.
  mutating func take(_ sequence: UInt16, spacingMilliseconds: Int64, at now: Instant) -> Bool {
    if entries.isEmpty { entries = Array(repeating: nil, count: Limits.resendsRemembered) }
    let place = Int(sequence) & (Limits.resendsRemembered - 1)
    if let entry = entries[place], entry.sequence == sequence,
      now.milliseconds(since: entry.at) < spacingMilliseconds
    {
      return false
    }
    entries[place] = Entry(sequence: sequence, at: now)
    return true
  }
}
