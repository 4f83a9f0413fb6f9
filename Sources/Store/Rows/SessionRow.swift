// Sessions: one uninterrupted life of a room, from the first join until it is empty or closed, or a pair that
// was booked and may not have begun yet.

package import Values

package struct SessionRow: Sendable, Equatable {
  package struct Person: Sendable, Equatable {
    package var identity: String
    package var name: String?
    package init(identity: String, name: String?) {
      self.identity = identity
      self.name = name
    }
  }

  package var id: String
  package var room: String
  package var isBooked: Bool
  /// Set in booked sessions.
  package var mentor: Person?
  package var student: Person?
  package var startsAt: Timestamp?
  package var durationMilliseconds: Int64?
  package var metadata: JSON
  package var createdAt: Timestamp
  package var startedAt: Timestamp?
  package var endedAt: Timestamp?
  package var endReason: String?
  package var bothPresentMilliseconds: Int64
  /// By how much the planned length grew since it was booked.
  package var extendedMilliseconds: Int64
  /// Which side had not come when it was looked: `mentor`, `student` or `both`.
  package internal(set) var noShow: String?

  package init(
    id: String, room: String, isBooked: Bool = false, mentor: Person? = nil, student: Person? = nil,
    startsAt: Timestamp? = nil, durationMilliseconds: Int64? = nil, metadata: JSON = [:],
    createdAt: Timestamp, startedAt: Timestamp? = nil, endedAt: Timestamp? = nil, endReason: String? = nil,
    bothPresentMilliseconds: Int64 = 0, extendedMilliseconds: Int64 = 0
  ) {
    self.id = id
    self.room = room
    self.isBooked = isBooked
    self.mentor = mentor
    self.student = student
    self.startsAt = startsAt
    self.durationMilliseconds = durationMilliseconds
    self.metadata = metadata
    self.createdAt = createdAt
    self.startedAt = startedAt
    self.endedAt = endedAt
    self.endReason = endReason
    self.bothPresentMilliseconds = bothPresentMilliseconds
    self.extendedMilliseconds = extendedMilliseconds
  }

  private static let columns = """
    id, room, booked, mentor_identity, mentor_name, student_identity, student_name, starts_at, duration_ms, \
    metadata, created_at, started_at, ended_at, end_reason, both_present_ms, extended_ms, no_show
    """

  private init(_ row: Row) throws(StoreFailure) {
    id = try row.text(0)
    room = try row.text(1)
    isBooked = try row.bool(2)
    mentor = try Self.person(row, 3)
    student = try Self.person(row, 5)
    startsAt = try row.optionalTime(7)
    durationMilliseconds = try row.optionalInteger(8)
    metadata = try row.json(9)
    createdAt = try row.time(10)
    startedAt = try row.optionalTime(11)
    endedAt = try row.optionalTime(12)
    endReason = try row.optionalText(13)
    bothPresentMilliseconds = try row.integer(14)
    extendedMilliseconds = try row.integer(15)
    noShow = try row.optionalText(16)
  }

  private static func person(_ row: Row, _ column: Int) throws(StoreFailure) -> Person? {
    guard let identity = try row.optionalText(column) else { return nil }
    return Person(identity: identity, name: try row.optionalText(column + 1))
  }

  package func insert(_ connection: any Connection) throws(StoreFailure) {
    try connection.execute(
      """
      insert into sessions (\(Self.columns))
      values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17)
      """,
      [
        .text(id), .text(room), .flag(isBooked), .optional(mentor?.identity), .optional(mentor?.name),
        .optional(student?.identity), .optional(student?.name), .optional(startsAt),
        .optional(durationMilliseconds), .json(metadata), .time(createdAt), .optional(startedAt),
        .optional(endedAt), .optional(endReason), .integer(bothPresentMilliseconds),
        .integer(extendedMilliseconds), .optional(noShow),
      ])
  }

  /// What changes in a session's life: when it began and ended, for how long both were there, how long it is to be.
  package func update(_ connection: any Connection) throws(StoreFailure) {
    try connection.execute(
      """
      update sessions set started_at = $2, ended_at = $3, end_reason = $4, both_present_ms = $5, metadata = $6,
        duration_ms = $7, extended_ms = $8
      where id = $1
      """, .text(id), .optional(startedAt), .optional(endedAt), .optional(endReason),
      .integer(bothPresentMilliseconds), .json(metadata), .optional(durationMilliseconds),
      .integer(extendedMilliseconds))
  }

  /// Who was not there when it was looked.
  package static func note(
    noShow side: String, of session: String, _ connection: any Connection
  ) throws(StoreFailure) {
    try connection.execute("update sessions set no_show = $2 where id = $1", .text(session), .text(side))
  }

  /// When it was to end: by the clock if it was booked for a time, else so long after its first join.
  package var plannedEnd: Timestamp? {
    guard let durationMilliseconds, let begin = startsAt ?? startedAt else { return nil }
    return begin + .milliseconds(durationMilliseconds)
  }

  package static func find(_ id: String, _ connection: any Connection) throws(StoreFailure) -> SessionRow? {
    try connection.query("select \(columns) from sessions where id = $1", .text(id)).first
      .map(SessionRow.init)
  }

  static let openInRoom = """
    select \(columns) from sessions where room = $1 and ended_at is null order by created_at, id
    """

  /// Those of a room that have not ended: the one that runs and those that are booked. Oldest first.
  package static func open(room: String, _ connection: any Connection) throws(StoreFailure) -> [SessionRow] {
    try connection.query(openInRoom, .text(room)).mapRows(SessionRow.init)
  }

  static let allOpen = """
    select \(columns) from sessions where ended_at is null and started_at is not null and id > $1
    order by id limit $2
    """

  /// Sessions that began and did not end: what a start finds of the last server's.
  package static func running(
    after id: String = "", limit: Int, _ connection: any Connection
  ) throws(StoreFailure) -> [SessionRow] {
    try connection.query(allOpen, .text(id), .page(limit)).mapRows(SessionRow.init)
  }

  /// Where a page of the history ends, newest first.
  package struct Cursor: Sendable, Equatable {
    package var createdAt: Timestamp
    package var id: String
    package init(createdAt: Timestamp, id: String) {
      self.createdAt = createdAt
      self.id = id
    }
  }

  package var cursor: Cursor { Cursor(createdAt: createdAt, id: id) }

  static let pageOfAll = """
    select \(columns) from sessions where (created_at, id) < ($1, $2)
    order by created_at desc, id desc limit $3
    """
  static let pageOfRoom = """
    select \(columns) from sessions where room = $4 and (created_at, id) < ($1, $2)
    order by created_at desc, id desc limit $3
    """
  /// A person has tens or hundreds of sessions: they are gathered by three indexes, then sorted.
  static let pageOfIdentity = """
    select \(columns) from sessions where (created_at, id) < ($1, $2) and id in (
      select session from participants where identity = $4
      union select id from sessions where mentor_identity = $4
      union select id from sessions where student_identity = $4)
    order by created_at desc, id desc limit $3
    """
  static let pageOfIdentityInRoom = """
    select \(columns) from sessions where room = $5 and (created_at, id) < ($1, $2) and id in (
      select session from participants where identity = $4
      union select id from sessions where mentor_identity = $4
      union select id from sessions where student_identity = $4)
    order by created_at desc, id desc limit $3
    """

  /// The history, newest first: of all, of a room, or of a person who was booked or took part.
  package static func page(
    before cursor: Cursor? = nil, room: String? = nil, identity: String? = nil, limit: Int,
    _ connection: any Connection
  ) throws(StoreFailure) -> [SessionRow] {
    let from: [StoreValue] = [
      .integer(cursor?.createdAt.milliseconds ?? .max), .text(cursor?.id ?? ""), .page(limit),
    ]
    let rows: [Row]
    switch (room, identity) {
    case (nil, nil): rows = try connection.query(pageOfAll, from)
    case (let room?, nil): rows = try connection.query(pageOfRoom, from + [.text(room)])
    case (nil, let identity?): rows = try connection.query(pageOfIdentity, from + [.text(identity)])
    case (let room?, let identity?):
      rows = try connection.query(pageOfIdentityInRoom, from + [.text(identity), .text(room)])
    }
    return try rows.mapRows(SessionRow.init)
  }
}
