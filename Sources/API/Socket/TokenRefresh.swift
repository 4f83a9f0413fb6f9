// Tokens of joined clients are replaced before they run out, so that a long lesson does not end with its token.
// Only for tokens of our own keys, and only while the key lives and nobody has revoked the person.

import Access
import Control
import Sessions
package import Values

extension Service {
  /// Called every few seconds. Sends the event `token` to whoever's token ends within the configured time.
  package func refreshTokens(at now: Timestamp) {
    for (seat, old) in rooms.grantsExpiring(before: now + options.tokenRefresh) {
      guard let keyID = old.keyID, let secret = keys.secret(for: keyID) else { continue }
      let lifetime = old.expiresAtSeconds - (old.issuedAtSeconds ?? old.expiresAtSeconds - 3600)
      let rights = old.rights
      var tandem = TokenClaims.Tandem()
      tandem.room =
        switch old.rooms {
        case .none: nil
        case .any: "*"
        case .one(let room): room
        }
      tandem.role = old.role
      tandem.publish = rights.publish
      tandem.subscribe = rights.subscribe
      tandem.moderate = rights.moderate
      tandem.record = rights.record
      tandem.admin = rights.admin
      tandem.recordings = rights.recordings
      tandem.match = rights.match
      let claims = TokenClaims(
        subject: old.identity, expiresAtSeconds: now.seconds + max(300, min(24 * 3600, lifetime)),
        issuedAtSeconds: now.seconds, issuer: keyID, name: old.name, tandem: tandem)
      let token = TokenMint.token(claims, keyID: keyID, secret: secret)
      guard let grant = try? verifier.verify(token, at: now) else { continue }
      rooms.tokenRefreshed(seat, grant: grant, token: token)
    }
  }
}
