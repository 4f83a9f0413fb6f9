// Tokens of our own keys: what is believed, what is refused, and why.

import Access
import Control
import Crypto
import Store
import Testing
import Values

/// What the verifier says to a token with these claims, and what it should.
@Suite("Tokens of an API key", .timeLimit(.minutes(1))) struct TokenTests {
  init() { Control.runInBackground() }

  private static let header: JSON = ["alg": "HS256", "typ": "JWT", "kid": "k1"]
  private static let now = noon.seconds

  private static func claims(_ change: (inout JSON.Object) -> Void = { _ in }) -> JSON {
    var object: JSON.Object = [
      "iss": "k1", "sub": "ana", "iat": .integer(now), "exp": .integer(now + 3600),
      "tandem": ["room": "algebra-7", "role": "mentor"],
    ]
    change(&object)
    return .object(object)
  }

  @Control private func verify(
    _ text: String, at time: Timestamp = noon, options: TokenVerifier.Options = .init()
  ) async throws -> Result<Grant, Refusal> {
    try #require(try await answers(to: [text], at: time, options: options).first)
  }

  @Control private func answers(
    to texts: [String], at time: Timestamp = noon, options: TokenVerifier.Options = .init()
  ) async throws -> [Result<Grant, Refusal>] {
    var answers: [Result<Grant, Refusal>] = []
    try await withStore { store in
      let keys = KeyRing(
        store: store, configured: [key("k1", "s3cret"), key("k2", "other")], masterKey: masterKey)
      let verifier = TokenVerifier(keys: keys, options: options)
      for text in texts { answers.append(Self.answer(of: verifier, to: text, at: time)) }
    }
    return answers
  }

  @Control private static func answer(
    of verifier: TokenVerifier, to text: String, at time: Timestamp
  ) -> Result<Grant, Refusal> {
    do throws(Refusal) {
      return .success(try verifier.verify(text, at: time))
    } catch {
      return .failure(error)
    }
  }

  @Test("a minted token is believed and says who may do what")
  func minted() async throws {
    let text = TokenMint.token(
      TokenClaims(
        subject: "ana", expiresAtSeconds: Self.now + 3600, notBeforeSeconds: Self.now - 5,
        issuedAtSeconds: Self.now, tokenID: "t1", name: "Ana \"A\" Núñez",
        tandem: .init(room: "algebra-7", role: .mentor, record: false, match: true)),
      keyID: "k1", secret: Array("s3cret".utf8))
    let grant = try await verify(text).get()
    #expect(
      grant
        == Grant(
          identity: "ana", name: "Ana \"A\" Núñez", role: .mentor, rooms: .one("algebra-7"),
          rights: Rights(publish: true, subscribe: true, moderate: true, match: true), keyID: "k1",
          tokenID: "t1", issuedAtSeconds: Self.now, expiresAtSeconds: Self.now + 3600))
    #expect(text.utf8.count < 500 && text.utf8.allSatisfy { $0 != UInt8(ascii: "=") })
  }

  /// RFC 7515 appendix A.1, but for what an access token of ours needs besides.
  @Test("the signature is the one that other libraries make")
  func interoperable() throws {
    let secret = try #require(
      Base64.decode("AyM1SysPpbyDfgZld3umj1qzKObwVMkoqQ-EstJQLr_T-1qS0gZH75aKtMN3Yj0iPS4hcgUuTwjAzZr1Z9CAow"))
    let signed =
      "eyJ0eXAiOiJKV1QiLA0KICJhbGciOiJIUzI1NiJ9"
      + ".eyJpc3MiOiJqb2UiLA0KICJleHAiOjEzMDA4MTkzODAsDQogImh0dHA6Ly9leGFtcGxlLmNvbS9pc19yb290Ijp0cnVlfQ"
    #expect(
      Base64.encode(HMAC.sha256(key: secret, message: Array(signed.utf8)))
        == "dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk")
  }

  @Test("a role gives its rights, a token's own rights come on top, no role is a student's")
  func rights() async throws {
    let cases: [(JSON, Role, Grant.Rooms, Rights)] = [
      (
        ["room": "*", "role": "mentor"], .mentor, .any,
        Rights(publish: true, subscribe: true, moderate: true, record: true)
      ),
      (["room": "r", "role": "student"], .student, .one("r"), Rights(publish: true, subscribe: true)),
      (["room": "r", "role": "observer"], .observer, .one("r"), Rights(subscribe: true)),
      (["room": "r"], .student, .one("r"), Rights(publish: true, subscribe: true)),
      (["admin": true], .student, .none, Rights(publish: true, subscribe: true, admin: true)),
      (
        [
          "room": "r", "role": "observer", "publish": true, "subscribe": false, "moderate": true,
          "record": true,
          "recordings": true, "match": true,
        ], .observer, .one("r"),
        Rights(publish: true, moderate: true, record: true, recordings: true, match: true)
      ),
      (
        ["room": "r", "role": nil, "publish": nil], .student, .one("r"),
        Rights(publish: true, subscribe: true)
      ),
    ]
    for (tandem, role, rooms, rights) in cases {
      let text = token(header: Self.header, claims: Self.claims { $0["tandem"] = tandem })
      let grant = try await verify(text).get()
      #expect(grant.role == role && grant.rooms == rooms && grant.rights == rights, "\(tandem.text)")
    }
    let bare = try await verify(token(header: Self.header, claims: Self.claims { $0["tandem"] = nil })).get()
    #expect(bare.rooms == .none && bare.rights == Rights())
  }

  @Test("a token that was good once is answered with token_expired, from its very last moment on")
  func expiry() async throws {
    let text = token(header: Self.header, claims: Self.claims())
    let end = Timestamp(seconds: Self.now + 3600)
    await #expect(throws: Never.self) {
      try await verify(text, at: Timestamp(milliseconds: end.milliseconds - 1)).get()
    }
    await #expect(throws: Refusal(.tokenExpired, "the token expired at 2027-01-15T09:00:00Z")) {
      try await verify(text, at: end).get()
    }
    // The leeway is for clocks that are behind, not for longer lives.
    await #expect(throws: Refusal.self) {
      try await verify(text, at: end, options: .init(leeway: .seconds(60))).get()
    }
  }

  @Test("clocks may differ by the leeway at a token's start, and no more")
  func leeway() async throws {
    for name in ["nbf", "iat"] {
      let edge = token(header: Self.header, claims: Self.claims { $0[name] = .integer(Self.now + 10) })
      await #expect(throws: Never.self) { try await verify(edge).get() }
      let late = token(header: Self.header, claims: Self.claims { $0[name] = .integer(Self.now + 11) })
      #expect(try await code(late) == .unauthorized)
      await #expect(throws: Never.self) { try await verify(late, options: .init(leeway: .seconds(11))).get() }
    }
  }

  @Test("no token lives longer than 24 hours, counted from its issue, or from now if that is not said")
  func age() async throws {
    let day: Int64 = 24 * 3600
    func text(_ issued: Int64?, _ expires: Int64) -> String {
      token(
        header: Self.header,
        claims: Self.claims {
          $0["iat"] = issued.map(JSON.integer)
          $0["exp"] = .integer(expires)
        })
    }
    await #expect(throws: Never.self) { try await verify(text(Self.now, Self.now + day)).get() }
    #expect(try await code(text(Self.now, Self.now + day + 1)) == .unauthorized)
    #expect(try await code(text(Self.now - day, Self.now + 1)) == .unauthorized)
    await #expect(throws: Never.self) { try await verify(text(nil, Self.now + day)).get() }
    #expect(try await code(text(nil, Self.now + day + 1)) == .unauthorized)
    // The operator can ask for less, never for more.
    let short = TokenVerifier.Options(maxAge: .seconds(60))
    #expect(try await code(text(Self.now, Self.now + 61), options: short) == .unauthorized)
    let long = TokenVerifier.Options(maxAge: .seconds(3 * day))
    #expect(try await code(text(Self.now, Self.now + day + 1), options: long) == .unauthorized)
  }

  @Control private func code(
    _ text: String, options: TokenVerifier.Options = .init()
  ) async throws -> Refusal.Code? {
    switch try await verify(text, options: options) {
    case .success: nil
    case .failure(let refusal): refusal.code
    }
  }

  @Test("an unknown key, a wrong secret and an altered token get one and the same answer")
  func oneAnswer() async throws {
    let good = token(header: Self.header, claims: Self.claims())
    let parts = good.split(separator: ".").map(String.init)
    let forged = Base64.encode(Self.claims { $0["sub"] = "eve" }.encoded())
    let bad = [
      token(header: Self.header, claims: Self.claims(), secret: Array("guess".utf8)),
      token(header: ["alg": "HS256", "kid": "k9"], claims: Self.claims { $0["iss"] = "k9" }),
      token(header: ["alg": "HS256", "kid": "k9"], claims: Self.claims(), secret: []),
      // Another key's secret does not sign for this one.
      token(header: Self.header, claims: Self.claims(), secret: Array("other".utf8)),
      "\(parts[0]).\(forged).\(parts[2])", "\(parts[0]).\(parts[1]).",
      "\(parts[0]).\(parts[1]).\(parts[2].dropLast(3))",
    ]
    let refusal = Refusal(.unauthorized, "the token is not signed with a key that this server accepts")
    for answer in try await answers(to: bad) { #expect(answer == .failure(refusal)) }
  }

  @Test("whatever is wrong with a token, a developer is told")
  func messages() async throws {
    let header = Self.header
    func with(_ name: String, _ value: JSON?) -> String {
      token(header: header, claims: Self.claims { $0[name] = value })
    }
    func headed(_ header: JSON) -> String { token(header: header, claims: Self.claims()) }
    let kinds = "must be HS256, RS256, ES256, EdDSA"
    let cases: [(String, String)] = [
      ("", "a token has three parts with dots between, this has 1"),
      ("a.b.c.d", "a token has three parts with dots between, this has 4"),
      ("!.b.c", "the token's header is not base64url"),
      ("bnVsbA.e30.", "the token's header is not a JSON object"),
      (with("sub", "ana") + "=", "the token's parts must not be padded"),
      (with("name", .string(String(repeating: "x", count: 9000))), "the token is longer than 8192 bytes"),
      (headed(["alg": "none", "kid": "k1"]), "the token's header: alg: \(kinds)"),
      (headed(["alg": "hs256", "kid": "k1"]), "the token's header: alg: \(kinds)"),
      (headed(["alg": "HS512", "kid": "k1"]), "the token's header: alg: \(kinds)"),
      (headed(["kid": "k1"]), "the token's header: alg: is required"),
      (headed(["alg": ["HS256"], "kid": "k1"]), "the token's header: alg: must be a string"),
      (
        headed(["alg": "HS256", "kid": "k1", "crit": ["exp"]]),
        "the token's header: crit: names extensions that this server does not know"
      ),
      (
        headed(["alg": "HS256", "kid": "k1", "crit": nil]),
        "the token's header: crit: names extensions that this server does not know"
      ),
      (
        headed(["alg": "HS256", "kid": "k1", "typ": "logout+jwt"]),
        "the token's header: typ: must be JWT for an access token"
      ),
      (headed(["alg": "HS256"]), "the token's header has no kid: it must be the id of the API key"),
      (headed(["alg": "HS256", "kid": "k1", "alg": "HS256"]), "the token's header names a member twice"),
      (with("sub", nil), "the token's claims: sub: is required"),
      (with("sub", ""), "the token's claims: sub: must have 1 to 128 bytes, has 0"),
      (with("sub", 7), "the token's claims: sub: must be a string"),
      (with("sub", "a\nb"), "the token's claims: sub: must not have control characters"),
      (with("exp", nil), "the token's claims: exp: is required"),
      (with("exp", "1800003600"), "the token's claims: exp: must be a number of seconds"),
      (
        with("exp", 1_800_003_600_000),
        "the token's claims: exp: must be seconds since 1970, not milliseconds"
      ),
      (with("exp", -1), "the token's claims: exp: must be seconds since 1970, not milliseconds"),
      (with("iat", true), "the token's claims: iat: must be a number of seconds"),
      (with("iss", "k2"), "the token's iss must be the id of the API key that signed it"),
      (
        with("tandem", ["role": "teacher"]),
        "the token's claims: tandem.role: must be one of mentor, student, observer"
      ),
      (with("tandem", ["publish": "yes"]), "the token's claims: tandem.publish: must be true or false"),
      (
        with("tandem", ["room": "a/b"]),
        "the token's claims: tandem.room: must be the id of a room, or * for all rooms"
      ),
      (with("tandem", "mentor"), "the token's claims: tandem: must be an object"),
      (with("nbf", .integer(Self.now + 60)), "the token is not valid before 2027-01-15T08:01:00Z"),
      (
        with("iat", .integer(Self.now + 60)),
        "the token says that it was issued in the future, at 2027-01-15T08:01:00Z"
      ),
      (
        with("exp", .integer(Self.now + 90_000)),
        "the token lives too long: from iat (or now) to exp it may be 86400 seconds"
      ),
      (
        headed(["alg": "RS256", "kid": "k1"]),
        "this server accepts HS256 tokens only: no identity provider's keys are configured"
      ),
    ]
    for (answer, (_, message)) in zip(try await answers(to: cases.map(\.0)), cases) {
      #expect(answer == .failure(Refusal(.unauthorized, message)))
    }
  }

  @Test("fractions of a second never lengthen a token's life")
  func fractions() async throws {
    let text = token(
      header: Self.header,
      claims: Self.claims {
        $0["nbf"] = .number(Double(Self.now) - 0.5)
        $0["exp"] = .number(Double(Self.now) + 60.9)
      })
    let grant = try await verify(text).get()
    #expect(grant.expiresAtSeconds == Self.now + 60)
  }

  @Test("a token of exactly 8 KiB is read, one byte more is not")
  func size() throws {
    func problem(ofBytes count: Int) -> String? {
      var text = token(header: Self.header, claims: Self.claims())
      text += String(repeating: "A", count: count - text.utf8.count)
      do throws(MalformedToken) {
        _ = try TokenParser(text)
        return nil
      } catch {
        return error.problem
      }
    }
    // At the bound it is read to the end, where the padding is a longer signature.
    #expect(problem(ofBytes: 8192) == nil)
    #expect(problem(ofBytes: 8193) == "the token is longer than 8192 bytes")
  }

  @Test("no bytes whatever make the parser stop", arguments: 1...40 as ClosedRange<UInt64>)
  func fuzz(seed: UInt64) {
    var random = Seeded(seed)
    let good = Array(token(header: Self.header, claims: Self.claims()).utf8)
    for _ in 0..<250 {
      let near = mutated(good, using: &random)
      TokenParser.fuzz(near.span)
      // Inside the parts, where base64 hides what JSON would choke on.
      let header = Base64.encode(mutated(Self.header.encoded(), using: &random))
      let claims = Base64.encode(mutated(Self.claims().encoded(), using: &random))
      let inside = Array("\(header).\(claims).AAAA".utf8)
      TokenParser.fuzz(inside.span)
      var noise: [UInt8] = []
      for _ in 0..<Int.random(in: 0..<64, using: &random) {
        noise.append(UInt8.random(in: 0...255, using: &random))
      }
      TokenParser.fuzz(noise.span)
    }
  }
}
