// What an operator may set about rooms: the defaults of a new room and the bounds of all. Filled from the
// configuration by Server.

package struct RoomOptions: Sendable, Equatable {
  package var topology = Topology.sfu
  /// Observers and reconnecting participants included.
  package var maxParticipants = 100
  /// How long a room stays open with nobody in it.
  package var emptyTimeout = Duration.seconds(300)
  package var recording = RecordingPolicy.onDemand
  /// Whoever does not moderate waits until let in.
  package var lobby = false

  package init() {}
}

/// What is watched of booked sessions; a span of zero turns its part off.
package struct LessonOptions: Sendable, Equatable {
  /// How long before the start people may enter; zero: at any time.
  package var earlyEntry = Duration.zero
  /// Who first comes so long after the start is told of as late.
  package var lateAfter = Duration.seconds(300)
  /// Who has not come so long after the start is told of as absent.
  package var noShowAfter = Duration.seconds(900)
  /// So long before the start the platform is reminded.
  package var reminders = [Duration.seconds(24 * 3600), .seconds(900)]
  /// So long before the planned end everybody is told.
  package var endWarning = Duration.seconds(300)
  /// By how much moderators may lengthen a session in all.
  package var mentorExtension = Duration.seconds(3600)

  package init() {}
}

package struct SessionsOptions: Sendable, Equatable {
  package enum DuplicateIdentity: String, Sendable, CaseIterable { case replace, reject }

  package var room = RoomOptions()
  package var maxRooms = 20_000
  /// How long a participant's place is kept after its connection is lost.
  package var resumeWindow = Duration.seconds(60)
  /// What a resumed client can be told again.
  package var replayEvents = 256
  package var replayBytes = 64 << 10
  /// What becomes of a user who is in the room already and joins anew.
  package var duplicateIdentity = DuplicateIdentity.replace
  package var chatBytes = 8 << 10
  package var attributesBytes = 4 << 10
  package var lessons = LessonOptions()

  package init() {}
}
