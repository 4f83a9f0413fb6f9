// A refusal as HTTP says it: an RFC 9457 problem document with the code that WebSocket clients know as well.

package import Access
import Values
package import Web

package enum Problem {
  /// `status`: where Web has a finer one than the code's own.
  package static func response(_ refusal: Refusal, status: Int? = nil, requestID: String?) -> Response {
    let status = status ?? self.status(of: refusal.code)
    var body: JSON.Object = [
      "type": .string("urn:tandem:problem:\(refusal.code.rawValue)"),
      "title": .string(title(of: status)),
      "status": .integer(Int64(status)),
      "detail": .string(refusal.message),
      "code": .string(refusal.code.rawValue),
    ]
    if let requestID { body.append("instance", .string("urn:tandem:request:\(requestID)")) }
    var headers = Headers([("Content-Type", "application/problem+json"), ("Cache-Control", "no-store")])
    if let wait = refusal.retryAfter {
      headers["retry-after"] = String(max(1, (wait.milliseconds + 999) / 1000))
    }
    if status == 401 { headers["www-authenticate"] = "Bearer" }
    return .json(.object(body), status: status, headers: headers)
  }

  package static func status(of code: Refusal.Code) -> Int {
    switch code {
    case .invalidMessage, .unsupportedType, .badSDP: 400
    case .unauthorized, .tokenExpired: 401
    case .forbidden, .consentRequired: 403
    case .roomNotFound, .unknownParticipant, .unknownTrack, .notFound: 404
    case .methodNotAllowed: 405
    case .notAcceptable: 406
    case .roomFull, .roomLocked, .tooEarly, .notRecording, .conflict, .notJoined, .alreadyJoined: 409
    case .roomClosed, .resumeExpired: 410
    case .payloadTooLarge: 413
    case .unsupportedMedia: 415
    case .rateLimited: 429
    case .internal: 500
    case .unavailable, .draining: 503
    }
  }

  /// The code that stands for a status which Web itself decides.
  package static func code(of status: Int) -> Refusal.Code {
    switch status {
    case 401: .unauthorized
    case 403: .forbidden
    case 404: .notFound
    case 405: .methodNotAllowed
    case 406: .notAcceptable
    case 413, 414, 431: .payloadTooLarge
    case 415: .unsupportedMedia
    case 429: .rateLimited
    case 503: .unavailable
    case 400..<500: .invalidMessage
    default: .internal
    }
  }

  private static func title(of status: Int) -> String {
    switch status {
    case 400: "Bad request"
    case 401: "Not authenticated"
    case 403: "Not allowed"
    case 404: "Not found"
    case 405: "Method not allowed"
    case 406: "Not acceptable"
    case 409: "Conflict"
    case 410: "Gone"
    case 413: "Too large"
    case 415: "Unsupported media type"
    case 429: "Too many requests"
    case 503: "Unavailable"
    default: "Internal error"
    }
  }
}
