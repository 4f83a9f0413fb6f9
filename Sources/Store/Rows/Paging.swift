// What the row types share: reading many rows, and the bound on a page. A list is paged by the key it is
// sorted by ("after this one"), so a page costs the same wherever it is, and rows that come meanwhile shift
// nothing.

extension StoreValue {
  /// At least one row and no more than the largest page.
  static func page(_ limit: Int) -> StoreValue { .integer(Int64(max(1, min(limit, Limits.page)))) }
}

extension [Row] {
  /// `map` with a typed throw.
  func mapRows<Value>(
    _ make: (Row) throws(StoreFailure) -> Value
  ) throws(StoreFailure) -> [Value] {
    var elements: [Value] = []
    elements.reserveCapacity(count)
    for row in self { elements.append(try make(row)) }
    return elements
  }
}

extension Optional<Row> {
  func map<Value>(_ make: (Row) throws(StoreFailure) -> Value) throws(StoreFailure) -> Value? {
    guard let row = self else { return nil }
    return try make(row)
  }
}
