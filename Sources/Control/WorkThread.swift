// A thread for work that blocks: the store, files, outside HTTP. Work is done in order; the queue is bounded by
// its callers, who await what they submit.

import CSystem
import Glibc
import Synchronization

package final class WorkThread: Sendable {
  private struct Queue {
    var work: [@Sendable () -> Void] = []
    var stopped = false
  }

  private let queue = Mutex(Queue())
  private let available = Semaphore()

  package init(named name: String) {
    Self.spawn(named: name) { [self] in loop() }
  }

  /// Runs `body` on this thread, after everything submitted before.
  package func submit(_ body: @escaping @Sendable () -> Void) {
    let isFirst = queue.withLock { queue in
      precondition(!queue.stopped, "work for a thread that was told to stop")
      queue.work.append(body)
      return queue.work.count == 1
    }
    if isFirst { available.signal() }
  }

  package func run<Result: Sendable>(
    _ body: @escaping @Sendable () throws -> Result
  ) async throws -> Result {
    try await withCheckedThrowingContinuation { continuation in
      submit { continuation.resume(with: Swift.Result { try body() }) }
    }
  }

  /// Ends the thread once all that was submitted is done.
  package func stop() {
    queue.withLock { $0.stopped = true }
    available.signal()
  }

  private func loop() {
    while true {
      available.wait()
      let (work, stopped) = queue.withLock { queue in
        defer { queue.work.removeAll() }
        return (queue.work, queue.stopped)
      }
      for body in work { body() }
      if stopped && queue.withLock({ $0.work.isEmpty }) { return }
    }
  }

  /// A detached thread that runs `body` and ends. Signals are left to the main thread.
  package static func spawn(named name: String, _ body: @escaping @Sendable () -> Void) {
    final class Start {
      let name: String
      let body: @Sendable () -> Void
      init(_ name: String, _ body: @escaping @Sendable () -> Void) {
        self.name = name
        self.body = body
      }
    }
    var attributes = pthread_attr_t()
    pthread_attr_init(&attributes)
    defer { pthread_attr_destroy(&attributes) }
    pthread_attr_setdetachstate(&attributes, Int32(PTHREAD_CREATE_DETACHED))
    var thread = pthread_t()
    let start = Unmanaged.passRetained(Start(name, body))
    let status = pthread_create(
      &thread, &attributes,
      { argument in
        guard let argument else { return nil }
        var everySignal = sigset_t()
        sigfillset(&everySignal)
        pthread_sigmask(SIG_BLOCK, &everySignal, nil)
        let start = Unmanaged<Start>.fromOpaque(argument).takeRetainedValue()
        tandem_thread_name(String(start.name.prefix(15)))
        start.body()
        return nil
      }, start.toOpaque())
    precondition(status == 0, "the system gives no thread")
  }
}

/// A counting semaphore whose memory has a stable address.
private final class Semaphore: Sendable {
  // Safe to share: sem_t is made for it, and it lives until deinit.
  private nonisolated(unsafe) let raw: UnsafeMutablePointer<sem_t>
  init() {
    raw = .allocate(capacity: 1)
    sem_init(raw, 0, 0)
  }
  func signal() { sem_post(raw) }
  func wait() { while sem_wait(raw) != 0 {} }
  deinit {
    sem_destroy(raw)
    raw.deallocate()
  }
}
