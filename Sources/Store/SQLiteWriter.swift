// The one thread that writes: it takes what has queued up as one transaction, so that a hundred callers cost
// one commit, and answers them only once that commit stands. Each body has a savepoint of its own.

import CSQLite
import Control
import Observe
import Synchronization
import Values

/// `@unchecked Sendable`: `connection` and `isSyncing` belong to the write thread; the rest is locked.
final class SQLiteWriter: @unchecked Sendable {
  /// One body, and how its caller learns the outcome.
  struct Work: Sendable {
    let durability: Durability
    let since: ContinuousClock.Instant
    /// Runs the body. The result's `finish` is called once the commit stands (nil) or has failed.
    let perform: @Sendable (any Connection) -> Outcome
    /// Instead of `perform`, or after it when the whole commit failed.
    let refuse: @Sendable (StoreFailure) -> Void
  }

  struct Outcome {
    let failure: StoreFailure?
    let finish: @Sendable () -> Void
  }

  private struct Queue {
    var work: [Work] = []
    var head = 0
    var isDraining = false
    var isClosed = false
    var observers: [StoreTopic: [@Sendable () -> Void]] = [:]
    var count: Int { work.count - head }
  }

  private let thread = WorkThread(named: "store-write")
  private let queue = Mutex(Queue())
  private var connection: SQLiteConnection?
  private var isSyncing = true
  private let health: StoreHealth

  init(health: StoreHealth) { self.health = health }

  /// Opens the connection with `make`, on the write thread.
  func open(
    _ make: @escaping @Sendable () throws(StoreFailure) -> SQLiteConnection
  ) async throws(StoreFailure) {
    let result: Result<Void, StoreFailure> = await withCheckedContinuation { continuation in
      thread.submit { [self] in
        do throws(StoreFailure) {
          connection = try make()
          continuation.resume(returning: .success(()))
        } catch {
          continuation.resume(returning: .failure(error))
        }
      }
    }
    try result.get()
  }

  /// Queues the work; nil, or why it was not taken.
  func submit(_ work: Work) -> StoreFailure? {
    queue.withLock { queue in
      if queue.isClosed { return .unavailable("the store is closed") }
      if queue.count >= Limits.writesWaiting {
        return .unavailable("\(Limits.writesWaiting) writes wait already: the disk is too slow for this load")
      }
      queue.work.append(work)
      if !queue.isDraining {
        queue.isDraining = true
        thread.submit { [self] in drain() }
      }
      return nil
    }
  }

  func observe(_ topic: StoreTopic, _ body: @escaping @Sendable () -> Void) {
    queue.withLock { $0.observers[topic, default: []].append(body) }
  }

  /// Everything into the main file, and nothing left in the log; readers' snapshots, which are short, are waited for.
  func scrub() async {
    guard !queue.withLock({ $0.isClosed }) else { return }
    await withCheckedContinuation { continuation in
      thread.submit { [self] in
        if let connection { truncateLog(connection) }
        continuation.resume()
      }
    }
  }

  private func truncateLog(_ connection: SQLiteConnection) {
    _ = try? connection.query("pragma wal_checkpoint(truncate)", [])
  }

  /// Finishes what is queued, closes the connection and ends the thread.
  func close() async {
    let isFirst = queue.withLock { queue in
      defer { queue.isClosed = true }
      return !queue.isClosed
    }
    guard isFirst else { return }
    await withCheckedContinuation { continuation in
      thread.submit { [self] in
        drain()
        if let connection {
          // Everything into the main file, so that the next start has no log to read.
          truncateLog(connection)
        }
        connection = nil
        continuation.resume()
      }
    }
    thread.stop()
  }

  private func drain() {
    while true {
      let group = queue.withLock { queue in
        let end = min(queue.head + Limits.writesInCommit, queue.work.count)
        let group = queue.work[queue.head..<end]
        queue.head = end
        if queue.head == queue.work.count {
          queue.work.removeAll(keepingCapacity: queue.work.count < 10 * Limits.writesInCommit)
          queue.head = 0
        } else if queue.head > queue.work.count / 2 {
          queue.work.removeFirst(queue.head)
          queue.head = 0
        }
        if group.isEmpty { queue.isDraining = false }
        return group
      }
      if group.isEmpty { return }
      var rest = group
      while !rest.isEmpty { rest = rest.dropFirst(commit(rest)) }
    }
  }

  /// Runs and commits as many of `work` as fit in one commit's span; returns how many.
  private func commit(_ work: ArraySlice<Work>) -> Int {
    guard let connection else {
      for item in work { item.refuse(.unavailable("the store is closed")) }
      return work.count
    }
    var outcomes: [Outcome] = []
    do throws(StoreFailure) {
      try sync(work.contains { $0.durability == .disk }, connection)
      try connection.execute("begin immediate")
    } catch {
      return abandon(work, error, connection)
    }
    do throws(StoreFailure) {
      let end = ContinuousClock.now + Limits.commitSpan
      for item in work {
        outcomes.append(try perform(item, connection))
        if ContinuousClock.now > end { break }
      }
      try connection.execute("commit")
    } catch {
      return abandon(work.prefix(outcomes.count + 1), error, connection)
    }
    succeeded(work.prefix(outcomes.count), outcomes, connection.takeAnnounced())
    return outcomes.count
  }

  /// Throws only if the transaction as a whole is lost.
  private func perform(_ item: Work, _ connection: SQLiteConnection) throws(StoreFailure) -> Outcome {
    try connection.execute("savepoint body")
    let outcome = item.perform(connection)
    if let failure = outcome.failure {
      guard connection.isInTransaction else { throw failure }
      try connection.execute("rollback to body")
    }
    try connection.execute("release body")
    return outcome
  }

  private func sync(_ wanted: Bool, _ connection: SQLiteConnection) throws(StoreFailure) {
    guard wanted != isSyncing else { return }
    try connection.execute(wanted ? "pragma synchronous = full" : "pragma synchronous = normal")
    isSyncing = wanted
  }

  /// The transaction is lost. On a full disk its bodies get another chance, each alone: a small one may still
  /// fit, and one greedy body must not take the others with it. Returns how many were answered.
  private func abandon(
    _ work: ArraySlice<Work>, _ failure: StoreFailure, _ connection: SQLiteConnection
  ) -> Int {
    if connection.isInTransaction { _ = try? connection.execute("rollback") }
    _ = connection.takeAnnounced()
    if work.count > 1, connection.lastFailureCode == SQLITE_FULL {
      for index in work.indices { _ = commit(work[index...index]) }
      return work.count
    }
    health.failed(failure)
    Metrics.storeFailures.add(work.count)
    for item in work { item.refuse(failure) }
    return work.count
  }

  private func succeeded(_ work: ArraySlice<Work>, _ outcomes: [Outcome], _ announced: Set<StoreTopic>) {
    Metrics.storeWrites.add()
    if let failure = outcomes.lazy.compactMap(\.failure).first(where: \.isTrouble) {
      health.failed(failure)
    } else {
      health.succeeded()
    }
    let now = ContinuousClock.now
    for (item, outcome) in zip(work, outcomes) {
      Metrics.storeWriteDuration.observe(now - item.since)
      if outcome.failure != nil { Metrics.storeFailures.add() }
      outcome.finish()
    }
    guard !announced.isEmpty else { return }
    let observers = queue.withLock { queue in announced.flatMap { queue.observers[$0] ?? [] } }
    for observer in observers { observer() }
  }
}
