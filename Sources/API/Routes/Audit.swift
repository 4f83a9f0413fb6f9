// The audit log.

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
        summary: "Administrative acts, chained by their hashes: oldest first, or newest first.",
        query: [
          .init(name: "order", type: "string", about: "`oldest` (as if unsaid) or `newest` first."), .limit,
          .cursor,
        ], answer: (200, "AuditPage"))
    ) { service, call async throws(Refusal) -> Response in
      let limit = try Page.limit(call.request)
      let after = try Page.key(call.request)?.first?.integer
      let isNewestFirst: Bool
      switch call.request.queryValue("order") {
      case "newest": isNewestFirst = true
      case nil, "oldest": isNewestFirst = false
      default: throw Refusal(.invalidMessage, "order: must be oldest or newest")
      }
      let entries = try await service.stored { () async throws(StoreFailure) in
        isNewestFirst
          ? try await service.audit.page(before: after, limit: limit)
          : try await service.audit.page(after: after, limit: limit)
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
