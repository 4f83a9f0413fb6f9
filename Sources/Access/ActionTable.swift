// Which right each action of the protocol and the HTTP API needs: one table, asked once at the edge for every
// message and request. An operator's right runs rooms; it does not let anybody listen in on one.

/// Every action that needs a right, named after what it does.
package enum Action: String, Sendable, CaseIterable {
  // A participant's own doing, in the room that the token names.
  case joinRoom, negotiate, relay, publish, subscribe, muteOwn, chat, raiseHand, giveConsent
  case publishByWHIP, playByWHEP
  // Running a room: its moderators within it, operators everywhere.
  case moderateRoom, showRoom, closeRoom, startRecording, stopRecording
  // Running the server.
  case listRooms, createRoom, changeRoom
  case mintToken, manageKeys, readAudit, operateNode
  case extendSession, rateSession
  case bookSession, listSessions, showSession, readReceipt, readExplanation, readEvents
  case listRecordings, fetchRecording, eraseRecording
  case exportUser, eraseUser
  // Matching.
  case enterQueue, answerMatch, readMatch, manageProfiles, readQueue
}

/// One right by name, as tokens and refusals name it.
package enum Right: String, Sendable, CaseIterable {
  case publish, subscribe, moderate, record, admin, recordings, match

  package func isHeld(in rights: Rights) -> Bool {
    switch self {
    case .publish: rights.publish
    case .subscribe: rights.subscribe
    case .moderate: rights.moderate
    case .record: rights.record
    case .admin: rights.admin
    case .recordings: rights.recordings
    case .match: rights.match
    }
  }
}

package enum ActionTable {
  /// Where a right counts.
  package enum Scope: Sendable, Equatable {
    /// Only in a room that the token names.
    case ownRoom
    /// In a room that the token names, or anywhere for an operator.
    case ownRoomOrOperator
    /// Not tied to a room.
    case server
  }

  package struct Rule: Sendable, Equatable {
    /// Any one of these is enough.
    package let rights: [Right]
    package let scope: Scope
  }

  package static func rule(for action: Action) -> Rule {
    switch action {
    case .joinRoom, .negotiate, .relay: Rule(rights: [.publish, .subscribe], scope: .ownRoom)
    case .publish, .muteOwn, .publishByWHIP: Rule(rights: [.publish], scope: .ownRoom)
    case .subscribe, .playByWHEP: Rule(rights: [.subscribe], scope: .ownRoom)
    // An observer is announced to nobody, so it does not speak up either.
    case .chat, .raiseHand, .giveConsent: Rule(rights: [.publish], scope: .ownRoom)
    case .moderateRoom, .showRoom, .closeRoom: Rule(rights: [.moderate, .admin], scope: .ownRoomOrOperator)
    case .startRecording, .stopRecording: Rule(rights: [.record, .admin], scope: .ownRoomOrOperator)
    case .listRooms, .createRoom, .changeRoom: Rule(rights: [.admin], scope: .server)
    case .mintToken, .manageKeys, .readAudit, .operateNode: Rule(rights: [.admin], scope: .server)
    case .extendSession: Rule(rights: [.admin], scope: .server)
    // Whether the holder took part is for the session to say.
    case .rateSession: Rule(rights: [.publish, .subscribe, .match, .admin], scope: .server)
    case .bookSession, .listSessions, .showSession, .readReceipt, .readExplanation, .readEvents:
      Rule(rights: [.admin], scope: .server)
    case .listRecordings, .fetchRecording: Rule(rights: [.recordings, .admin], scope: .server)
    case .eraseRecording, .exportUser, .eraseUser: Rule(rights: [.admin], scope: .server)
    case .enterQueue, .answerMatch: Rule(rights: [.match], scope: .server)
    case .readMatch: Rule(rights: [.match, .admin], scope: .server)
    case .manageProfiles, .readQueue: Rule(rights: [.admin], scope: .server)
    }
  }

  /// Throws `forbidden` with the rights that would do. `room` is the room that the action is about; actions
  /// in a room must name it.
  package static func require(
    _ action: Action, _ grant: Grant, room: String? = nil
  ) throws(Refusal) {
    let rule = rule(for: action)
    let held = rule.rights.filter { $0.isHeld(in: grant.rights) }
    guard !held.isEmpty else {
      let names = rule.rights.map(\.rawValue).joined(separator: " or ")
      throw Refusal(.forbidden, "this needs the right \(names), which the token does not give")
    }
    switch rule.scope {
    case .server:
      return
    case .ownRoomOrOperator:
      if held.contains(.admin) { return }
    case .ownRoom:
      break
    }
    guard let room else { throw Refusal(.forbidden, "this needs a token for the room") }
    guard grant.allows(room: room) else {
      throw Refusal(.forbidden, "the token is not for the room \(room)")
    }
  }
}
