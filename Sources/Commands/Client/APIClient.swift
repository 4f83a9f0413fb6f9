// One server's HTTP API as commands use it: each request is signed by a token of its own, answers are JSON, and
// whatever goes wrong comes out as a sentence for the person at the terminal.

import Access
import Control
import Values
import Web

@Control final class APIClient {
  private let access: ServerAccess
  private let client = HTTPClient(userAgent: "tandem/\(Program.version)")

  init(_ access: ServerAccess) { self.access = access }

  convenience init(_ invocation: Invocation) throws(CommandFailure) {
    self.init(try ServerAccess.resolve(invocation))
  }

  func get(
    _ path: [String], query: [(String, String)] = [], timeout: Duration = Limits.requestTimeout
  ) async throws(CommandFailure) -> JSON {
    try await send(.get, path, query: query, timeout: timeout)
  }

  /// `.null` if the answer has no body.
  @discardableResult
  func send(
    _ method: Method, _ path: [String], query: [(String, String)] = [], body: JSON? = nil,
    headers: [(String, String)] = [], timeout: Duration = Limits.requestTimeout
  ) async throws(CommandFailure) -> JSON {
    var sent = headers
    sent.append(("accept", "application/json, application/problem+json"))
    if body != nil { sent.append(("content-type", "application/json")) }
    let answer = try await raw(
      method, path, query: query, headers: sent, body: body?.encoded() ?? [], timeout: timeout)
    if answer.body.isEmpty { return .null }
    do {
      return try JSON(parsing: answer.body)
    } catch {
      throw .failed("\(access.url) answered with something else than JSON: is it a Tandem server?")
    }
  }

  /// A good answer as it came; `sink` takes its body instead, as it comes.
  func raw(
    _ method: Method, _ path: [String], query: [(String, String)] = [], headers: [(String, String)] = [],
    body: [UInt8] = [], timeout: Duration = Limits.requestTimeout, sink: HTTPClient.Sink? = nil
  ) async throws(CommandFailure) -> HTTPClient.Answer {
    var sent = Headers(headers)
    sent["authorization"] = "Bearer \(AdminToken.mint(access))"
    let answer: HTTPClient.Answer
    do {
      answer = try await client.send(
        method, url: access.url + Self.target(path, query), headers: sent, body: body, timeout: timeout,
        bodyLimit: Limits.answerBytes, sink: sink)
    } catch {
      throw .failed(Complaint.about(error, server: access.url))
    }
    guard (200..<300).contains(answer.status) else {
      throw .failed(Complaint.about(answer, server: access.url, keyID: access.keyID))
    }
    return answer
  }

  /// The items of a list from page after page, until there are `limit` of them.
  func list(
    _ path: [String], query: [(String, String)] = [], cursor name: String = "cursor", after: String? = nil,
    limit: Int
  ) async throws(CommandFailure) -> (items: [JSON], next: String?) {
    var items: [JSON] = []
    var next = after
    repeat {
      var page = query + [("limit", String(min(limit - items.count, Limits.pageItems)))]
      if let next { page.append((name, next)) }
      let answer = try await get(path, query: page)
      guard let found = answer["items"]?.array else {
        throw .failed(
          "\(access.url) answered without a list: its version may be another than \(Program.version)")
      }
      items += found.prefix(limit - items.count)
      let following = answer["next"]?.string
      // A cursor that doesn't move would go round for ever.
      if found.isEmpty || following == next {
        next = following
        break
      }
      next = following
    } while next != nil && items.count < limit
    return (items, next)
  }

  static func target(_ path: [String], _ query: [(String, String)]) -> String {
    let text = "/" + path.map(encoded).joined(separator: "/")
    if query.isEmpty { return text }
    return text + "?" + query.map { "\(encoded($0.0))=\(encoded($0.1))" }.joined(separator: "&")
  }

  /// RFC 3986: everything but unreserved characters is escaped, so an id can never change the path.
  private static func encoded(_ text: String) -> String {
    var result = ""
    for byte in text.utf8 {
      switch byte {
      case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
        UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "-"), UInt8(ascii: "_"), UInt8(ascii: "~"):
        result.unicodeScalars.append(Unicode.Scalar(byte))
      case UInt8(ascii: ".") where text != "." && text != "..":
        result += "."
      default: result += "%" + Hex.encode([byte]).uppercased()
      }
    }
    return result
  }
}
