// Decides whether a token is believed, and what it grants: the rules of the contract's first section. An
// unknown key and a wrong signature get one and the same answer, in about the same time.

package import Configuration
package import Control
import Crypto
import Observe
package import Values

@Control package final class TokenVerifier {
  package struct Options: Sendable, Equatable {
    /// For clocks that differ: on `nbf` and `iat` only, a token never lives longer for it.
    package var leeway: Duration
    /// The longest life of a token; never more than 24 hours.
    package var maxAge: Duration
    /// What tokens of an outside identity provider must name, if set.
    package var issuer: String?
    package var audience: String?

    package init(
      leeway: Duration = .seconds(10), maxAge: Duration = .seconds(24 * 3600), issuer: String? = nil,
      audience: String? = nil
    ) {
      self.leeway = leeway
      self.maxAge = min(maxAge, Limits.tokenAge)
      self.issuer = issuer
      self.audience = audience
    }

    package init(_ settings: Settings.Access) {
      self.init(
        leeway: settings.tokenLeeway, maxAge: settings.maxTokenAge,
        issuer: settings.jwksIssuer.isEmpty ? nil : settings.jwksIssuer,
        audience: settings.jwksAudience.isEmpty ? nil : settings.jwksAudience)
    }
  }

  private let keys: KeyRing
  package var options: Options
  /// The public keys of the outside identity provider; nil if none is configured.
  package var jwks: JWKSet?

  package init(keys: KeyRing, options: Options = Options()) {
    self.keys = keys
    self.options = options
  }

  /// Throws `token_expired` for a token that was good once, and `unauthorized` for everything else.
  package func verify(_ token: String, at now: Timestamp) throws(Refusal) -> Grant {
    do {
      return try checked(token, at: now)
    } catch {
      Metrics.authenticationFailures.add()
      throw error
    }
  }

  private func checked(_ token: String, at now: Timestamp) throws(Refusal) -> Grant {
    let parsed: TokenParser
    do {
      parsed = try TokenParser(token)
    } catch {
      throw Refusal(.unauthorized, error.problem)
    }
    switch parsed.algorithm {
    case .hs256: try checkAPIKey(parsed)
    case .rs256: try checkOutsideKey(parsed, .rs256)
    case .es256: try checkOutsideKey(parsed, .es256)
    case .edDSA: try checkOutsideKey(parsed, .edDSA)
    }
    try checkTimes(parsed.claims, at: now)
    let claims = parsed.claims
    return Grant(
      identity: claims.subject, name: claims.name, role: claims.tandem?.role ?? .student,
      rooms: claims.tandem?.rooms ?? .none, rights: claims.tandem?.effectiveRights ?? Rights(),
      keyID: parsed.algorithm == .hs256 ? parsed.keyID : nil, tokenID: claims.tokenID,
      issuedAtSeconds: claims.issuedAtSeconds, expiresAtSeconds: claims.expiresAtSeconds)
  }

  private static let unknownSignature = Refusal(
    .unauthorized, "the token is not signed with a key that this server accepts")

  private func checkAPIKey(_ token: TokenParser) throws(Refusal) {
    guard let keyID = token.keyID else {
      throw Refusal(.unauthorized, "the token's header has no kid: it must be the id of the API key")
    }
    let secret = keys.sharedSecret(for: keyID)
    let expected = (secret ?? KeyRing.nobody).withSpan { HMAC.sha256(key: $0, message: token.signed.span) }
    // Compared also for an unknown key, so that an answer's time tells nobody which keys there are.
    let isEqual = ConstantTime.equal(expected, token.signature)
    guard isEqual, secret != nil else { throw Self.unknownSignature }
    if let issuer = token.claims.issuer, issuer != keyID {
      throw Refusal(.unauthorized, "the token's iss must be the id of the API key that signed it")
    }
  }

  private func checkOutsideKey(
    _ token: TokenParser, _ algorithm: VerificationKey.Algorithm
  ) throws(Refusal) {
    guard let jwks else {
      throw Refusal(
        .unauthorized, "this server accepts HS256 tokens only: no identity provider's keys are configured")
    }
    if token.keyID == nil, jwks.count > 1 {
      throw Refusal(
        .unauthorized, "the token's header has no kid, and the identity provider has several keys")
    }
    // The key decides which algorithm it is for, never the token.
    let candidates = jwks.keys(id: token.keyID).filter { $0.algorithm == algorithm }
    guard candidates.contains(where: { $0.verify(token.signature.span, of: token.signed.span) }) else {
      throw Self.unknownSignature
    }
    if let issuer = options.issuer, token.claims.issuer != issuer {
      throw Refusal(.unauthorized, "the token's iss must be \(issuer)")
    }
    if let audience = options.audience, !token.claims.audiences.contains(audience) {
      throw Refusal(.unauthorized, "the token's aud must contain \(audience)")
    }
  }

  private func checkTimes(_ claims: TokenClaims, at now: Timestamp) throws(Refusal) {
    let expires = Timestamp(seconds: claims.expiresAtSeconds)
    guard now < expires else {
      throw Refusal(.tokenExpired, "the token expired at \(expires.rfc3339)")
    }
    if let notBefore = claims.notBeforeSeconds.map(Timestamp.init(seconds:)), notBefore > now + options.leeway
    {
      throw Refusal(.unauthorized, "the token is not valid before \(notBefore.rfc3339)")
    }
    let issued = claims.issuedAtSeconds.map(Timestamp.init(seconds:))
    if let issued, issued > now + options.leeway {
      throw Refusal(.unauthorized, "the token says that it was issued in the future, at \(issued.rfc3339)")
    }
    guard expires - (issued ?? now) <= options.maxAge else {
      throw Refusal(
        .unauthorized,
        "the token lives too long: from iat (or now) to exp it may be "
          + "\(options.maxAge.components.seconds) seconds")
    }
  }
}
