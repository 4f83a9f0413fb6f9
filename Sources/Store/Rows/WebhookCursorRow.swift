// How far each webhook endpoint has got. Events after `seq` have not been looked at; of those before it, only
// the ones in `pending` are still to be delivered (a room may lag behind the others).

package import Values

package struct WebhookCursorRow: Sendable, Equatable {
  package var endpoint: String
  package var seq: Int64
  package var pending: [Int64]
  package var failingSince: Timestamp?
  package var attempts: Int64
  package var nextAttemptAt: Timestamp?
  package var lastError: String?

  package init(
    endpoint: String, seq: Int64, pending: [Int64] = [], failingSince: Timestamp? = nil, attempts: Int64 = 0,
    nextAttemptAt: Timestamp? = nil, lastError: String? = nil
  ) {
    self.endpoint = endpoint
    self.seq = seq
    self.pending = pending
    self.failingSince = failingSince
    self.attempts = attempts
    self.nextAttemptAt = nextAttemptAt
    self.lastError = lastError
  }

  private static let columns =
    "endpoint, seq, pending, failing_since, attempts, next_attempt_at, last_error"

  private init(_ row: Row) throws(StoreFailure) {
    endpoint = try row.text(0)
    seq = try row.integer(1)
    guard let list = try row.json(2).array else { throw .damaged("the webhook's pending events are no list") }
    pending = list.compactMap(\.integer)
    failingSince = try row.optionalTime(3)
    attempts = try row.integer(4)
    nextAttemptAt = try row.optionalTime(5)
    lastError = try row.optionalText(6)
  }

  package func save(_ connection: any Connection) throws(StoreFailure) {
    try connection.execute(
      """
      insert into webhook_cursors (\(Self.columns)) values ($1, $2, $3, $4, $5, $6, $7)
      on conflict (endpoint) do update set seq = excluded.seq, pending = excluded.pending,
        failing_since = excluded.failing_since, attempts = excluded.attempts,
        next_attempt_at = excluded.next_attempt_at, last_error = excluded.last_error
      """, .text(endpoint), .integer(seq), .json(.array(pending.map(JSON.integer))), .optional(failingSince),
      .integer(attempts), .optional(nextAttemptAt), .optional(lastError))
  }

  package static func find(
    _ endpoint: String, _ connection: any Connection
  ) throws(StoreFailure) -> WebhookCursorRow? {
    try connection.query("select \(columns) from webhook_cursors where endpoint = $1", .text(endpoint)).first
      .map(WebhookCursorRow.init)
  }
}
