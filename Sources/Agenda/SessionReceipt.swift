// What a session was, for those who settle on it: made from the rows alone, so it says the same whenever it is asked for.

import Access
import Control
package import Store
package import Values

package struct SessionReceipt: Sendable {
  package let session: SessionRow
  let people: [ParticipantRow]
  let consents: [ConsentRow]
  /// Of the room, from the session's start to its end.
  let events: [EventRow]
  let recordings: [RecordingRow]
  let topology: String?

  package func json(issuedAt now: Timestamp) -> JSON {
    var object = session.json
    object.append("mode", .optional(topology))
    object.append("sides", .array(sides))
    object.append(
      "recordings",
      .array(
        recordings.map {
          [
            "id": .string($0.id), "state": .string($0.state.rawValue),
            "durationMilliseconds": $0.durationMilliseconds.map(JSON.integer) ?? .null,
          ]
        }))
    object.append("issuedAt", .string(now.rfc3339))
    object.append("issuer", .string("tandem \(Version.current)"))
    return .object(object)
  }

  /// Those who were booked, whether they came or not; of a session that nobody booked, those who were heard.
  private var sides: [JSON] {
    if session.isBooked {
      return [(session.mentor, "mentor"), (session.student, "student")].compactMap { person, role in
        person.map { side($0.identity, $0.name, role) }
      }
    }
    var sides: [JSON] = []
    var named: Set<String> = []
    for one in people where one.role != Role.observer.rawValue && named.insert(one.identity).inserted {
      sides.append(side(one.identity, one.name, one.role))
    }
    return sides
  }

  private func side(_ identity: String, _ name: String?, _ role: String) -> JSON {
    let stays = people.filter { $0.identity == identity }
    let end = session.endedAt ?? session.createdAt
    let present = stays.reduce(Int64(0)) {
      $0 + max(0, ($1.leftAt ?? end).milliseconds - $1.joinedAt.milliseconds)
    }
    let (breaks, away) = interruptions(of: identity, until: end)
    var late = JSON.null
    if let first = stays.first?.joinedAt, let start = session.startsAt {
      late = .number(Double(max(0, first.milliseconds - start.milliseconds)) / 1_000)
    }
    return [
      "identity": .string(identity), "name": .optional(name), "role": .string(role),
      "joinedAt": .optional(stays.first?.joinedAt.rfc3339), "leftAt": .optional(stays.last?.leftAt?.rfc3339),
      "leaveReason": .optional(stays.last?.leaveReason), "isNoShow": .bool(stays.isEmpty),
      "presentSeconds": .number(Double(present) / 1_000), "lateSeconds": late,
      "interruptions": .integer(Int64(breaks)), "interruptedSeconds": .number(Double(away) / 1_000),
      "recordingConsent": consents.last { $0.identity == identity }.map { .bool($0.isGiven) } ?? .null,
    ]
  }

  /// Breaks of this side's own connection, and the milliseconds until it was back or gone.
  private func interruptions(of identity: String, until end: Timestamp) -> (count: Int, milliseconds: Int64) {
    var count = 0
    var away: Int64 = 0
    var since: Timestamp?
    for event in events {
      guard let body = try? JSON(parsing: Array(event.body.utf8)),
        body["participant"]?["identity"]?.string == identity
      else { continue }
      switch event.type {
      case "participant.reconnecting" where since == nil:
        count += 1
        since = event.at
      case "participant.resumed", "participant.left", "participant.joined":
        if let begin = since { away += max(0, event.at.milliseconds - begin.milliseconds) }
        since = nil
      default: break
      }
    }
    if let begin = since { away += max(0, end.milliseconds - begin.milliseconds) }
    return (count, away)
  }
}

extension SessionReceipt {
  /// Nil: there is no such session.
  package static func of(
    _ id: String, _ connection: any Connection
  ) throws(StoreFailure) -> SessionReceipt? {
    guard let session = try SessionRow.find(id, connection) else { return nil }
    return SessionReceipt(
      session: session, people: try ParticipantRow.took(partIn: id, connection),
      consents: try ConsentRow.of(session: id, connection),
      events: try events(of: session, connection) { $0.hasPrefix("participant.") },
      recordings: try RecordingRow.page(
        before: nil, "", RecordingRow.Filter(session: id), limit: Limits.recordings, connection),
      topology: try RoomRow.find(session.room, connection)?.topology)
  }

  /// Those of the room while the session lasted; of a room with a long history, page by page.
  package static func events(
    of session: SessionRow, _ connection: any Connection, _ isWanted: (String) -> Bool
  ) throws(StoreFailure) -> [EventRow] {
    guard let begin = session.startedAt else { return [] }
    let end = session.endedAt ?? .now
    var found: [EventRow] = []
    var after: Int64 = 0
    while true {
      let page = try EventLog.ofRoom(session.room, after: after, limit: Limits.eventsPage, connection)
      found += page.filter { $0.at >= begin && $0.at <= end && isWanted($0.type) }
      guard let last = page.last, page.count == Limits.eventsPage, last.at <= end else { return found }
      after = last.roomSeq
    }
  }
}
