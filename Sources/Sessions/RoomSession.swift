// One session: from the first join until the room is empty or closed. A booked one is made before anybody comes
// and lasts as long as its room, so that two who both went out for a moment are still in the same lesson.

import Store
import Values

struct RoomSession: Sendable, Equatable {
  let id: String
  var booking: Booking?
  let createdAt: Timestamp
  var startedAt: Timestamp?
  /// The time in which both sides were connected, but for the stretch that runs now.
  var bothPresentMilliseconds: Int64 = 0
  var bothPresentSince: Timestamp?
  /// By how much the planned length grew.
  var extendedMilliseconds: Int64 = 0
  /// False until somebody has seen its start on the disk.
  var isKept = false

  init(id: String, booking: Booking? = nil, createdAt: Timestamp) {
    self.id = id
    self.booking = booking
    self.createdAt = createdAt
  }

  /// Both sides: of a booking the two who were booked, otherwise any two who are announced.
  mutating func account(for roster: Roster, at now: Timestamp) {
    let both: Bool
    if let booking {
      let present = [booking.mentor.identity, booking.student.identity].map { identity in
        roster.count { $0.isActive && $0.identity == identity } > 0
      }
      both = present[0] && present[1]
    } else {
      both = roster.count { $0.isActive && $0.isAnnounced } >= 2
    }
    switch (both, bothPresentSince) {
    case (true, nil): bothPresentSince = now
    case (false, let since?):
      bothPresentMilliseconds += max(0, now.milliseconds - since.milliseconds)
      bothPresentSince = nil
    case (true, .some), (false, nil): break
    }
  }

  func bothPresent(at now: Timestamp) -> Int64 {
    bothPresentMilliseconds + (bothPresentSince.map { max(0, now.milliseconds - $0.milliseconds) } ?? 0)
  }

  func row(room: String, endedAt: Timestamp? = nil, endReason: String? = nil, at now: Timestamp) -> SessionRow
  {
    SessionRow(
      id: id, room: room, isBooked: booking != nil,
      mentor: booking.map { SessionRow.Person(identity: $0.mentor.identity, name: $0.mentor.name) },
      student: booking.map { SessionRow.Person(identity: $0.student.identity, name: $0.student.name) },
      startsAt: booking?.startsAt, durationMilliseconds: booking?.duration?.milliseconds,
      metadata: booking?.metadata ?? [:], createdAt: createdAt, startedAt: startedAt, endedAt: endedAt,
      endReason: endReason, bothPresentMilliseconds: bothPresent(at: now),
      extendedMilliseconds: extendedMilliseconds)
  }

  /// As those in the room see it; nil: nobody booked it.
  func view(room: String) -> SessionView? {
    guard let booking else { return nil }
    return SessionView(
      id: id, startsAt: booking.startsAt, duration: booking.duration,
      endsAt: row(room: room, at: createdAt).plannedEnd)
  }
}
