// The token that a command signs its request with: made here, from the key's secret, and good for a minute. The
// secret itself never travels.

import Access
import Configuration
import Control
import Crypto
import Values

enum AdminToken {
  /// Who the audit log says it was.
  static let subject = "tandem-cli"

  static func mint(_ access: ServerAccess, at now: Timestamp = .now) -> String {
    var random = SecureRandom()
    let claims = TokenClaims(
      subject: subject, expiresAtSeconds: (now + Limits.tokenAge).seconds, issuedAtSeconds: now.seconds,
      tokenID: Identifier.random(count: 22, using: &random),
      tandem: .init(room: "*", role: .observer, moderate: true, admin: true, recordings: true))
    return TokenMint.token(claims, keyID: access.keyID, secret: Array(access.secret.value.utf8))
  }
}
