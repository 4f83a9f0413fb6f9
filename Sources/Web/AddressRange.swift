// Networks written as `10.0.0.0/8` or `fd00::/8`, and whether an address lies in one: whom Web believes when it
// speaks for another address. Pure; addresses are compared as 128 bits, IPv4 in its mapped form.

import Glibc

/// An address as 16 bytes; IPv4 is `::ffff:a.b.c.d`.
package struct NetworkAddress: Sendable, Hashable {
  let high: UInt64
  let low: UInt64

  init(high: UInt64, low: UInt64) {
    self.high = high
    self.low = low
  }

  /// From the 4 or 16 bytes of the wire.
  init?(bytes: some Collection<UInt8>) {
    func number(_ bytes: some Sequence<UInt8>) -> UInt64 { bytes.reduce(0) { $0 << 8 | UInt64($1) } }
    switch bytes.count {
    case 4: self.init(high: 0, low: Self.mapped | number(bytes))
    case 16: self.init(high: number(bytes.prefix(8)), low: number(bytes.dropFirst(8)))
    default: return nil
    }
  }

  /// Dotted or colon notation; square brackets are taken, a zone or a port is not.
  package init?(_ text: some StringProtocol) {
    var text = String(text)
    if text.hasPrefix("["), text.hasSuffix("]") { text = String(text.dropFirst().dropLast()) }
    guard text.utf8.count < 46 else { return nil }
    var four = in_addr()
    var six = in6_addr()
    if inet_pton(AF_INET, text, &four) == 1 {
      self.init(bytes: withUnsafeBytes(of: four) { Array($0) })
    } else if inet_pton(AF_INET6, text, &six) == 1 {
      self.init(bytes: withUnsafeBytes(of: six) { Array($0) })
    } else {
      return nil
    }
  }

  private static let mapped: UInt64 = 0xffff_0000_0000

  var isIPv4: Bool { high == 0 && low >> 32 == 0xffff }

  /// As people write it; a mapped IPv4 address in dots.
  package var text: String {
    if isIPv4 { return (0..<4).map { String(low >> (24 - 8 * UInt64($0)) & 255) }.joined(separator: ".") }
    var address = in6_addr()
    withUnsafeMutableBytes(of: &address) { bytes in
      for index in 0..<8 {
        bytes[index] = UInt8(truncatingIfNeeded: high >> (56 - 8 * UInt64(index)))
        bytes[index + 8] = UInt8(truncatingIfNeeded: low >> (56 - 8 * UInt64(index)))
      }
    }
    var buffer = [CChar](repeating: 0, count: Int(INET6_ADDRSTRLEN))
    guard inet_ntop(AF_INET6, &address, &buffer, socklen_t(buffer.count)) != nil else { return "::" }
    return String(decoding: buffer.prefix { $0 != 0 }.map { UInt8(bitPattern: $0) }, as: UTF8.self)
  }

  /// What one client is for the limit of connections for each address: an IPv6 customer has a whole /64.
  var client: NetworkAddress { isIPv4 ? self : NetworkAddress(high: high, low: 0) }
}

package struct AddressRange: Sendable, Hashable, CustomStringConvertible {
  private let network: NetworkAddress
  private let highMask: UInt64
  private let lowMask: UInt64
  package let description: String

  /// `10.0.0.0/8`, `::1/128`, or a bare address for just that one. Nil if it is neither, or if bits beyond the
  /// prefix are set, which is nearly always a slip.
  package init?(_ text: String) {
    let parts = text.split(separator: "/", maxSplits: 1, omittingEmptySubsequences: false)
    guard let address = parts.first.flatMap({ NetworkAddress($0) }) else { return nil }
    let bits = address.isIPv4 ? 32 : 128
    var prefix = bits
    if parts.count == 2 {
      guard let number = Int(parts[1]), parts[1].allSatisfy(\.isASCII), !parts[1].hasPrefix("+"),
        (0...bits).contains(number)
      else { return nil }
      prefix = number
    }
    if address.isIPv4 { prefix += 96 }
    highMask = prefix >= 64 ? .max : ~(UInt64.max >> UInt64(prefix))
    lowMask = prefix >= 128 ? .max : prefix <= 64 ? 0 : ~(UInt64.max >> UInt64(prefix - 64))
    network = NetworkAddress(high: address.high & highMask, low: address.low & lowMask)
    guard network == address else { return nil }
    description = text
  }

  package func contains(_ address: NetworkAddress) -> Bool {
    address.high & highMask == network.high && address.low & lowMask == network.low
  }
}
