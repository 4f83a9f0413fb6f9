// Timers and file descriptors watched on the control loop.

import CEvent

/// Fires once, after its wait, unless cancelled or let go of before. `start` arms it anew.
@Control package final class Timer {
  private let watcher: UnsafeMutablePointer<ev_timer>
  private let body: @Control () -> Void

  package init(_ body: @escaping @Control () -> Void) {
    self.body = body
    watcher = .allocate(capacity: 1)
    tandem_ev_timer_init(
      watcher,
      { _, watcher, _ in
        guard let watcher else { return }
        let timer = Unmanaged<Timer>.fromOpaque(watcher.pointee.data).takeUnretainedValue()
        Control.assume { timer.body() }
      }, 0)
    watcher.pointee.data = Unmanaged.passUnretained(self).toOpaque()
  }

  package convenience init(after wait: Duration, _ body: @escaping @Control () -> Void) {
    self.init(body)
    start(after: wait)
  }

  package var isArmed: Bool { tandem_ev_is_active(watcher) != 0 }

  package func start(after wait: Duration) {
    let loop = Control.shared.loop.raw
    ev_timer_stop(loop, watcher)
    // The loop's notion of now may be as old as its last poll.
    ev_now_update(loop)
    tandem_ev_timer_set(
      watcher, max(0, Double(wait.components.seconds) + Double(wait.components.attoseconds) * 1e-18))
    ev_timer_start(loop, watcher)
  }

  package func cancel() { ev_timer_stop(Control.shared.loop.raw, watcher) }

  isolated deinit {
    ev_timer_stop(Control.shared.loop.raw, watcher)
    watcher.deallocate()
  }
}

/// Calls its body whenever the descriptor is readable (or writable), until let go of. The descriptor stays the
/// caller's and must outlive the watch.
@Control package final class DescriptorWatch {
  package enum Interest { case readable, writable }

  private let watcher: UnsafeMutablePointer<ev_io>
  private let body: @Control () -> Void

  package init(_ descriptor: Int32, _ interest: Interest = .readable, _ body: @escaping @Control () -> Void) {
    self.body = body
    watcher = .allocate(capacity: 1)
    tandem_ev_io_init(
      watcher,
      { _, watcher, _ in
        guard let watcher else { return }
        let watch = Unmanaged<DescriptorWatch>.fromOpaque(watcher.pointee.data).takeUnretainedValue()
        Control.assume { watch.body() }
      }, descriptor, Int32(interest == .readable ? EV_READ : EV_WRITE))
    watcher.pointee.data = Unmanaged.passUnretained(self).toOpaque()
    ev_io_start(Control.shared.loop.raw, watcher)
  }

  package func pause() { ev_io_stop(Control.shared.loop.raw, watcher) }
  package func resume() { ev_io_start(Control.shared.loop.raw, watcher) }

  isolated deinit {
    ev_io_stop(Control.shared.loop.raw, watcher)
    watcher.deallocate()
  }
}
