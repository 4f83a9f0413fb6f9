// Sends every event of the log to every configured endpoint that wants it: at least once, in order for a
// room, over restarts. Started and reloaded by the server; wakes by itself when events are committed.

package import Control
import Observe
package import Store
import Synchronization
import Values

@Control package final class WebhookDispatcher {
  private let store: any Store
  private let send: WebhookSend
  private let log = Log("webhooks")
  private var deliveries: [EndpointDelivery] = []
  private var isStopped = false
  private var isConfiguring = false
  private var wanted: Wanted?
  /// Whether a wake-up is on its way to the loop already.
  private let isWaking = Wake()
  private lazy var look = Timer { [weak self] in self?.lookAround() }

  private struct Wanted {
    let endpoints: [WebhookEndpoint]
    let timeout: Duration
    let maxAge: Duration
  }

  private final class Wake: Sendable { let isSet = Atomic<Bool>(false) }

  package init(store: any Store, send: @escaping WebhookSend) {
    self.store = store
    self.send = send
    let isWaking = isWaking
    store.observe(.events) { [weak self] in
      guard !isWaking.isSet.exchange(true, ordering: .acquiringAndReleasing) else { return }
      Task { @Control in self?.poke() }
    }
  }

  /// From now on these endpoints are served; at start and after a reload. One whose URL stays keeps its place
  /// in the log, also over a change of its secret or its events.
  package func configure(
    _ endpoints: [WebhookEndpoint], timeout: Duration, maxAge: Duration
  ) async throws(StoreFailure) {
    wanted = Wanted(endpoints: endpoints, timeout: timeout, maxAge: maxAge)
    // Two reloads at once: the first to come carries out the second as well.
    guard !isConfiguring else { return }
    isConfiguring = true
    defer { isConfiguring = false }
    while let next = wanted, !isStopped {
      wanted = nil
      await stopDeliveries(grace: next.timeout)
      do throws(StoreFailure) {
        for endpoint in next.endpoints { deliveries.append(try await make(endpoint, next)) }
      } catch {
        // Tried again by and by, unless something else is wanted by then.
        wanted = wanted ?? next
        look.start(after: Limits.lookEvery)
        throw error
      }
    }
    guard !isStopped else { return await stopDeliveries(grace: .zero) }
    poke()
    lookAround()
  }

  /// There may be new events. Called by itself after each commit that appended some.
  package func poke() {
    isWaking.isSet.store(false, ordering: .releasing)
    for delivery in deliveries { delivery.poke() }
  }

  /// Sends nothing more and waits, at most `grace`, for the requests under way. What is not delivered then is
  /// delivered after the next start.
  package func stop(grace: Duration) async {
    isStopped = true
    look.cancel()
    await stopDeliveries(grace: grace)
  }

  private func make(
    _ endpoint: WebhookEndpoint, _ wanted: Wanted
  ) async throws(StoreFailure) -> EndpointDelivery {
    try await EndpointDelivery.make(
      endpoint, store: store, send: send, timeout: wanted.timeout, maxAge: wanted.maxAge)
  }

  private func stopDeliveries(grace: Duration) async {
    let stopping = deliveries
    deliveries = []
    await withTaskGroup(of: Void.self) { group in
      for delivery in stopping { group.addTask { await delivery.stop(grace: grace) } }
    }
  }

  private func lookAround() {
    if let wanted {
      Task { @Control in
        do throws(StoreFailure) {
          try await configure(wanted.endpoints, timeout: wanted.timeout, maxAge: wanted.maxAge)
        } catch {
          log.error("webhooks are not being sent", ["reason": .string(error.message)])
        }
      }
      return
    }
    guard !isStopped, !deliveries.isEmpty else {
      Metrics.webhookBacklog.set(0)
      return
    }
    look.start(after: Limits.lookEvery)
    Task { @Control in
      guard
        let latest = try? await store.read({ connection throws(StoreFailure) in
          try EventLog.latest(connection)
        })
      else { return }
      Metrics.webhookBacklog.set(deliveries.reduce(0) { $0 + $1.backlog(latest: latest) })
      poke()
    }
  }
}
