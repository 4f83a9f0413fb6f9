// API keys: whoever holds a secret mints tokens.

import Access
import Control
import Store
import Values
import Web

extension Routes {
  static let keys: [Route] = [
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
      return .json(["items": .array(items), "next": .null], headers: uncached)
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
