// `tandem recording hold RECORDING` and `release`: a legal hold.

import Control
import Values
import Web

enum RecordingHoldCommand {
  private static let reason = Option(
    "reason", value: "TEXT", "what it is kept for", isRequired: true)

  static let hold: Command = Command(
    "hold", summary: "put a recording under a legal hold: nothing erases it",
    arguments: [RecordingCommand.recording], options: [reason] + ServerAccess.options,
    examples: [Example("tandem recording hold r_77aa --reason 'case 12'", "keep it, whatever its retention")]
  ) { invocation, console throws(CommandFailure) in
    try await APIClient(invocation).send(
      .put, RecordingCommand.path(invocation, "hold"),
      body: ["reason": .string(invocation.value(reason) ?? "")])
    console.remark("\(Printable.plain(invocation.argument(RecordingCommand.recording))) is held.")
  }

  static let release: Command = Command(
    "release", summary: "end a legal hold", arguments: [RecordingCommand.recording],
    options: ServerAccess.options,
    examples: [Example("tandem recording release r_77aa", "let its retention count again")]
  ) { invocation, console throws(CommandFailure) in
    try await APIClient(invocation).send(.delete, RecordingCommand.path(invocation, "hold"))
    console.remark("\(Printable.plain(invocation.argument(RecordingCommand.recording))) is held no longer.")
  }
}
