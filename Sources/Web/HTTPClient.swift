// Requests to others: webhooks, keys of identity providers, and the command line's calls to its server.
// No redirect is followed, so that a request's secrets go where they were meant to.

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
  package enum Failure: Error, Sendable, Equatable, CustomStringConvertible {
    case unreachable(String)
    case timedOut
    case tooLarge
    case invalidURL(String)
    case tls(String)
    /// Nothing was sent: libcurl is missing, or the task was cancelled.
    case unavailable(String)

    package var description: String {
      switch self {
      case .unreachable(let reason): "the server cannot be reached: \(reason)"
      case .timedOut: "the server did not answer in time"
      case .tooLarge: "the server's answer is larger than expected"
      case .invalidURL(let reason): "the URL is not one that can be asked: \(reason)"
      case .tls(let reason): "the server's TLS certificate or handshake is not right: \(reason)"
      case .unavailable(let reason): reason
      }
    }
  }

  /// Takes the body of a good answer as it comes, on the client's own thread; false breaks the request off.
  package typealias Sink = @Sendable ([UInt8]) -> Bool

  private let userAgent: String

  package init(userAgent: String) { self.userAgent = userAgent }

  /// `timeout` is for all of it, from the name's look-up to the answer's last byte.
  package func send(
    _ method: Method, url: String, headers: Headers = Headers(), body: [UInt8] = [],
    timeout: Duration = .seconds(10), bodyLimit: Int = 16 << 20, sink: Sink? = nil
  ) async throws(Failure) -> Answer {
    // What is not a header of one line must not become two.
    let lines = headers.list.map { "\($0.name): \($0.value)" }
    guard lines.allSatisfy({ !$0.utf8.contains { $0 < 0x20 && $0 != 0x09 } }) else {
      throw .unavailable("a header of the request has a line break")
    }
    guard !url.utf8.contains(where: { $0 <= 0x20 || $0 == 0x7f }) else {
      throw .invalidURL("it has a space or a line break")
    }
    let transfer = Transfer(
      method: method, url: url, headerLines: lines, body: body, userAgent: userAgent,
      timeoutMilliseconds: max(1, Int(timeout / .milliseconds(1))), bodyLimit: bodyLimit, sink: sink)
    return try await ClientThread.shared.perform(transfer).get()
  }
}
