// The audit log, oldest first.

import Access
import Control
import Store
import Values
import Web

extension Routes {
  static let audit: [Route] = [
    Route(
      .get, "/v1/audit", .readAudit,
      .init(
        summary: "Administrative acts, oldest first, chained by their hashes.",
        query: [.limit, .cursor], answer: (200, "AuditPage"))
    ) { service, call async throws(Refusal) -> Response in
      let limit = try Page.limit(call.request)
      let after = try Page.key(call.request)?.first?.integer
      let entries = try await service.stored { () async throws(StoreFailure) in
        try await service.audit.page(after: after, limit: limit)
      }
      let items = entries.map { entry -> JSON in
        [
          "id": .integer(entry.id), "at": .string(entry.at.rfc3339), "actor": .string(entry.actor),
          "action": .string(entry.action), "target": .string(entry.target), "detail": entry.detail,
          "address": .optional(entry.address), "hash": .string(Hex.encode(entry.hash)),
        ]
      }
      return Page.response(items, limit: limit) { [.integer(entries[$0].id)] }
    }
  ]
}
