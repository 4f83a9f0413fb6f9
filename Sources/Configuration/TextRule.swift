// What a text of the configuration may be: an address, a path, a URL. Checked when it is read, so that a typing
// error is found at start and not when a call needs the value.

import Glibc

package enum TextRule: Sendable, Equatable {
  case any
  case path
  /// An address to listen on.
  case address
  case ipAddress
  /// CIDR, or a single address.
  case network
  /// `https://host[:port]`, or `*`.
  case origin
  /// An http or https URL.
  case webAddress
  /// `stun:`, `stuns:`, `turn:`, `turns:`.
  case iceURL
  case identifier
  /// `web=debug`.
  case subsystemLevel
  /// Names as SDP has them, in any case.
  case audioCodec
  case videoCodec
  /// A duration, as the other keys have them.
  case span

  static let audioCodecs = ["opus", "red"]
  static let videoCodecs = ["VP8", "H264", "VP9", "AV1", "H265"]

  /// What a value must be, as it continues "must be"; also for the reference.
  package var expectation: String {
    switch self {
    case .any: "a line of text"
    case .path: "a path"
    case .address: "an IP address to listen on, such as 0.0.0.0, 127.0.0.1 or ::"
    case .ipAddress: "an IP address"
    case .network: "a network such as 10.0.0.0/8, or an IP address"
    case .origin: "an origin such as https://app.example.com, or *"
    case .webAddress: "a URL such as https://tandem.example.com"
    case .iceURL: "a URL such as stun:stun.example.com:3478 or turn:turn.example.com?transport=udp"
    case .identifier: "a name of 1 to 64 letters, digits, dots, hyphens and underscores"
    case .subsystemLevel: "a subsystem and its level, such as web=debug"
    case .audioCodec: "one of \(Self.audioCodecs.joined(separator: ", "))"
    case .videoCodec: "one of \(Self.videoCodecs.joined(separator: ", "))"
    case .span: "a duration such as 15m or 24h"
    }
  }

  func accepts(_ text: String) -> Bool {
    guard !text.isEmpty, text.utf8.count <= Limits.textBytes,
      text.unicodeScalars.allSatisfy({ $0.value >= 0x20 && $0.value != 0x7F })
    else { return false }
    switch self {
    case .any, .path: return true
    case .address, .ipAddress: return Self.addressBits(text) != nil
    case .network:
      let parts = text.split(separator: "/", omittingEmptySubsequences: false)
      guard let bits = Self.addressBits(String(parts[0])) else { return false }
      guard parts.count > 1 else { return true }
      return parts.count == 2 && Self.number(parts[1], in: 0...bits) != nil
    case .origin:
      return text == "*" || Self.webParts(text)?.path == ""
    case .webAddress:
      guard let (_, path) = Self.webParts(text) else { return false }
      return !path.contains("?") && !path.contains("#")
    case .iceURL:
      guard let colon = text.firstIndex(of: ":"),
        ["stun", "stuns", "turn", "turns"].contains(text[..<colon])
      else { return false }
      let parts = text[text.index(after: colon)...].split(
        separator: "?", maxSplits: 1, omittingEmptySubsequences: false)
      guard Self.isAuthority(parts[0]) else { return false }
      return parts.count == 1 || ["transport=udp", "transport=tcp"].contains(parts[1])
    case .identifier: return Self.isName(text)
    case .subsystemLevel:
      let parts = text.split(separator: "=", omittingEmptySubsequences: false)
      return parts.count == 2 && Self.isName(String(parts[0]))
        && Settings.Logging.Level(rawValue: String(parts[1])) != nil
    case .audioCodec: return Self.audioCodecs.contains { $0.lowercased() == text.lowercased() }
    case .span: return Quantity.duration(text).map { $0 > .zero } ?? false
    case .videoCodec: return Self.videoCodecs.contains { $0.lowercased() == text.lowercased() }
    }
  }

  static func isName(_ text: String) -> Bool {
    (1...64).contains(text.utf8.count)
      && text.allSatisfy { $0.isASCII && ($0.isLetter || $0.isNumber || "._-".contains($0)) }
  }

  /// 32 or 128; nil if it is no address.
  static func addressBits(_ text: String) -> Int? {
    var four = in_addr()
    var six = in6_addr()
    if inet_pton(AF_INET, text, &four) == 1 { return 32 }
    return inet_pton(AF_INET6, text, &six) == 1 ? 128 : nil
  }

  /// Host and rest of an http or https URL; nil if it is none, or names a user.
  static func webParts(_ text: String) -> (authority: Substring, path: Substring)? {
    for scheme in ["https://", "http://"] where text.hasPrefix(scheme) {
      let rest = text.dropFirst(scheme.count)
      let authority = rest.prefix { $0 != "/" && $0 != "?" && $0 != "#" }
      guard isAuthority(authority), !rest.contains(" ") else { return nil }
      return (authority, rest.dropFirst(authority.count))
    }
    return nil
  }

  /// `host`, `host:port`, `[v6]`, `[v6]:port`.
  private static func isAuthority(_ text: Substring) -> Bool {
    let host: Substring
    var rest: Substring
    if text.hasPrefix("[") {
      guard let end = text.firstIndex(of: "]") else { return false }
      host = text[text.index(after: text.startIndex)..<end]
      rest = text[text.index(after: end)...]
      guard addressBits(String(host)) == 128 else { return false }
    } else {
      host = text.prefix { $0 != ":" }
      rest = text.dropFirst(host.count)
      guard !host.isEmpty,
        host.allSatisfy({ $0.isASCII && ($0.isLetter || $0.isNumber || ".-_".contains($0)) })
      else { return false }
    }
    if rest.isEmpty { return true }
    rest = rest.dropFirst()
    return text[text.index(before: rest.startIndex)] == ":" && number(rest, in: 1...65_535) != nil
  }

  private static func number(_ text: Substring, in range: ClosedRange<Int>) -> Int? {
    guard !text.isEmpty, text.allSatisfy({ $0.isASCII && $0.isNumber }), let number = Int(text),
      range.contains(number)
    else { return nil }
    return number
  }
}
