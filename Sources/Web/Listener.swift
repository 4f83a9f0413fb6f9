// The listening socket: ours, not libwebsockets', so that limits and the PROXY header come first. Each accepted
// connection goes to `arrived`, which decides what becomes of the descriptor; it is the only way in, and the
// place where another protocol on the same port would be told apart.

import CSystem
import Control
import Glibc
import Observe
import Values

private let log = Log("web")

@Control final class Listener {
  private let descriptor: Int32
  private let arrived: @Control (Int32, NetworkAddress) -> Void
  private let accept: Accept
  private var watch: DescriptorWatch?
  private var pause: Timer?
  /// Given up for a moment when there is no other, to take a connection and close it: it would wake us for ever.
  private var reserve: Int32
  let port: Int

  typealias Accept =
    @Control (Int32, UnsafeMutablePointer<sockaddr>?, UnsafeMutablePointer<socklen_t>?) -> Int32

  /// Tests hand in an `accept` that fails.
  init(
    address: String, port: Int, accept: @escaping Accept = { tandem_accept($0, $1, $2) },
    arrived: @escaping @Control (Int32, NetworkAddress) -> Void
  ) throws(WebFailure) {
    guard let network = NetworkAddress(address) else {
      throw WebFailure("cannot listen on \(address)", remedy: "give a numeric address such as 0.0.0.0 or ::")
    }
    self.arrived = arrived
    self.accept = accept
    descriptor = try Self.listen(on: network, address, port)
    self.port = Self.boundPort(descriptor) ?? port
    reserve = Self.openReserve()
    watch = DescriptorWatch(descriptor) { [weak self] in self?.acceptSome() }
  }

  /// Connections that the kernel has not handed over yet are reset.
  func stop() {
    guard watch != nil else { return }
    watch = nil
    pause = nil
    close(descriptor)
    if reserve >= 0 { close(reserve) }
  }

  private func acceptSome() {
    for _ in 0..<Limits.acceptsPerTurn {
      guard watch != nil else { return }
      var storage = sockaddr_storage()
      var length = socklen_t(MemoryLayout<sockaddr_storage>.size)
      let accepted = withUnsafeMutablePointer(to: &storage) {
        $0.withMemoryRebound(to: sockaddr.self, capacity: 1) { accept(descriptor, $0, &length) }
      }
      if accepted >= 0 {
        arrived(accepted, SocketAddress.read(storage))
        continue
      }
      switch errno {
      case EAGAIN: return
      case EINTR, ECONNABORTED, EPROTO: continue
      default:
        refuseForWantOfDescriptors(errno)
        return
      }
    }
  }

  private func refuseForWantOfDescriptors(_ reason: Int32) {
    Metrics.connectionsRefused.add()
    if reserve >= 0 {
      close(reserve)
      let accepted = accept(descriptor, nil, nil)
      if accepted >= 0 { close(accepted) }
      reserve = Self.openReserve()
    }
    log.error(
      "a connection cannot be accepted",
      [
        "reason": .string(String(cString: strerror(reason))),
        "remedy": "raise the limit of open files (LimitNOFILE) or lower http.maxConnections",
      ])
    // Every further one in the queue would end the same way: let those that are open end first.
    watch?.pause()
    pause = Timer(after: .milliseconds(100)) { [weak self] in
      guard let self else { return }
      if self.reserve < 0 { self.reserve = Self.openReserve() }
      self.watch?.resume()
    }
  }

  private static func openReserve() -> Int32 { open("/dev/null", O_RDONLY | O_CLOEXEC) }

  private static func listen(
    on network: NetworkAddress, _ address: String, _ port: Int
  ) throws(WebFailure) -> Int32 {
    let family = network.isIPv4 ? AF_INET : AF_INET6
    let descriptor = socket(
      family, Int32(SOCK_STREAM.rawValue) | Int32(SOCK_CLOEXEC.rawValue) | Int32(SOCK_NONBLOCK.rawValue), 0)
    guard descriptor >= 0 else { throw failure(address, port, errno) }
    SocketAddress.set(descriptor, SOL_SOCKET, SO_REUSEADDR, 1)
    if family == AF_INET6 { SocketAddress.set(descriptor, Int32(IPPROTO_IPV6), IPV6_V6ONLY, 0) }
    guard SocketAddress.bind(descriptor, network, port), Glibc.listen(descriptor, Limits.listenBacklog) == 0
    else {
      let reason = errno
      close(descriptor)
      throw failure(address, port, reason)
    }
    return descriptor
  }

  private static func failure(_ address: String, _ port: Int, _ reason: Int32) -> WebFailure {
    let what = "cannot listen on \(address) port \(port): \(String(cString: strerror(reason)))"
    switch reason {
    case EADDRINUSE:
      return WebFailure(
        what, remedy: "stop the program that uses it (ss -ltnp shows which) or set another http.port")
    case EACCES:
      return WebFailure(what, remedy: "ports below 1024 need CAP_NET_BIND_SERVICE; or set another http.port")
    case EADDRNOTAVAIL:
      return WebFailure(
        what, remedy: "set http.address to an address of this machine (ip address shows them)")
    default: return WebFailure(what, remedy: "check http.address and http.port")
    }
  }

  private static func boundPort(_ descriptor: Int32) -> Int? {
    var storage = sockaddr_storage()
    var length = socklen_t(MemoryLayout<sockaddr_storage>.size)
    let status = withUnsafeMutablePointer(to: &storage) {
      $0.withMemoryRebound(to: sockaddr.self, capacity: 1) { getsockname(descriptor, $0, &length) }
    }
    guard status == 0 else { return nil }
    return withUnsafeBytes(of: storage) { Int($0[2]) << 8 | Int($0[3]) }
  }
}

/// The kernel's form of addresses, and options of sockets.
enum SocketAddress {
  /// `SHUT_WR`, which the C importer leaves out.
  static let finishWriting: Int32 = 1

  static func read(_ storage: sockaddr_storage) -> NetworkAddress {
    withUnsafeBytes(of: storage) { bytes in
      let address = Int32(storage.ss_family) == AF_INET6 ? bytes[8..<24] : bytes[4..<8]
      return NetworkAddress(bytes: address) ?? NetworkAddress(high: 0, low: 0)
    }
  }

  static func bind(_ descriptor: Int32, _ address: NetworkAddress, _ port: Int) -> Bool {
    func bytes(_ number: UInt64) -> [UInt8] {
      (0..<8).map { UInt8(truncatingIfNeeded: number >> (56 - 8 * UInt64($0))) }
    }
    var storage = sockaddr_storage()
    storage.ss_family = sa_family_t(address.isIPv4 ? AF_INET : AF_INET6)
    withUnsafeMutableBytes(of: &storage) { raw in
      raw[2] = UInt8(port >> 8 & 255)
      raw[3] = UInt8(port & 255)
      let all = bytes(address.high) + bytes(address.low)
      let (start, kept) = address.isIPv4 ? (4, all.suffix(4)) : (8, all[...])
      for (index, byte) in kept.enumerated() { raw[start + index] = byte }
    }
    let length = address.isIPv4 ? MemoryLayout<sockaddr_in>.size : MemoryLayout<sockaddr_in6>.size
    return withUnsafePointer(to: storage) {
      $0.withMemoryRebound(to: sockaddr.self, capacity: 1) {
        Glibc.bind(descriptor, $0, socklen_t(length)) == 0
      }
    }
  }

  static func set(_ descriptor: Int32, _ level: Int32, _ option: Int32, _ value: Int32) {
    var value = value
    setsockopt(descriptor, level, option, &value, socklen_t(MemoryLayout<Int32>.size))
  }
}
