// HAProxy's PROXY protocol, versions 1 and 2: the line or block with which a load balancer says whom it speaks
// for, before the first byte of the client's. Pure.

enum ProxyHeader {
  enum Reading: Equatable {
    /// More bytes are needed to tell.
    case incomplete
    /// `length` bytes are to be consumed; no address if the proxy speaks for itself (health checks).
    case found(length: Int, NetworkAddress?)
    case malformed
  }

  private static let signature: [UInt8] = [
    0x0d, 0x0a, 0x0d, 0x0a, 0x00, 0x0d, 0x0a, 0x51, 0x55, 0x49, 0x54, 0x0a,
  ]
  private static let linePrefix = Array("PROXY ".utf8)
  /// As the specification has it, CR LF included.
  private static let longestLine = 107

  static func read(_ bytes: [UInt8]) -> Reading {
    if bytes.starts(with: signature) { return block(bytes) }
    if bytes.starts(with: linePrefix) { return line(bytes) }
    let isPrefix = signature.starts(with: bytes) || linePrefix.starts(with: bytes)
    return isPrefix ? .incomplete : .malformed
  }

  /// `PROXY TCP4 192.0.2.1 192.0.2.2 4711 443\r\n`
  private static func line(_ bytes: [UInt8]) -> Reading {
    guard let feed = bytes.prefix(longestLine).firstIndex(of: 0x0a) else {
      return bytes.count < longestLine ? .incomplete : .malformed
    }
    guard bytes[feed - 1] == 0x0d else { return .malformed }
    let words = String(decoding: bytes[..<(feed - 1)], as: UTF8.self)
      .split(separator: " ", omittingEmptySubsequences: false)
    guard words.count >= 2 else { return .malformed }
    if words[1] == "UNKNOWN" { return .found(length: feed + 1, nil) }
    guard words.count == 6, let source = NetworkAddress(words[2]), NetworkAddress(words[3]) != nil,
      UInt16(words[4]) != nil, UInt16(words[5]) != nil
    else { return .malformed }
    switch words[1] {
    case "TCP4": return source.isIPv4 ? .found(length: feed + 1, source) : .malformed
    case "TCP6": return .found(length: feed + 1, source)
    default: return .malformed
    }
  }

  private static func block(_ bytes: [UInt8]) -> Reading {
    guard bytes.count >= 16 else { return .incomplete }
    let length = 16 + Int(bytes[14]) << 8 + Int(bytes[15])
    guard bytes[12] >> 4 == 2, length <= Limits.proxyHeaderBytes else { return .malformed }
    guard bytes.count >= length else { return .incomplete }
    switch (bytes[12] & 15, bytes[13] >> 4) {
    case (0, _): return .found(length: length, nil)
    case (1, 1):
      guard length >= 16 + 12 else { return .malformed }
      return .found(length: length, NetworkAddress(bytes: bytes[16..<20]))
    case (1, 2):
      guard length >= 16 + 36 else { return .malformed }
      return .found(length: length, NetworkAddress(bytes: bytes[16..<32]))
    case (1, _): return .found(length: length, nil)
    default: return .malformed
    }
  }

  static func fuzz(_ bytes: Span<UInt8>) {
    var copy: [UInt8] = []
    for index in bytes.indices { copy.append(bytes[index]) }
    if case .found(let length, _) = read(copy) {
      precondition(length <= copy.count, "never more than what was read")
    }
  }
}
