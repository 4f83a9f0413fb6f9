// The catalogue of recordings: what there is, where in time, and until when. The files themselves lie beside the database.

package import Values

package struct RecordingRow: Sendable, Equatable {
  package enum State: String, Sendable, CaseIterable {
    case recording
    /// It has ended, and its mix and analysis are being made.
    case processing
    case ready
    /// Nothing of it could be kept.
    case failed
  }

  package var id: String
  package var room: String
  package var session: String
  package var state: State
  package var startedAt: Timestamp
  package var stoppedAt: Timestamp?
  package var durationMilliseconds: Int64?
  /// Of all its files as they are fetched.
  package var bytes: Int64?
  package var metadata: JSON
  /// The key under which the keys of its files are sealed, itself sealed under the master key.
  package var sealedKey: [UInt8]?
  package var stopReason: String?
  /// Why it must not be deleted; nil: no legal hold.
  package var hold: String?
  package var expiresAt: Timestamp?
  package var isWarned = false

  package init(
    id: String, room: String, session: String, state: State, startedAt: Timestamp, sealedKey: [UInt8]? = nil,
    metadata: JSON = [:]
  ) {
    self.id = id
    self.room = room
    self.session = session
    self.state = state
    self.startedAt = startedAt
    self.sealedKey = sealedKey
    self.metadata = metadata
  }

  static let columns = """
    recordings.id, recordings.room, recordings.session, recordings.state, recordings.started_at,
    recordings.stopped_at, recordings.duration_ms, recordings.bytes, recordings.metadata,
    recordings.sealed_key, recordings.stop_reason, recordings.hold, recordings.expires_at, recordings.warned
    """

  private init(_ row: Row) throws(StoreFailure) {
    id = try row.text(0)
    room = try row.text(1)
    session = try row.text(2)
    let name = try row.text(3)
    guard let state = State(rawValue: name) else { throw .damaged("\(name) is no state of a recording") }
    self.state = state
    startedAt = try row.time(4)
    stoppedAt = try row.optionalTime(5)
    durationMilliseconds = try row.optionalInteger(6)
    bytes = try row.optionalInteger(7)
    metadata = try row.json(8)
    sealedKey = row.values[9] == .null ? nil : try row.bytes(9)
    stopReason = try row.optionalText(10)
    hold = try row.optionalText(11)
    expiresAt = try row.optionalTime(12)
    isWarned = try row.optionalBool(13) ?? false
  }

  /// Leaves a hold and a warning as they are: what was read before they came must not undo them.
  package func save(_ connection: any Connection) throws(StoreFailure) {
    try connection.execute(
      """
      insert into recordings (id, room, session, state, started_at, stopped_at, duration_ms, bytes, metadata,
        sealed_key, stop_reason, hold, expires_at, warned)
      values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14)
      on conflict (id) do update set state = excluded.state, stopped_at = excluded.stopped_at,
        duration_ms = excluded.duration_ms, bytes = excluded.bytes, metadata = excluded.metadata,
        sealed_key = excluded.sealed_key, stop_reason = excluded.stop_reason, expires_at = excluded.expires_at
      """, .text(id), .text(room), .text(session), .text(state.rawValue), .time(startedAt),
      .optional(stoppedAt), .optional(durationMilliseconds), .optional(bytes), .json(metadata),
      sealedKey.map(StoreValue.bytes) ?? .null, .optional(stopReason), .optional(hold), .optional(expiresAt),
      .flag(isWarned))
  }

  /// False: there is no such recording. Nil ends the hold.
  package static func hold(
    _ id: String, _ reason: String?, _ connection: any Connection
  ) throws(StoreFailure) -> Bool {
    try connection.execute("update recordings set hold = $2 where id = $1", .text(id), .optional(reason)) == 1
  }

  package static func warned(_ id: String, _ connection: any Connection) throws(StoreFailure) {
    try connection.execute("update recordings set warned = 1 where id = $1", .text(id))
  }

  /// What was made of it is to be made again; false for one that is not there, or of which nothing was made yet.
  package static func reopen(_ id: String, _ connection: any Connection) throws(StoreFailure) -> Bool {
    try !connection.query(
      "update recordings set state = 'processing' where id = $1 and state = 'ready' returning id", .text(id)
    ).isEmpty
  }

  /// Its tracks and files go with it. False: there is none, or it is held.
  package static func delete(_ id: String, _ connection: any Connection) throws(StoreFailure) -> Bool {
    try connection.execute("delete from recordings where id = $1 and hold is null", .text(id)) == 1
  }

  package static func find(_ id: String, _ connection: any Connection) throws(StoreFailure) -> RecordingRow? {
    try connection.query("select \(columns) from recordings where id = $1", .text(id)).first
      .map(RecordingRow.init)
  }

  static let unfinishedPage = """
    select \(columns) from recordings where stopped_at is null and id > $1 order by id limit $2
    """

  /// What a start finds unfinished.
  package static func unfinished(
    after id: String = "", limit: Int, _ connection: any Connection
  ) throws(StoreFailure) -> [RecordingRow] {
    try connection.query(unfinishedPage, .text(id), .page(limit)).mapRows(RecordingRow.init)
  }

  static let processingPage = """
    select \(columns) from recordings where state = 'processing' and id > $1 order by id limit $2
    """

  /// Whose mix and analysis are still to be made.
  package static func processing(
    after id: String = "", limit: Int, _ connection: any Connection
  ) throws(StoreFailure) -> [RecordingRow] {
    try connection.query(processingPage, .text(id), .page(limit)).mapRows(RecordingRow.init)
  }

  static let expiringPage = """
    select \(columns) from recordings
    where expires_at is not null and hold is null and expires_at < $1
      and (expires_at < $3 or warned is null or warned = 0)
    order by expires_at limit $2
    """

  /// Whose time is over now, and those of whose end before `time` nobody was warned; held ones are not among them.
  package static func expiring(
    before time: Timestamp, at now: Timestamp, limit: Int, _ connection: any Connection
  ) throws(StoreFailure) -> [RecordingRow] {
    try connection.query(expiringPage, .time(time), .page(limit), .time(now)).mapRows(RecordingRow.init)
  }

  // MARK: Lists, newest first

  package struct Filter: Sendable, Equatable {
    package var room: String?
    package var session: String?
    package var identity: String?
    /// Started at this time or later.
    package var from: Timestamp?

    package init(
      room: String? = nil, session: String? = nil, identity: String? = nil, from: Timestamp? = nil
    ) {
      self.room = room
      self.session = session
      self.identity = identity
      self.from = from
    }
  }

  static func page(_ filter: Filter) -> String {
    var sql = "select \(columns) from recordings where (started_at, id) < ($1, $2) and started_at >= $4"
    if filter.session != nil { sql += " and session = $5" }
    if filter.room != nil { sql += " and room = $6" }
    switch (filter.identity, filter.session ?? filter.room) {
    case (nil, _): break
    // All of a person's may be thousands: no more are looked at than the page holds.
    case (_?, nil):
      sql += """
         and id in (select recording from (
          select distinct recorded_at, recording from recording_tracks
          where identity = $7 and (recorded_at, recording) < ($1, $2) and recorded_at >= $4
          order by recorded_at desc, recording desc limit $3))
        """
    case (_?, _?): sql += " and id in (select recording from recording_tracks where identity = $7)"
    }
    return sql + " order by started_at desc, id desc limit $3"
  }

  /// Before the one that started at `startedAt` with this id.
  package static func page(
    before startedAt: Timestamp? = nil, _ id: String = "", _ filter: Filter = Filter(), limit: Int,
    _ connection: any Connection
  ) throws(StoreFailure) -> [RecordingRow] {
    try connection.query(
      page(filter),
      [
        .integer(startedAt?.milliseconds ?? .max), .text(id), .page(limit),
        .integer(filter.from?.milliseconds ?? .min), .optional(filter.session), .optional(filter.room),
        .optional(filter.identity),
      ]
    ).mapRows(RecordingRow.init)
  }
}
