// One endpoint at work: performs what its machine decides, with the store, the HTTP client and a timer, and
// writes down how far it has got. Nothing here waits on the control loop, so a dead endpoint slows nobody.

import Control
import Observe
import Store
import Values

@Control final class EndpointDelivery {
  let endpoint: WebhookEndpoint
  private let store: any Store
  private let send: WebhookSend
  private let timeout: Duration
  private let log = Log("webhooks")

  private var machine: Delivery
  private var isStopping = false
  private var isSaveDue = false
  private var generator = SystemRandomNumberGenerator()
  private var idle: [CheckedContinuation<Void, Never>] = []
  private lazy var timer = Timer { [weak self] in self?.advance() }
  private lazy var saveTimer = Timer { [weak self] in self?.save() }
  private var isFailing = false

  /// Reads how far the endpoint has got. One that is new is told what happens from now on.
  static func make(
    _ endpoint: WebhookEndpoint, store: any Store, send: @escaping WebhookSend, timeout: Duration,
    maxAge: Duration
  ) async throws(StoreFailure) -> EndpointDelivery {
    let url = endpoint.url
    let (row, pending) = try await store.write(.process) {
      connection throws(StoreFailure) -> (WebhookCursorRow, [EventRow]) in
      if let row = try WebhookCursorRow.find(url, connection) {
        var pending: [EventRow] = []
        // What the retention has taken away meanwhile is gone.
        for seq in row.pending {
          if let event = try EventLog.find(seq: seq, connection) { pending.append(event) }
        }
        return (row, pending)
      }
      let row = WebhookCursorRow(endpoint: url, seq: try EventLog.latest(connection))
      try row.save(connection)
      return (row, [])
    }
    let progress = Delivery.Progress(
      scanned: row.seq, pending: row.pending, failures: Int(row.attempts), failingSince: row.failingSince,
      lastError: row.lastError)
    let machine = Delivery(
      progress, pending: pending, maxAge: maxAge, attemptSpan: timeout + Limits.overtime
    ) { endpoint.wants($0) }
    return EndpointDelivery(endpoint, machine, store: store, send: send, timeout: timeout)
  }

  private init(
    _ endpoint: WebhookEndpoint, _ machine: Delivery, store: any Store, send: @escaping WebhookSend,
    timeout: Duration
  ) {
    self.endpoint = endpoint
    self.machine = machine
    self.store = store
    self.send = send
    self.timeout = timeout
    isFailing = machine.progress.failingSince != nil
  }

  func poke() {
    guard !isStopping else { return }
    perform(machine.poke(at: .now))
  }

  /// Events that are not delivered yet, if `latest` is the newest there is.
  func backlog(latest: Int64) -> Int { machine.pendingCount + Int(max(0, latest - machine.scanned)) }

  /// Sends nothing more, waits for what is under way, and writes the progress down.
  func stop(grace: Duration) async {
    isStopping = true
    timer.cancel()
    saveTimer.cancel()
    if machine.inFlightCount > 0 {
      let end = Timer { [weak self] in self?.resumeIdle() }
      end.start(after: grace)
      await withCheckedContinuation { idle.append($0) }
      end.cancel()
    }
    let row = row()
    do throws(StoreFailure) {
      try await store.write(.process) { connection throws(StoreFailure) in try row.save(connection) }
    } catch {
      log.warning(
        "how far the webhooks got could not be written down: some will be sent twice",
        ["reason": .string(error.message)])
    }
  }

  private func resumeIdle() {
    for continuation in idle { continuation.resume() }
    idle.removeAll()
  }

  private func advance() {
    guard !isStopping else { return }
    perform(machine.advance(to: .now, today: .now, using: &generator))
  }

  private func perform(_ actions: [Delivery.Action]) {
    for action in actions {
      switch action {
      case .load(let seq, let limit): load(after: seq, limit: limit)
      case .send(let attempt, let event): attemptToSend(attempt, event)
      case .skipped(let event):
        Metrics.webhooksSkipped.add()
        log.error(
          "an event was given up on: its endpoint failed for too long",
          [
            "endpoint": .string(endpoint.url), "event": .string(event.id), "type": .string(event.type),
            "reason": .optional(machine.progress.lastError),
          ])
      case .save:
        if !isSaveDue && !isStopping {
          isSaveDue = true
          saveTimer.start(after: Limits.saveEvery)
        }
      }
    }
    guard !isStopping else { return }
    if let deadline = machine.deadline {
      timer.start(after: max(.zero, deadline - .now))
    } else {
      timer.cancel()
    }
  }

  private func load(after seq: Int64, limit: Int) {
    Task { @Control in
      do throws(StoreFailure) {
        let events = try await store.read { connection throws(StoreFailure) in
          try EventLog.after(seq, limit: limit, connection)
        }
        guard !isStopping else { return }
        perform(machine.loaded(events, limit: limit, at: .now, today: .now))
      } catch {
        guard !isStopping else { return }
        log.warning("events could not be read", ["reason": .string(error.message)])
        perform(machine.loadFailed(at: .now))
      }
    }
  }

  private func attemptToSend(_ attempt: UInt64, _ event: EventRow) {
    let since = ContinuousClock.now
    Task { @Control in
      let body = event.encoded()
      let headers = WebhookRequest.headers(event, body, secret: endpoint.secret, at: .now)
      let answer = await send(endpoint.url, headers, body, timeout)
      Metrics.webhookDuration.observe(ContinuousClock.now - since)
      finished(attempt, answer)
    }
  }

  private func finished(_ attempt: UInt64, _ answer: WebhookAnswer) {
    let outcome: Delivery.Outcome
    switch answer {
    case .status(200..<300, _): outcome = .delivered
    case .status(let status, let retryAfter): outcome = .failed("status \(status)", retryAfter: retryAfter)
    case .unreachable(let reason): outcome = .failed(reason, retryAfter: nil)
    }
    let actions = machine.finished(attempt, outcome, at: .now, today: .now, using: &generator)
    report(outcome)
    if isStopping {
      if machine.inFlightCount == 0 { resumeIdle() }
    } else {
      perform(actions)
    }
  }

  private func report(_ outcome: Delivery.Outcome) {
    switch outcome {
    case .delivered:
      Metrics.webhooksDelivered.add()
      if isFailing { log.info("the webhook's endpoint answers again", ["endpoint": .string(endpoint.url)]) }
      isFailing = false
    case .failed(let reason, _):
      Metrics.webhooksFailed.add()
      if !isFailing {
        log.warning(
          "a webhook could not be delivered and will be tried again",
          ["endpoint": .string(endpoint.url), "reason": .string(reason)])
      }
      isFailing = true
    }
  }

  private func row() -> WebhookCursorRow {
    let progress = machine.progress
    return WebhookCursorRow(
      endpoint: endpoint.url, seq: progress.scanned, pending: progress.pending,
      failingSince: progress.failingSince, attempts: Int64(progress.failures),
      nextAttemptAt: machine.nextAttempt.map { Timestamp.now + ($0 - .now) }, lastError: progress.lastError)
  }

  private func save() {
    isSaveDue = false
    let row = row()
    store.enqueue(.process) { connection throws(StoreFailure) in try row.save(connection) }
  }
}
