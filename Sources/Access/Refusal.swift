// Why a request was turned down. Thrown from any floor above Access and turned into an error message, a problem
// document or a close code at the API's edge, in one place.

package struct Refusal: Error, Sendable, Equatable {
  /// The raw value is the code that clients see.
  package enum Code: String, Sendable, CaseIterable {
    case invalidMessage = "invalid_message"
    case unsupportedType = "unsupported_type"
    case payloadTooLarge = "payload_too_large"
    case unauthorized
    case tokenExpired = "token_expired"
    case forbidden
    case notJoined = "not_joined"
    case alreadyJoined = "already_joined"
    case roomNotFound = "room_not_found"
    case roomFull = "room_full"
    case roomLocked = "room_locked"
    case roomClosed = "room_closed"
    case tooEarly = "too_early"
    case badSDP = "bad_sdp"
    case unknownParticipant = "unknown_participant"
    case unknownTrack = "unknown_track"
    case notRecording = "not_recording"
    case consentRequired = "consent_required"
    case resumeExpired = "resume_expired"
    case rateLimited = "rate_limited"
    case unavailable
    case draining
    case `internal`
    // What only HTTP knows.
    case notFound = "not_found"
    case methodNotAllowed = "method_not_allowed"
    case conflict
    case notAcceptable = "not_acceptable"
    case unsupportedMedia = "unsupported_media_type"
  }

  package let code: Code
  /// A sentence for the developer who reads it: what was wrong and, where it helps, what to do.
  package let message: String
  /// When it makes sense to try again.
  package let retryAfter: Duration?

  package init(_ code: Code, _ message: String, retryAfter: Duration? = nil) {
    self.code = code
    self.message = message
    self.retryAfter = retryAfter
  }
}
