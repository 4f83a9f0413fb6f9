// All operators who watch: the event log is read once for all of them, and one snapshot a second is made for all. While
// nobody watches, nothing is read and no timer runs.

import Access
import Control
import Sessions
import Store
import Synchronization
import Values
import Web

@Control final class Watching {
  private struct Watcher {
    let client: Client
    /// Asked again each second, so that a watch ends with its token or its key.
    let token: String
  }

  private final class Flags: Sendable {
    let isWatched = Atomic<Bool>(false)
    let isWaking = Atomic<Bool>(false)
  }

  private let store: any Store
  private let verifier: TokenVerifier
  /// How often how things stand is told; tests are in a hurry.
  var interval = Duration.seconds(1)
  private let flags = Flags()
  private var watchers: [ObjectIdentifier: Watcher] = [:]
  private var timer: Timer?
  /// Where the log is read on from; nil while nobody watches.
  private var cursor: Int64?
  private var isReading = false
  /// A commit came while a page was on its way.
  private var isReadWanted = false
  private var isObserving = false

  /// What is shown each second.
  var glance: @Control () -> JSON.Object = { [:] }

  init(store: any Store, verifier: TokenVerifier) {
    self.store = store
    self.verifier = verifier
  }

  var hasRoom: Bool { watchers.count < Limits.watchers }
  var count: Int { watchers.count }
  var isTicking: Bool { timer?.isArmed == true }

  // MARK: Coming and going

  /// Where the log stands from which a new watcher gets it.
  func begin() async throws(Refusal) -> Int64 {
    observe()
    if let cursor { return cursor }
    do throws(StoreFailure) {
      let latest = try await store.read { connection throws(StoreFailure) in
        try EventLog.latest(connection)
      }
      // Somebody else may have begun meanwhile.
      return cursor ?? latest
    } catch {
      throw Refusal(.unavailable, "the server's store can't be read right now", retryAfter: .seconds(5))
    }
  }

  func add(_ client: Client, token: String, from start: Int64) {
    watchers[ObjectIdentifier(client)] = Watcher(client: client, token: token)
    flags.isWatched.store(true, ordering: .releasing)
    if watchers.count == 1 { cursor = start }
    client.show(Event.encoded("snapshot", glance()), .latest("snapshot"))
    if timer == nil { timer = Timer { [unowned self] in tick() } }
    if timer?.isArmed == false { timer?.start(after: interval) }
    read()
  }

  func remove(_ client: Client) {
    guard watchers.removeValue(forKey: ObjectIdentifier(client)) != nil, watchers.isEmpty else { return }
    flags.isWatched.store(false, ordering: .releasing)
    timer?.cancel()
    cursor = nil
  }

  // MARK: Showing

  private func tick() {
    for watcher in watchers.values {
      do throws(Refusal) {
        try ActionTable.require(.operateNode, try verifier.verify(watcher.token, at: .now))
      } catch {
        watcher.client.endWatch(error)
      }
    }
    guard !watchers.isEmpty else { return }
    show(Event.encoded("snapshot", glance()), .latest("snapshot"))
    timer?.start(after: interval)
  }

  private func show(_ event: EncodedEvent, _ importance: Importance) {
    for watcher in watchers.values { watcher.client.show(event, importance) }
  }

  // MARK: The log

  /// For the life of the store, so only once; while nobody watches a commit costs one look at a flag.
  private func observe() {
    guard !isObserving else { return }
    isObserving = true
    let flags = flags
    store.observe(.events) { [weak self] in
      guard flags.isWatched.load(ordering: .acquiring),
        !flags.isWaking.exchange(true, ordering: .acquiringAndReleasing)
      else { return }
      Task { @Control in self?.read() }
    }
  }

  private func read() {
    flags.isWaking.store(false, ordering: .releasing)
    isReadWanted = true
    guard !isReading else { return }
    isReading = true
    Task { @Control in
      while isReadWanted {
        isReadWanted = false
        while await readPage() {}
      }
      isReading = false
    }
  }

  /// Whether there may be more.
  private func readPage() async -> Bool {
    guard let start = cursor else { return false }
    let rows = try? await store.read { connection throws(StoreFailure) in
      try EventLog.after(start, limit: Limits.watchedEvents, connection)
    }
    guard let rows, !rows.isEmpty, cursor == start else { return false }
    for row in rows {
      cursor = row.seq
      guard let event = try? row.json() else { continue }
      show(Event.encoded("log", ["cursor": .string(String(row.seq)), "event": event]), .droppable)
    }
    return true
  }
}
