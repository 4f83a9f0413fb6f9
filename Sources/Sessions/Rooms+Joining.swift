// Joining and coming back: the two requests that wait for the store, because what they reply (a secret to resume
// with) is a promise that must survive a crash.

package import Access
import Control
import Observe
import Store
import Values

extension Rooms {
  /// Once it returns, events follow at once: the caller sends the reply before it next awaits anything.
  package func join(
    _ request: JoinRequest, grant: Grant, connection: any ParticipantConnection
  ) async throws(Refusal) -> JoinOutcome {
    let now = clock()
    try check(request, grant, at: now)
    let open = try roomToJoin(request.room, grant, at: now)
    try open.room.checkEntry(grant, options.lessons, at: now.time)
    // What is wrong with the offer is said before a place is taken. Where media goes directly it is passed over: a
    // client can't know a room's topology before it has joined.
    let asked = open.room.options.topology == .p2p ? nil : request.offer
    let offered = try asked.map { offer throws(Refusal) in try checked(offer, in: open) }
    let secret = newSecret()
    let newcomer = Participant(
      id: identifier(.participant), grant: grant, name: request.name ?? grant.name ?? grant.identity,
      attributes: request.attributes, joinedAt: now.time, resume: secret.hash)
    let admission = try open.room.join(
      newcomer, session: identifier(.session), duplicates: options.duplicateIdentity, at: now)
    if rooms[request.room] == nil { insert(open) }
    let seat = Seat(room: request.room, participant: newcomer.id)
    let outlet = Outlet(
      room: seat.room, participant: seat.participant, connection: connection, isWaiting: false)
    switch admission {
    case .waiting(let actions):
      outlet.isWaiting = true
      outlets[seat.participant] = outlet
      settle(actions, in: open)
      return .waiting(seat, newcomer.view(.waiting))
    case .reserved(let actions):
      try await enter(newcomer, open, actions)
      finish(newcomer, open)
      // Its place is taken for good: should there be no room for its media by now, it may offer again.
      let answer = offered.flatMap { try? self.answer($0, of: newcomer.id, in: open) }
      if answer?.tracks.isEmpty == false { outlet.joinAsked = now.instant }
      take(outlet, secret: secret.hash)
      let view = open.room.joinedView(of: seat.participant, resume: secret.text, lastSeq: outlet.seq)
      guard var view else { throw Room.closed }
      view.answer = answer
      return .joined(seat, view)
    }
  }

  /// Writes a reserved place down. After it the place is still there, or it has thrown.
  func enter(_ newcomer: Participant, _ open: OpenRoom, _ actions: [Action]) async throws(Refusal) {
    let facts = perform(actions, in: open)
    let sessionID = open.room.session?.id ?? ""
    do throws(StoreFailure) {
      try await keep(facts, .process)
    } catch {
      settle(open.room.abandon(newcomer.id, at: clock()), in: open)
      if open.room.isUnused { discard(open) }
      log.error("a join could not be written down", ["reason": .string(error.message)])
      throw Refusal(.unavailable, "The server cannot write right now.", retryAfter: .seconds(5))
    }
    guard rooms[open.room.id] === open, open.room.roster[newcomer.id]?.presence == .joining else {
      // The place went while it was being written: what was written needs its other half.
      let isOver = open.room.phase != .open
      let isReplaced = open.room.roster.contains { $0.identity == newcomer.identity }
      let reason = isOver ? LeaveReason.roomClosed : isReplaced ? .replaced : .left
      keepLater([.left(newcomer.row(leaving: sessionID, of: open.room.id, reason, at: clock().time))])
      throw isOver ? Room.closed : Refusal(.alreadyJoined, "The same user joined anew meanwhile, or left.")
    }
  }

  /// From here on it hears what is told in the room.
  func take(_ outlet: Outlet, secret: SecretHash) {
    outlet.isWaiting = false
    outlet.secret = secret
    outlets[outlet.participant] = outlet
    secrets[secret] = outlet.participant
    Metrics.joins.add()
    Metrics.participants.add(1)
  }

  func finish(_ newcomer: Participant, _ open: OpenRoom) {
    settle(open.room.complete(newcomer.id, at: clock()) ?? [], in: open)
  }

  private func check(_ request: JoinRequest, _ grant: Grant, at now: Moment) throws(Refusal) {
    guard Identifier.isAcceptable(request.room) else {
      throw Refusal(.invalidMessage, "room: may have 1 to 128 letters, digits and any of -_.~:@+")
    }
    guard grant.allows(room: request.room) else {
      throw Refusal(.forbidden, "The token is not for this room.")
    }
    guard !revocations.isRevoked(grant, room: request.room, at: now.time) else {
      throw Revocations.refusal
    }
    guard request.attributes.object != nil else {
      throw Refusal(.invalidMessage, "attributes: must be an object")
    }
    guard request.attributes.encoded().count <= options.attributesBytes else {
      throw Refusal(.invalidMessage, "attributes: must have at most \(options.attributesBytes) bytes")
    }
  }

  /// The open room, or a new one with the defaults, which is not in the table before somebody is in it.
  private func roomToJoin(_ id: String, _ grant: Grant, at now: Moment) throws(Refusal) -> OpenRoom {
    if let open = rooms[id] { return open }
    if ended.contains(id, at: now.instant), !grant.rights.moderate, !grant.rights.admin {
      throw Room.closed
    }
    try checkSpace()
    return OpenRoom(Room(id: id, options: options.room, createdAt: now))
  }

  func checkSpace() throws(Refusal) {
    guard drainDeadline == nil else {
      throw Refusal(.draining, "This server is being stopped: no new room is opened.")
    }
    guard rooms.count < options.maxRooms else {
      throw Refusal(
        .unavailable, "The server has as many rooms as it may (\(options.maxRooms)).",
        retryAfter: .seconds(30))
    }
  }

  /// Takes a place again. The old secret stays good until the client is heard on the new connection, because the
  /// reply with the new one may be lost. As with `join`, the reply is sent before the next await.
  package func resume(
    secret: String, lastSeq: UInt64?, grant: Grant?, offer: MediaOffer? = nil,
    connection: any ParticipantConnection
  ) async throws(Refusal) -> Resumption {
    let now = clock()
    let expired = Refusal(.resumeExpired, "This place is not kept any more: join anew.")
    guard let id = secrets[SecretHash(of: secret)], let outlet = outlets[id], let open = rooms[outlet.room],
      outlet.secret == SecretHash(of: secret) || outlet.formerSecret.map({ $0.until > now.instant }) ?? false
    else { throw expired }
    if let grant, revocations.isRevoked(grant, room: outlet.room, at: now.time) {
      throw Revocations.refusal
    }
    let fresh = newSecret()
    let actions = try open.room.resume(id, secret: fresh.hash, grant: grant, at: now)
    outlet.replaceConnection(by: connection)
    renew(outlet, fresh.hash, used: SecretHash(of: secret), at: now)
    let facts = perform(actions, in: open)
    do throws(StoreFailure) {
      try await keep(facts, .process)
    } catch {
      // The place is taken all the same: only a crash right now would cost it.
      log.error("a resume could not be written down", ["reason": .string(error.message)])
    }
    guard outlets[id] === outlet, outlet.connection === connection else {
      if rooms[open.room.id] !== open { throw Room.closed }
      throw expired
    }
    let answer = offer.flatMap { answerResuming($0, of: id, in: open) }
    let missed = outlet.missed(lastSeq: lastSeq)
    outlet.isHeld = false
    Metrics.resumes.add()
    guard var view = open.room.joinedView(of: id, resume: fresh.text, lastSeq: outlet.seq) else {
      throw expired
    }
    view.answer = answer
    return Resumption(seat: Seat(room: outlet.room, participant: id), view: view, missed: missed)
  }

  private func renew(_ outlet: Outlet, _ fresh: SecretHash, used: SecretHash, at now: Moment) {
    if let former = outlet.formerSecret, former.hash != used { forget(former.hash, of: outlet) }
    if let current = outlet.secret, current != used { secrets[current] = nil }
    outlet.formerSecret = (used, now.instant + options.resumeWindow)
    outlet.secret = fresh
    secrets[fresh] = outlet.participant
  }
}
