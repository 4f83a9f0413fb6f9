// The head of a response as bytes, with what every response of ours says. Pure but for the Date.

import Control
import Values

enum ResponseHead {
  /// `content-length`, `transfer-encoding` and `connection` are the caller's to have put into `headers`.
  static func encode(status: Int, headers: Headers, date: Timestamp) -> [UInt8] {
    var text = "HTTP/1.1 \(status) \(reason(status))\r\ndate: \(httpDate(date))\r\n"
    for header in headers.list { text += "\(header.name): \(harmless(header.value))\r\n" }
    text += "\r\n"
    return Array(text.utf8)
  }

  /// What a browser must not do with our answers, unless the response itself knows better.
  static func addSafety(_ headers: inout Headers, isSecure: Bool) {
    func add(_ name: String, _ value: String) {
      if headers[name] == nil { headers[name] = value }
    }
    add("x-content-type-options", "nosniff")
    add("referrer-policy", "no-referrer")
    add("cross-origin-opener-policy", "same-origin")
    add("content-security-policy", "default-src 'none'; frame-ancestors 'none'")
    if isSecure { add("strict-transport-security", "max-age=31536000") }
  }

  /// A value from outside that ends up in a header must not begin a new one.
  private static func harmless(_ value: String) -> String {
    guard value.utf8.contains(where: { ($0 < 0x20 && $0 != 0x09) || $0 == 0x7f }) else { return value }
    return String(
      decoding: value.utf8.map { ($0 < 0x20 && $0 != 0x09) || $0 == 0x7f ? 0x20 : $0 }, as: UTF8.self)
  }

  /// `Sat, 21 Nov 2026 09:00:00 GMT`
  static func httpDate(_ time: Timestamp) -> String {
    let text = time.rfc3339
    let days = ["Thu", "Fri", "Sat", "Sun", "Mon", "Tue", "Wed"]
    let months = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"]
    func part(_ start: Int, _ count: Int) -> Substring { text.dropFirst(start).prefix(count) }
    let day = Int((time.seconds / 86_400 % 7 + 7) % 7)
    let month = (Int(part(5, 2)) ?? 1) - 1
    return "\(days[day]), \(part(8, 2)) \(months[month]) \(part(0, 4)) \(part(11, 8)) GMT"
  }

  private static func reason(_ status: Int) -> String { reasons[status] ?? "Status" }

  private static let reasons: [Int: String] = [
    101: "Switching Protocols", 200: "OK", 201: "Created", 202: "Accepted", 204: "No Content",
    206: "Partial Content", 301: "Moved Permanently", 302: "Found", 303: "See Other", 304: "Not Modified",
    307: "Temporary Redirect", 308: "Permanent Redirect", 400: "Bad Request", 401: "Unauthorized",
    403: "Forbidden", 404: "Not Found", 405: "Method Not Allowed", 406: "Not Acceptable",
    408: "Request Timeout", 409: "Conflict", 410: "Gone", 411: "Length Required",
    412: "Precondition Failed", 413: "Content Too Large", 414: "URI Too Long", 415: "Unsupported Media Type",
    416: "Range Not Satisfiable", 417: "Expectation Failed", 422: "Unprocessable Content",
    426: "Upgrade Required", 428: "Precondition Required", 429: "Too Many Requests",
    431: "Request Header Fields Too Large", 500: "Internal Server Error", 501: "Not Implemented",
    502: "Bad Gateway", 503: "Service Unavailable", 504: "Gateway Timeout",
    505: "HTTP Version Not Supported", 507: "Insufficient Storage",
  ]
}
