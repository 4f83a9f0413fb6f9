// How long everything has to wait on the way: the least delay of the last moments above the least of the last seconds. A
// burst makes a queue that is gone with it; a queue that stands even for the luckiest packet is one that we make, or share.

struct StandingQueue {
  /// The two clocks differ by more than any delay: only differences mean anything.
  private var base: (present: Int64, past: Int64, since: Int64)?
  private var least: (present: Int64, past: Int64, since: Int64)?

  mutating func packet(sent: Int64, arrived: Int64) {
    let delay = arrived - sent
    if let known = base, abs(delay - known.present) > Limits.clockJumpMicroseconds {
      base = nil
      least = nil
    }
    base = Self.note(delay, at: arrived, each: Limits.baseDelayMicroseconds, base)
    least = Self.note(delay, at: arrived, each: Limits.leastDelayMicroseconds, least)
  }

  private static func note(
    _ delay: Int64, at time: Int64, each length: Int64, _ known: (present: Int64, past: Int64, since: Int64)?
  ) -> (present: Int64, past: Int64, since: Int64) {
    guard let known else { return (delay, delay, time) }
    if time - known.since < length { return (min(delay, known.present), known.past, known.since) }
    return (delay, known.present, time)
  }

  var milliseconds: Double {
    guard let base, let least else { return 0 }
    return Double(min(least.present, least.past) - min(base.present, base.past)) / 1_000
  }

  /// What stands does not go away whatever we do: it is the way itself that has become longer.
  mutating func accept() {
    guard let least else { return }
    let now = min(least.present, least.past)
    base = base.map { (now, now, $0.since) }
  }
}
