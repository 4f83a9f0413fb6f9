// `consent`, `recording.start`, `recording.stop`: whether this call is kept.

import Access
import Control
import Sessions
import Values

extension Client {
  func consent(_ message: Message) throws(Refusal) {
    let seat = try seat()
    let (isGiven, terms) = try message.read { fields throws(InvalidField) in
      (
        try fields.bool("recording"),
        ConsentTerms(
          textVersion: try fields.optionalString("textVersion", length: 0...Limits.consentTextBytes),
          purpose: try fields.optionalString("purpose", length: 0...Limits.consentTextBytes))
      )
    }
    whenKept(message) { rooms throws(Refusal) in
      try await rooms.consent(seat, recording: isGiven, terms)
    }
  }

  func startRecording(_ message: Message) throws(Refusal) {
    let seat = try seat()
    replying(message) { rooms throws(Refusal) in
      ["recording": .string(try await rooms.startRecording(seat))]
    }
  }

  func stopRecording(_ message: Message) throws(Refusal) {
    let seat = try seat()
    replying(message) { rooms throws(Refusal) in
      ["recording": .string(try await rooms.stopRecording(seat))]
    }
  }
}
