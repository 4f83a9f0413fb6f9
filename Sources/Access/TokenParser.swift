// Takes a JSON Web Token apart (RFC 7515 section 3.1, RFC 7519): three parts, a header, claims of the right
// types. Pure, and believes nothing: whether the signature and the times are right is for TokenVerifier to
// say.

import Values

/// Why a text is no token at all; the sentence may be shown to whoever sent it.
package struct MalformedToken: Error, Equatable {
  package let problem: String
}

package struct TokenParser: Sendable, Equatable {
  package enum Algorithm: String, Sendable, CaseIterable {
    case hs256 = "HS256"
    case rs256 = "RS256"
    case es256 = "ES256"
    case edDSA = "EdDSA"
  }

  package let algorithm: Algorithm
  package let keyID: String?
  package let claims: TokenClaims
  /// What the signature is over: header and claims as they came, with the dot between.
  package let signed: [UInt8]
  package let signature: [UInt8]

  package init(_ token: Span<UInt8>) throws(MalformedToken) {
    guard token.count <= Limits.tokenBytes else {
      throw MalformedToken(problem: "the token is longer than \(Limits.tokenBytes) bytes")
    }
    var dots: [Int] = []
    for index in token.indices {
      let byte = token[index]
      if byte == UInt8(ascii: ".") { dots.append(index) }
      // Base64 of tokens is never padded; a decoder that forgives it would give one token many texts.
      if byte == UInt8(ascii: "=") { throw MalformedToken(problem: "the token's parts must not be padded") }
    }
    guard dots.count == 2 else {
      throw MalformedToken(problem: "a token has three parts with dots between, this has \(dots.count + 1)")
    }
    let header = try Self.object(token, 0..<dots[0], "header")
    (algorithm, keyID) = try Self.header(header)
    claims = try Self.claims(Self.object(token, dots[0] + 1..<dots[1], "claims"))
    signature = try Self.decoded(token, dots[1] + 1..<token.count, "signature")
    var signed: [UInt8] = []
    signed.reserveCapacity(dots[1])
    for index in 0..<dots[1] { signed.append(token[index]) }
    self.signed = signed
  }

  package init(_ token: String) throws(MalformedToken) { try self.init(Array(token.utf8).span) }

  /// For the fuzzers: any bytes at all; what was read must be read the same again.
  package static func fuzz(_ bytes: Span<UInt8>) {
    guard let parsed = try? TokenParser(bytes) else { return }
    let again = parsed.signed + [UInt8(ascii: ".")] + Array(Base64.encode(parsed.signature).utf8)
    precondition((try? TokenParser(again.span)) == parsed, "a token has one text only")
  }

  private static func decoded(
    _ token: Span<UInt8>, _ range: Range<Int>, _ part: String
  ) throws(MalformedToken) -> [UInt8] {
    guard let text = try? UTF8Span(validating: token.extracting(range)),
      let bytes = Base64.decode(String(copying: text), .url)
    else { throw MalformedToken(problem: "the token's \(part) is not base64url") }
    return bytes
  }

  private static func object(
    _ token: Span<UInt8>, _ range: Range<Int>, _ part: String
  ) throws(MalformedToken) -> Fields {
    let bytes = try decoded(token, range, part)
    guard let json = try? JSON(parsing: bytes), let fields = try? Fields(json) else {
      throw MalformedToken(problem: "the token's \(part) is not a JSON object")
    }
    // Two readers could each believe another one of two members (RFC 7515 section 5.2, RFC 7519 section 4).
    guard !hasDuplicates(json) else {
      throw MalformedToken(problem: "the token's \(part) names a member twice")
    }
    return fields
  }

  private static func hasDuplicates(_ json: JSON) -> Bool {
    switch json {
    case .object(let object):
      var names: Set<String> = []
      return object.members.contains { !names.insert($0.name).inserted || hasDuplicates($0.value) }
    case .array(let values):
      return values.contains(where: hasDuplicates)
    case .null, .bool, .integer, .number, .string:
      return false
    }
  }

  private static func header(_ fields: Fields) throws(MalformedToken) -> (Algorithm, String?) {
    do {
      let name = try fields.string("alg", length: 1...Limits.claimBytes)
      guard let algorithm = Algorithm(rawValue: name) else {
        throw fields.invalid("alg", "must be \(Algorithm.allCases.map(\.rawValue).joined(separator: ", "))")
      }
      // RFC 7515 section 4.1.11: an extension that must be understood and is not. `null` is no way out.
      guard fields.object["crit"] == nil else {
        throw fields.invalid("crit", "names extensions that this server does not know")
      }
      if let type = try fields.optionalString("typ", length: 0...Limits.claimBytes) {
        // RFC 8725 section 3.11: a logout token or a security event is signed with the same key.
        let short = type.lowercased()
        let kind = short.hasPrefix("application/") ? String(short.dropFirst("application/".count)) : short
        guard kind == "jwt" || kind == "at+jwt" else {
          throw fields.invalid("typ", "must be JWT for an access token")
        }
      }
      return (algorithm, try fields.optionalString("kid", length: 1...Limits.claimBytes))
    } catch {
      throw MalformedToken(problem: "the token's header: \(error)")
    }
  }

  private static func claims(_ fields: Fields) throws(MalformedToken) -> TokenClaims {
    do {
      let subject = try fields.string("sub", length: 1...Limits.identityBytes)
      guard subject.unicodeScalars.allSatisfy({ $0.properties.generalCategory != .control }) else {
        throw fields.invalid("sub", "must not have control characters")
      }
      guard let expires = try seconds(fields, "exp") else { throw fields.invalid("exp", "is required") }
      return TokenClaims(
        subject: subject, expiresAtSeconds: expires,
        // A fraction counts towards the safe side: a token starts later and ends earlier, never the other
        // way.
        notBeforeSeconds: try seconds(fields, "nbf", .up), issuedAtSeconds: try seconds(fields, "iat"),
        issuer: try fields.optionalString("iss", length: 0...Limits.claimBytes),
        audiences: try audiences(fields),
        tokenID: try fields.optionalString("jti", length: 0...Limits.claimBytes),
        name: try fields.optionalString("name", length: 0...Limits.nameBytes),
        tandem: try fields.optionalFields("tandem").map { fields throws(InvalidField) in
          try TokenClaims.Tandem(fields)
        })
    } catch {
      throw MalformedToken(problem: "the token's claims: \(error)")
    }
  }

  /// A NumericDate: seconds since 1970, possibly with a fraction.
  private static func seconds(
    _ fields: Fields, _ name: String, _ rounding: FloatingPointRoundingRule = .down
  ) throws(InvalidField) -> Int64? {
    guard let value = fields[name] else { return nil }
    guard let number = value.double else { throw fields.invalid(name, "must be a number of seconds") }
    let rounded = number.rounded(rounding)
    guard rounded >= 0, rounded <= Double(Limits.latestSecond) else {
      throw fields.invalid(name, "must be seconds since 1970, not milliseconds")
    }
    return Int64(rounded)
  }

  private static func audiences(_ fields: Fields) throws(InvalidField) -> [String] {
    guard let value = fields["aud"] else { return [] }
    if let one = value.string { return [one] }
    guard let several = value.array, several.count <= Limits.audiences else {
      throw fields.invalid("aud", "must be a string or at most \(Limits.audiences) strings")
    }
    var result: [String] = []
    for element in several {
      guard let text = element.string else { throw fields.invalid("aud", "must be a string or strings") }
      result.append(text)
    }
    return result
  }
}
