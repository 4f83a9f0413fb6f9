// Which request an Idempotency-Key stood for, so that the same key with another request is noticed. Written before
// the work is done; that a repetition does it only once is the affair of ids derived from the key (API).

package import Values

package struct IdempotencyRow: Sendable, Equatable {
  package var key: String
  /// Whose keys these are: an API key's id and the call, so that two callers cannot collide.
  package var scope: String
  /// Of the request: the same key with another request is a mistake of the caller.
  package var requestHash: [UInt8]
  package var at: Timestamp

  package init(key: String, scope: String, requestHash: [UInt8], at: Timestamp) {
    self.key = key
    self.scope = scope
    self.requestHash = requestHash
    self.at = at
  }

  private init(_ row: Row) throws(StoreFailure) {
    key = try row.text(0)
    scope = try row.text(1)
    requestHash = try row.bytes(2)
    at = try row.time(3)
  }

  /// Throws `.conflict` if the key has been used.
  package func insert(_ connection: any Connection) throws(StoreFailure) {
    try connection.execute(
      "insert into idempotency (key, scope, request_hash, at) values ($1, $2, $3, $4)", .text(key),
      .text(scope), .bytes(requestHash), .time(at))
  }

  package static func find(
    _ key: String, scope: String, _ connection: any Connection
  ) throws(StoreFailure) -> IdempotencyRow? {
    try connection.query(
      "select key, scope, request_hash, at from idempotency where scope = $1 and key = $2", .text(scope),
      .text(key)
    ).first.map(IdempotencyRow.init)
  }

  package static func sweep(before time: Timestamp, _ connection: any Connection) throws(StoreFailure) {
    try connection.execute("delete from idempotency where at < $1", .time(time))
  }
}
