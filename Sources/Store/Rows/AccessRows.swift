// What Access keeps: keys with their sealed secrets, revocations of people, and the audit log. What the
// sealing and the chain of hashes mean is Access's affair.

package import Values

package struct APIKeyRow: Sendable, Equatable {
  package var id: String
  package var sealedSecret: [UInt8]
  package var note: String?
  package var createdAt: Timestamp
  package var createdBy: String
  package var revokedAt: Timestamp?

  package init(
    id: String, sealedSecret: [UInt8], note: String?, createdAt: Timestamp, createdBy: String,
    revokedAt: Timestamp? = nil
  ) {
    self.id = id
    self.sealedSecret = sealedSecret
    self.note = note
    self.createdAt = createdAt
    self.createdBy = createdBy
    self.revokedAt = revokedAt
  }

  private static let columns = "id, sealed_secret, note, created_at, created_by, revoked_at"

  private init(_ row: Row) throws(StoreFailure) {
    id = try row.text(0)
    sealedSecret = try row.bytes(1)
    note = try row.optionalText(2)
    createdAt = try row.time(3)
    createdBy = try row.text(4)
    revokedAt = try row.optionalTime(5)
  }

  package func insert(_ connection: any Connection) throws(StoreFailure) {
    try connection.execute(
      "insert into api_keys (\(Self.columns)) values ($1, $2, $3, $4, $5, $6)", .text(id),
      .bytes(sealedSecret), .optional(note), .time(createdAt), .text(createdBy), .optional(revokedAt))
  }

  /// False if there is no such key, or it was revoked before. The sealed secret goes too: nothing is left
  /// that could be brought back.
  package static func revoke(
    _ id: String, at time: Timestamp, _ connection: any Connection
  ) throws(StoreFailure) -> Bool {
    try connection.execute(
      "update api_keys set revoked_at = $2, sealed_secret = $3 where id = $1 and revoked_at is null",
      .text(id), .time(time), .bytes([])) == 1
  }

  package static func find(_ id: String, _ connection: any Connection) throws(StoreFailure) -> APIKeyRow? {
    try connection.query("select \(columns) from api_keys where id = $1", .text(id)).first
      .map(APIKeyRow.init)
  }

  static let pageByID = "select \(columns) from api_keys where id > $1 order by id limit $2"

  package static func page(
    after id: String = "", limit: Int, _ connection: any Connection
  ) throws(StoreFailure) -> [APIKeyRow] {
    try connection.query(pageByID, .text(id), .page(limit)).mapRows(APIKeyRow.init)
  }
}

/// Tokens of this identity for this room that were issued before `notBeforeSeconds` are void, until they
/// would have expired anyway.
package struct RevocationRow: Sendable, Equatable {
  package var identity: String
  package var room: String
  package var notBeforeSeconds: Int64
  package var untilSeconds: Int64

  package init(identity: String, room: String, notBeforeSeconds: Int64, untilSeconds: Int64) {
    self.identity = identity
    self.room = room
    self.notBeforeSeconds = notBeforeSeconds
    self.untilSeconds = untilSeconds
  }

  private init(_ row: Row) throws(StoreFailure) {
    identity = try row.text(0)
    room = try row.text(1)
    notBeforeSeconds = try row.integer(2)
    untilSeconds = try row.integer(3)
  }

  package func save(_ connection: any Connection) throws(StoreFailure) {
    try connection.execute(
      """
      insert into revocations (identity, room, not_before_seconds, until_seconds) values ($1, $2, $3, $4)
      on conflict (identity, room) do update set not_before_seconds = excluded.not_before_seconds,
        until_seconds = excluded.until_seconds
      """, .text(identity), .text(room), .integer(notBeforeSeconds), .integer(untilSeconds))
  }

  static let inForce = """
    select identity, room, not_before_seconds, until_seconds from revocations
    where (identity, room) > ($1, $2) and until_seconds > $3 order by identity, room limit $4
    """

  /// Those still in force, a page at a time.
  package static func page(
    after identity: String = "", _ room: String = "", at time: Timestamp, limit: Int,
    _ connection: any Connection
  ) throws(StoreFailure) -> [RevocationRow] {
    try connection.query(
      inForce, .text(identity), .text(room), .integer(time.seconds), .page(limit)
    ).mapRows(RevocationRow.init)
  }

  /// Forgets those whose tokens have all expired.
  package static func sweep(at time: Timestamp, _ connection: any Connection) throws(StoreFailure) {
    try connection.execute("delete from revocations where until_seconds <= $1", .integer(time.seconds))
  }
}

package struct AuditRow: Sendable, Equatable {
  /// Given by the database.
  package private(set) var id: Int64 = 0
  package var at: Timestamp
  package var actor: String
  package var action: String
  package var target: String
  package var detail: String
  package var address: String?
  package var previous: [UInt8]
  package var hash: [UInt8]

  package init(
    at: Timestamp, actor: String, action: String, target: String, detail: String, address: String?,
    previous: [UInt8], hash: [UInt8]
  ) {
    self.at = at
    self.actor = actor
    self.action = action
    self.target = target
    self.detail = detail
    self.address = address
    self.previous = previous
    self.hash = hash
  }

  private static let columns = "id, at, actor, action, target, detail, address, previous, hash"

  private init(_ row: Row) throws(StoreFailure) {
    id = try row.integer(0)
    at = try row.time(1)
    actor = try row.text(2)
    action = try row.text(3)
    target = try row.text(4)
    detail = try row.text(5)
    address = try row.optionalText(6)
    previous = try row.bytes(7)
    hash = try row.bytes(8)
  }

  package func insert(_ connection: any Connection) throws(StoreFailure) {
    try connection.execute(
      """
      insert into audit (at, actor, action, target, detail, address, previous, hash)
      values ($1, $2, $3, $4, $5, $6, $7, $8)
      """, .time(at), .text(actor), .text(action), .text(target), .text(detail), .optional(address),
      .bytes(previous), .bytes(hash))
  }

  /// The newest entry, to which the next one is chained.
  package static func last(_ connection: any Connection) throws(StoreFailure) -> AuditRow? {
    try connection.query("select \(columns) from audit order by id desc limit 1").first.map(AuditRow.init)
  }

  static let pageByID = "select \(columns) from audit where id > $1 order by id limit $2"

  package static func page(
    after id: Int64 = 0, limit: Int, _ connection: any Connection
  ) throws(StoreFailure) -> [AuditRow] {
    try connection.query(pageByID, .integer(id), .page(limit)).mapRows(AuditRow.init)
  }

  static let pageBackwards = "select \(columns) from audit where id < $1 order by id desc limit $2"

  package static func page(
    before id: Int64, limit: Int, _ connection: any Connection
  ) throws(StoreFailure) -> [AuditRow] {
    try connection.query(pageBackwards, .integer(id), .page(limit)).mapRows(AuditRow.init)
  }
}
