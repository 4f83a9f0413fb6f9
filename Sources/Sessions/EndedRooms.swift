// Rooms that were ended on purpose a short while ago. A client that joins anew by itself must not bring back a
// room that its moderator has just ended; a moderator may.

struct EndedRooms: Sendable {
  private var until: [String: ContinuousClock.Instant] = [:]

  var count: Int { until.count }

  mutating func insert(_ room: String, at now: ContinuousClock.Instant) {
    if until.count >= Limits.endedRooms { until = until.filter { $0.value > now } }
    // Still full: forgetting one early is the lesser evil.
    if until.count >= Limits.endedRooms, let any = until.first?.key { until[any] = nil }
    until[room] = now + Limits.endedRoomsWindow
  }

  mutating func remove(_ room: String) { until[room] = nil }

  mutating func contains(_ room: String, at now: ContinuousClock.Instant) -> Bool {
    guard let end = until[room] else { return false }
    if end > now { return true }
    until[room] = nil
    return false
  }
}
