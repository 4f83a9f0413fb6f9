// Requests to others: webhooks, keys of identity providers, and the command line's calls to its server.

package struct HTTPClient: Sendable {
  package struct Answer: Sendable {
    package let status: Int
    package let headers: Headers
    package let body: [UInt8]

    package init(status: Int, headers: Headers = Headers(), body: [UInt8] = []) {
      self.status = status
      self.headers = headers
      self.body = body
    }
  }

  /// The text says what went wrong in words for an operator.
  package enum Failure: Error, Sendable, Equatable {
    case unreachable(String)
    case timedOut
    case tooLarge
    case invalidURL(String)
    case tls(String)
    case unavailable(String)
  }

  private let userAgent: String

  package init(userAgent: String) { self.userAgent = userAgent }

  package func send(
    _ method: Method, url: String, headers: Headers = Headers(), body: [UInt8] = [],
    timeout: Duration = .seconds(10), bodyLimit: Int = 16 << 20
  ) async throws(Failure) -> Answer {
    throw .unavailable("not connected yet")
  }
}
