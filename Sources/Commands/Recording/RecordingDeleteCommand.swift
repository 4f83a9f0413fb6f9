// `tandem recording delete RECORDING`.

import Control
import Values
import Web

enum RecordingDeleteCommand {
  private static let identity = Option(
    "identity", value: "USER", "only this person's voice; the others remain, and are mixed anew")

  static let command: Command = Command(
    "delete", summary: "erase a recording, or one person's voice in it",
    description: "The keys are forgotten and the files removed: nobody gets it back. A proof of it stays.",
    arguments: [RecordingCommand.recording],
    options: [identity, RecordingCommand.reason, Confirmation.yes] + ServerAccess.options,
    examples: [
      Example("tandem recording delete r_77aa --reason 'asked for by ana'", "erase all of it"),
      Example("tandem recording delete r_77aa --identity ana", "erase ana's voice"),
    ]
  ) { invocation, console throws(CommandFailure) in
    let name = Printable.plain(invocation.argument(RecordingCommand.recording))
    let client = try APIClient(invocation)
    if let identity = invocation.value(identity) {
      try Confirmation.ask(
        "The voice of \(Printable.plain(identity)) in \(name) will be gone.", invocation, console)
      try await client.send(
        .delete, RecordingCommand.path(invocation, "voices", identity),
        query: RecordingCommand.query(invocation))
      console.remark("The voice of \(Printable.plain(identity)) is erased from \(name).")
    } else {
      try Confirmation.ask("\(name) will be gone, with all voices.", invocation, console)
      try await client.send(
        .delete, RecordingCommand.path(invocation), query: RecordingCommand.query(invocation))
      console.remark("\(name) is erased.")
    }
  }
}
