// What participants ask of their room once they are in it, and what their connections tell.

package import Access
import Control
import Observe
import Store
package import Values

extension Rooms {
  /// The connection broke. Nothing to do if the seat has a newer one, or is gone.
  package func connectionLost(_ seat: Seat, _ connection: any ParticipantConnection) {
    guard !isStopping, let outlet = outlets[seat.participant], outlet.connection === connection,
      let open = rooms[seat.room]
    else { return }
    outlet.lost()
    settle(open.room.connectionLost(seat.participant, window: options.resumeWindow, at: clock()), in: open)
  }

  /// The connection is closed with 1000 (see `ParticipantConnection.close`).
  package func leave(_ seat: Seat) throws(Refusal) {
    let open = try open(seat)
    settle(try open.room.leave(seat.participant, at: clock()), in: open)
  }

  package func chat(_ seat: Seat, text: String, to receiver: String?) throws(Refusal) {
    let open = try open(seat)
    guard text.utf8.count <= options.chatBytes else {
      throw Refusal(.payloadTooLarge, "text: must have at most \(options.chatBytes) bytes")
    }
    settle(try open.room.chat(from: seat.participant, text: text, to: receiver, at: clock()), in: open)
  }

  package func raiseHand(_ seat: Seat, _ raised: Bool) async throws(Refusal) {
    let open = try open(seat)
    try await settleKept(try open.room.raiseHand(seat.participant, raised), in: open)
  }

  package func consent(
    _ seat: Seat, recording: Bool, _ terms: ConsentTerms = ConsentTerms()
  ) async throws(Refusal) {
    let open = try open(seat)
    try await settleKept(
      try open.room.consent(seat.participant, recording: recording, terms, at: clock()), in: open)
  }

  package func relay(_ seat: Seat, _ signal: Signal, to receiver: String) throws(Refusal) {
    let open = try open(seat)
    settle(try open.room.relay(signal, from: seat.participant, to: receiver), in: open)
  }

  /// A sign of life that asks for nothing, such as `ping`.
  package func heard(_ seat: Seat) { _ = try? open(seat) }

  /// Connected participants whose token ends before `time`, so that it can be renewed.
  package func grantsExpiring(before time: Timestamp) -> [(seat: Seat, grant: Grant)] {
    var expiring: [(seat: Seat, grant: Grant)] = []
    for open in rooms.values {
      open.room.roster.forEach { one in
        guard one.isActive, one.grant.expiresAtSeconds < time.seconds else { return }
        expiring.append((Seat(room: open.room.id, participant: one.id), one.grant))
      }
    }
    return expiring
  }

  /// Gives a participant its renewed token, as the event `token`.
  package func tokenRefreshed(_ seat: Seat, grant: Grant, token: String) {
    guard let open = rooms[seat.room] else { return }
    settle(open.room.renew(seat.participant, grant: grant, token: token), in: open)
  }
}
