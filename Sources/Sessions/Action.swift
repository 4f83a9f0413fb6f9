// What a room wants done. The room decides and changes only itself; Rooms performs these in order.

import Link
import Store
import Values

enum Action: Sendable, Equatable {
  case tell(Event, Audience)
  /// Its place is gone: the connection is closed and its resume secret is void.
  case dismiss(participant: String, CloseReason)
  case keep(Fact)
  /// This user must not come back into this room for a day.
  case banish(identity: String, issuedAtSeconds: Int64?)
  /// The room's deadline may be another now.
  case arm
  /// To the room's worker, on behalf of a participant.
  case media([Command], participant: String)
  /// To the keeper of recordings.
  case record(RecordingOrder)
  /// A recording should begin: it needs an id, and the keeper's leave.
  case wantRecording(by: String?)
  /// Tracks have come or gone: whoever has a PeerConnection with the server is offered what is new, when all else is
  /// done (`Room.renegotiate`).
  case renegotiate
}

enum Audience: Sendable, Equatable {
  case one(String)
  case everyone
  case everyoneBut(String)
  case moderators
}
