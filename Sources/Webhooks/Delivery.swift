// Decides, for one endpoint, which event is sent when. Pure: time and randomness are arguments, the
// dispatcher performs what comes back. Events of one room form a lane that is delivered strictly in order;
// lanes go side by side. A failing lane waits alone; a failing endpoint is tried with one request at a time,
// ever more rarely.

package import Store
package import Values

package struct Delivery: Sendable {
  package enum Action: Sendable, Equatable {
    /// Read events after this cursor and hand them to `loaded`.
    case load(after: Int64, limit: Int)
    /// Send the event and hand the outcome to `finished`.
    case send(attempt: UInt64, EventRow)
    /// Given up on: too old.
    case skipped(EventRow)
    /// Progress has changed.
    case save
  }

  package enum Outcome: Sendable, Equatable {
    case delivered
    case failed(String, retryAfter: Duration?)
  }

  /// What a restart needs to go on where this left off.
  package struct Progress: Sendable, Equatable {
    package var scanned: Int64
    package var pending: [Int64]
    package var failures: Int
    package var failingSince: Timestamp?
    package var lastError: String?
  }

  /// Events without a room share the lane of nil.
  private typealias Room = String?

  private struct Lane {
    var events: ArraySlice<EventRow>
    var attempts = 0
  }

  private struct Flight {
    let room: Room
    let since: ContinuousClock.Instant
  }

  private let wants: @Sendable (String) -> Bool
  private let attemptSpan: Duration
  private let maxAge: Duration

  private var lanes: [Room: Lane] = [:]
  /// Lanes whose first event may be sent, the one that has waited longest first.
  private var ready: ArraySlice<Room> = []
  /// Lanes that failed, and when their first event may be tried again.
  private var waiting: [Room: ContinuousClock.Instant] = [:]
  private var flights: [UInt64: Flight] = [:]
  private var lastAttempt: UInt64 = 0

  /// Events up to here have been read.
  private(set) package var scanned: Int64
  private(set) package var pendingCount = 0
  private var isLoading = false
  private var isBehind = true
  private var loadAgainAt: ContinuousClock.Instant?

  /// Failures in a row. Requests that were under way together count as one.
  private var failures: Int
  private var lastFailureAt: ContinuousClock.Instant?
  private var pausedUntil: ContinuousClock.Instant?
  private var failingSince: Timestamp?
  private var lastError: String?

  /// `pending` are the events that `progress` names as such, oldest first.
  package init(
    _ progress: Progress, pending: [EventRow] = [], maxAge: Duration, attemptSpan: Duration,
    wants: @escaping @Sendable (String) -> Bool
  ) {
    scanned = progress.scanned
    failures = progress.failures
    failingSince = progress.failingSince
    lastError = progress.lastError
    self.maxAge = maxAge
    self.attemptSpan = attemptSpan
    self.wants = wants
    for event in pending where wants(event.type) { append(event) }
  }

  package var progress: Progress {
    Progress(
      scanned: scanned, pending: lanes.values.flatMap { $0.events.map(\.seq) }.sorted(), failures: failures,
      failingSince: failingSince, lastError: lastError)
  }

  package var inFlightCount: Int { flights.count }

  /// When the endpoint is tried again, if it is waiting for that.
  package var nextAttempt: ContinuousClock.Instant? {
    guard ready.isEmpty else { return pausedUntil }
    return waiting.values.min().map { next in pausedUntil.map { max($0, next) } ?? next }
  }

  /// When `advance` is to be called at the latest.
  package var deadline: ContinuousClock.Instant? {
    var earliest = flights.values.lazy.map { $0.since + attemptSpan }.min()
    func consider(_ instant: ContinuousClock.Instant?) {
      guard let instant else { return }
      earliest = earliest.map { min($0, instant) } ?? instant
    }
    if pendingCount < Limits.pending { consider(loadAgainAt) }
    // A full house waits for a flight to end, not for the clock.
    if flights.count < concurrency { consider(nextAttempt) }
    return earliest
  }

  /// Something may have been appended to the log.
  package mutating func poke(at now: ContinuousClock.Instant) -> [Action] {
    isBehind = true
    return pump(now)
  }

  /// The answer to `load`. Fewer rows than asked for mean that there are no more.
  package mutating func loaded(
    _ events: [EventRow], limit: Int, at now: ContinuousClock.Instant, today: Timestamp
  ) -> [Action] {
    isLoading = false
    if events.count >= limit { isBehind = true }
    var actions: [Action] = []
    for event in events where event.seq > scanned {
      scanned = event.seq
      guard wants(event.type) else { continue }
      if isGivenUp(event, today) { actions.append(.skipped(event)) } else { append(event) }
    }
    if !events.isEmpty { actions.append(.save) }
    return actions + pump(now)
  }

  package mutating func loadFailed(at now: ContinuousClock.Instant) -> [Action] {
    isLoading = false
    isBehind = true
    loadAgainAt = now + Limits.storeRetry
    return pump(now)
  }

  /// The answer to `send`. One that comes after its attempt was given up is ignored.
  package mutating func finished(
    _ attempt: UInt64, _ outcome: Outcome, at now: ContinuousClock.Instant, today: Timestamp,
    using generator: inout some RandomNumberGenerator
  ) -> [Action] {
    guard let flight = flights.removeValue(forKey: attempt) else { return [] }
    var actions: [Action] = []
    switch outcome {
    case .delivered: delivered(flight.room)
    case .failed(let reason, let retryAfter):
      actions = failed(flight, reason, retryAfter, now, today, &generator)
    }
    return actions + [.save] + pump(now)
  }

  /// Time has passed: requests that never came back count as failed, lanes that waited go on.
  package mutating func advance(
    to now: ContinuousClock.Instant, today: Timestamp, using generator: inout some RandomNumberGenerator
  ) -> [Action] {
    var actions: [Action] = []
    for (attempt, flight) in flights.sorted(by: { $0.key < $1.key })
    where now >= flight.since + attemptSpan {
      flights[attempt] = nil
      actions += failed(flight, "no answer in time", nil, now, today, &generator) + [.save]
    }
    return actions + pump(now)
  }

  // MARK: - Steps

  private var concurrency: Int { failures >= Limits.failuresBeforeProbing ? 1 : Limits.inFlight }

  private func first(_ room: Room) -> Int64 { lanes[room]?.events.first?.seq ?? 0 }

  private mutating func append(_ event: EventRow) {
    pendingCount += 1
    if lanes[event.room]?.events.append(event) == nil {
      lanes[event.room] = Lane(events: [event])
      ready.append(event.room)
    }
  }

  /// Takes a lane's first event away, and lets the next one go.
  private mutating func removeFirst(_ room: Room) {
    pendingCount -= 1
    lanes[room]?.events.removeFirst()
    lanes[room]?.attempts = 0
    if lanes[room]?.events.isEmpty != false {
      lanes[room] = nil
    } else {
      ready.append(room)
    }
  }

  private mutating func delivered(_ room: Room) {
    removeFirst(room)
    // Whatever waited because the endpoint was down need not wait any longer.
    if failures >= Limits.failuresBeforeProbing {
      ready += waiting.keys.sorted { first($0) < first($1) }
      waiting.removeAll()
    }
    failures = 0
    lastFailureAt = nil
    pausedUntil = nil
    failingSince = nil
    lastError = nil
  }

  private mutating func failed(
    _ flight: Flight, _ reason: String, _ retryAfter: Duration?, _ now: ContinuousClock.Instant,
    _ today: Timestamp, _ generator: inout some RandomNumberGenerator
  ) -> [Action] {
    if lastFailureAt.map({ flight.since >= $0 }) ?? true {
      failures += 1
      lastFailureAt = now
    }
    failingSince = failingSince ?? today
    lastError = reason
    let asked = min(retryAfter ?? .zero, Limits.longestWait)
    if failures >= Limits.failuresBeforeProbing {
      let wait = Self.wait(after: failures - Limits.failuresBeforeProbing + 1, using: &generator)
      pausedUntil = now + max(asked, wait)
    } else if asked > .zero {
      pausedUntil = now + asked
    }
    guard let lane = lanes[flight.room], let event = lane.events.first else { return [] }
    var actions: [Action] = []
    if today - event.at >= maxAge {
      removeFirst(flight.room)
      actions.append(.skipped(event))
    } else {
      lanes[flight.room]?.attempts += 1
      waiting[flight.room] = now + max(asked, Self.wait(after: lane.attempts + 1, using: &generator))
    }
    return actions + giveUp(today)
  }

  /// An endpoint that has failed for as long as events are kept for it: all that is too old goes at once, or
  /// it would be tried event by event for ever.
  private mutating func giveUp(_ today: Timestamp) -> [Action] {
    guard let failingSince, today - failingSince >= maxAge else { return [] }
    let busy = Set(flights.values.map(\.room))
    var skipped: [EventRow] = []
    for (room, lane) in lanes where !busy.contains(room) {
      let old = lane.events.prefix { isGivenUp($0, today) }
      if old.isEmpty { continue }
      skipped += old
      pendingCount -= old.count
      lanes[room]?.events.removeFirst(old.count)
      lanes[room]?.attempts = 0
      if old.count == lane.events.count {
        lanes[room] = nil
        waiting[room] = nil
        ready.removeAll { $0 == room }
      }
    }
    return skipped.sorted { $0.seq < $1.seq }.map(Action.skipped)
  }

  private func isGivenUp(_ event: EventRow, _ today: Timestamp) -> Bool {
    guard let failingSince else { return false }
    return today - failingSince >= maxAge && today - event.at >= maxAge
  }

  private mutating func pump(_ now: ContinuousClock.Instant) -> [Action] {
    var actions: [Action] = []
    let space = min(Limits.page, Limits.pending - pendingCount)
    if isBehind, !isLoading, space > 0, loadAgainAt.map({ now >= $0 }) ?? true {
      isLoading = true
      isBehind = false
      loadAgainAt = nil
      actions.append(.load(after: scanned, limit: space))
    }
    if let pausedUntil, now < pausedUntil { return actions }
    pausedUntil = nil
    if !waiting.isEmpty {
      let due = waiting.keys.filter { room in waiting[room].map { now >= $0 } ?? false }
      for room in due { waiting[room] = nil }
      ready += due.sorted { first($0) < first($1) }
    }
    while flights.count < concurrency, let room = ready.popFirst() {
      guard let event = lanes[room]?.events.first else { continue }
      lastAttempt += 1
      flights[lastAttempt] = Flight(room: room, since: now)
      actions.append(.send(attempt: lastAttempt, event))
    }
    return actions
  }

  /// One second, two, four … five minutes; half of it by chance, so that many servers do not come together.
  static func wait(after failures: Int, using generator: inout some RandomNumberGenerator) -> Duration {
    let full = min(Limits.longestWait, Limits.firstWait * (1 << min(max(failures, 1) - 1, 20)))
    return full / 2 + .milliseconds(Int64.random(in: 0...full.milliseconds / 2, using: &generator))
  }
}
