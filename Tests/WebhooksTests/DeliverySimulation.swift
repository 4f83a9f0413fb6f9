// The delivery machine against an endpoint that is slow, fails, hangs, or takes an event and fails to say so,
// with restarts from progress that is a little stale, in virtual time.

import Store
import Testing
import Values

@testable import Webhooks

private struct Simulation {
  private enum Happening {
    case answer(life: Int, attempt: UInt64, Delivery.Outcome)
    case accept(EventRow)
    case append
    case restart
    case toggle
    case save(life: Int)
  }

  private let start = ContinuousClock.now
  private var now: ContinuousClock.Instant
  private var generator: Seeded
  private var agenda: [(at: ContinuousClock.Instant, order: Int, what: Happening)] = []
  private var order = 0
  private var machine: Delivery
  private var life = 0
  private var log: [EventRow] = []
  /// What the database knows: up to a tenth of a second old.
  private var saved: Delivery.Progress
  private var isSaveDue = false
  private var isUp = true
  private let total: Int
  private let chaosEnds: ContinuousClock.Instant

  private(set) var received: [EventRow] = []
  private var distinct: Set<Int64> = []
  private(set) var mostInFlight = 0
  private(set) var restarts = 0
  private(set) var attempts = 0

  init(seed: UInt64, events: Int) {
    generator = Seeded(seed)
    now = start
    total = events
    chaosEnds = start + .seconds(1_800)
    let progress = Delivery.Progress(scanned: 0, pending: [], failures: 0)
    saved = progress
    machine = Self.machine(progress, [])
  }

  private static func machine(_ progress: Delivery.Progress, _ pending: [EventRow]) -> Delivery {
    Delivery(
      progress, pending: pending, maxAge: .seconds(1_000_000), attemptSpan: .seconds(15), wants: { _ in true }
    )
  }

  private var today: Timestamp { Timestamp(milliseconds: (now - start).milliseconds) }

  private mutating func plan(_ wait: Duration, _ what: Happening) {
    order += 1
    agenda.append((now + wait, order, what))
  }

  private mutating func chance(_ percent: Int) -> Bool {
    Int.random(in: 0..<100, using: &generator) < percent
  }

  mutating func run() {
    plan(.zero, .append)
    plan(.seconds(30), .toggle)
    plan(.seconds(45), .restart)
    perform(machine.poke(at: now))
    while true {
      let next = agenda.indices.min { (agenda[$0].at, agenda[$0].order) < (agenda[$1].at, agenda[$1].order) }
      if let deadline = machine.deadline, next.map({ deadline < agenda[$0].at }) ?? true {
        now = max(now + .milliseconds(1), deadline)
        perform(machine.advance(to: now, today: today, using: &generator))
      } else if let next {
        let happening = agenda.remove(at: next)
        now = max(now, happening.at)
        handle(happening.what)
      } else {
        return
      }
      if now - start > .seconds(200_000) { return }
      if distinct.count == total && now > chaosEnds { return }
    }
  }

  private mutating func handle(_ happening: Happening) {
    switch happening {
    case .append:
      for _ in 0..<Int.random(in: 1...8, using: &generator) where log.count < total {
        let room = chance(10) ? nil : "room-\(Int.random(in: 0..<12, using: &generator))"
        log.append(.made(Int64(log.count + 1), room: room, at: today.milliseconds))
      }
      perform(machine.poke(at: now))
      if log.count < total {
        plan(.milliseconds(Int64.random(in: 1...9_000, using: &generator)), .append)
      }
    case .accept(let event):
      received.append(event)
      distinct.insert(event.seq)
    case .answer(let life, let attempt, let outcome):
      guard life == self.life else { return }
      perform(machine.finished(attempt, outcome, at: now, today: today, using: &generator))
    case .save(let life):
      guard life == self.life else { return }
      isSaveDue = false
      saved = machine.progress
    case .toggle:
      isUp = now > chaosEnds || !isUp
      if now <= chaosEnds { plan(.seconds(Int64.random(in: 5...200, using: &generator)), .toggle) }
    case .restart:
      guard now <= chaosEnds else { return }
      restart()
      plan(.seconds(Int64.random(in: 5...300, using: &generator)), .restart)
    }
  }

  private mutating func restart() {
    life += 1
    restarts += 1
    isSaveDue = false
    machine = Self.machine(saved, saved.pending.map { log[Int($0) - 1] })
    perform(machine.poke(at: now))
  }

  private mutating func perform(_ actions: [Delivery.Action]) {
    for action in actions {
      switch action {
      case .load(let seq, let limit):
        let rows = Array(log.dropFirst(Int(seq)).prefix(limit))
        perform(machine.loaded(rows, limit: limit, at: now, today: today))
      case .send(let attempt, let event): send(attempt, event)
      case .skipped(let event): Issue.record("event \(event.seq) was given up on")
      case .save:
        if !isSaveDue { plan(Limits.saveEvery, .save(life: life)) }
        isSaveDue = true
      }
    }
    mostInFlight = max(mostInFlight, machine.inFlightCount)
  }

  private mutating func send(_ attempt: UInt64, _ event: EventRow) {
    attempts += 1
    let latency = Duration.milliseconds(Int64.random(in: 1...(chance(10) ? 9_000 : 300), using: &generator))
    let isCalm = now > chaosEnds
    guard isCalm || isUp else {
      return plan(latency, .answer(life: life, attempt: attempt, .failed("status 503", retryAfter: nil)))
    }
    switch isCalm ? 99 : Int.random(in: 0..<100, using: &generator) {
    case 0..<5: break  // hangs for good
    case 5..<10: plan(.seconds(60), .accept(event))  // hangs, and is taken long after we gave it up
    case 10..<18:
      plan(latency, .accept(event))
      plan(latency, .answer(life: life, attempt: attempt, .failed("reset", retryAfter: nil)))
    case 18..<25:
      plan(latency, .answer(life: life, attempt: attempt, .failed("status 429", retryAfter: .seconds(7))))
    default:
      plan(latency, .accept(event))
      plan(latency, .answer(life: life, attempt: attempt, .delivered))
    }
  }
}

@Suite("Webhooks against a bad endpoint", .timeLimit(.minutes(2))) struct DeliverySimulationTests {
  @Test(
    "nothing is lost and a room's events arrive in order, whatever the endpoint does, over restarts",
    arguments: UInt64(1)...25)
  func survives(seed: UInt64) {
    var simulation = Simulation(seed: seed, events: 600)
    simulation.run()
    #expect(Set(simulation.received.map(\.seq)).count == 600)
    #expect(simulation.restarts > 3)
    #expect(simulation.mostInFlight <= Limits.inFlight)
    // Later copies may come in any order; the first of each must follow its predecessor's first.
    var seen: Set<Int64> = []
    var last: [String?: Int64] = [:]
    for event in simulation.received where seen.insert(event.seq).inserted {
      #expect(last[event.room] ?? 0 < event.seq)
      last[event.room] = event.seq
    }
    // At least once must not mean again and again.
    #expect(simulation.received.count < 600 * 2)
  }
}
