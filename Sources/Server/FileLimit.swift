// A connection is a file to the kernel; the usual soft limit of 1,024 would be the server's real capacity.

import Glibc
import Observe
import Values

enum FileLimit {
  /// Files that are no connections: the store, the log, the journal, outgoing requests.
  private static let others: UInt = 256

  /// Raises the soft limit to the hard one, and warns if that is still too low for the connections that are allowed.
  static func raise(for connections: Int) {
    let files = __rlimit_resource_t(RLIMIT_NOFILE.rawValue)
    var limit = rlimit()
    guard getrlimit(files, &limit) == 0 else { return }
    if limit.rlim_cur < limit.rlim_max {
      limit.rlim_cur = limit.rlim_max
      setrlimit(files, &limit)
      getrlimit(files, &limit)
    }
    guard limit.rlim_cur < UInt(clamping: connections) + others else { return }
    Log("server").warning(
      "http.maxConnections is more than this process may open files: raise LimitNOFILE, or lower it",
      [
        "maxConnections": .integer(Int64(connections)),
        "openFiles": .integer(Int64(clamping: limit.rlim_cur)),
      ])
  }
}
