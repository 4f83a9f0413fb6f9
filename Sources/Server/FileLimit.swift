// A connection is a file to the kernel. Web raises the soft limit as far as it may; whether that is far enough for
// the configured connections is said here, once, at start.

import Glibc
import Observe
import Values

enum FileLimit {
  /// Files that are no connections: the store, the log, the journal, outgoing requests.
  private static let others: UInt = 256

  static func check(for connections: Int) {
    var limit = rlimit()
    guard getrlimit(__rlimit_resource_t(RLIMIT_NOFILE.rawValue), &limit) == 0,
      limit.rlim_max < UInt(clamping: connections) + others
    else { return }
    Log("server").warning(
      "http.maxConnections is more than this process may open files: raise LimitNOFILE, or lower it",
      [
        "maxConnections": .integer(Int64(connections)),
        "openFiles": .integer(Int64(clamping: limit.rlim_max)),
      ])
  }
}
