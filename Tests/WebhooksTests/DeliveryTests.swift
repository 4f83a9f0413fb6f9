// When which event goes to which endpoint: the machine alone, with time and chance handed in.

import Store
import Testing
import Values

@testable import Webhooks

@Suite("Webhook delivery") struct DeliveryTests {
  private let start = ContinuousClock.now
  private let today = Timestamp(seconds: 1_000_000)
  private var generator = Seeded(1)

  private func machine(
    failures: Int = 0, maxAge: Duration = .seconds(86_400), failingSince: Timestamp? = nil,
    wants: @escaping @Sendable (String) -> Bool = { _ in true }
  ) -> Delivery {
    Delivery(
      Delivery.Progress(scanned: 0, pending: [], failures: failures, failingSince: failingSince),
      maxAge: maxAge, attemptSpan: .seconds(15), wants: wants)
  }

  private func sent(_ actions: [Delivery.Action]) -> [(attempt: UInt64, seq: Int64)] {
    actions.compactMap { if case .send(let attempt, let event) = $0 { (attempt, event.seq) } else { nil } }
  }

  private func skipped(_ actions: [Delivery.Action]) -> [Int64] {
    actions.compactMap { if case .skipped(let event) = $0 { event.seq } else { nil } }
  }

  @Test("the second event of a room waits for the first, other rooms don't")
  mutating func lanes() {
    var machine = machine()
    #expect(machine.poke(at: start) == [.load(after: 0, limit: 200)])
    let rows: [EventRow] = [
      .made(1, room: "a"), .made(2, room: "a"), .made(3, room: "b"), .made(4, room: nil),
    ]
    let first = sent(machine.loaded(rows, limit: 200, at: start, today: today))
    #expect(first.map(\.seq) == [1, 3, 4])
    let next = machine.finished(first[0].attempt, .delivered, at: start, today: today, using: &generator)
    #expect(sent(next).map(\.seq) == [2])
    #expect(machine.progress.pending == [2, 3, 4])
    #expect(machine.progress.scanned == 4)
  }

  @Test("at most eight requests are under way, and what is not wanted is passed over")
  mutating func bounds() {
    var machine = machine(wants: { $0 == "chat" })
    _ = machine.poke(at: start)
    let rows = (1...40).map { EventRow.made(Int64($0), room: "r\($0)", type: $0 % 2 == 0 ? "chat" : "hand") }
    let first = sent(machine.loaded(rows, limit: 200, at: start, today: today))
    #expect(first.map(\.seq) == [2, 4, 6, 8, 10, 12, 14, 16])
    #expect(machine.pendingCount == 20)
    #expect(machine.poke(at: start) == [.load(after: 40, limit: 200)])
  }

  @Test("nothing more is read while a thousand events wait")
  mutating func pendingBound() {
    var machine = machine()
    var seq: Int64 = 0
    var actions = machine.poke(at: start)
    while case .load(let after, let limit)? = actions.first(where: {
      if case .load = $0 { true } else { false }
    }) {
      #expect(after == seq)
      let rows = (0..<limit).map { EventRow.made(seq + Int64($0) + 1, room: "one") }
      seq += Int64(limit)
      actions = machine.loaded(rows, limit: limit, at: start, today: today)
    }
    #expect(machine.pendingCount == Limits.pending)
    #expect(machine.poke(at: start).isEmpty)
    // One delivered: one more is read.
    let done = machine.finished(1, .delivered, at: start, today: today, using: &generator)
    #expect(done.contains(.load(after: seq, limit: 1)))
  }

  @Test("a room whose event is refused waits longer each time, and the others go on")
  mutating func oneBadRoom() {
    var machine = machine()
    _ = machine.poke(at: start)
    var now = start
    var actions = machine.loaded([.made(1, room: "bad")], limit: 200, at: now, today: today)
    var waits: [Duration] = []
    for round in 0..<12 {
      let attempt = sent(actions)[0].attempt
      _ = machine.finished(
        attempt, .failed("status 400", retryAfter: nil), at: now, today: today, using: &generator)
      // A good room in between: the endpoint itself is well.
      _ = machine.poke(at: now)
      let good = machine.loaded(
        [.made(Int64(round) + 2, room: "good")], limit: 200, at: now, today: today)
      #expect(sent(good).count == 1)
      _ = machine.finished(sent(good)[0].attempt, .delivered, at: now, today: today, using: &generator)
      let deadline = machine.deadline
      #expect(deadline != nil)
      waits.append((deadline ?? now) - now)
      now = deadline ?? now
      actions = machine.advance(to: now, today: today, using: &generator)
    }
    for (index, wait) in waits.enumerated() {
      let full = min(Duration.seconds(300), .seconds(1 << index))
      #expect(wait >= full / 2 && wait <= full)
    }
  }

  @Test("an endpoint that is down is tried with one request at a time, and gets everything once it is back")
  mutating func endpointDown() {
    var machine = machine()
    _ = machine.poke(at: start)
    let rows = (1...50).map { EventRow.made(Int64($0), room: "r\($0)") }
    var now = start
    var flying = sent(machine.loaded(rows, limit: 200, at: now, today: today))
    var requests = flying.count
    while now - start < .seconds(3_600) {
      let batch = flying
      flying = []
      for (attempt, _) in batch {
        flying += sent(
          machine.finished(
            attempt, .failed("refused", retryAfter: nil), at: now, today: today, using: &generator))
      }
      if flying.isEmpty {
        now = machine.deadline ?? now + .seconds(3_600)
        flying = sent(machine.advance(to: now, today: today, using: &generator))
      }
      requests += flying.count
    }
    #expect(requests < 60, "an hour of outage costs few requests, not \(requests)")
    // It is back: the first success lets all the others go at once.
    var delivered = 0
    while let (attempt, _) = flying.popLast() {
      delivered += 1
      flying += sent(machine.finished(attempt, .delivered, at: now, today: today, using: &generator))
    }
    #expect(delivered == 50)
    #expect(machine.pendingCount == 0 && machine.deadline == nil)
  }

  @Test("an endpoint that names a time is left alone until then")
  mutating func retryAfter() {
    var machine = machine()
    _ = machine.poke(at: start)
    let first = sent(
      machine.loaded([.made(1, room: "a"), .made(2, room: "a")], limit: 200, at: start, today: today))
    _ = machine.finished(
      first[0].attempt, .failed("status 429", retryAfter: .seconds(90)), at: start, today: today,
      using: &generator)
    #expect(machine.deadline == start + .seconds(90))
    _ = machine.poke(at: start)
    #expect(
      sent(machine.loaded([.made(3, room: "b")], limit: 200, at: start, today: today)).isEmpty)
    #expect(
      sent(machine.advance(to: start + .seconds(90), today: today, using: &generator)).map(\.seq).sorted()
        == [1, 3])
  }

  @Test("a request that never comes back is sent again, and its late answer changes nothing")
  mutating func hangs() {
    var machine = machine()
    _ = machine.poke(at: start)
    let first = sent(machine.loaded([.made(1, room: "a")], limit: 200, at: start, today: today))
    #expect(machine.deadline == start + .seconds(15))
    _ = machine.advance(to: start + .seconds(15), today: today, using: &generator)
    #expect(machine.inFlightCount == 0)
    let late = machine.finished(
      first[0].attempt, .delivered, at: start + .seconds(15), today: today, using: &generator)
    #expect(late.isEmpty)
    #expect(machine.progress.pending == [1])
    let again = sent(machine.advance(to: start + .seconds(16), today: today, using: &generator))
    #expect(again.map(\.seq) == [1])
  }

  @Test("an event that is too old goes after one more try; at an endpoint long dead, all old ones go at once")
  mutating func tooOld() {
    let now = today.milliseconds
    let day: Int64 = 86_400_000
    let rows: [EventRow] = [
      .made(1, room: "a", at: now - 2 * day), .made(2, room: "a", at: now - day),
      .made(3, room: "a", at: now),
    ]
    // Down since a minute: the oldest is tried, then skipped; the others get their own try.
    var fresh = machine()
    _ = fresh.poke(at: start)
    var attempt = sent(fresh.loaded(rows, limit: 200, at: start, today: today))[0].attempt
    var actions = fresh.finished(
      attempt, .failed("down", retryAfter: nil), at: start, today: today, using: &generator)
    #expect(skipped(actions) == [1] && sent(actions).map(\.seq) == [2])

    var dead = machine(failures: 9, failingSince: today + .seconds(-90_000))
    _ = dead.poke(at: start)
    actions = dead.loaded(rows, limit: 200, at: start, today: today)
    #expect(skipped(actions) == [1, 2] && sent(actions).map(\.seq) == [3])
    attempt = sent(actions)[0].attempt
    actions = dead.finished(
      attempt, .failed("down", retryAfter: nil), at: start, today: today + .seconds(86_400),
      using: &generator)
    #expect(skipped(actions) == [3])
    #expect(dead.progress.pending.isEmpty)
  }

  @Test("the signature is what a receiver computes with any HMAC library")
  func signature() {
    // printf '1700000000.{"a":1}' | openssl dgst -sha256 -hmac secret
    #expect(
      WebhookRequest.signature(
        Array(#"{"a":1}"#.utf8), secret: Array("secret".utf8), at: Timestamp(seconds: 1_700_000_000))
        == "t=1700000000,v1=49f24e537407743fa4a0242bb63b94b9a47ee99cbbe071ccd8a22550ae411686")
  }

  @Test("an endpoint takes whole families of events, single ones, or all")
  func filter() {
    func endpoint(_ events: [String]) -> WebhookEndpoint {
      WebhookEndpoint(url: "http://localhost/", secret: [], events: events)
    }
    #expect(endpoint([]).wants("room.closed"))
    #expect(endpoint(["participant.*"]).wants("participant.left"))
    #expect(!endpoint(["participant.*"]).wants("participants"))
    #expect(!endpoint(["room.closed"]).wants("room.created"))
  }
}
