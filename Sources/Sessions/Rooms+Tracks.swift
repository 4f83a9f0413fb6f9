// Tracks: what a participant publishes, and what of others it wants.

package import Access
import Control

extension Rooms {
  /// A participant's own mute, which the server enforces and tells the others.
  package func muteOwn(_ seat: Seat, track: String, muted: Bool) throws(Refusal) {
    let open = try open(seat)
    settle(try open.room.mute(seat.participant, track: track), in: open)
  }

  /// Which of others' tracks a participant wants.
  package func subscribe(_ seat: Seat, track: String) throws(Refusal) {
    _ = try open(seat)
    throw Refusal(.unknownTrack, "There is no track \(track) in this room.")
  }
}
