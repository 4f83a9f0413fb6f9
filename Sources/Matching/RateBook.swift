// How many came and how many were matched in each of the last minutes, by subject: what an honest estimate stands on.

struct RateMeter: Sendable, Equatable {
  /// Counts by minute, the newest last, and the minute it belongs to.
  private(set) var counts: [Int] = []
  private(set) var minute: Int64 = 0

  init() {}

  init(counts: [Int], minute: Int64) {
    self.counts = counts
    self.minute = minute
  }

  mutating func add(at milliseconds: Int64) {
    roll(to: milliseconds / 60_000)
    counts[counts.count - 1] += 1
  }

  /// How many in the window, and over how many minutes it reaches by now.
  func window(at milliseconds: Int64) -> (count: Int, minutes: Double) {
    guard !counts.isEmpty else { return (0, 0) }
    var copy = self
    copy.roll(to: milliseconds / 60_000)
    let part = Double(milliseconds % 60_000) / 60_000
    return (copy.counts.reduce(0, +), Double(copy.counts.count - 1) + max(part, 0.1))
  }

  private mutating func roll(to newest: Int64) {
    if counts.isEmpty {
      counts = [0]
      minute = newest
    }
    guard newest > minute else { return }
    let passed = Int(min(newest - minute, Int64(Limits.rateMinutes)))
    counts += [Int](repeating: 0, count: passed)
    counts.removeFirst(max(0, counts.count - Limits.rateMinutes))
    minute = newest
  }
}

struct RateBook: Sendable, Equatable {
  struct Meters: Sendable, Equatable {
    var arrivals = RateMeter()
    var matches = RateMeter()
  }

  /// Under the empty name: all together.
  var subjects: [String: Meters] = [:]

  mutating func arrived(_ names: [String], at milliseconds: Int64) {
    for name in Self.keys(names) where hasRoom(for: name, at: milliseconds) {
      subjects[name, default: Meters()].arrivals.add(at: milliseconds)
    }
  }

  mutating func matched(_ names: [String], at milliseconds: Int64) {
    for name in Self.keys(names) where hasRoom(for: name, at: milliseconds) {
      subjects[name, default: Meters()].matches.add(at: milliseconds)
    }
  }

  private mutating func hasRoom(for name: String, at milliseconds: Int64) -> Bool {
    if subjects[name] != nil || subjects.count < Limits.ratedSubjects { return true }
    let oldest = milliseconds / 60_000 - Int64(Limits.rateMinutes)
    subjects = subjects.filter { max($0.value.arrivals.minute, $0.value.matches.minute) > oldest }
    return subjects.count < Limits.ratedSubjects
  }

  private static func keys(_ names: [String]) -> [String] { [""] + names.filter { !$0.isEmpty } }
}
