// `tandem token inspect TOKEN`: what a token says, whether it is good now, and whether a key at hand signed it.

import Access
import Configuration
import Control
import Crypto
import Values

enum TokenInspectCommand {
  private static let token = Argument("TOKEN", "the token; - reads it from the standard input")

  static let command: Command = Command(
    "inspect", summary: "show what a token says and whether it is good",
    description: """
      Nothing is sent anywhere. The signature is checked if the secret of the token's key is known from flags,
      environment or configuration. The exit code is 1 if the token would be refused.
      """,
    arguments: [token], options: [.json] + ServerAccess.options,
    examples: [
      Example("tandem token inspect eyJhbGciOi…", "show a token"),
      Example("tandem token create --admin --quiet | tandem token inspect -", "show a new one"),
    ]
  ) { invocation, console throws(CommandFailure) in
    let given = invocation.argument(token)
    let text = given == "-" ? try StandardInput.line() : given
    let parsed: TokenParser
    do throws(MalformedToken) {
      parsed = try TokenParser(text)
    } catch {
      throw .failed(Printable.plain(error.problem))
    }
    let problem = times(parsed.claims, at: .now)
    let signature = signature(of: parsed, invocation)
    if invocation.isSet(.json) {
      console.print(
        [
          "header": ["alg": .string(parsed.algorithm.rawValue), "kid": .optional(parsed.keyID)],
          "claims": parsed.claims.json, "valid": .bool(problem == nil && signature != .wrong),
          "signature": .string(signature.rawValue), "problem": .optional(problem),
        ] as JSON)
    } else {
      console.print(sheet(parsed, problem, signature))
    }
    if problem != nil || signature == .wrong { throw .reported }
  }

  private enum Signature: String { case right, wrong, unchecked }

  private static func sheet(_ token: TokenParser, _ problem: String?, _ signature: Signature) -> Sheet {
    let claims = token.claims
    var sheet = Sheet()
    sheet.add("Identity", claims.subject)
    sheet.add("Name", claims.name ?? "")
    sheet.add("Key", token.keyID ?? "")
    sheet.add("Algorithm", token.algorithm.rawValue)
    sheet.add("Room", claims.tandem?.room ?? "")
    sheet.add("Role", claims.tandem?.role?.rawValue ?? "")
    let rights = (claims.json["tandem"]?.object?.members ?? []).compactMap { member in
      member.value.bool.map { $0 ? member.name : "not \(member.name)" }
    }
    sheet.add(
      "Rights", rights.isEmpty ? "those of the role" : "those of the role; " + rights.joined(separator: ", "))
    if let from = claims.notBeforeSeconds { sheet.add("Good from", Timestamp(seconds: from).rfc3339) }
    sheet.add("Good until", Timestamp(seconds: claims.expiresAtSeconds).rfc3339)
    switch signature {
    case .right: sheet.add("Signature", "right")
    case .wrong: sheet.add("Signature", "WRONG: this key's secret did not sign it")
    case .unchecked: sheet.add("Signature", "not checked: the secret of its key is not at hand")
    }
    sheet.add("State", problem ?? (signature == .wrong ? "refused" : "good"))
    return sheet
  }

  private static func times(_ claims: TokenClaims, at now: Timestamp) -> String? {
    if claims.expiresAtSeconds <= now.seconds { return "expired" }
    if let from = claims.notBeforeSeconds, from > now.seconds { return "not good yet" }
    if let made = claims.issuedAtSeconds ?? claims.notBeforeSeconds,
      claims.expiresAtSeconds - made > 24 * 3600
    {
      return "good for longer than 24 h, which servers refuse"
    }
    return nil
  }

  private static func signature(of token: TokenParser, _ invocation: Invocation) -> Signature {
    guard token.algorithm == .hs256, let access = try? ServerAccess.resolve(invocation),
      access.keyID == token.keyID
    else { return .unchecked }
    let right = HMAC.sha256(key: Array(access.secret.value.utf8), message: token.signed)
    return ConstantTime.equal(right, token.signature) ? .right : .wrong
  }
}
