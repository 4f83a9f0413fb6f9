// Tracks: what a participant publishes, and what of others it wants.

package import Access
import Control

extension Rooms {
  /// A participant's own mute, which the server enforces and tells the others.
  package func muteOwn(_ seat: Seat, track: String, muted: Bool) throws(Refusal) {
    let open = try open(seat)
    settle(try open.room.mute(seat.participant, track: track, muted, by: .owner), in: open)
  }

  /// Which of others' tracks a participant wants, and how well.
  package func subscribe(_ seat: Seat, track: String, _ wish: TrackWish) throws(Refusal) {
    let open = try open(seat)
    settle(try open.room.subscribe(seat.participant, track: track, wish), in: open)
  }
}
