// Performing what rooms decide: telling, dismissing, writing down, and waking up in time.

import Access
import Control
import Observe
import Store
import Values

extension Rooms {
  /// Performs all of it; facts are written in their order, without waiting.
  func settle(_ actions: [Action], in open: OpenRoom) {
    guard !actions.isEmpty else { return }
    keepLater(perform(actions, in: open))
    if open.room.phase != .open { discard(open) }
  }

  /// For what is confirmed to the one who asked: performs at once, and returns when its facts would survive the
  /// process.
  func settleKept(_ actions: [Action], in open: OpenRoom) async throws(Refusal) {
    let facts = perform(actions, in: open)
    if open.room.phase != .open { discard(open) }
    guard !facts.isEmpty else { return }
    do throws(StoreFailure) {
      try await keep(facts, .process)
    } catch {
      log.error("a change of a room could not be written down", ["reason": .string(error.message)])
      throw Refusal(.unavailable, "It is done, but the server cannot write it down right now.")
    }
  }

  /// Performs all but the facts, which it returns.
  func perform(_ actions: [Action], in open: OpenRoom) -> [Fact] {
    var facts: [Fact] = []
    for action in actions {
      switch action {
      case .tell(let event, let audience): tell(event, audience, in: open)
      case .dismiss(let participant, let reason): dismiss(participant, reason)
      case .keep(let fact):
        facts.append(fact)
        if case .sessionEnded(let row) = fact { onSessionEnded(row.id) }
      case .banish: break  // The caller's: it is awaited.
      case .arm: schedule(open)
      case .media(let commands, let participant):
        guard let media, let place = open.room.place else { break }
        media.send(commands, to: place.worker, of: Seat(room: open.room.id, participant: participant))
      case .renegotiate:
        guard let media else { break }
        facts += perform(open.room.renegotiate(&media.names, at: clock()), in: open)
      case .record(let order): recorder?.perform(order)
      case .wantRecording(let starter): facts += perform(wanted(by: starter, in: open), in: open)
      }
    }
    return facts
  }

  func tell(_ event: Event, _ audience: Audience, in open: OpenRoom) {
    // Found first, told then: a connection may call back into the room.
    var receivers: [Outlet] = []
    open.room.receivers(of: audience) { id in
      if let outlet = outlets[id] { receivers.append(outlet) }
    }
    guard !receivers.isEmpty else { return }
    let encoded = encode(event)
    for outlet in receivers {
      tell(
        encoded, outlet, isSecret: event.isSecret, isMomentary: event.isMomentary, latestKey: event.latestKey)
    }
  }

  /// Secrets are written to no file: after a crash of ours their receiver does without.
  func tell(
    _ event: EncodedEvent, _ outlet: Outlet, isSecret: Bool = false, isMomentary: Bool = false,
    latestKey: String? = nil
  ) {
    let wantsJournal = journal != nil && !outlet.isWaiting && !isSecret
    let told = outlet.tell(
      event, keeping: options, journal: wantsJournal, isMomentary: isMomentary, latestKey: latestKey)
    guard let frame = told, wantsJournal else { return }
    journal?.append(participant: outlet.participant, seq: outlet.seq, bytes: frame)
  }

  func dismiss(_ participant: String, _ reason: CloseReason) {
    guard let outlet = outlets.removeValue(forKey: participant) else { return }
    if let secret = outlet.secret { secrets[secret] = nil }
    if let former = outlet.formerSecret { forget(former.hash, of: outlet) }
    if !outlet.isWaiting { Metrics.participants.add(-1) }
    let connection = outlet.connection
    outlet.lost()
    connection?.close(reason)
  }

  func insert(_ open: OpenRoom) {
    rooms[open.room.id] = open
    ended.remove(open.room.id)
    Metrics.rooms.set(rooms.count)
    schedule(open)
  }

  func discard(_ open: OpenRoom) {
    guard rooms[open.room.id] === open else { return }
    rooms[open.room.id] = nil
    if let place = open.room.place { media?.forget(place.room) }
    Metrics.rooms.set(rooms.count)
    switch open.room.phase {
    case .open, .ended(.empty): break
    case .ended(.ended), .ended(.closedByAPI): ended.insert(open.room.id, at: clock().instant)
    }
  }

  func keep(_ facts: [Fact], _ durability: Durability) async throws(StoreFailure) {
    let facts = facts.map { ($0, identifier(.event)) }
    let (now, lessons) = (clock().time, options.lessons)
    try await store.write(durability) { connection throws(StoreFailure) in
      for (fact, eventID) in facts { try fact.keep(eventID: eventID, at: now, lessons, connection) }
    }
  }

  func keepLater(_ facts: [Fact], _ durability: Durability = .process) {
    guard !facts.isEmpty else { return }
    let facts = facts.map { ($0, identifier(.event)) }
    let (now, lessons) = (clock().time, options.lessons)
    store.enqueue(durability) { connection throws(StoreFailure) in
      for (fact, eventID) in facts { try fact.keep(eventID: eventID, at: now, lessons, connection) }
    }
  }

  func schedule(_ open: OpenRoom) {
    let deadline = rooms[open.room.id] === open ? open.room.deadline : nil
    guard open.scheduled != deadline else { return }
    open.scheduled = deadline
    guard let deadline else { return }
    deadlines.insert(deadline, room: open.room.id)
    if deadlines.count > 2 * rooms.count + 64 {
      deadlines.removeAll { rooms[$0.room]?.scheduled != $0.instant }
    }
    armTimer()
  }

  private func armTimer() {
    guard let next = deadlines.next else { return }
    if let armed = deadlineTimerInstant, armed <= next { return }
    deadlineTimerInstant = next
    deadlineTimer?.start(after: max(.zero, next - clock().instant))
  }

  /// Looks at the rooms whose time has come, some at once, so that nobody else waits long.
  func expire() {
    let now = clock()
    for _ in 0..<Limits.expiriesPerTurn {
      guard let due = deadlines.popDue(at: now.instant) else { break }
      guard let open = rooms[due.room], open.scheduled == due.instant else { continue }
      open.scheduled = nil
      settle(open.room.expire(at: now), in: open)
    }
    deadlineTimerInstant = nil
    armTimer()
  }

  /// Writes down for how long both sides of the running sessions have been there, so that a crash costs little.
  func checkpointPresence() {
    let now = clock().time
    var rows: [SessionRow] = []
    for open in rooms.values {
      guard let session = open.room.session, session.bothPresentSince != nil else { continue }
      rows.append(session.row(room: open.room.id, at: now))
    }
    for start in stride(from: 0, to: rows.count, by: Limits.checkpointBatch) {
      let batch = Array(rows[start..<min(start + Limits.checkpointBatch, rows.count)])
      store.enqueue(.process) { connection throws(StoreFailure) in
        for row in batch { try row.update(connection) }
      }
    }
  }
}
