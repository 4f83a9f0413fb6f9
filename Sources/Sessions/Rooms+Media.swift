// Offers and answers between a participant and the server. The replies are ready at once: the worker is told what was
// agreed, and asked nothing.

package import Access
import Control
import Link
import Observe

extension Rooms {
  /// The caller sends the answer and then calls `settled`; also after a refusal.
  package func offer(_ seat: Seat, _ offer: MediaOffer) throws(Refusal) -> AnswerView {
    let open = try open(seat)
    open.room.offerArrived(seat.participant)
    return try answer(try checked(offer, for: seat.participant, in: open), of: seat.participant, in: open)
  }

  /// The offer that came with a resume, whose reply has the answer. The place is taken again whatever is wrong with it:
  /// without an answer the client offers again, and is told.
  func answerResuming(_ offer: MediaOffer, of participant: String, in open: OpenRoom) -> AnswerView? {
    open.room.offerArrived(participant)
    guard let offered = try? checked(offer, for: participant, in: open) else { return nil }
    return try? answer(offered, of: participant, in: open)
  }

  /// To the server's own offer.
  package func answer(_ seat: Seat, sdp: String) throws(Refusal) {
    let open = try open(seat)
    settle(try open.room.answer(seat.participant, try OfferedSession(sdp, isAnswer: true)), in: open)
  }

  /// Nothing to do with one: the server lists its addresses and finds the client by its first check.
  package func candidate(_ seat: Seat) throws(Refusal) { _ = try open(seat) }

  /// The reply to an offer, a join or a resume is on its way: what belongs behind it is told now.
  package func settled(_ seat: Seat) {
    guard let open = rooms[seat.room] else { return }
    settle(open.room.settled(seat.participant), in: open)
  }

  /// An offer that can be answered in this room, by what can be known before.
  func checked(
    _ offer: MediaOffer, for participant: String? = nil, in open: OpenRoom
  ) throws(Refusal) -> OfferedSession {
    guard let media, !media.isEmpty else {
      throw Refusal(
        .unavailable, "This server forwards no media: name the participant in \"to\" (topology p2p).")
    }
    guard open.room.options.topology != .p2p else {
      throw Refusal(
        .forbidden, "In this room media goes directly: name the other participant in \"to\".")
    }
    let offered = try OfferedSession(offer.sdp, offer.tracks)
    let isConnected = participant.map { open.room.negotiations[$0]?.peer != nil } ?? false
    if !isConnected { try media.checkHeadroom(open.room.place) }
    return offered
  }

  func answer(
    _ offered: OfferedSession, of participant: String, in open: OpenRoom
  ) throws(Refusal) -> AnswerView {
    guard let media else { preconditionFailure("an offer is checked first") }
    if open.room.place == nil { open.room.place = try media.place(room: open.room.id) }
    let (answer, actions) = try open.room.offer(participant, offered, names: &media.names)
    settle(actions, in: open)
    return answer
  }
}
