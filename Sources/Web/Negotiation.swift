// What a request's headers ask of the response's form: part of it (Range), only if it changed (ETag), packed
// (Accept-Encoding). RFC 9110 sections 12 to 14; pure.

enum ByteRange: Equatable {
  /// Absent, malformed, in another unit or several ranges: send everything, as the RFC allows.
  case whole
  case part(ClosedRange<Int>)
  case unsatisfiable

  init(_ header: String?, size: Int) {
    guard let header, header.lowercased().hasPrefix("bytes=") else {
      self = .whole
      return
    }
    let parts = header.dropFirst(6).split(separator: "-", omittingEmptySubsequences: false)
      .map { RequestHead.trimmed($0.utf8) }
    func number(_ text: String) -> Int? {
      guard text.utf8.allSatisfy({ $0 &- UInt8(ascii: "0") < 10 }) else { return nil }
      // A number too large for us is beyond any file.
      return text.isEmpty ? nil : Int(text) ?? .max
    }
    guard parts.count == 2 else {
      self = .whole
      return
    }
    switch (number(parts[0]), number(parts[1])) {
    case (let first?, let last?) where first <= last:
      self = first < size ? .part(first...min(last, size - 1)) : .unsatisfiable
    case (let first?, nil) where parts[1].isEmpty:
      self = first < size ? .part(first...(size - 1)) : .unsatisfiable
    case (nil, let count?) where parts[0].isEmpty:
      self = count > 0 && size > 0 ? .part(max(0, size - count)...(size - 1)) : .unsatisfiable
    default: self = .whole
    }
  }
}

enum EntityTag {
  /// For what is packed on the way: another representation, so another tag.
  static let packedSuffix = "-gz"

  /// If-None-Match: weak comparison, `*` matches anything.
  static func matches(_ header: String?, _ tag: String) -> Bool {
    guard let header else { return false }
    return list(header).contains { $0 == "*" || opaque($0) == opaque(tag) }
  }

  /// If-Range: strong comparison with one tag. A date never matches: the part is then the whole.
  static func isSame(_ header: String, _ tag: String) -> Bool {
    !header.hasPrefix("W/") && !tag.hasPrefix("W/") && header == tag
  }

  static func packed(_ tag: String) -> String {
    tag.hasSuffix("\"") ? tag.dropLast() + packedSuffix + "\"" : tag
  }

  private static func opaque(_ tag: some StringProtocol) -> String {
    var text = String(tag.hasPrefix("W/") ? tag.dropFirst(2) : tag[...])
    if text.hasSuffix(packedSuffix + "\"") { text = text.dropLast(packedSuffix.count + 1) + "\"" }
    return text
  }

  /// Tags may hold commas, so quotes decide where one ends.
  private static func list(_ header: String) -> [String] {
    var result: [String] = []
    var current = ""
    var quoted = false
    for character in header {
      if character == "\"" { quoted.toggle() }
      if character == "," && !quoted {
        result.append(current)
        current = ""
      } else if quoted || (character != " " && character != "\t") {
        current.append(character)
      }
    }
    result.append(current)
    return result.filter { !$0.isEmpty }
  }
}

enum Encoding {
  /// Whether gzip is welcome: named, or covered by `*`, with a weight that isn't zero.
  static func acceptsGzip(_ header: String?) -> Bool {
    guard let header else { return false }
    var any = false
    for element in header.lowercased().split(separator: ",") {
      let parts = element.split(separator: ";").map { RequestHead.trimmed($0.utf8) }
      guard let name = parts.first else { continue }
      let weight = parts.dropFirst().first { $0.hasPrefix("q=") }.map { Double($0.dropFirst(2)) ?? 0 } ?? 1
      if name == "gzip" || name == "x-gzip" { return weight > 0 }
      if name == "*" { any = weight > 0 }
    }
    return any
  }

  /// Text in one form or another; pictures, audio and archives are packed already.
  static func isText(_ contentType: String?) -> Bool {
    guard let contentType else { return false }
    let type = contentType.prefix { $0 != ";" && $0 != " " }.lowercased()
    return type.hasPrefix("text/") || type.hasSuffix("+json") || type.hasSuffix("+xml")
      || ["application/json", "application/javascript", "application/xml", "application/wasm"].contains(type)
  }
}

enum NegotiationFuzz {
  static func fuzz(_ bytes: Span<UInt8>) {
    var copy: [UInt8] = []
    for index in bytes.indices { copy.append(bytes[index]) }
    let text = String(decoding: copy, as: UTF8.self)
    for size in [0, 1, 1000] {
      if case .part(let range) = ByteRange(text, size: size) {
        precondition(range.lowerBound >= 0 && range.upperBound < size, "a part lies within the whole")
      }
    }
    _ = EntityTag.matches(text, "\"a\"")
    _ = Encoding.acceptsGzip(text)
    _ = Encoding.isText(text)
  }
}
