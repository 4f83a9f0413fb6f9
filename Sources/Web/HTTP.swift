// Request and response as values. Web knows how they travel; what they mean is its handler's affair.

package import Control
package import Values

package enum Method: String, Sendable, CaseIterable {
  case get = "GET"
  case head = "HEAD"
  case post = "POST"
  case put = "PUT"
  case patch = "PATCH"
  case delete = "DELETE"
  case options = "OPTIONS"
}

/// Names are lower case. Few enough that walking a list is fastest.
package struct Headers: Sendable, Equatable {
  package private(set) var list: [(name: String, value: String)]

  package init(_ list: [(String, String)] = []) {
    self.list = list.map { (name: $0.0.lowercased(), value: $0.1) }
  }

  /// The first of that name; setting replaces all of that name.
  package subscript(name: String) -> String? {
    get { list.first { $0.name == name }?.value }
    set {
      list.removeAll { $0.name == name }
      if let newValue { list.append((name: name, value: newValue)) }
    }
  }

  package mutating func add(_ name: String, _ value: String) {
    list.append((name: name.lowercased(), value: value))
  }

  package static func == (left: Headers, right: Headers) -> Bool {
    left.list.elementsEqual(right.list) { $0.name == $1.name && $0.value == $1.value }
  }
}

package struct Request: Sendable {
  /// For logs and for the caller: ours, or the caller's `X-Request-Id` if it is harmless.
  package let id: String
  package let method: Method
  /// Percent-decoded segments: `/v1/rooms/a%2Fb` is `["v1", "rooms", "a/b"]`. Never `.` or `..`.
  package let path: [String]
  /// As it was sent, without the query; for logs and for matching routes.
  package let rawPath: String
  /// Decoded, in order.
  package let query: [(name: String, value: String)]
  package let headers: Headers
  /// The client's address, from a trusted proxy's word if there is one.
  package let address: String
  package let isSecure: Bool
  /// The whole body, within the limit that the handler's `bodyLimit` gave.
  package let body: [UInt8]

  package init(
    id: String, method: Method, path: [String], rawPath: String, query: [(name: String, value: String)] = [],
    headers: Headers = Headers(), address: String, isSecure: Bool = false, body: [UInt8] = []
  ) {
    self.id = id
    self.method = method
    self.path = path
    self.rawPath = rawPath
    self.query = query
    self.headers = headers
    self.address = address
    self.isSecure = isSecure
    self.body = body
  }

  package func queryValue(_ name: String) -> String? { query.first { $0.name == name }?.value }
}

/// Bytes of a known number that can be read from anywhere.
package struct Content: Sendable {
  package let size: Int
  package let type: String
  /// From an offset, so many; nil if they cannot be had.
  package let read: @Sendable (Int, Int) async -> [UInt8]?

  package init(size: Int, type: String, read: @escaping @Sendable (Int, Int) async -> [UInt8]?) {
    self.size = size
    self.type = type
    self.read = read
  }
}

package struct Response: Sendable {
  package enum Body: Sendable {
    case empty
    case bytes([UInt8])
    /// A file, sent with `Range`, `ETag` and `If-None-Match` honoured by Web. The path is trusted.
    case file(path: String, contentType: String)
    /// Like a file, but its bytes come from whoever has them. It needs an `ETag` among the headers to be had in parts.
    case content(Content)
    /// Parts as they come, chunked; ends when the sequence does. Pulled only as fast as the client reads.
    case stream(@Sendable () async throws -> [UInt8]?)
  }

  package var status: Int
  package var headers: Headers
  package var body: Body

  package init(status: Int = 200, headers: Headers = Headers(), body: Body = .empty) {
    self.status = status
    self.headers = headers
    self.body = body
  }

  package static func json(_ value: JSON, status: Int = 200, headers: Headers = Headers()) -> Response {
    var headers = headers
    if headers["content-type"] == nil { headers["content-type"] = "application/json" }
    return Response(status: status, headers: headers, body: .bytes(value.encoded()))
  }
}

/// Everything that Web asks of the floor above.
@Control package protocol WebHandler: AnyObject {
  /// How many bytes of body this request may have; asked once its head is read. Zero: none is wanted.
  func bodyLimit(_ method: Method, path: String) -> Int

  func respond(to request: Request) async -> Response

  /// A WebSocket hand-shake on this path with these offered subprotocols: what to do with its frames, or the
  /// response that refuses it.
  func openSocket(_ request: Request, subprotocols: [String]) -> SocketDecision

  /// Web itself refuses (too large, too many, malformed, too slow): the body of that response.
  func refusal(status: Int, detail: String, requestID: String) -> Response
}

package enum SocketDecision {
  case accept(subprotocol: String, any SocketHandler)
  case refuse(Response)
}
