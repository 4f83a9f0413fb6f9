// Why a request failed, in words for the person at the terminal: what happened, and what to look at next.

import Values
import Web

enum Complaint {
  static func about(_ failure: HTTPClient.Failure, server: String) -> String {
    switch failure {
    case .unreachable(let reason):
      "the server at \(server) can't be reached (\(Printable.plain(reason))): does it run there (tandem serve), and "
        + "is the address right (--url or TANDEM_URL)?"
    case .timedOut:
      "the server at \(server) did not answer within \(Limits.requestTimeout.milliseconds / 1000) s: a firewall may "
        + "swallow the packets, or the server is overloaded (see its log and /metrics)"
    case .tooLarge:
      "the server at \(server) sent more than \(Limits.answerBytes >> 20) MiB: ask for less with --limit"
    case .invalidURL(let reason):
      "the address \(Printable.quoted(server)) can't be used: \(Printable.plain(reason))"
    case .tls(let reason):
      "the connection to \(server) is not safe: \(Printable.plain(reason)). Is the certificate valid for this name?"
    case .unavailable(let reason): "the request could not be made: \(Printable.plain(reason))"
    }
  }

  /// A problem document (RFC 9457) as a sentence with its code; the request's id leads to the server's log.
  static func about(_ answer: HTTPClient.Answer, server: String, keyID: String) -> String {
    guard let problem = try? JSON(parsing: answer.body), let code = problem["code"]?.string else {
      return
        "\(server) answered \(answer.status) and not as a Tandem server does: is the address right (--url)?"
    }
    var text = Printable.plain(problem["detail"]?.string ?? problem["title"]?.string ?? "the server refused")
    while text.last == "." { text.removeLast() }
    var marks = [Printable.plain(code)]
    if let request = answer.headers["x-request-id"] ?? problem["instance"]?.string {
      marks.append("request \(Printable.plain(String(request.split(separator: ":").last ?? "")))")
    }
    text += " (\(marks.joined(separator: ", ")))"
    if let hint = hint(answer, code: code, keyID: keyID) { text += "\n\(hint)" }
    return text
  }

  private static func hint(_ answer: HTTPClient.Answer, code: String, keyID: String) -> String? {
    switch answer.status {
    case 401:
      "Check that the server knows the API key \(Printable.quoted(keyID)) with this secret (tandem key list), and that "
        + "both clocks agree."
    case 429: answer.headers["retry-after"].map { "Try again in \(Printable.plain($0)) s." }
    case 500...: "The server's log says more under that request."
    default: nil
    }
  }
}
