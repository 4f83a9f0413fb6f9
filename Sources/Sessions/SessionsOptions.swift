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

  package init() {}
}
