// Who a datagram comes from and goes to, as numbers that compare and hash quickly. IPv4 is held mapped (::ffff:a.b.c.d),
// so that peers look the same on a socket of both families and on one of IPv4 alone.

import CSystem
import Glibc

/// An IP address as its 128 bits in reading order.
package struct IPAddress: Hashable, Sendable {
  package var high: UInt64
  package var low: UInt64

  package init(high: UInt64, low: UInt64) {
    self.high = high
    self.low = low
  }

  package init(_ a: UInt8, _ b: UInt8, _ c: UInt8, _ d: UInt8) {
    high = 0
    low = 0xFFFF_0000_0000 | UInt64(a) << 24 | UInt64(b) << 16 | UInt64(c) << 8 | UInt64(d)
  }

  /// "Any": what a socket binds to, and "not known" where an address may be missing.
  package static let unspecified = IPAddress(high: 0, low: 0)

  package var isIPv4: Bool { high == 0 && low >> 32 == 0xFFFF }
}

/// One end of a path: address, port and, for link-local IPv6, the interface.
package struct UDPAddress: Hashable, Sendable {
  package var ip: IPAddress
  package var port: UInt16
  package var scope: UInt32

  package init(_ ip: IPAddress, port: UInt16, scope: UInt32 = 0) {
    self.ip = ip
    self.port = port
    self.scope = scope
  }
}

/// Where a datagram came from and to which of our addresses: its answer goes back on the same path. An unspecified
/// `local` lets the kernel choose.
package struct UDPPath: Hashable, Sendable {
  package var remote: UDPAddress
  package var local: IPAddress

  package init(to remote: UDPAddress, from local: IPAddress = .unspecified) {
    self.remote = remote
    self.local = local
  }
}

/// The kinds of socket: both families in one, or IPv4 alone where the machine has no IPv6.
package enum UDPFamily: Sendable {
  case both
  case ipv4

  var number: Int32 { self == .both ? AF_INET6 : AF_INET }
  var addressBytes: socklen_t {
    socklen_t(self == .both ? MemoryLayout<sockaddr_in6>.size : MemoryLayout<sockaddr_in>.size)
  }
}

extension UDPFamily {
  /// Whether the kernel chooses this address of ours for that remote by itself: then no datagram has to say so, which
  /// costs a tenth of sending it.
  func sendsByItself(from local: IPAddress, to remote: UDPAddress) -> Bool {
    guard local != .unspecified else { return true }
    var (name, source) = (sockaddr_in6(), sockaddr_in6())
    guard remote.store(in: &name, for: self) else { return false }
    let isFound = withUnsafeMutablePointer(to: &name) { name in
      withUnsafeMutablePointer(to: &source) { source in
        tandem_source_of_route(name, addressBytes, source) == 0
      }
    }
    return isFound && UDPAddress(&source).ip == local
  }
}

extension UDPAddress {
  /// Reads what the kernel wrote. Both kinds fit into a `sockaddr_in6`.
  init(_ raw: UnsafePointer<sockaddr_in6>) {
    if raw.pointee.sin6_family == sa_family_t(AF_INET6) {
      self = withUnsafeBytes(of: raw.pointee.sin6_addr) { bytes in
        UDPAddress(
          IPAddress(bytes), port: UInt16(bigEndian: raw.pointee.sin6_port), scope: raw.pointee.sin6_scope_id)
      }
    } else {
      self = raw.withMemoryRebound(to: sockaddr_in.self, capacity: 1) { short in
        let number = UInt64(UInt32(bigEndian: short.pointee.sin_addr.s_addr))
        return UDPAddress(
          IPAddress(high: 0, low: 0xFFFF_0000_0000 | number), port: UInt16(bigEndian: short.pointee.sin_port))
      }
    }
  }

  /// False if a socket of this family cannot reach the address.
  func store(in raw: UnsafeMutablePointer<sockaddr_in6>, for family: UDPFamily) -> Bool {
    switch family {
    case .both:
      raw.pointee = sockaddr_in6()
      raw.pointee.sin6_family = sa_family_t(AF_INET6)
      raw.pointee.sin6_port = port.bigEndian
      raw.pointee.sin6_scope_id = scope
      withUnsafeMutableBytes(of: &raw.pointee.sin6_addr) { ip.store(in: $0) }
      return true
    case .ipv4:
      guard ip.isIPv4 || ip == .unspecified else { return false }
      raw.withMemoryRebound(to: sockaddr_in.self, capacity: 1) { short in
        short.pointee = sockaddr_in()
        short.pointee.sin_family = sa_family_t(AF_INET)
        short.pointee.sin_port = port.bigEndian
        short.pointee.sin_addr.s_addr = UInt32(truncatingIfNeeded: ip.low).bigEndian
      }
      return true
    }
  }
}

extension IPAddress {
  /// From 16 bytes in network order.
  init(_ bytes: UnsafeRawBufferPointer) {
    high = UInt64(bigEndian: bytes.loadUnaligned(as: UInt64.self))
    low = UInt64(bigEndian: bytes.loadUnaligned(fromByteOffset: 8, as: UInt64.self))
  }

  func store(in bytes: UnsafeMutableRawBufferPointer) {
    bytes.storeBytes(of: high.bigEndian, as: UInt64.self)
    bytes.storeBytes(of: low.bigEndian, toByteOffset: 8, as: UInt64.self)
  }
}
