// `moderate`, `mute` and `subscribe`: what is done to participants and their tracks.

import Access
import Control
import Sessions
import Values

extension Client {
  private enum Verb: String, CaseIterable { case mute, kick, lock, unlock, admit, deny, end }

  func moderate(_ message: Message) throws(Refusal) {
    let seat = try seat()
    let action = try message.read { fields throws(InvalidField) -> Moderation in
      let verb = try fields.choice("action", Verb.self)
      func participant() throws(InvalidField) -> String { try fields.string("participant", length: 1...128) }
      switch verb {
      case .mute:
        return .mute(
          participant: try participant(), track: try fields.string("track", length: 1...128),
          muted: try fields.optionalBool("muted") ?? true)
      case .kick: return .kick(participant: try participant())
      case .lock: return .lock
      case .unlock: return .unlock
      case .admit: return .admit(participant: try participant())
      case .deny: return .deny(participant: try participant())
      case .end: return .end
      }
    }
    whenKept(message) { rooms throws(Refusal) in try await rooms.moderate(seat, action) }
  }

  func mute(_ message: Message) throws(Refusal) {
    let seat = try seat()
    let (track, muted) = try message.read { fields throws(InvalidField) in
      (try fields.string("track", length: 1...128), try fields.bool("muted"))
    }
    try service.rooms.muteOwn(seat, track: track, muted: muted)
    reply(message, "ok")
  }

  func subscribe(_ message: Message) throws(Refusal) {
    let seat = try seat()
    let track = try message.read { fields throws(InvalidField) in try fields.string("track", length: 1...128)
    }
    try service.rooms.subscribe(seat, track: track)
    reply(message, "ok")
  }
}
