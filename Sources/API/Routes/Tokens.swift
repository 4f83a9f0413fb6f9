// `POST /v1/tokens`: a join token, for platforms that would rather not sign themselves.

import Access
import Sessions
import Values
import Web

extension Routes {
  private static let longestSeconds = 24 * 3600
  private static let standardSeconds = 3600

  static let tokens: [Route] = [
    Route(
      .post, "/v1/tokens", .mintToken,
      .init(summary: "Mint a join token.", body: "TokenRequest", answer: (201, "Token"))
    ) { service, call async throws(Refusal) -> Response in
      let fields = try call.fields()
      let wanted = try call.body { () throws(InvalidField) in try claims(fields, at: call.now) }
      let key = try service.mintingKey(for: call)
      service.noted(call, "token.mint", wanted.subject)
      return .json(
        [
          "token": .string(key.sign(wanted)),
          "expiresAt": .string(Timestamp(seconds: wanted.expiresAtSeconds).rfc3339),
        ], status: 201, headers: uncached)
    }
  ]

  private static func claims(_ fields: Fields, at now: Timestamp) throws(InvalidField) -> TokenClaims {
    let room = try fields.optionalString("room", length: 1...128)
    if let room, room != "*", !Identifier.isAcceptable(room) {
      throw fields.invalid("room", "may have letters, digits and - _ . ~ : @ + only, or be \"*\"")
    }
    let lifetime = try fields.optionalInteger("ttl", in: 1...longestSeconds) ?? standardSeconds
    var tandem = TokenClaims.Tandem()
    tandem.room = room
    tandem.role = try fields.optionalChoice("role", Role.self) ?? .student
    tandem.publish = try fields.optionalBool("publish")
    tandem.subscribe = try fields.optionalBool("subscribe")
    tandem.moderate = try fields.optionalBool("moderate")
    tandem.record = try fields.optionalBool("record")
    tandem.admin = try fields.optionalBool("admin")
    tandem.recordings = try fields.optionalBool("recordings")
    tandem.match = try fields.optionalBool("match")
    return TokenClaims(
      subject: try fields.string("identity", length: 1...128),
      expiresAtSeconds: now.seconds + Int64(lifetime), issuedAtSeconds: now.seconds,
      name: try fields.optionalString("name", length: 1...Limits.nameBytes), tandem: tandem)
  }
}

/// A key of ours that signs.
struct MintingKey {
  let id: String
  let secret: [UInt8]

  func sign(_ claims: TokenClaims) -> String {
    var claims = claims
    claims.issuer = id
    return TokenMint.token(claims, keyID: id, secret: secret)
  }
}

extension Service {
  /// The caller's own key, so that revoking it ends what was minted with it; for an outside provider's
  /// administrator the server's own.
  func mintingKey(for call: Route.Call) throws(Refusal) -> MintingKey {
    for id in [call.grant?.keyID, keys.mintingKeyID] {
      if let id, let secret = keys.secret(for: id) { return MintingKey(id: id, secret: secret) }
    }
    throw Refusal(.unavailable, "this server has no API key to sign tokens with")
  }
}
