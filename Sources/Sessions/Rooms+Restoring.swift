// After a restart: rooms stand again as they were written down, and everybody in them has a full window to take
// their place again. Who does not leaves with `timeout`, so that every joining has its leaving.

import Access
import Control
import Observe
package import Store
import Values

extension Rooms {
  /// To be called once, before anybody can connect. `recovered` is what the last process told participants
  /// (`ReplayJournal.recover`).
  package func restore(
    recovered: [String: ReplayJournal.Recovered] = [:]
  ) async throws(StoreFailure) -> (rooms: Int, participants: Int) {
    let now = clock()
    var after = ""
    while true {
      let start = after
      let page = try await store.read { connection throws(StoreFailure) -> [StoredRoom] in
        var page: [StoredRoom] = []
        for room in try RoomRow.open(after: start, limit: Limits.restoreBatch, connection) {
          page.append(
            StoredRoom(
              room: room, sessions: try SessionRow.open(room: room.id, connection),
              participants: try ParticipantRow.present(room: room.id, connection)))
        }
        return page
      }
      guard let last = page.last else { break }
      after = last.room.id
      for stored in page { restore(stored, recovered, at: now) }
    }
    let participants = outlets.count
    if !rooms.isEmpty {
      log.info(
        "rooms restored",
        ["rooms": .integer(Int64(rooms.count)), "participants": .integer(Int64(participants))])
    }
    return (rooms.count, participants)
  }

  private struct StoredRoom: Sendable {
    let room: RoomRow
    let sessions: [SessionRow]
    let participants: [ParticipantRow]
  }

  private func restore(
    _ stored: StoredRoom, _ recovered: [String: ReplayJournal.Recovered], at now: Moment
  ) {
    guard rooms[stored.room.id] == nil, var room = Room(stored.room, restoredAt: now) else {
      log.error("a room was not understood and stays closed", ["room": .string(stored.room.id)])
      return
    }
    // At most one runs; the oldest that has begun, else the one that is booked.
    let session = stored.sessions.first { $0.startedAt != nil } ?? stored.sessions.first
    room.session = session.map(RoomSession.init)
    for row in stored.participants {
      let window = now.instant + options.resumeWindow
      guard let one = Participant(row, reconnectingUntil: window) else {
        log.error("a participant was not understood", ["participant": .string(row.id)])
        continue
      }
      room.roster.append(one)
      let outlet = Outlet(room: room.id, participant: one.id, connection: nil, isWaiting: false)
      if let last = recovered[one.id] {
        outlet.restore(seq: last.highestSeq, frames: last.events.map(\.bytes), options: options)
      } else {
        outlet.restore(seq: 0, frames: [], options: options)
      }
      outlet.secret = one.resume
      outlets[one.id] = outlet
      secrets[one.resume] = one.id
      Metrics.participants.add(1)
    }
    if room.roster.isEmpty {
      room.isEmpty(from: now, awaited: options.lessons.noShowAfter)
    } else {
      room.emptySince = nil
    }
    let open = OpenRoom(room)
    insert(open)
  }
}

extension Room {
  init?(_ row: RoomRow, restoredAt now: Moment) {
    guard let topology = Topology(rawValue: row.topology),
      let recording = RecordingPolicy(rawValue: row.recording),
      let maxParticipants = Int(exactly: row.maxParticipants)
    else { return nil }
    var options = RoomOptions()
    options.topology = topology
    options.maxParticipants = maxParticipants
    options.emptyTimeout = .milliseconds(row.emptyTimeoutMilliseconds)
    options.recording = recording
    options.lobby = row.lobby
    self.init(
      id: row.id, name: row.name, options: options, metadata: row.metadata,
      createdAt: Moment(instant: now.instant, time: row.createdAt))
    locked = row.locked
    recordingWanted = row.state["recording"]?.string
    isKept = true
  }
}

extension RoomSession {
  init(_ row: SessionRow) {
    var booking: Booking?
    if row.isBooked, let mentor = row.mentor, let student = row.student {
      booking = Booking(
        mentor: Booking.Person(identity: mentor.identity, name: mentor.name),
        student: Booking.Person(identity: student.identity, name: student.name), startsAt: row.startsAt,
        duration: row.durationMilliseconds.map { .milliseconds($0) }, metadata: row.metadata)
    }
    self.init(id: row.id, booking: booking, createdAt: row.createdAt)
    startedAt = row.startedAt
    bothPresentMilliseconds = row.bothPresentMilliseconds
    extendedMilliseconds = row.extendedMilliseconds
    isKept = row.startedAt != nil
  }
}
