// Makes access tokens: a JSON Web Token, signed with HMAC-SHA256 under an API key's secret. Called by the
// API, by whoever refreshes a participant's token, and by the command line. Pure.

import Crypto
import Values

package enum TokenMint {
  package static func token(_ claims: TokenClaims, keyID: String, secret: [UInt8]) -> String {
    precondition(!secret.isEmpty, "a token signed without a secret is worth nothing")
    let header: JSON = ["alg": "HS256", "typ": "JWT", "kid": .string(keyID)]
    var claims = claims
    claims.issuer = claims.issuer ?? keyID
    let signed = Base64.encode(header.encoded()) + "." + Base64.encode(claims.json.encoded())
    return signed + "." + Base64.encode(HMAC.sha256(key: secret, message: Array(signed.utf8)))
  }
}
