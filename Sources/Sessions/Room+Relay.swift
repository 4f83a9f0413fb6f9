// The relay of a direct path: what two of the same room tell each other to connect. Nothing in it is read.

import Access
import Values

extension Room {
  func relay(_ signal: Signal, from id: String, to receiver: String) throws(Refusal) -> [Action] {
    let sender = try member(id)
    switch options.topology {
    case .p2p, .auto: break
    case .sfu: throw Refusal(.forbidden, "In this room media goes through the server: leave out \"to\".")
    }
    guard sender.isAnnounced else { throw Refusal(.forbidden, "An observer has no direct path.") }
    guard receiver != id, let other = roster.standing(of: receiver), other.isAnnounced, !other.isJoining
    else {
      throw Refusal(.unknownParticipant, "There is no such participant in this room.")
    }
    let event: Event =
      switch signal {
      case .offer(let sdp, let tracks): .relayedOffer(from: id, sdp: sdp, tracks: tracks)
      case .answer(let sdp): .relayedAnswer(from: id, sdp: sdp)
      case .candidate(let candidate, let mid): .relayedCandidate(from: id, candidate: candidate, mid: mid)
      }
    return [.tell(event, .one(receiver))]
  }
}
