// Every HTTP call of the API, in the order of the document.

import Access
import Values
import Web

package enum Routes {
  package static let all: [Route] =
    health + tokens + rooms + roomRecording + moderation + sessions + lessons + receipts + explanations
    + recordings
    + recordingFiles
    + users
    + matching
    + events
    + keys + audit

  /// Lists and answers that hold somebody's state are nobody's to keep.
  static let uncached = Headers([("Cache-Control", "no-store")])
}

extension Route.Call {
  /// The body as fields; an empty body counts as an empty object.
  func fields() throws(Refusal) -> Fields {
    guard !request.body.isEmpty else { return try body { () throws(InvalidField) in try Fields([:]) } }
    let json: JSON
    do {
      json = try JSON(parsing: request.body.span)
    } catch {
      // JSON is JSON under any name, since command-line tools and libraries name it wrongly by default.
      if let type = request.headers["content-type"], !type.lowercased().hasPrefix("application/json") {
        throw Refusal(.unsupportedMedia, "the body must be application/json, not \(type.prefix(80))")
      }
      throw Refusal(.invalidMessage, "the body is not JSON: \(error)")
    }
    return try body { () throws(InvalidField) in try Fields(json) }
  }

  /// Runs a check of fields, turning what is wrong with one into the refusal that names it.
  func body<Result>(_ read: () throws(InvalidField) -> Result) throws(Refusal) -> Result {
    do { return try read() } catch { throw Refusal(.invalidMessage, error.description) }
  }

  /// Who does it, for the audit log: the key that signed, and for whom.
  var actor: String {
    grant.map(Self.actor) ?? "anonymous"
  }

  static func actor(_ grant: Grant) -> String { "\(grant.keyID ?? "provider")/\(grant.identity)" }
}

extension Service {
  /// Notes an administrative act.
  func noted(_ call: Route.Call, _ action: String, _ target: String, _ detail: JSON = [:]) {
    audit.record(
      actor: call.actor, action: action, target: target, detail: detail, address: call.request.address,
      at: call.now)
  }
}
