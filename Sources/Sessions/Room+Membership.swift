// Coming, going and coming back. A join takes its place at once and is announced only when it is written down,
// so that nobody is ever told of one who then could not stay.

import Access
import Values

extension Room {
  enum Admission: Sendable, Equatable {
    /// A place is taken: keep the actions' facts, then `complete`, or `abandon` if they can't be kept.
    case reserved([Action])
    case waiting([Action])
  }

  mutating func join(
    _ newcomer: Participant, session newSessionID: String, duplicates: SessionsOptions.DuplicateIdentity,
    at now: Moment
  ) throws(Refusal) -> Admission {
    guard phase == .open else { throw Self.closed }
    // Who is in already and comes anew, say after a reload, takes nobody's place and need not be let in twice.
    let predecessor = roster.first { $0.identity == newcomer.identity }
    guard !locked || newcomer.moderates || predecessor != nil else {
      throw Refusal(.roomLocked, "The room is locked: a moderator can unlock it.")
    }
    if let predecessor, duplicates == .reject, !isReconnecting(predecessor) {
      throw Refusal(.alreadyJoined, "This user is in the room already.")
    }
    try checkCapacity(for: newcomer, instead: predecessor)
    if options.lobby && !newcomer.moderates && predecessor == nil {
      return .waiting(try wait(newcomer, at: now))
    }
    return .reserved(reserve(newcomer, session: newSessionID, at: now))
  }

  static var closed: Refusal { Refusal(.roomClosed, "The room is closed.") }

  private func isReconnecting(_ one: Participant) -> Bool {
    if case .reconnecting = one.presence { true } else { false }
  }

  func checkCapacity(for newcomer: Participant, instead predecessor: Participant?) throws(Refusal) {
    guard roster.count - (predecessor == nil ? 0 : 1) < options.maxParticipants else {
      throw Refusal(.roomFull, "The room is full: it takes \(options.maxParticipants) participants.")
    }
    guard options.topology == .p2p, newcomer.isAnnounced else { return }
    let ends = roster.count { $0.isAnnounced && $0.id != predecessor?.id }
    guard ends < Limits.directPathEnds else {
      throw Refusal(.roomFull, "The room is full: its participants talk directly, and there are two.")
    }
  }

  /// Takes a place that nobody sees yet.
  mutating func reserve(_ newcomer: Participant, session newSessionID: String, at now: Moment) -> [Action] {
    var actions: [Action] = []
    // Of two joins under way the newer counts; the older finds its place gone.
    if let older = roster.first(where: { $0.identity == newcomer.identity && $0.presence == .joining }) {
      _ = roster.remove(older.id)
    }
    roster.append(newcomer)
    emptySince = nil
    if !isKept { actions.append(.keep(.roomOpened(row))) }
    var session = session ?? RoomSession(id: newSessionID, createdAt: now.time)
    if session.startedAt == nil {
      session.startedAt = now.time
      talk = RoomTalk()
    }
    if !session.isKept { actions.append(.keep(.sessionStarted(session.row(room: id, at: now.time)))) }
    self.session = session
    let joined = newcomer.row(room: self.id, session: session.id)
    actions.append(.keep(.joined(joined)))
    let booked = session.row(room: id, at: now.time)
    if joined.lateness(in: booked) != nil { actions.append(.keep(.cameLate(booked, joined))) }
    return actions + [.arm]
  }

  /// The join is written down: now it is one of them. Nil if its place is gone meanwhile.
  mutating func complete(_ id: String, at now: Moment) -> [Action]? {
    guard phase == .open, let newcomer = roster[id], newcomer.presence == .joining else { return nil }
    isKept = true
    session?.isKept = true
    var actions: [Action] = []
    if let older = roster.first(where: { $0.identity == newcomer.identity && $0.id != id }) {
      actions += remove(older.id, .replaced, at: now)
    }
    _ = roster.update(id) { $0.presence = .active }
    account(at: now)
    if newcomer.isAnnounced, let view = roster[id]?.view {
      actions.append(.tell(.participantJoined(view), .everyoneBut(id)))
    }
    isRecordingRefused = false
    actions += settleRecording(at: now)
    if !negotiations.isEmpty { actions.append(.renegotiate) }
    return actions
  }

  /// The join could not be written down: as if it had never been asked for.
  mutating func abandon(_ id: String, at now: Moment) -> [Action] {
    guard let one = roster[id], one.presence == .joining else { return [] }
    _ = roster.remove(id)
    guard phase == .open, roster.isEmpty else { return [] }
    if session?.isKept == false {
      if session?.booking == nil { session = nil } else { session?.startedAt = nil }
    }
    return becomeEmpty(at: now) + [.arm]
  }

  /// The connection broke: the place is kept until the window has passed. Who waits has none to keep.
  mutating func connectionLost(_ id: String, window: Duration, at now: Moment) -> [Action] {
    if waiting.contains(where: { $0.id == id }) { return stopWaiting(id, .left, at: now) }
    guard let one = roster[id], one.isActive else { return [] }
    _ = roster.update(id) { $0.presence = .reconnecting(until: now.instant + window) }
    account(at: now)
    return announceState(of: id) + [.keep(.reconnecting(row(of: roster[id] ?? one))), .arm]
  }

  /// Takes its place again, under a new secret.
  mutating func resume(
    _ id: String, secret: SecretHash, grant: Grant?, at now: Moment
  ) throws(Refusal) -> [Action] {
    guard phase == .open, let one = roster[id], one.presence != .joining else {
      throw Refusal(.resumeExpired, "This place is not kept any more: join anew.")
    }
    if let grant {
      guard grant.identity == one.identity, grant.allows(room: self.id) else {
        throw Refusal(.forbidden, "The token is not of the user who joined, or not for this room.")
      }
    }
    let wasActive = one.isActive
    _ = roster.update(id) {
      $0.presence = .active
      $0.resume = secret
      // A role is for the length of a stay; what a token of the same role may do can have changed.
      if let grant, grant.role == one.grant.role { $0.grant = grant }
    }
    account(at: now)
    let resumed = roster[id] ?? one
    return (wasActive ? [] : announceState(of: id)) + [.keep(.resumed(row(of: resumed))), .arm]
  }

  /// A renewed token: told to its holder alone.
  mutating func renew(_ id: String, grant: Grant, token: String) -> [Action] {
    guard let one = roster[id], one.presence != .joining, one.identity == grant.identity else { return [] }
    _ = roster.update(id) { $0.grant = grant }
    return [.tell(.token(token), .one(id)), .keep(.renewed(row(of: roster[id] ?? one)))]
  }

  /// Goes of its own will, also out of the lobby.
  mutating func leave(_ id: String, at now: Moment) throws(Refusal) -> [Action] {
    if waiting.contains(where: { $0.id == id }) { return stopWaiting(id, .left, at: now) }
    guard roster.contains(id) else {
      throw Refusal(.notJoined, "This connection has no place in the room.")
    }
    return remove(id, .left, at: now) + [.arm]
  }

  /// Ends a stay for whatever reason but the room's own end.
  mutating func remove(_ id: String, _ reason: LeaveReason, at now: Moment) -> [Action] {
    guard let gone = roster.remove(id) else { return [] }
    var actions = dropMedia(of: id)
    account(at: now)
    if gone.presence != .joining {
      if gone.isAnnounced {
        actions.append(.tell(.participantLeft(participant: id, reason: reason), .everyone))
      }
      actions.append(.keep(.left(row(of: gone, left: reason, at: now.time))))
    }
    actions += settleRecording(at: now)
    actions.append(.dismiss(participant: id, reason.closeReason))
    if roster.isEmpty { actions += becomeEmpty(at: now) }
    return actions
  }

  private mutating func becomeEmpty(at now: Moment) -> [Action] {
    isEmpty(from: now)
    guard let ended = session, ended.booking == nil else { return [] }
    session = nil
    return [.keep(.sessionEnded(ended.row(room: id, endedAt: now.time, endReason: "empty", at: now.time)))]
  }

  private func announceState(of id: String) -> [Action] {
    guard let one = roster[id], one.isAnnounced else { return [] }
    return [.tell(.participantUpdated(one.view), .everyoneBut(id))]
  }

  /// The empty room's wait begins, but for a booking not before the lesson's start; and while nobody has come to it yet,
  /// the room stays at least as long as people are `awaited`.
  mutating func isEmpty(from now: Moment, awaited: Duration = .zero) {
    let start = session?.booking?.startsAt ?? now.time
    emptySince = now.instant + max(.zero, start - now.time)
    guard session?.booking?.startsAt != nil, session?.startedAt == nil else { return }
    emptySince = emptySince.map { $0 + max(.zero, awaited - options.emptyTimeout) }
  }

  mutating func account(at now: Moment) { session?.account(for: roster, at: now.time) }
}

extension LeaveReason {
  var closeReason: CloseReason {
    switch self {
    case .left: .left
    case .kicked: .kicked
    case .timeout: .timeout
    case .replaced: .replaced
    case .roomClosed: .roomClosed
    case .denied: .denied
    case .revoked: .unauthorized
    }
  }
}
