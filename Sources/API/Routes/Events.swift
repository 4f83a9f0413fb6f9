// Every event as it happened: the rows that webhooks are sent from, for who would rather ask, or has missed some.

import Access
import Control
import Store
import Values
import Web

extension Routes {
  static let events: [Route] = [
    Route(
      .get, "/v1/events", .readEvents,
      .init(
        summary:
          "Events after a cursor, oldest first. `next` is always given: ask again with it for what comes.",
        query: [
          .init(
            name: "after", type: "string",
            about:
              "The `next` or an item's `cursor` of before; empty: from the first; `latest`: only what comes."),
          .limit,
        ], answer: (200, "EventPage"))
    ) { service, call async throws(Refusal) -> Response in
      let limit = try Page.limit(call.request)
      let text = call.request.queryValue("after") ?? ""
      if text == "latest" {
        let latest = try await service.stored { () async throws(StoreFailure) in
          try await service.store.read { connection throws(StoreFailure) in try EventLog.latest(connection) }
        }
        return .json(["items": [], "next": .string(String(latest))], headers: uncached)
      }
      guard let after = text.isEmpty ? 0 : Int64(text), after >= 0 else {
        throw Refusal(.invalidMessage, "after: is not a cursor of this list")
      }
      let rows = try await service.stored { () async throws(StoreFailure) in
        try await service.store.read { connection throws(StoreFailure) in
          try EventLog.after(after, limit: limit, connection)
        }
      }
      var items: [JSON] = []
      for row in rows {
        let event = try await service.stored { () async throws(StoreFailure) in try row.json() }
        var object = event.object ?? [:]
        object["cursor"] = .string(String(row.seq))
        items.append(.object(object))
      }
      let next = rows.last.map { String($0.seq) } ?? (text.isEmpty ? nil : text)
      return .json(["items": .array(items), "next": .optional(next)], headers: uncached)
    }
  ]
}
