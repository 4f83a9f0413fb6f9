// A participant as it is written down, and back. What its token said is kept with it, so that after a restart it
// may do what it might before, and its token can be renewed.

import Access
import Store
import Values

extension Participant {
  func row(room: String, session: String) -> ParticipantRow {
    let state: ParticipantRow.State =
      switch presence {
      case .joining, .active: .active
      case .reconnecting: .reconnecting
      }
    return ParticipantRow(
      id: id, session: session, room: room, identity: identity, name: name, role: grant.role.rawValue,
      rights: grant.written, attributes: attributes, joinedAt: joinedAt, resumeHash: resume.bytes,
      handRaised: handRaised, consent: consent, state: state, tokenID: grant.tokenID,
      tokenIssuedAtSeconds: grant.issuedAtSeconds, tokenExpiresAtSeconds: grant.expiresAtSeconds,
      scoreSum: quality.sumTenths, scoreCount: quality.count, scoreLowest: quality.lowestTenths)
  }

  func row(
    leaving session: String, of room: String, _ reason: LeaveReason, at time: Timestamp
  ) -> ParticipantRow {
    var row = row(room: room, session: session)
    row.leaveReason = reason.rawValue
    row.leftAt = time
    row.state = .left
    return row
  }

  /// Nil if the row is none that we wrote. Its connection is gone, whatever the row says.
  init?(_ row: ParticipantRow, reconnectingUntil: ContinuousClock.Instant) {
    guard let resume = SecretHash(row.resumeHash), let role = Role(rawValue: row.role) else { return nil }
    let rights = Rights(written: row.rights)
    let rooms: Grant.Rooms =
      switch row.rights["room"]?.string {
      case nil: .none
      case "*": .any
      case let room?: .one(room)
      }
    self.init(
      id: row.id,
      grant: Grant(
        identity: row.identity, name: row.name, role: role, rooms: rooms, rights: rights,
        keyID: row.rights["key"]?.string, tokenID: row.tokenID, issuedAtSeconds: row.tokenIssuedAtSeconds,
        expiresAtSeconds: row.tokenExpiresAtSeconds),
      name: row.name, attributes: row.attributes, joinedAt: row.joinedAt, resume: resume,
      presence: .reconnecting(until: reconnectingUntil), handRaised: row.handRaised, consent: row.consent)
    quality = QualityTally(sumTenths: row.scoreSum, count: row.scoreCount, lowestTenths: row.scoreLowest)
  }
}

extension Grant {
  fileprivate var written: JSON {
    var object: JSON.Object = [
      "publish": .bool(rights.publish), "subscribe": .bool(rights.subscribe),
      "moderate": .bool(rights.moderate), "record": .bool(rights.record), "admin": .bool(rights.admin),
      "recordings": .bool(rights.recordings), "match": .bool(rights.match),
    ]
    switch rooms {
    case .none: break
    case .any: object.append("room", "*")
    case .one(let room): object.append("room", .string(room))
    }
    if let keyID { object.append("key", .string(keyID)) }
    return .object(object)
  }
}

extension Rights {
  fileprivate init(written: JSON) {
    func has(_ name: String) -> Bool { written[name]?.bool ?? false }
    self.init(
      publish: has("publish"), subscribe: has("subscribe"), moderate: has("moderate"), record: has("record"),
      admin: has("admin"), recordings: has("recordings"), match: has("match"))
  }
}
