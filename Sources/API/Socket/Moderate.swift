// `moderate`: what moderators do to others and to the room.

import Access
import Control
import Sessions
import Values

extension Client {
  private enum Verb: String, CaseIterable { case mute, kick, lock, unlock, admit, deny, end, extend }

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
      case .extend: return .extend(.seconds(try fields.integer("seconds", in: 60...24 * 3600)))
      }
    }
    whenKept(message) { rooms throws(Refusal) in try await rooms.moderate(seat, action) }
  }
}
