// Everything that names one person, across all tables: found for them, or made nobody's. What happened stays, and when; who
// it was goes. The audit log and the log of accesses stay as they are: they say what operators did.

import Values

package enum PersonRecords {
  package struct Count: Sendable, Equatable {
    package var participations = 0
    package var sessions = 0
    package var events = 0
    package init() {}
  }

  private static let sessionsOf = """
    select session from participants where identity = $1
    union select id from sessions where mentor_identity = $1 or student_identity = $1
    """

  /// Those in which the person is heard, and those of sessions where they were: their documents name everybody present.
  package static func recordings(
    concerning identity: String, _ connection: any Connection
  ) throws(StoreFailure) -> [RecordingRow] {
    let ids = try connection.query(
      """
      select id from recordings where session in (\(sessionsOf))
      union select recording from recording_tracks where identity = $1 order by 1
      """, .text(identity))
    var rows: [RecordingRow] = []
    for row in ids {
      if let found = try RecordingRow.find(try row.text(0), connection) { rows.append(found) }
    }
    return rows
  }

  /// Where the person is now: `the room algebra-7`, or `the queue`; nil: nowhere.
  package static func presence(
    of identity: String, _ connection: any Connection
  ) throws(StoreFailure) -> String? {
    if let room = try connection.query(
      "select room from participants where identity = $1 and left_at is null limit 1", .text(identity)
    ).first {
      return "the room \(try room.text(0))"
    }
    return try connection.query("select id from tickets where identity = $1 limit 1", .text(identity)).isEmpty
      ? nil : "the queue"
  }

  package static func forget(
    _ identity: String, as pseudonym: String, _ connection: any Connection
  ) throws(StoreFailure) -> Count {
    var count = Count()
    let (old, new) = (StoreValue.text(identity), StoreValue.text(pseudonym))
    count.sessions = try connection.query(sessionsOf, old).count
    try TraceRow.forget(identity, connection)
    count.participations = try connection.query(
      """
      update participants set identity = $2, name = $2, attributes = '{}', token_id = null
      where identity = $1 returning id
      """, old, new
    ).count
    // What somebody wrote of a lesson may say who was in it.
    try connection.execute("update ratings set comment = null where rater = $1 or ratee = $1", old)
    for statement in [
      "update sessions set mentor_identity = $2, mentor_name = null where mentor_identity = $1",
      "update sessions set student_identity = $2, student_name = null where student_identity = $1",
      "update consents set identity = $2 where identity = $1",
      "update recording_tracks set identity = $2, name = null where identity = $1",
      "update erasures set identity = $2 where identity = $1",
      "update ratings set rater = $2 where rater = $1",
      "update ratings set ratee = $2 where ratee = $1",
      "update ratings set mentor = $2 where mentor = $1",
      "update ratings set student = $2 where student = $1",
    ] {
      try connection.execute(statement, old, new)
    }
    try connection.execute("delete from profiles where identity = $1", old)
    try connection.execute("update matches set mentor = $2 where mentor = $1", old, new)
    count.events = try rewrite("events", "seq", "body", identity, pseudonym, connection)
    for (table, key, column) in [
      ("recordings", "id", "metadata"), ("matches", "id", "offer"), ("queue_log", "seq", "command"),
      ("queue_states", "id", "body"),
    ] {
      _ = try rewrite(table, key, column, identity, pseudonym, connection)
    }
    return count
  }

  /// In documents that a table keeps as text.
  private static func rewrite(
    _ table: String, _ key: String, _ column: String, _ identity: String, _ pseudonym: String,
    _ connection: any Connection
  ) throws(StoreFailure) -> Int {
    // As the documents have it: with its quotes, and escaped.
    let needle = String(decoding: JSON.string(identity).encoded(), as: UTF8.self)
    let rows = try connection.query(
      "select \(key), \(column) from \(table) where instr(\(column), $1) > 0", .text(needle))
    var changed = 0
    for row in rows {
      guard let document = try? JSON(parsing: Array(try row.text(1).utf8)) else { continue }
      var rewritten = document.naming(pseudonym, for: identity)
      guard rewritten != document else { continue }
      if case .object(var object) = rewritten, object["jws"] != nil {
        // A signed statement can only be whole: the one that is made from now on does not name them.
        object["jws"] = .null
        rewritten = .object(object)
      }
      try connection.execute(
        "update \(table) set \(column) = $2 where \(key) = $1", row.values[0], .json(rewritten))
      changed += 1
    }
    return changed
  }
}

extension JSON {
  /// Wherever an identity stands, by the names under which documents have one; a name beside it goes.
  fileprivate func naming(_ pseudonym: String, for identity: String) -> JSON {
    switch self {
    case .array(let items): return .array(items.map { $0.naming(pseudonym, for: identity) })
    case .object(let object):
      let isThem = object["identity"]?.string == identity
      var result = JSON.Object()
      for member in object.members {
        switch member.name {
        case "identity", "startedBy", "mentor", "student", "person", "rater", "ratee", "id":
          result.append(
            member.name,
            member.value.string == identity
              ? .string(pseudonym) : member.value.naming(pseudonym, for: identity))
        case "students", "blocked":
          result.append(
            member.name,
            .array((member.value.array ?? []).map { $0.string == identity ? .string(pseudonym) : $0 }))
        case "name" where isThem: result.append("name", .null)
        default: result.append(member.name, member.value.naming(pseudonym, for: identity))
        }
      }
      return .object(result)
    default: return self
    }
  }
}
