// What counts as one client address. Of IPv6 a household has 2^64 addresses, so its first half counts; an
// IPv4 address wrapped in IPv6 is the IPv4 address. Pure.

package enum AddressPrefix {
  /// A key for tables: `192.0.2.7` as it is, `2001:db8:1:2::/64` for IPv6, any other text as it is.
  package static func of(_ address: String) -> String {
    // Without the zone: `fe80::1%eth0`.
    let bare = address.prefix { $0 != "%" }
    guard bare.contains(":"), let groups = groups(bare) else { return address }
    if groups[0..<5].allSatisfy({ $0 == 0 }), groups[5] == 0xFFFF {
      return [groups[6] >> 8, groups[6] & 0xFF, groups[7] >> 8, groups[7] & 0xFF]
        .map { String($0) }.joined(separator: ".")
    }
    return groups[0..<4].map { String($0, radix: 16) }.joined(separator: ":") + "::/64"
  }

  /// The eight groups of an IPv6 address (RFC 4291 section 2.2).
  private static func groups(_ text: Substring) -> [UInt16]? {
    guard text.utf8.count <= 45 else { return nil }
    let halves = text.split(separator: "::", maxSplits: 2, omittingEmptySubsequences: false)
    guard halves.count <= 2, let first = part(halves[0]) else { return nil }
    guard halves.count == 2 else { return first.count == 8 ? first : nil }
    guard let last = part(halves[1]), first.count + last.count < 8 else { return nil }
    return first + [UInt16](repeating: 0, count: 8 - first.count - last.count) + last
  }

  private static func part(_ text: Substring) -> [UInt16]? {
    guard !text.isEmpty else { return [] }
    var groups: [UInt16] = []
    for piece in text.split(separator: ":", omittingEmptySubsequences: false) {
      if piece.contains(".") {
        let bytes = piece.split(separator: ".", omittingEmptySubsequences: false).map { UInt8($0) }
        guard bytes.count == 4, let a = bytes[0], let b = bytes[1], let c = bytes[2], let d = bytes[3] else {
          return nil
        }
        groups += [UInt16(a) << 8 | UInt16(b), UInt16(c) << 8 | UInt16(d)]
      } else {
        guard piece.utf8.count <= 4, let group = UInt16(piece, radix: 16) else { return nil }
        groups.append(group)
      }
    }
    return groups
  }
}
