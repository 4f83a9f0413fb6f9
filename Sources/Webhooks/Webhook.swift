// Who is told, and what a request to them looks like: the body, its signature, and how it travels.

import Crypto
import Store
package import Values
package import Web

package struct WebhookEndpoint: Sendable, Equatable {
  package let url: String
  package let secret: [UInt8]
  /// Names (`room.closed`) or families (`participant.*`); empty: every event.
  package let events: [String]

  package init(url: String, secret: [UInt8], events: [String] = []) {
    self.url = url
    self.secret = secret
    self.events = events
  }

  package func wants(_ type: String) -> Bool {
    events.isEmpty
      || events.contains { name in
        name.hasSuffix(".*") ? type.hasPrefix(name.dropLast()) : name == type || name == "*"
      }
  }
}

/// Sends one request and says what came of it. Redirects are not followed.
package typealias WebhookSend =
  @Sendable (
    _ url: String, _ headers: [(String, String)], _ body: [UInt8], _ timeout: Duration
  ) async -> WebhookAnswer

package enum WebhookAnswer: Sendable, Equatable {
  case status(Int, retryAfter: Duration?)
  case unreachable(String)
}

package enum WebhookRequest {
  /// `t=UNIX,v1=HEX`: HMAC-SHA256 over the time, a dot and the body, so that a request cannot be sent again
  /// by whoever saw it without the receiver noticing its age.
  package static func signature(_ body: [UInt8], secret: [UInt8], at time: Timestamp) -> String {
    let message = Array("\(time.seconds).".utf8) + body
    return "t=\(time.seconds),v1=\(Hex.encode(HMAC.sha256(key: secret, message: message)))"
  }

  static func headers(_ event: EventRow, _ body: [UInt8], secret: [UInt8], at time: Timestamp)
    -> [(String, String)]
  {
    [
      ("Content-Type", "application/json"), ("Tandem-Event-Id", event.id),
      ("Tandem-Signature", signature(body, secret: secret, at: time)),
    ]
  }

  /// Over the server's own HTTP client.
  package static func over(_ client: HTTPClient) -> WebhookSend {
    { url, headers, body, timeout in
      do throws(HTTPClient.Failure) {
        let answer = try await client.send(
          .post, url: url, headers: Headers(headers), body: body, timeout: timeout, bodyLimit: 64 << 10)
        let seconds = answer.headers["retry-after"].flatMap { Int64($0) }
        return .status(answer.status, retryAfter: seconds.map { .seconds(max(0, min($0, 3_600))) })
      } catch {
        return switch error {
        case .unreachable(let text), .tls(let text), .unavailable(let text): .unreachable(text)
        case .timedOut: .unreachable("no answer in time")
        // The endpoint took the request; what it says at such length is not read.
        case .tooLarge: .status(200, retryAfter: nil)
        case .invalidURL(let text): .unreachable("not a URL: \(text)")
        }
      }
    }
  }
}
