// The receipt of a session: a statement that billing can settle on, signed by the server.

import Access
import Agenda
import Control
import Library
import Store
import Values
import Web

extension Routes {
  static let receipts: [Route] = [
    Route(
      .get, "/v1/sessions/{session}/receipt", .readReceipt,
      .init(
        summary:
          "What a session was, signed (a JSON Web Signature by the key at /v1/keys/signing), once it has ended.",
        answer: (200, "Receipt"))
    ) { service, call async throws(Refusal) -> Response in
      let id = call.parameter("session")
      let found = try await service.reading { connection throws(StoreFailure) in
        try SessionReceipt.of(id, connection)
      }
      guard let found else { throw Refusal(.notFound, "there is no such session") }
      guard found.session.endedAt != nil else {
        throw Refusal(.conflict, "the session has not ended yet", retryAfter: .seconds(30))
      }
      let receipt = found.json(issuedAt: call.now)
      let (jws, key) = try await service.kept().signed(receipt)
      return .json(
        ["receipt": receipt, "jws": .string(jws), "key": .string(key)], headers: uncached)
    }
  ]
}
