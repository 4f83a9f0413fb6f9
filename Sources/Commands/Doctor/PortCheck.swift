// Doctor: whether the ports can be had, or are had by our own server.

import Configuration
import Control
import Glibc

enum PortCheck {
  /// `answering`: a Tandem server answers at the address of the configuration, so taken ports are its own.
  @Control static func run(_ settings: Settings, answering: Bool) -> [Finding] {
    var findings = [
      finding("HTTP port", .stream, settings.http.address, settings.http.port, "http.port", answering)
    ]
    let workers =
      settings.media.workers == 0 ? max(1, sysconf(Int32(_SC_NPROCESSORS_ONLN))) : settings.media.workers
    guard settings.media.port != 0 else { return findings }
    let ports = settings.media.port..<min(65_536, settings.media.port + workers)
    let address = settings.media.address
    let media = ports.map { finding("media port", .datagram, address, $0, "media.port", answering) }
    if let wrong = media.first(where: { $0.state != .ok }) {
      findings.append(wrong)
    } else {
      let range = ports.count == 1 ? "\(ports.lowerBound)" : "\(ports.lowerBound) to \(ports.upperBound - 1)"
      let isTaken = ports.contains { errorOfBinding(.datagram, address, $0) != 0 }
      findings.append(
        .ok("media port", "UDP \(range) " + (isTaken ? "is used by the server that runs" : "can be had")))
    }
    return findings
  }

  enum Transport {
    case stream, datagram
    var name: String { self == .stream ? "TCP" : "UDP" }
  }

  private static func finding(
    _ subject: String, _ transport: Transport, _ address: String, _ port: Int, _ key: String,
    _ answering: Bool
  ) -> Finding {
    if port == 0 { return .ok(subject, "the system chooses a free one") }
    let place = "\(transport.name) \(port)"
    switch errorOfBinding(transport, address, port) {
    case 0: return .ok(subject, "\(place) can be had")
    case EADDRINUSE where answering: return .ok(subject, "\(place) is used by the server that runs")
    case EADDRINUSE:
      return .fail(
        subject, "\(place) is taken by another program",
        advice: "stop it (ss -lnp 'sport = :\(port)' shows which), or set \(key)")
    case EACCES:
      return .fail(
        subject, "\(place) may not be used by this user",
        advice: "take a port from 1024 on, or give the program CAP_NET_BIND_SERVICE")
    case EADDRNOTAVAIL:
      return .fail(
        subject, "no network card has the address \(address)",
        advice: "set \(key.prefix { $0 != "." }).address")
    case let error: return .fail(subject, "\(place): \(Files.reason(error))", advice: "set \(key)")
    }
  }

  /// Zero if a socket could be bound there; it is let go of at once.
  static func errorOfBinding(_ transport: Transport, _ address: String, _ port: Int) -> Int32 {
    let isSix = address.contains(":")
    let kind = Int32(transport == .stream ? SOCK_STREAM.rawValue : SOCK_DGRAM.rawValue)
    let descriptor = socket(isSix ? AF_INET6 : AF_INET, kind | Int32(SOCK_CLOEXEC.rawValue), 0)
    guard descriptor >= 0 else { return errno }
    defer { close(descriptor) }
    if transport == .stream {
      // As the server does: connections that linger from its last run are no hindrance.
      var on: Int32 = 1
      setsockopt(descriptor, SOL_SOCKET, SO_REUSEADDR, &on, socklen_t(MemoryLayout<Int32>.size))
    }
    let status: Int32
    if isSix {
      var target = sockaddr_in6()
      target.sin6_family = sa_family_t(AF_INET6)
      target.sin6_port = in_port_t(truncatingIfNeeded: port).bigEndian
      guard inet_pton(AF_INET6, address, &target.sin6_addr) == 1 else { return EADDRNOTAVAIL }
      status = withUnsafePointer(to: &target) {
        $0.withMemoryRebound(to: sockaddr.self, capacity: 1) {
          bind(descriptor, $0, socklen_t(MemoryLayout<sockaddr_in6>.size))
        }
      }
    } else {
      var target = sockaddr_in()
      target.sin_family = sa_family_t(AF_INET)
      target.sin_port = in_port_t(truncatingIfNeeded: port).bigEndian
      // A name instead of an address: the port on all of them says as much as can be said here.
      if inet_pton(AF_INET, address, &target.sin_addr) != 1 { target.sin_addr.s_addr = 0 }
      status = withUnsafePointer(to: &target) {
        $0.withMemoryRebound(to: sockaddr.self, capacity: 1) {
          bind(descriptor, $0, socklen_t(MemoryLayout<sockaddr_in>.size))
        }
      }
    }
    return status == 0 ? 0 : errno
  }
}
