// The one UDP socket of a worker: opened, bound and given its options here, closed when it goes. Reading and writing
// is done in batches by UDPIngress and UDPOutbox. Called by a worker at its start.

import CSystem
import Glibc

/// Which step of opening a socket failed, and the system's number for it.
package struct SocketFailure: Error, Equatable {
  package enum Step: Sendable { case open, bind, name }
  package var step: Step
  package var errorNumber: Int32

  package init(step: Step, errorNumber: Int32) {
    self.step = step
    self.errorNumber = errorNumber
  }
}

package struct UDPSocket: ~Copyable {
  package struct Options: Sendable {
    package var address = IPAddress.unspecified
    /// 0 lets the kernel choose.
    package var port: UInt16 = 0
    /// Let the kernel merge datagrams of one sender into one arrival (UDP_GRO), where it knows how.
    package var isMerging = false
    /// Let the kernel say when each datagram came.
    package var tellsTime = false
    package var receiveBytes = 4_194_304
    package var sendBytes = 4_194_304

    package init() {}
  }

  let descriptor: Int32
  package let family: UDPFamily
  package let port: UInt16
  /// What was really given, which may be less than what was asked for.
  package let receiveBytes: Int
  package let sendBytes: Int
  /// Whether the kernel merges; an ingress has to know, because merged datagrams need larger slots.
  package let isMerging: Bool
  /// Whether datagrams say to which of our addresses they came: only where there may be several.
  package let tellsLocal: Bool

  /// One socket for both families; for IPv4 alone where the machine has no IPv6.
  package init(_ options: Options) throws(SocketFailure) {
    do throws(SocketFailure) {
      try self.init(options, .both)
    } catch  where [EAFNOSUPPORT, EADDRNOTAVAIL].contains(error.errorNumber) {
      try self.init(options, .ipv4)
    }
  }

  private init(_ options: Options, _ family: UDPFamily) throws(SocketFailure) {
    let descriptor = socket(
      family.number, Int32(SOCK_DGRAM.rawValue | SOCK_NONBLOCK.rawValue | SOCK_CLOEXEC.rawValue), 0)
    guard descriptor >= 0 else { throw SocketFailure(step: .open, errorNumber: errno) }
    var bound = sockaddr_in6()
    if let failure = Self.bind(descriptor, options, family, &bound) {
      close(descriptor)
      throw failure
    }
    self.descriptor = descriptor
    self.family = family
    port = UDPAddress(&bound).port
    receiveBytes = Int(tandem_socket_receive_bytes(descriptor, Int32(clamping: options.receiveBytes)))
    sendBytes = Int(tandem_socket_send_bytes(descriptor, Int32(clamping: options.sendBytes)))
    isMerging = options.isMerging && tandem_udp_merge(descriptor) == 0
    tellsLocal = options.address == .unspecified && tandem_udp_tell_local(descriptor, family.number) == 0
    _ = tandem_udp_tell_drops(descriptor)
    if options.tellsTime { _ = tandem_udp_tell_time(descriptor) }
  }

  deinit { close(descriptor) }

  /// Has an epoll tell when it can be read, under that token: for loops of others than PollLoop. 0 or an errno.
  package func watch(on poll: Int32, token: UInt64) -> Int32 {
    tandem_poll_add(poll, descriptor, UInt32(TANDEM_READABLE), token)
  }

  /// Binds and reads back the address; the failure, if it fails.
  private static func bind(
    _ descriptor: Int32, _ options: Options, _ family: UDPFamily, _ bound: inout sockaddr_in6
  ) -> SocketFailure? {
    var off: Int32 = 0
    if family == .both {
      setsockopt(
        descriptor, Int32(IPPROTO_IPV6), IPV6_V6ONLY, &off, socklen_t(MemoryLayout<Int32>.size))
    }
    var wanted = sockaddr_in6()
    guard UDPAddress(options.address, port: options.port).store(in: &wanted, for: family) else {
      return SocketFailure(step: .bind, errorNumber: EAFNOSUPPORT)
    }
    return withUnsafeMutablePointer(to: &wanted) { wanted in
      wanted.withMemoryRebound(to: sockaddr.self, capacity: 1) { raw in
        guard Glibc.bind(descriptor, raw, family.addressBytes) == 0 else {
          return SocketFailure(step: .bind, errorNumber: errno)
        }
        var length = family.addressBytes
        guard getsockname(descriptor, raw, &length) == 0 else {
          return SocketFailure(step: .name, errorNumber: errno)
        }
        return nil
      }
    }
      ?? {
        bound = wanted; return nil
      }()
  }
}
