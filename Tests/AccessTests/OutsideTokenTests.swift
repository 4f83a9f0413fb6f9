// Tokens of an outside identity provider: which algorithms, issuers and keys are believed.

import Access
import Control
import Crypto
import Store
import Testing
import Values

@Suite("Tokens of an outside identity provider", .timeLimit(.minutes(1))) struct OutsideTokenTests {
  init() { Control.runInBackground() }

  private static let unknown = Refusal(
    .unauthorized, "the token is not signed with a key that this server accepts")

  @Control private func answers(
    to texts: [String], keys jwks: [UInt8], options: TokenVerifier.Options = .init()
  ) async throws -> [Result<Grant, Refusal>] {
    var answers: [Result<Grant, Refusal>] = []
    try await withStore { store in
      let ring = KeyRing(store: store, configured: [key("k1", "s3cret")], masterKey: masterKey)
      let verifier = TokenVerifier(keys: ring, options: options)
      verifier.jwks = try JWKSet(parsing: jwks)
      for text in texts { answers.append(Self.answer(of: verifier, to: text)) }
    }
    return answers
  }

  @Control private static func answer(of verifier: TokenVerifier, to text: String) -> Result<Grant, Refusal> {
    do throws(Refusal) {
      return .success(try verifier.verify(text, at: noon))
    } catch {
      return .failure(error)
    }
  }

  /// The EdDSA part of the set is ours to sign with.
  private static let edSigner = SigningKey.generate()
  private static let edKey: JSON = [
    "kty": "OKP", "kid": "ed-1", "crv": "Ed25519", "x": .string(Base64.encode(edSigner.publicBytes)),
  ]
  private static func edToken(_ header: JSON = ["alg": "EdDSA", "kid": "ed-1"], tandem: JSON? = nil) -> String
  {
    var claims: JSON.Object = ["sub": "ana", "exp": .integer(noon.seconds + 60)]
    claims["tandem"] = tandem
    let signed = Base64.encode(header.encoded()) + "." + Base64.encode(JSON.object(claims).encoded())
    return signed + "." + Base64.encode(edSigner.sign(Array(signed.utf8)))
  }

  @Test("RS256, ES256 and EdDSA are believed; without a tandem claim they open no room")
  func believed() async throws {
    let texts = [Provider.rs256, Provider.es256, Self.edToken(tandem: ["room": "*", "role": "mentor"])]
    let answers = try await answers(
      to: texts, keys: Provider.set(Provider.rsaKey, Provider.ecKey, Self.edKey))
    for answer in answers.prefix(2) {
      #expect(
        try answer.get()
          == Grant(
            identity: "auth0|5f7c", name: "Ana", role: .student, rooms: .none, rights: Rights(), keyID: nil,
            tokenID: nil, issuedAtSeconds: noon.seconds, expiresAtSeconds: noon.seconds + 3600))
    }
    let last = try #require(try answers.last?.get())
    #expect(last.rooms == .any && last.rights.moderate && last.keyID == nil)
  }

  @Test("issuer and audience must be the configured ones")
  func issuerAndAudience() async throws {
    let keys = Provider.set(Provider.rsaKey)
    func answer(_ issuer: String?, _ audience: String?) async throws -> Refusal? {
      let options = TokenVerifier.Options(issuer: issuer, audience: audience)
      guard
        case .failure(let refusal) = try await answers(to: [Provider.rs256], keys: keys, options: options)[0]
      else { return nil }
      return refusal
    }
    #expect(try await answer("https://id.example", "tandem") == nil)
    #expect(try await answer(nil, "other") == nil)
    #expect(
      try await answer("https://id.example/", nil)
        == Refusal(.unauthorized, "the token's iss must be https://id.example/"))
    #expect(
      try await answer(nil, "tande") == Refusal(.unauthorized, "the token's aud must contain tande"))
  }

  @Test("a key id is needed as soon as there are two keys")
  func keyID() async throws {
    let one = try await answers(to: [Provider.rs256WithoutKeyID], keys: Provider.set(Provider.rsaKey))
    #expect(throws: Never.self) { try one[0].get() }
    let two = try await answers(
      to: [Provider.rs256WithoutKeyID], keys: Provider.set(Provider.rsaKey, Provider.ecKey))
    #expect(
      two[0]
        == .failure(
          Refusal(
            .unauthorized, "the token's header has no kid, and the identity provider has several keys")))
  }

  @Test("the key decides the algorithm: a public key is never taken for a secret, nor one kind for another")
  func confusion() async throws {
    let modulus = try #require(Base64.decode(Provider.modulus))
    let claims: JSON = ["sub": "eve", "exp": .integer(noon.seconds + 60), "tandem": ["admin": true]]
    let set = Provider.set(Provider.rsaKey, Provider.ecKey, Self.edKey)
    let texts = [
      // What everybody knows, used as the secret of an HMAC.
      token(header: ["alg": "HS256", "kid": "rsa-1"], claims: claims, secret: modulus),
      token(header: ["alg": "HS256", "kid": "rsa-1"], claims: claims, secret: Provider.rsaKey.encoded()),
      token(header: ["alg": "HS256", "kid": "ed-1"], claims: claims, secret: Self.edSigner.publicBytes),
      // The secret of an API key under the name of a public one, and the other way round.
      token(header: ["alg": "HS256", "kid": "rsa-1"], claims: claims),
      token(header: ["alg": "RS256", "kid": "k1"], claims: claims),
      Self.edToken(["alg": "EdDSA", "kid": "k1"]), Self.edToken(["alg": "EdDSA", "kid": "rsa-1"]),
      Self.edToken(["alg": "ES256", "kid": "ed-1"]), Self.edToken(["alg": "ES256", "kid": "ec-1"]),
      Provider.es256WithTheRSAKeyID, Provider.pssSignature,
    ]
    for (answer, text) in zip(try await answers(to: texts, keys: set), texts) {
      #expect(answer == .failure(Self.unknown), "\(text)")
    }
  }

  @Test("a key that the token itself brings is not looked at")
  func embeddedKey() async throws {
    let stranger = SigningKey.generate()
    let header: JSON = [
      "alg": "EdDSA", "kid": "ed-1", "jku": "https://evil.example/keys",
      "jwk": ["kty": "OKP", "crv": "Ed25519", "x": .string(Base64.encode(stranger.publicBytes))],
    ]
    let claims: JSON = ["sub": "eve", "exp": .integer(noon.seconds + 60)]
    let signed = Base64.encode(header.encoded()) + "." + Base64.encode(claims.encoded())
    let text = signed + "." + Base64.encode(stranger.sign(Array(signed.utf8)))
    #expect(try await answers(to: [text], keys: Provider.set(Self.edKey)) == [.failure(Self.unknown)])
  }
}

@Suite("The key set of an identity provider") struct JWKSetTests {
  private func problem(_ bytes: [UInt8]) -> String? {
    do throws(InvalidJWKSet) {
      _ = try JWKSet(parsing: bytes)
      return nil
    } catch {
      return error.description
    }
  }

  @Test("keys that are of no use here are left out with the reason, the others are used")
  func skipped() throws {
    func key(_ change: (inout JSON.Object) -> Void) -> JSON {
      var object = Provider.rsaKey.object ?? [:]
      object["kid"] = nil
      change(&object)
      return .object(object)
    }
    let set = try JWKSet(
      parsing: Provider.set(
        Provider.rsaKey,
        key { $0["use"] = "enc" },
        key { $0["key_ops"] = ["sign"] },
        key { $0["alg"] = "RS512" },
        key { $0["n"] = "AQAB" },
        key { $0["n"] = "a=b" },
        key { $0["e"] = nil },
        ["kty": "oct", "kid": "shared", "k": "c2VjcmV0"],
        ["kty": "EC", "kid": "p384", "crv": "P-384", "x": "AA", "y": "AA"],
        ["kty": "OKP", "kid": "x", "crv": "X25519", "x": "AA"],
        ["kid": "nothing"]))
    #expect(set.count == 1 && set.keys(id: "rsa-1").count == 1 && set.keys(id: "shared").isEmpty)
    #expect(
      set.skipped == [
        "key number 2: is not for signatures", "key number 3: is not for verifying",
        "key number 4: is for RS512, which is not supported with its kind of key",
        "key number 5: the RSA key has 17 bits and needs 2048",
        "key number 6: keys[5].n: must be base64url", "key number 7: keys[6].e: is required",
        "key shared: is of the kind oct", "key p384: is on the curve P-384, not P-256",
        "key x: is on the curve X25519, not Ed25519", "key nothing: keys[10].kty: is required",
      ])
  }

  @Test("a file that is no usable key set is refused with what is wrong")
  func refused() {
    #expect(problem(Array("-----BEGIN".utf8)) == "the key set is not JSON: a digit is missing at byte 1")
    #expect(problem(Array("[]".utf8)) == "the key set is not one of RFC 7517: must be an object")
    #expect(problem(Array("{}".utf8)) == "the key set is not one of RFC 7517: keys: is required")
    #expect(
      problem(Provider.set()) == "the key set has no key for RS256, ES256 or EdDSA: it has no keys")
    #expect(
      problem(Provider.set(["kty": "oct"]))
        == "the key set has no key for RS256, ES256 or EdDSA: key number 1: is of the kind oct")
    let crowd = JSON.object(["keys": .array([JSON](repeating: Provider.ecKey, count: 65))])
    #expect(
      problem(crowd.encoded()) == "the key set is not one of RFC 7517: keys: must have at most 64 elements")
    let big = [UInt8](repeating: 0x20, count: 256 << 10 | 1)
    #expect(problem(big) == "the key set has 262145 bytes; 262144 are the most")
  }

  @Test("no bytes whatever make reading a key set stop", arguments: 1...20 as ClosedRange<UInt64>)
  func fuzz(seed: UInt64) {
    var random = Seeded(seed)
    let good = Provider.set(Provider.rsaKey, Provider.ecKey)
    for _ in 0..<50 {
      let near = mutated(good, using: &random)
      JWKSet.fuzz(near.span)
    }
  }
}
