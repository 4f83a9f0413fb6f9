// API keys: whoever holds a secret mints tokens.

import Access
import Control
import Library
import Store
import Values
import Web

extension Routes {
  static let keys: [Route] = [
    Route(
      .get, "/v1/keys/signing", nil,
      .init(
        summary: "The public key by which this server's manifests are checked; for anybody.",
        answer: (200, "SigningKeys"))
    ) { service, _ async throws(Refusal) -> Response in
      .json(["items": [try await service.signingKey()]], headers: uncached)
    },
    Route(
      .post, "/v1/keys", .manageKeys,
      .init(
        summary: "Create an API key. Its secret is shown this once.", body: "KeyRequest",
        answer: (201, "NewKey"))
    ) { service, call async throws(Refusal) -> Response in
      let fields = try call.fields()
      let note = try call.body { () throws(InvalidField) in try fields.optionalString("note", length: 0...256)
      }
      let key = try await service.stored { () async throws(StoreFailure) in
        try await service.keys.create(note: note, by: call.actor, at: call.now)
      }
      service.noted(call, "key.create", key.id)
      return .json(["id": .string(key.id), "secret": .string(key.secret)], status: 201, headers: uncached)
    },
    Route(
      .get, "/v1/keys", .manageKeys,
      .init(summary: "List API keys, without their secrets.", answer: (200, "KeyPage"))
    ) { service, _ async throws(Refusal) -> Response in
      let items = service.keys.list().map { key -> JSON in
        [
          "id": .string(key.id), "note": .optional(key.note), "createdAt": .optional(key.createdAt?.rfc3339),
          "revokedAt": .optional(key.revokedAt?.rfc3339),
          "source": .string(key.source.rawValue),
        ]
      }
      var answer: JSON.Object = ["items": .array(items), "next": .null]
      if let signing = try? await service.signingKey() { answer.append("signing", [signing]) }
      return .json(.object(answer), headers: uncached)
    },
    Route(
      .delete, "/v1/keys/{key}", .manageKeys,
      .init(summary: "Revoke an API key: tokens that it signed are refused from now on.", answer: (204, nil))
    ) { service, call async throws(Refusal) -> Response in
      let id = call.parameter("key")
      let known = try await service.stored { () async throws(StoreFailure) in
        try await service.keys.revoke(id, at: call.now)
      }
      guard known else { throw Refusal(.notFound, "there is no such key in the store") }
      service.noted(call, "key.revoke", id)
      return Response(status: 204)
    },
  ]
}

extension Service {
  /// As a JSON Web Key (RFC 8037).
  fileprivate func signingKey() async throws(Refusal) -> JSON {
    let bytes = try await kept().publicKey()
    return [
      "kid": .string(SigningKeyName.of(bytes)), "kty": "OKP", "crv": "Ed25519", "alg": "EdDSA", "use": "sig",
      "x": .string(Base64.encode(bytes)),
    ]
  }

  /// The store's failures as a caller sees them: the details are for the log.
  func stored<Result>(_ body: () async throws(StoreFailure) -> Result) async throws(Refusal) -> Result {
    do throws(StoreFailure) {
      return try await body()
    } catch {
      switch error {
      case .full: throw Refusal(.unavailable, "the server's disk is full", retryAfter: .seconds(60))
      case .unavailable:
        throw Refusal(.unavailable, "the server's store can't be reached", retryAfter: .seconds(5))
      case .conflict(let what): throw Refusal(.conflict, what)
      case .incompatible(let what), .damaged(let what): throw Refusal(.internal, what)
      }
    }
  }
}
