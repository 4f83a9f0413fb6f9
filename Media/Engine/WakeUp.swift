// Wakes a worker's loop from another thread: an eventfd behind two calls. The mailbox gets `signal` as its wake-up.

import CSystem
import Glibc

package final class WakeUp: Sendable {
  /// Readable while somebody has called; for loops of others to watch.
  package let descriptor: Int32

  package init() throws(SocketFailure) {
    descriptor = tandem_wake_open()
    guard descriptor >= 0 else { throw SocketFailure(step: .open, errorNumber: errno) }
  }

  deinit { close(descriptor) }

  /// From any thread; many before the loop looks are one.
  package func signal() { tandem_wake_signal(descriptor) }

  /// By the loop, before it looks at what it was woken for.
  package func clear() { tandem_wake_clear(descriptor) }
}
