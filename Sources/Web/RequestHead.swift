// The head of an HTTP/1 request (RFC 9112), read strictly: whatever two servers in a row could read in two ways
// (bare line feeds, folded lines, two lengths, a length and chunks, spaces before a colon) is refused.

struct RequestHead: Sendable {
  enum Framing: Sendable, Equatable {
    case none
    case length(Int)
    case chunked
  }

  let method: Method
  let target: Target
  let headers: Headers
  let framing: Framing
  let keepsAlive: Bool
  let isVersion1_1: Bool
  let expectsContinue: Bool

  /// Where a head ends, as far as one can tell from the bytes so far.
  enum End: Equatable {
    case unknown
    /// Just after the empty line.
    case at(Int)
    case malformed
  }

  /// Looks from `offset` on; a line feed without its carriage return never belongs to a head.
  static func end(_ bytes: [UInt8], from offset: Int) -> End {
    var index = max(offset - 3, 0)
    while index < bytes.count {
      guard bytes[index] == 0x0a else {
        index += 1
        continue
      }
      guard index >= 1, bytes[index - 1] == 0x0d else { return .malformed }
      if index >= 3, bytes[index - 2] == 0x0a, bytes[index - 3] == 0x0d { return .at(index + 1) }
      index += 1
    }
    return .unknown
  }

  /// `head` is everything up to and with the empty line.
  init(_ head: ArraySlice<UInt8>) throws(Malformed) {
    var lines = Lines(rest: head)
    guard let requestLine = try lines.next() else { throw Malformed("the request line is missing") }
    let parts = requestLine.split(separator: 0x20, omittingEmptySubsequences: false)
    guard parts.count == 3 else { throw Malformed("the request line must be: method, URL, version") }
    isVersion1_1 = try Self.isVersion1_1(parts[2])
    guard !parts[0].isEmpty, parts[0].allSatisfy(Self.isToken) else {
      throw Malformed("the method is not a word")
    }
    headers = try Self.headers(&lines)
    guard let method = Method(rawValue: String(decoding: parts[0], as: UTF8.self)) else {
      throw Malformed("this method is not known here", status: 501)
    }
    self.method = method
    let hosts = headers.list.filter { $0.name == "host" }
    guard hosts.count == 1 || (hosts.isEmpty && !isVersion1_1) else {
      throw Malformed("there must be one Host header")
    }
    if let host = hosts.first?.value, !Self.isHost(host) { throw Malformed("the Host header is not a host") }
    target = try Target(try Self.originForm(parts[1], host: hosts.first?.value))
    guard target.rawPath != "*" || method == .options else { throw Malformed("only OPTIONS asks for *") }
    framing = try Self.framing(headers, isVersion1_1: isVersion1_1)
    let connection = Self.list(headers, "connection")
    keepsAlive =
      isVersion1_1 ? !connection.contains("close") : connection.contains("keep-alive")
    switch headers["expect"]?.lowercased() {
    case nil: expectsContinue = false
    case "100-continue": expectsContinue = isVersion1_1 && framing != .none
    default: throw Malformed("this expectation is not known here", status: 417)
    }
  }

  /// The elements of a list header, lower case, over all its lines.
  static func list(_ headers: Headers, _ name: String) -> [String] {
    headers.list.filter { $0.name == name }.flatMap { $0.value.split(separator: ",") }
      .map { trimmed($0.utf8).lowercased() }
  }

  static func trimmed(_ text: some BidirectionalCollection<UInt8>) -> String {
    func isSpace(_ byte: UInt8) -> Bool { byte == 0x20 || byte == 0x09 }
    let start = text.firstIndex { !isSpace($0) } ?? text.endIndex
    let end = text.lastIndex { !isSpace($0) }.map { text.index(after: $0) } ?? start
    return String(decoding: text[start..<end], as: UTF8.self)
  }

  /// For the fuzzers: any bytes as a head.
  static func fuzz(_ bytes: Span<UInt8>) {
    var copy: [UInt8] = []
    for index in bytes.indices { copy.append(bytes[index]) }
    _ = end(copy, from: 0)
    guard let head = try? RequestHead(copy[...]) else { return }
    precondition(!head.target.path.contains(".."), "a path never climbs")
    precondition(
      head.headers.list.allSatisfy { !$0.value.utf8.contains { $0 == 0x0a || $0 == 0x0d || $0 == 0 } },
      "a header value never holds a line break")
  }

  // MARK: - Parts

  private struct Lines {
    var rest: ArraySlice<UInt8>

    /// The next line without its CRLF; nil at the empty line that ends the head.
    mutating func next() throws(Malformed) -> ArraySlice<UInt8>? {
      guard let feed = rest.firstIndex(of: 0x0a), feed > rest.startIndex, rest[feed - 1] == 0x0d else {
        throw Malformed("a line must end with CR LF")
      }
      let line = rest[rest.startIndex..<feed - 1]
      rest = rest[(feed + 1)...]
      guard !line.contains(0x0d) else { throw Malformed("a carriage return stands alone") }
      return line.isEmpty ? nil : line
    }
  }

  private static func isVersion1_1(_ text: ArraySlice<UInt8>) throws(Malformed) -> Bool {
    switch String(decoding: text, as: UTF8.self) {
    case "HTTP/1.1": return true
    case "HTTP/1.0": return false
    case let text where text.hasPrefix("HTTP/"):
      throw Malformed("only HTTP/1.1 is spoken here", status: 505)
    default: throw Malformed("the request line must end with HTTP/1.1")
    }
  }

  private static func headers(_ lines: inout Lines) throws(Malformed) -> Headers {
    var headers = Headers()
    var count = 0
    while let line = try lines.next() {
      count += 1
      guard count <= Limits.headerCount else { throw Malformed("there are too many headers", status: 431) }
      guard let colon = line.firstIndex(of: UInt8(ascii: ":")) else {
        throw Malformed("a header has no colon")
      }
      let name = line[..<colon]
      // Also catches folded lines and spaces before the colon.
      guard !name.isEmpty, name.allSatisfy(isToken) else { throw Malformed("a header's name is not a word") }
      let value = line[(colon + 1)...]
      guard value.allSatisfy({ ($0 >= 0x20 && $0 != 0x7f) || $0 == 0x09 }) else {
        throw Malformed("a header's value has a control character")
      }
      let lower = String(decoding: name, as: UTF8.self).lowercased()
      guard !single.contains(lower) || headers[lower] == nil else {
        throw Malformed("the header \(lower) is there twice")
      }
      headers.add(lower, trimmed(value))
    }
    return headers
  }

  /// Of these a second one would mean two readings of one request.
  private static let single: Set<String> = [
    "host", "content-length", "transfer-encoding", "authorization", "content-type", "origin", "expect",
    "sec-websocket-key", "sec-websocket-version", "upgrade", "range", "if-range",
  ]

  private static func framing(_ headers: Headers, isVersion1_1: Bool) throws(Malformed) -> Framing {
    let length = headers["content-length"]
    if let encoding = headers["transfer-encoding"] {
      guard length == nil else { throw Malformed("a length and chunks cannot both be") }
      guard isVersion1_1 else { throw Malformed("HTTP/1.0 has no chunks") }
      guard encoding.lowercased() == "chunked" else {
        throw Malformed("this transfer encoding is not known here", status: 501)
      }
      return .chunked
    }
    guard let length else { return .none }
    guard !length.isEmpty, length.utf8.allSatisfy({ $0 &- UInt8(ascii: "0") < 10 }) else {
      throw Malformed("the Content-Length is not a number")
    }
    guard let count = Int(length) else { throw Malformed("the body is too large", status: 413) }
    return count == 0 ? .none : .length(count)
  }

  /// `http://host/path` counts as `/path` where the host is the Host header's (RFC 9112, 3.2.2).
  private static func originForm(
    _ target: ArraySlice<UInt8>, host: String?
  ) throws(Malformed) -> ArraySlice<UInt8> {
    guard let first = target.first else { throw Malformed("the URL is empty") }
    if first == UInt8(ascii: "/") || target.elementsEqual("*".utf8) { return target }
    for scheme in ["http://", "https://"] where target.starts(with: scheme.utf8) {
      let rest = target.dropFirst(scheme.utf8.count)
      let slash = rest.firstIndex(of: UInt8(ascii: "/")) ?? rest.endIndex
      guard let host, rest[..<slash].elementsEqual(host.utf8) else {
        throw Malformed("the URL's host is not the Host header's")
      }
      return slash == rest.endIndex ? [UInt8(ascii: "/")] : rest[slash...]
    }
    throw Malformed("the URL must begin with a slash")
  }

  private static func isHost(_ text: String) -> Bool {
    text.utf8.count <= 260
      && text.utf8.allSatisfy { byte in
        switch byte {
        case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
          UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "-"), UInt8(ascii: "."), UInt8(ascii: "_"),
          UInt8(ascii: ":"), UInt8(ascii: "["), UInt8(ascii: "]"):
          true
        default: false
        }
      }
  }

  private static func isToken(_ byte: UInt8) -> Bool {
    switch byte {
    case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
      UInt8(ascii: "0")...UInt8(ascii: "9"):
      true
    default: "!#$%&'*+-.^_`|~".utf8.contains(byte)
    }
  }
}
