// Where a datagram comes from or goes to: an IPv4 or IPv6 address and a port, in 18 bytes. An IPv4 address is kept in
// its IPv6 form (::ffff:a.b.c.d), as a socket for both families reports it, so one peer has one address.

package struct TransportAddress: Hashable, Sendable {
  /// The IPv6 address in network order, upper and lower half.
  package let high: UInt64
  package let low: UInt64
  package let port: UInt16

  @inlinable package init(high: UInt64, low: UInt64, port: UInt16) {
    self.high = high
    self.low = low
    self.port = port
  }

  @inlinable package init(ipv4: UInt32, port: UInt16) {
    self.init(high: 0, low: 0xFFFF_0000_0000 | UInt64(ipv4), port: port)
  }

  @inlinable package var isIPv4: Bool { high == 0 && low >> 32 == 0xFFFF }

  /// The last four bytes: the IPv4 address where it is one.
  @inlinable package var ipv4: UInt32 { UInt32(truncatingIfNeeded: low) }

  /// Where it matters which way a client comes in: nothing but this machine can be there.
  package var isLoopback: Bool { isIPv4 ? ipv4 >> 24 == 127 : high == 0 && low == 1 }
}

extension TransportAddress: CustomStringConvertible {
  /// `192.0.2.1:4000` or `[2001:db8::1]:4000`.
  package var description: String { isIPv4 ? "\(host):\(port)" : "[\(host)]:\(port)" }

  /// The address alone, as RFC 5952 writes it.
  package var host: String {
    if isIPv4 { return "\(ipv4 >> 24).\(ipv4 >> 16 & 255).\(ipv4 >> 8 & 255).\(ipv4 & 255)" }
    let groups = (0..<8).map { index in
      UInt16(truncatingIfNeeded: (index < 4 ? high : low) >> UInt64(48 - index % 4 * 16))
    }
    // The first longest run of zeros becomes `::`, if it is longer than one.
    var longest = 0..<0
    var index = 0
    while index < 8 {
      let end = groups[index...].firstIndex { $0 != 0 } ?? 8
      if end - index > max(longest.count, 1) { longest = index..<end }
      index = end + 1
    }
    func text(_ groups: ArraySlice<UInt16>) -> String {
      groups.map { String($0, radix: 16) }.joined(separator: ":")
    }
    if longest.isEmpty { return text(groups[...]) }
    return text(groups[..<longest.lowerBound]) + "::" + text(groups[longest.upperBound...])
  }
}

extension TransportAddress {
  /// `192.0.2.1` or `2001:db8::1`, without brackets or zone; nil for a name or anything else.
  package init?(host: some StringProtocol, port: UInt16) {
    guard host.utf8.count <= 45 else { return nil }
    if let ipv4 = Self.ipv4(host) {
      self.init(ipv4: ipv4, port: port)
    } else if let (high, low) = Self.ipv6(host) {
      self.init(high: high, low: low, port: port)
    } else {
      return nil
    }
  }

  private static func ipv4(_ text: some StringProtocol) -> UInt32? {
    let parts = text.split(separator: ".", omittingEmptySubsequences: false)
    guard parts.count == 4 else { return nil }
    var address: UInt32 = 0
    for part in parts {
      guard 1...3 ~= part.utf8.count, part.utf8.allSatisfy({ 0x30...0x39 ~= $0 }), let byte = UInt8(part)
      else { return nil }
      address = address << 8 | UInt32(byte)
    }
    return address
  }

  private static func ipv6(_ text: some StringProtocol) -> (high: UInt64, low: UInt64)? {
    guard text.contains(":"), text.hasPrefix("::") || !text.hasPrefix(":"),
      text.hasSuffix("::") || !text.hasSuffix(":")
    else { return nil }
    var parts = text.split(separator: ":", omittingEmptySubsequences: false)
    // `::` at an edge gives two empty parts, in the middle one.
    if parts.count >= 2, parts[0].isEmpty, parts[1].isEmpty { parts.removeFirst() }
    if parts.count >= 2, parts[parts.count - 1].isEmpty, parts[parts.count - 2].isEmpty { parts.removeLast() }
    var groups: [UInt16] = []
    var gap: Int?
    for (index, part) in parts.enumerated() {
      if part.isEmpty {
        guard gap == nil else { return nil }
        gap = groups.count
      } else if index == parts.count - 1, let tail = ipv4(part) {
        groups += [UInt16(tail >> 16), UInt16(truncatingIfNeeded: tail)]
      } else {
        guard part.utf8.count <= 4, part.utf8.first != 0x2B, part.utf8.first != 0x2D,
          let group = UInt16(part, radix: 16)
        else { return nil }
        groups.append(group)
      }
    }
    if let gap {
      guard groups.count < 8 else { return nil }
      groups.insert(contentsOf: repeatElement(0, count: 8 - groups.count), at: gap)
    }
    guard groups.count == 8 else { return nil }
    let high = groups[..<4].reduce(UInt64(0)) { $0 << 16 | UInt64($1) }
    let low = groups[4...].reduce(UInt64(0)) { $0 << 16 | UInt64($1) }
    return (high, low)
  }
}
