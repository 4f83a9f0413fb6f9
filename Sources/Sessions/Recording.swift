// What a room and the keeper of recordings say to each other. The room decides who may be on tape at this moment; the
// keeper (Library) owns files and keys. A track is heard only after the keeper has said that its file stands.

package import Access
package import Control
package import Link
package import Values

package enum RecordingState: String, Sendable, CaseIterable {
  case stopped
  /// Somebody who is present has not consented: nothing is kept.
  case waiting = "waiting_for_consent"
  case recording
  case failed
}

package enum RecordingEnd: String, Sendable, CaseIterable {
  case stopped, empty
  case roomClosed = "room_closed"
  /// The room's policy or topology was changed to one without recording.
  case policy
  case diskFull = "disk_full"
  case failed
  /// The process ends; what goes on is another recording.
  case restart
}

package struct RecordingStart: Sendable, Equatable {
  package var id: String
  package var room: String
  package var roomName: String
  package var session: String
  /// Who asked for it; nil: the room's policy.
  package var startedBy: String?
  package var at: Timestamp
}

/// One participant's sound that may be on tape from now on.
package struct RecordedTrack: Sendable, Equatable {
  package var handle: TrackHandle
  package var source: TrackView.Source
  package var participant: String
  package var identity: String
  package var name: String
  package var role: String
  package var joinedAt: Timestamp
}

package enum RecordingOrder: Sendable, Equatable {
  case begin(RecordingStart)
  case hear(RecordedTrack, recording: String)
  case drop(TrackHandle, recording: String)
  /// For the recording's own history: who consented, withdrew, joined late.
  case note(String, participant: String?, recording: String, at: Timestamp)
  /// How well the connections of those in the room were just now.
  case quality([ConnectionScore], recording: String)
  case end(recording: String, RecordingEnd, at: Timestamp)
}

/// Keeps recordings. Its answers come back by `Rooms.fileStands` and `Rooms.recordingEnded`.
@Control package protocol Recorder: AnyObject {
  /// Throws where no new recording may begin: the disk is nearly full.
  func check() throws(Refusal)
  func perform(_ order: RecordingOrder)
}

/// What a consent was given to, as the client showed it.
package struct ConsentTerms: Sendable, Equatable {
  package var textVersion: String?
  package var purpose: String?

  package init(textVersion: String? = nil, purpose: String? = nil) {
    self.textVersion = textVersion
    self.purpose = purpose
  }
}

/// A recording that somebody wants of a room, from the wish to the end.
struct RoomRecording: Sendable, Equatable {
  let id: String
  let startedBy: String?
  var state = RecordingState.waiting
  /// The keeper knows of it: from the first moment in which all had consented.
  var hasBegun = false
  /// May be on tape now.
  var heard: Set<TrackHandle> = []
  /// Had consented and took it back: they alone are cut off.
  var withdrawn: Set<String> = []
}
