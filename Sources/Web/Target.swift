// A request target into path segments and query fields. Strict where leniency would let two readers of one URL
// disagree: bad percent-encoding, NUL, dot segments and overlong UTF-8 are refused.

/// Why bytes from outside are not a request that we answer.
struct Malformed: Error, Equatable {
  let status: Int
  let detail: String

  init(_ detail: String, status: Int = 400) {
    self.status = status
    self.detail = detail
  }
}

struct Target: Sendable {
  let rawPath: String
  let path: [String]
  let query: [(name: String, value: String)]

  /// Origin form (`/path?query`) or `*`. A trailing slash is not a segment of its own.
  init(_ text: ArraySlice<UInt8>) throws(Malformed) {
    guard text.count <= Limits.targetBytes else { throw Malformed("the URL is too long", status: 414) }
    if text.elementsEqual([UInt8(ascii: "*")]) {
      (rawPath, path, query) = ("*", [], [])
      return
    }
    guard text.first == UInt8(ascii: "/") else { throw Malformed("the path must begin with a slash") }
    guard text.allSatisfy({ $0 > 0x20 && $0 < 0x7f && $0 != UInt8(ascii: "#") && $0 != UInt8(ascii: "\\") })
    else { throw Malformed("a character of the URL must be percent-encoded") }
    let mark = text.firstIndex(of: UInt8(ascii: "?")) ?? text.endIndex
    rawPath = String(decoding: text[..<mark], as: UTF8.self)
    path = try Self.segments(text[..<mark])
    query = mark == text.endIndex ? [] : try Self.fields(text[(mark + 1)...])
  }

  private static func segments(_ text: ArraySlice<UInt8>) throws(Malformed) -> [String] {
    var parts = text.dropFirst().split(separator: UInt8(ascii: "/"), omittingEmptySubsequences: false)
    if parts.last?.isEmpty == true { parts.removeLast() }
    var result: [String] = []
    result.reserveCapacity(parts.count)
    for part in parts {
      let segment = try decoded(part, plusIsSpace: false)
      guard !segment.isEmpty else { throw Malformed("the path has an empty segment") }
      guard segment != ".", segment != ".." else { throw Malformed("the path has a dot segment") }
      result.append(segment)
    }
    return result
  }

  /// `a=1&b=2`, as forms write it: `+` is a space, a name without `=` has an empty value.
  static func fields(_ text: ArraySlice<UInt8>) throws(Malformed) -> [(name: String, value: String)] {
    var result: [(name: String, value: String)] = []
    for part in text.split(separator: UInt8(ascii: "&")) {
      guard result.count < Limits.queryFields else { throw Malformed("the query has too many fields") }
      let equals = part.firstIndex(of: UInt8(ascii: "=")) ?? part.endIndex
      let name = try decoded(part[..<equals], plusIsSpace: true)
      let value = equals == part.endIndex ? "" : try decoded(part[(equals + 1)...], plusIsSpace: true)
      result.append((name: name, value: value))
    }
    return result
  }

  /// Percent-decoded; must be UTF-8 (which has no overlong forms) without control characters.
  private static func decoded(_ text: ArraySlice<UInt8>, plusIsSpace: Bool) throws(Malformed) -> String {
    var bytes: [UInt8] = []
    bytes.reserveCapacity(text.count)
    var index = text.startIndex
    while index < text.endIndex {
      switch text[index] {
      case UInt8(ascii: "%"):
        guard index + 2 < text.endIndex, let high = nibble(text[index + 1]), let low = nibble(text[index + 2])
        else { throw Malformed("a percent sign is not followed by two hexadecimal digits") }
        bytes.append(high << 4 | low)
        index += 3
      case UInt8(ascii: "+") where plusIsSpace:
        bytes.append(0x20)
        index += 1
      default:
        bytes.append(text[index])
        index += 1
      }
    }
    guard bytes.allSatisfy({ $0 >= 0x20 && $0 != 0x7f }) else {
      throw Malformed("the URL has a control character")
    }
    guard let result = String(validating: bytes, as: UTF8.self) else {
      throw Malformed("the URL is not UTF-8")
    }
    return result
  }

  private static func nibble(_ character: UInt8) -> UInt8? {
    switch character {
    case UInt8(ascii: "0")...UInt8(ascii: "9"): character - UInt8(ascii: "0")
    case UInt8(ascii: "a")...UInt8(ascii: "f"): character - UInt8(ascii: "a") + 10
    case UInt8(ascii: "A")...UInt8(ascii: "F"): character - UInt8(ascii: "A") + 10
    default: nil
    }
  }
}
