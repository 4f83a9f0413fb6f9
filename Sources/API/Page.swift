// Keyset pages: a cursor is the last item's key, wrapped so that nobody builds on what is inside.

import Access
import Values
import Web

enum Page {
  static let defaultLimit = 100
  static let largestLimit = 1000

  /// How many items the caller wants.
  static func limit(_ request: Request) throws(Refusal) -> Int {
    guard let text = request.queryValue("limit") else { return defaultLimit }
    guard let limit = Int(text), (1...largestLimit).contains(limit) else {
      throw Refusal(.invalidMessage, "limit: must be a whole number from 1 to \(largestLimit)")
    }
    return limit
  }

  /// The key after which this page starts; nil for the first page.
  static func key(_ request: Request) throws(Refusal) -> [JSON]? {
    guard let text = request.queryValue("cursor") else { return nil }
    guard text.utf8.count <= 1024, let bytes = Base64.decode(text), let json = try? JSON(parsing: bytes),
      let key = json.array
    else { throw Refusal(.invalidMessage, "cursor: is not one that a list has given") }
    return key
  }

  static func cursor(_ key: [JSON]) -> String { Base64.encode(JSON.array(key).encoded()) }

  /// `items`, and `next` if this page is full.
  static func object(_ items: [JSON], limit: Int, key: (Int) -> [JSON]) -> JSON.Object {
    let next: JSON = items.count == limit ? .string(cursor(key(items.count - 1))) : .null
    return ["items": .array(items), "next": next]
  }

  static func response(_ items: [JSON], limit: Int, key: (Int) -> [JSON]) -> Response {
    .json(
      .object(object(items, limit: limit, key: key)), headers: Headers([("Cache-Control", "no-store")]))
  }
}
