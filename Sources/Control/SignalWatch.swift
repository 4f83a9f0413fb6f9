// Signals as events of the control loop: the body runs on the loop like any other callback, not in a signal's
// own context.

import CEvent
import Glibc

@Control package final class SignalWatch {
  private let watcher: UnsafeMutablePointer<ev_signal>
  private let body: @Control () -> Void

  package init(_ number: Int32, _ body: @escaping @Control () -> Void) {
    self.body = body
    watcher = .allocate(capacity: 1)
    tandem_ev_signal_init(
      watcher,
      { _, watcher, _ in
        guard let watcher else { return }
        let watch = Unmanaged<SignalWatch>.fromOpaque(watcher.pointee.data).takeUnretainedValue()
        Control.assume { watch.body() }
      }, number)
    watcher.pointee.data = Unmanaged.passUnretained(self).toOpaque()
    ev_signal_start(Control.shared.loop.raw, watcher)
  }

  /// A broken connection is an error of that connection, never the end of the process.
  package static func ignoreBrokenPipes() { signal(SIGPIPE, SIG_IGN) }

  isolated deinit {
    ev_signal_stop(Control.shared.loop.raw, watcher)
    watcher.deallocate()
  }
}
