// What must outlive the process, as the room decided it. The facts of one request are one transaction, and each
// brings the event that the platform is told of it (Fact+Keeping.swift writes both).

import Store
import Values

enum Fact: Sendable, Equatable {
  /// May be kept twice: a join repeats it for as long as nobody has seen it on the disk.
  case roomOpened(RoomRow)
  case roomChanged(RoomRow)
  case roomClosed(RoomRow)
  case sessionBooked(SessionRow)
  /// May be kept twice, like `roomOpened`.
  case sessionStarted(SessionRow)
  case sessionEnded(SessionRow)
  /// `event` is what the event shall be named, where a repetition must find it.
  case sessionExtended(SessionRow, by: String, event: String?)
  /// Somebody who was booked came after the start.
  case cameLate(SessionRow, ParticipantRow)
  case joined(ParticipantRow)
  case left(ParticipantRow)
  case reconnecting(ParticipantRow)
  case resumed(ParticipantRow)
  /// Its token was renewed.
  case renewed(ParticipantRow)
  case hand(ParticipantRow)
  case consent(ParticipantRow, ConsentTerms, at: Timestamp)
  /// For the explanation of a session.
  case traced(session: String, participant: String?, TraceRow.Kind, JSON)
  /// What only a restart of ours needs to know.
  case roomState(RoomRow)
}
