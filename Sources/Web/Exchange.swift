// One request and its response: who asks, what for, and what the access log will say of it.

import Control
import Observe
import Values

private let accessLog = Log("http")

@Control final class Exchange {
  let head: RequestHead?
  let id: String
  let address: String
  let isSecure: Bool
  let startedAt = Uptime.now
  var body: BodyReader?
  var receivedBytes = 0
  var keepsAlive = true
  var receivedAt = ContinuousClock.now
  var status = 0
  var sentBytes = 0
  var task: Task<Void, Never>?
  private let corsOrigins: [String]

  init(_ head: RequestHead? = nil, connection: Connection) {
    self.head = head
    let options = connection.server.options
    corsOrigins = options.corsOrigins
    var generator = SystemRandomNumberGenerator()
    id =
      head?.headers["x-request-id"].flatMap { Self.isHarmless($0) ? $0 : nil }
      ?? Identifier.make(.request, using: &generator)
    let isProxied = options.trustedProxies.contains { $0.contains(connection.address) }
    let headers = isProxied ? head?.headers : nil
    address =
      headers.map { Self.client($0, connection.address, options.trustedProxies) }?.text
      ?? connection.address.text
    let isSecureLine = connection.line?.isSecure ?? false
    isSecure = isSecureLine || headers?["x-forwarded-proto"]?.lowercased() == "https"
  }

  /// HEAD is GET to the handler; Web leaves the body out.
  var method: Method { head?.method == .head ? .get : head?.method ?? .get }

  var isHead: Bool { head?.method == .head }

  /// What a browser asks before a page of another origin calls is answered by Web; any other OPTIONS means the
  /// resource, which only the handler knows.
  var asksHandler: Bool {
    head?.method != .options || head?.headers["access-control-request-method"] == nil
  }

  var request: Request {
    Request(
      id: id, method: method, path: head?.target.path ?? [], rawPath: head?.target.rawPath ?? "",
      query: head?.target.query ?? [], headers: head?.headers ?? Headers(), address: address,
      isSecure: isSecure, body: body?.body ?? [])
  }

  /// The last hop that is not one of our proxies: what stands further left, anyone can write.
  static func client(_ headers: Headers, _ peer: NetworkAddress, _ trusted: [AddressRange]) -> NetworkAddress
  {
    let hops = headers.list.filter { $0.name == "x-forwarded-for" }.flatMap { $0.value.split(separator: ",") }
    var client = peer
    for hop in hops.reversed() {
      guard let address = NetworkAddress(RequestHead.trimmed(hop.utf8)) else { break }
      client = address
      guard trusted.contains(where: { $0.contains(address) }) else { break }
    }
    return client
  }

  private static func isHarmless(_ id: String) -> Bool {
    (1...128).contains(id.utf8.count)
      && id.utf8.allSatisfy { byte in
        switch byte {
        case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
          UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "-"), UInt8(ascii: "_"), UInt8(ascii: "."),
          UInt8(ascii: ":"):
          true
        default: false
        }
      }
  }

  // MARK: - Other origins

  /// What `Access-Control-Allow-Origin` must say; nil: this page may not read our answers.
  private var allowedOrigin: String? {
    guard let origin = head?.headers["origin"] else { return nil }
    if corsOrigins.contains("*") { return "*" }
    return corsOrigins.contains(origin) ? origin : nil
  }

  func addOriginHeaders(_ headers: inout Headers) {
    if !corsOrigins.isEmpty, !corsOrigins.contains("*") { Self.vary(&headers, "Origin") }
    guard let allowedOrigin else { return }
    headers["access-control-allow-origin"] = allowedOrigin
    headers["access-control-expose-headers"] = "ETag, Link, Location, Retry-After, X-Request-Id"
  }

  static func vary(_ headers: inout Headers, _ name: String) {
    headers["vary"] = headers["vary"].map { "\($0), \(name)" } ?? name
  }

  var optionsResponse: Response {
    let methods = Method.allCases.map(\.rawValue).joined(separator: ", ")
    var headers = Headers([("allow", methods)])
    if allowedOrigin != nil, head?.headers["access-control-request-method"] != nil {
      headers["access-control-allow-methods"] = methods
      if let wanted = head?.headers["access-control-request-headers"] {
        headers["access-control-allow-headers"] = wanted
      }
      headers["access-control-max-age"] = "600"
      Self.vary(&headers, "Access-Control-Request-Headers")
    }
    return Response(status: 204, headers: headers)
  }

  // MARK: - Afterwards

  /// One line a request; never its headers or query, where secrets travel.
  func finish() {
    if (100...599).contains(status) { Metrics.httpRequests[status / 100 - 1].add() }
    let took = ContinuousClock.now - receivedAt
    accessLog.info(
      "request",
      [
        "method": .string(head?.method.rawValue ?? "?"), "path": .string(head?.target.rawPath ?? "?"),
        "status": .integer(Int64(status)), "bytes": .integer(Int64(sentBytes)),
        "ms": .number(Double(Int64(took.inSeconds * 1e5)) / 100), "address": .string(address),
        "id": .string(id),
      ])
  }
}
