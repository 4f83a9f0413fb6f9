// A libev loop as a Swift serial executor. Jobs enqueued on the loop's thread go to a plain array; from other
// threads they go through a locked inbox and one coalesced wake-up. All of them run between two polls.

import CEvent
import CSystem
import Glibc
import Synchronization

/// `@unchecked Sendable`: `local`, `exitCode` and the watchers belong to the loop's thread; the rest is locked.
package final class ControlLoop: SerialExecutor, @unchecked Sendable {
  /// For libraries that bring their own watchers. To be used on the loop's thread only.
  package let raw: OpaquePointer

  private var local: [UnownedJob] = []
  private var running: [UnownedJob] = []
  private let inbox = Mutex<[UnownedJob]>([])
  private let started = Atomic<Bool>(false)
  private var exitCode: Int32 = 0
  private let wakeUp: UnsafeMutablePointer<ev_async>
  private let beforePoll: UnsafeMutablePointer<ev_prepare>
  private let dontSleep: UnsafeMutablePointer<ev_idle>

  /// How often a turn empties the queue again before sockets get their turn.
  private static let roundsPerTurn = 16

  init() {
    guard let loop = ev_loop_new(UInt32(EVFLAG_AUTO | EVFLAG_NOENV)) else {
      preconditionFailure("the kernel gives no event loop (epoll)")
    }
    raw = loop
    wakeUp = .allocate(capacity: 1)
    beforePoll = .allocate(capacity: 1)
    dontSleep = .allocate(capacity: 1)
    // The work itself is done before the next poll; the wake-up only has to end the present one.
    tandem_ev_async_init(wakeUp, { _, _, _ in })
    tandem_ev_idle_init(dontSleep, { _, _, _ in })
    tandem_ev_prepare_init(beforePoll) { _, watcher, _ in
      guard let watcher else { return }
      Unmanaged<ControlLoop>.fromOpaque(watcher.pointee.data).takeUnretainedValue().drain()
    }
    beforePoll.pointee.data = Unmanaged.passUnretained(self).toOpaque()
    ev_async_start(raw, wakeUp)
    ev_prepare_start(raw, beforePoll)
  }

  // The loop is a part of the global actor and lives as long as the process: nothing is ever freed.

  package var isCurrent: Bool {
    tandem_thread_marked() == UInt(bitPattern: Unmanaged.passUnretained(self).toOpaque())
  }

  package func isIsolatingCurrentContext() -> Bool? { isCurrent }

  package func checkIsolated() {
    precondition(isCurrent, "called on a thread that is not the control loop's")
  }

  package func enqueue(_ job: consuming ExecutorJob) {
    let job = UnownedJob(job)
    if isCurrent {
      local.append(job)
      return
    }
    let wasEmpty = inbox.withLock { jobs in
      jobs.append(job)
      return jobs.count == 1
    }
    if wasEmpty { ev_async_send(raw, wakeUp) }
  }

  func adoptThread(named name: String) {
    precondition(!started.exchange(true, ordering: .acquiringAndReleasing), "the loop runs already")
    tandem_thread_mark(UInt(bitPattern: Unmanaged.passUnretained(self).toOpaque()))
    tandem_thread_name(name)
  }

  func run() -> Int32 {
    precondition(isCurrent)
    ev_run(raw, 0)
    return exitCode
  }

  func runInBackground() {
    guard !started.load(ordering: .acquiring) else { return }
    WorkThread.spawn(named: "control") {
      guard !self.started.exchange(true, ordering: .acquiringAndReleasing) else { return }
      tandem_thread_mark(UInt(bitPattern: Unmanaged.passUnretained(self).toOpaque()))
      _ = self.run()
    }
  }

  func stop(_ code: Int32) {
    exitCode = code
    ev_break(raw, Int32(EVBREAK_ALL))
  }

  private func drain() {
    for _ in 0..<Self.roundsPerTurn {
      inbox.withLock { jobs in
        if !jobs.isEmpty {
          local.append(contentsOf: jobs)
          jobs.removeAll(keepingCapacity: true)
        }
      }
      if local.isEmpty { break }
      swap(&local, &running)
      for job in running { job.runSynchronously(on: asUnownedSerialExecutor()) }
      running.removeAll(keepingCapacity: true)
    }
    // What is left, or came meanwhile, must not wait for a socket to wake us.
    if local.isEmpty {
      if tandem_ev_is_active(dontSleep) != 0 { ev_idle_stop(raw, dontSleep) }
    } else {
      ev_idle_start(raw, dontSleep)
    }
  }
}
