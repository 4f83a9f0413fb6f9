// What operators and the platform ask over HTTP: rooms are created, shown, changed, closed and booked, and the
// server is drained. Each reply waits for the disk.

package import Access
import Control
import Observe
import Store
package import Values

extension Rooms {
  /// The room that was asked for: a new one, or the one that has the same id and the same options already.
  package func create(
    _ specification: RoomSpecification
  ) async throws(Refusal) -> (room: RoomDetail, isNew: Bool) {
    if let id = specification.id, !Identifier.isAcceptable(id) {
      throw Refusal(.invalidMessage, "id: may have 1 to 128 letters, digits and any of -_.~:@+")
    }
    let now = clock()
    let wanted = Room(
      id: specification.id ?? identifier(.room), specification: specification, defaults: options.room,
      createdAt: now)
    if let open = rooms[wanted.id] {
      guard open.room.isSame(as: wanted) else {
        throw Refusal(.conflict, "There is a room \(wanted.id) already, with other options.")
      }
      // It may be on its way to the disk still; to wait for it is to write it again.
      if !open.room.isKept { try await keepOpening(open, []) }
      return (open.room.detail(withParticipants: true), false)
    }
    try checkSpace()
    let open = OpenRoom(wanted)
    insert(open)
    try await keepOpening(open, [])
    return (open.room.detail(withParticipants: true), true)
  }

  private func keepOpening(_ open: OpenRoom, _ more: [Fact]) async throws(Refusal) {
    do throws(StoreFailure) {
      try await keep([.roomOpened(open.room.row)] + more, .disk)
      open.room.isKept = true
    } catch {
      if open.room.isUnused { discard(open) }
      log.error("a room could not be written down", ["reason": .string(error.message)])
      throw Refusal(.unavailable, "The server cannot write right now.", retryAfter: .seconds(5))
    }
  }

  /// A room of its own for two who were matched, and the session that will run in it.
  package func book(
    _ booking: Booking, as chosen: Booking.Identifiers? = nil
  ) async throws(Refusal) -> SessionDetail {
    if let chosen, let known = try await booked(chosen) { return known }
    try checkSpace()
    let now = clock()
    let session = RoomSession(
      id: chosen?.session ?? identifier(.session), booking: booking, createdAt: now.time)
    var options = options.room
    if let topology = booking.topology { options.topology = topology }
    var room = Room(id: chosen?.room ?? identifier(.room), options: options, createdAt: now)
    room.session = session
    room.isEmpty(from: now, awaited: self.options.lessons.noShowAfter)
    let open = OpenRoom(room)
    insert(open)
    try await keepOpening(open, [.sessionBooked(session.row(room: open.room.id, at: now.time))])
    return SessionDetail(id: session.id, room: open.room.id, booking: booking, createdAt: now.time)
  }

  /// What a former booking with these ids made, also if it is over by now.
  private func booked(_ chosen: Booking.Identifiers) async throws(Refusal) -> SessionDetail? {
    let row: SessionRow?
    do throws(StoreFailure) {
      row = try await store.read { connection throws(StoreFailure) in
        try SessionRow.find(chosen.session, connection)
      }
    } catch {
      throw Refusal(.unavailable, "The server cannot read right now.", retryAfter: .seconds(5))
    }
    if let open = rooms[chosen.room], let session = open.room.session, let booking = session.booking {
      if !open.room.isKept { try await keepOpening(open, []) }
      return SessionDetail(id: session.id, room: chosen.room, booking: booking, createdAt: session.createdAt)
    }
    return row.map(RoomSession.init).flatMap { session in
      session.booking.map {
        SessionDetail(id: session.id, room: chosen.room, booking: $0, createdAt: session.createdAt)
      }
    }
  }

  package func show(_ id: String) throws(Refusal) -> RoomDetail {
    try existing(id).room.detail(withParticipants: true)
  }

  /// Open rooms by id, after the one named.
  package func list(after: String = "", limit: Int) -> [RoomDetail] {
    // The smallest few of many: no need to sort all.
    var page: [String] = []
    for id in rooms.keys where id > after {
      if page.count == limit, let last = page.last, id > last { continue }
      let position = page.firstIndex { $0 > id } ?? page.count
      page.insert(id, at: position)
      if page.count > limit { page.removeLast() }
    }
    return page.compactMap { rooms[$0]?.room.detail(withParticipants: false) }
  }

  package func update(_ id: String, _ changes: RoomChanges) async throws(Refusal) -> RoomDetail {
    let open = try existing(id)
    let facts = perform(try open.room.change(changes, at: clock()), in: open)
    let detail = open.room.detail(withParticipants: true)
    do throws(StoreFailure) {
      if !facts.isEmpty { try await keep(facts, .disk) }
    } catch {
      log.error("a room's change could not be written down", ["reason": .string(error.message)])
      throw Refusal(.unavailable, "The change is made, but the server cannot write it down right now.")
    }
    return detail
  }

  package func close(_ id: String, _ reason: RoomEnd = .closedByAPI, by actor: Operator) async throws(Refusal)
  {
    try await end(try existing(id), reason, by: actor.name)
  }

  /// No new rooms from now on; everybody learns by when to have finished.
  package func drain(deadline: Timestamp) {
    guard drainDeadline == nil else { return }
    drainDeadline = deadline
    let event = encode(.draining(deadline: deadline))
    for outlet in outlets.values { tell(event, outlet) }
  }

  /// Closes every connection before the process ends. Places are kept: after a restart they can be taken again.
  package func closeAll(_ reason: CloseReason) {
    isStopping = true
    checkpointPresence()
    for outlet in outlets.values {
      outlet.connection?.close(reason)
      outlet.lost()
    }
  }
}

extension Room {
  init(id: String, specification: RoomSpecification, defaults: RoomOptions, createdAt now: Moment) {
    var options = defaults
    if let topology = specification.topology { options.topology = topology }
    if let maxParticipants = specification.maxParticipants { options.maxParticipants = maxParticipants }
    if let emptyTimeout = specification.emptyTimeout { options.emptyTimeout = emptyTimeout }
    if let recording = specification.recording { options.recording = recording }
    if let lobby = specification.lobby { options.lobby = lobby }
    self.init(
      id: id, name: specification.name, options: options, metadata: specification.metadata ?? [:],
      createdAt: now)
  }

  func isSame(as other: borrowing Room) -> Bool {
    name == other.name && options == other.options && metadata == other.metadata
  }

  /// Nobody is in it, and the store knows nothing of it.
  var isUnused: Bool { !isKept && roster.isEmpty && waiting.isEmpty }
}
