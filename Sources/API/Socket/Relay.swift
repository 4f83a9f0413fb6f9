// `offer`, `answer`, `candidate` with `to`: relayed between two participants, untouched. Without `to` they are meant
// for the server itself: Media.swift.

import Access
import Control
import Sessions
import Values

extension Client {
  func offer(_ message: Message) throws(Refusal) {
    let (seat, receiver) = try relay(message)
    guard let to = receiver else { return try offerToServer(message) }
    let signal = try message.read { fields throws(InvalidField) in
      Signal.offer(sdp: try fields.string("sdp", length: 1...Limits.sdpBytes), tracks: fields["tracks"])
    }
    try service.rooms.relay(seat, signal, to: to)
    reply(message, "ok")
  }

  func answer(_ message: Message) throws(Refusal) {
    let (seat, receiver) = try relay(message)
    guard let to = receiver else { return try answerToServer(message) }
    let signal = try message.read { fields throws(InvalidField) in
      Signal.answer(sdp: try fields.string("sdp", length: 1...Limits.sdpBytes))
    }
    try service.rooms.relay(seat, signal, to: to)
    reply(message, "ok")
  }

  func candidate(_ message: Message) throws(Refusal) {
    let (seat, receiver) = try relay(message)
    let signal = try message.read { fields throws(InvalidField) -> Signal in
      // Null and "" both mean: no more candidates.
      let candidate = fields.object["candidate"] ?? .null
      guard candidate.encoded().count <= Limits.candidateBytes else {
        throw fields.invalid("candidate", "must have at most \(Limits.candidateBytes) bytes")
      }
      let mid = fields["mid"]
      guard (mid?.encoded().count ?? 0) <= 64 else {
        throw fields.invalid("mid", "must have at most 64 bytes")
      }
      return Signal.candidate(candidate, mid: mid)
    }
    // The server has no use for it: it finds the client by its first check.
    guard let to = receiver else { return reply(message, "ok") }
    try service.rooms.relay(seat, signal, to: to)
    reply(message, "ok")
  }

  private func relay(_ message: Message) throws(Refusal) -> (Seat, to: String?) {
    let seat = try seat()
    return (
      seat,
      try message.read { fields throws(InvalidField) in try fields.optionalString("to", length: 1...128) }
    )
  }
}
