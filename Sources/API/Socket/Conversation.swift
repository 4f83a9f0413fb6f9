// `chat`, `hand`, `ping`, `leave`: what people say to one another without media.

import Access
import Control
import Sessions
import Values

extension Client {
  func chat(_ message: Message) throws(Refusal) {
    let seat = try seat()
    let (text, to) = try message.read { fields throws(InvalidField) in
      (
        try fields.string("text", length: 1...Limits.chatBytes),
        try fields.optionalString("to", length: 1...128)
      )
    }
    try service.rooms.chat(seat, text: text, to: to)
    reply(message, "ok")
  }

  func hand(_ message: Message) throws(Refusal) {
    let seat = try seat()
    let raised = try message.read { fields throws(InvalidField) in try fields.bool("raised") }
    whenKept(message) { rooms throws(Refusal) in try await rooms.raiseHand(seat, raised) }
  }

  func ping(_ message: Message) {
    if case .seated(let seat, _) = state { service.rooms.heard(seat) }
    reply(message, "pong", ["time": .integer(Timestamp.now.milliseconds)])
  }

  func leave(_ message: Message) throws(Refusal) {
    let seat = try seat()
    answering()
    defer { answered() }
    try service.rooms.leave(seat)
    reply(message, "ok")
  }
}
