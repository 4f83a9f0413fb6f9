// The addresses of this machine's network cards that clients may reach it at.

import Glibc
import Wire

enum Interfaces {
  static func isUnspecified(_ address: TransportAddress) -> Bool {
    address.high == 0 && (address.low == 0 || address.isIPv4 && address.ipv4 == 0)
  }

  /// Of all cards that are up; without link-local ones, which need a zone that no candidate can name.
  static var addresses: [TransportAddress] {
    var list: UnsafeMutablePointer<ifaddrs>?
    guard getifaddrs(&list) == 0 else { return [] }
    defer { freeifaddrs(list) }
    var result: [TransportAddress] = []
    var next = list
    while let entry = next {
      next = entry.pointee.ifa_next
      guard entry.pointee.ifa_flags & UInt32(IFF_UP) != 0, let raw = entry.pointee.ifa_addr,
        let address = address(raw), !isLinkLocal(address), !result.contains(address)
      else { continue }
      result.append(address)
    }
    return result
  }

  private static func address(_ raw: UnsafeMutablePointer<sockaddr>) -> TransportAddress? {
    switch Int32(raw.pointee.sa_family) {
    case AF_INET:
      return raw.withMemoryRebound(to: sockaddr_in.self, capacity: 1) {
        TransportAddress(ipv4: UInt32(bigEndian: $0.pointee.sin_addr.s_addr), port: 0)
      }
    case AF_INET6:
      return raw.withMemoryRebound(to: sockaddr_in6.self, capacity: 1) { six in
        withUnsafeBytes(of: six.pointee.sin6_addr) { bytes in
          TransportAddress(
            high: UInt64(bigEndian: bytes.loadUnaligned(as: UInt64.self)),
            low: UInt64(bigEndian: bytes.loadUnaligned(fromByteOffset: 8, as: UInt64.self)), port: 0)
        }
      }
    default: return nil
    }
  }

  private static func isLinkLocal(_ address: TransportAddress) -> Bool {
    address.isIPv4 ? address.ipv4 >> 16 == 0xA9FE : address.high >> 54 == 0x3FA
  }
}
