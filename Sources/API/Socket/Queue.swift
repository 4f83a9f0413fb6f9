// `queue.enter`, `queue.leave`, `match.accept`, `match.decline`: somebody who waits for the other side.

import Access
import Control
package import Matchmaker
import Matching
import Sessions
import Values
import Web

extension Client {
  func enterQueue(_ message: Message) throws(Refusal) {
    guard case .fresh(let deadline) = state else {
      throw Refusal(.alreadyJoined, "this connection has joined or waits already")
    }
    let matchmaker = try service.matched()
    guard !service.draining else {
      throw Refusal(.draining, "this server is being drained; connect again", retryAfter: .seconds(1))
    }
    let (token, profile) = try message.read { fields throws(InvalidField) in
      (try fields.string("token", length: 1...8192), try fields.optionalFields("profile")?.object)
    }
    let grant: Grant
    do throws(Refusal) {
      grant = try service.authenticate(token, address: address)
      try service.checkRate(of: grant)
      try ActionTable.require(.enterQueue, grant)
    } catch {
      refuse(error, id: message.id)
      closeAfter(error)
      return
    }
    guard service.identities.enter(grant.identity, atMost: service.options.connectionsPerIdentity) else {
      throw Refusal(.rateLimited, "too many connections of this identity")
    }
    deadline.cancel()
    state = .joining(behind: [])
    Task.immediate {
      do throws(Refusal) {
        let ticket = try await matchmaker.enter(grant, QueueWish(profile: profile), self)
        guard socket != nil else {
          service.identities.leave(grant.identity)
          matchmaker.connectionLost(ticket, self)
          return
        }
        reply(message, "queued", ["ticket": .string(ticket)])
        settle(.queued(ticket: ticket, grant))
        matchmaker.entered(ticket, grant.identity, self)
      } catch {
        service.identities.leave(grant.identity)
        turnedAway(error, message)
      }
    }
  }

  func leaveQueue(_ message: Message) throws(Refusal) {
    let (ticket, matchmaker) = try queued()
    try matchmaker.leave(ticket)
    leftQueue()
    reply(message, "ok")
  }

  func acceptMatch(_ message: Message) throws(Refusal) {
    let (ticket, matchmaker) = try queued()
    try matchmaker.accept(try match(message), by: ticket)
    reply(message, "ok")
  }

  func declineMatch(_ message: Message) throws(Refusal) {
    let (ticket, matchmaker) = try queued()
    try matchmaker.decline(try match(message), by: ticket)
    reply(message, "ok")
  }

  private func match(_ message: Message) throws(Refusal) -> String {
    try message.read { fields throws(InvalidField) in try fields.string("match", length: 1...128) }
  }

  private func queued() throws(Refusal) -> (String, Matchmaker) {
    guard case .queued(let ticket, _) = state else {
      throw Refusal(.notJoined, "enter the queue first: queue.enter")
    }
    return (ticket, try service.matched())
  }

  /// The connection may join a room now, or wait anew.
  func leftQueue() {
    guard case .queued(_, let grant) = state else { return }
    service.identities.leave(grant.identity)
    awaitJoin()
  }

  /// Joins from the queue: nobody waits on a connection that is in a room. Who has several seats waits on another one.
  func joinFromQueue() {
    guard case .queued(let ticket, _) = state else { return }
    try? service.matchmaker?.leave(ticket)
    leftQueue()
  }

  private func event(_ type: String, _ fields: JSON.Object, _ importance: Importance = .required) {
    queueSeq += 1
    var object: JSON.Object = ["type": .string(type), "seq": .integer(Int64(queueSeq))]
    for member in fields.members { object.append(member.name, member.value) }
    socket?.send(JSON.object(object).encoded(), importance)
  }
}

extension Client: QueueListener {
  package func tell(_ notice: QueueNotice) {
    switch notice {
    case .update(let update): event("queue.update", update.fields, .latest("queue.update"))
    case .found(let found): event("match.found", found.fields)
    case .confirmed(let confirmed):
      guard case .queued(_, let grant) = state else { return }
      var fields: JSON.Object = [
        "match": .string(confirmed.match), "room": .string(confirmed.room),
        "session": .string(confirmed.session),
      ]
      if let token = service.joinToken(of: grant, room: confirmed.room) {
        fields.append("token", .string(token))
      }
      event("match.confirmed", fields)
    case .cancelled(let match, let reason):
      event("match.cancelled", ["match": .string(match), "reason": .string(reason)])
    case .departed(let ticket, let reason):
      event("queue.update", ["ticket": .string(ticket), "state": .string(reason)])
      leftQueue()
    }
  }

  package func replaced() {
    guard case .queued(_, let grant) = state else { return }
    service.identities.leave(grant.identity)
    state = .closed
    close(code: 4409, "replaced")
  }
}

extension Service {
  func matched() throws(Refusal) -> Matchmaker {
    guard let matchmaker else { throw Refusal(.unavailable, "This server matches nobody.") }
    return matchmaker
  }

  /// For the room of a match, signed by the key by which its holder came.
  fileprivate func joinToken(of grant: Grant, room: String) -> String? {
    for id in [grant.keyID, keys.mintingKeyID] {
      guard let id, let secret = keys.secret(for: id) else { continue }
      let now = Timestamp.now
      return MintingKey(id: id, secret: secret).sign(
        TokenClaims(
          subject: grant.identity, expiresAtSeconds: now.seconds + Limits.matchTokenSeconds,
          issuedAtSeconds: now.seconds, name: grant.name, tandem: .init(room: room, role: grant.role)))
    }
    return nil
  }
}

extension QueueUpdate {
  fileprivate var fields: JSON.Object {
    var fields: JSON.Object = [
      "ticket": .string(ticket), "state": "waiting",
      "waitingStudents": .integer(Int64(waitingStudents)), "freeMentors": .integer(Int64(freeMentors)),
    ]
    if let position { fields.append("position", .integer(Int64(position))) }
    if let seconds { fields.append("estimatedSeconds", .integer(Int64(seconds))) }
    if let secondsAtMost { fields.append("secondsAtMost", .integer(Int64(secondsAtMost))) }
    if !widening.isEmpty {
      fields.append(
        "widening",
        .array(
          widening.map {
            ["kind": .string($0.kind.rawValue), "mentorsMore": .integer(Int64($0.mentorsMore))]
          }))
    }
    return fields
  }
}

extension FoundMatch {
  fileprivate var fields: JSON.Object {
    [
      "match": .string(match), "role": .string(role), "subject": .optional(subject),
      "people": .array(
        others.map {
          ["identity": .string($0.identity), "name": .optional($0.name), "role": .string($0.role)]
        }),
      "score": .number((score * 1_000).rounded() / 1_000), "reasons": .array(reasons.map(\.json)),
      "expiresAt": .string(expiresAt.rfc3339),
    ]
  }
}
