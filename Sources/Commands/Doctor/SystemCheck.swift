// Doctor: what the system must grant: files, socket buffers, the right time, the event loop's plug-in.

import CSystem
import Configuration
import Glibc

enum SystemCheck {
  static func run(_ settings: Settings) -> [Finding] {
    [openFiles(settings), buffers(), clock(), plugIn()]
  }

  private static func openFiles(_ settings: Settings) -> Finding {
    let subject = "open files"
    var limit = rlimit()
    guard getrlimit(__rlimit_resource_t(RLIMIT_NOFILE.rawValue), &limit) == 0 else {
      return .warn(subject, "their limit is not known: \(Files.reason())")
    }
    let needed = UInt64(settings.http.maxConnections) + Limits.ownDescriptors
    // The server raises its soft limit to the hard one by itself.
    let message = "the limit is \(limit.rlim_max), \(needed) are needed for http.maxConnections"
    if limit.rlim_max >= needed { return .ok(subject, message) }
    return .warn(
      subject, message,
      advice: "raise it (LimitNOFILE= in the service, ulimits of the container), or lower "
        + "http.maxConnections to \(max(16, Int(limit.rlim_max) - Int(Limits.ownDescriptors)))")
  }

  private static func buffers() -> Finding {
    let subject = "UDP buffers"
    let limits = ["rmem_max", "wmem_max"].map { name in
      (name: "net.core.\(name)", bytes: Files.number("/proc/sys/net/core/\(name)"))
    }
    // A container has a network of its own and may not see the host's limits.
    guard limits.allSatisfy({ $0.bytes != nil }) else {
      return .ok(subject, "their limits are not visible here")
    }
    let small = limits.filter { ($0.bytes ?? 0) < Limits.socketBufferBytes }
    if small.isEmpty {
      return .ok(
        subject, limits.map { "\($0.name) is \(Files.size(UInt64($0.bytes ?? 0)))" }.joined(separator: ", "))
    }
    let wanted = small.map { "\($0.name)=\(Limits.socketBufferBytes)" }.joined(separator: " ")
    return .warn(
      subject,
      small.map { "\($0.name) is only \(Files.size(UInt64($0.bytes ?? 0)))" }.joined(separator: ", ")
        + ": packets are lost when many come at once", advice: "sysctl -w \(wanted)")
  }

  private static func clock() -> Finding {
    switch tandem_clock_state() {
    case 0: .ok("clock", "set by the network's time")
    case 1:
      .warn(
        "clock", "not synchronised, as far as the system knows: tokens are refused if it is wrong",
        advice: "run chrony or systemd-timesyncd, on the host if this is a container")
    default: .ok("clock", "whether it is synchronised is not visible here")
    }
  }

  private static func plugIn() -> Finding {
    tandem_library_loads("libwebsockets-evlib_ev.so") != 0
      ? .ok("event loop", "the libev plug-in of libwebsockets is there")
      : .fail(
        "event loop", "the libev plug-in of libwebsockets is missing: the server can't start",
        advice: "apt-get install libwebsockets-evlib-ev")
  }
}
