// `tandem recording delete RECORDING`.

import Control
import Values
import Web

enum RecordingDeleteCommand {
  private static let identity = Option(
    "identity", value: "USER", "only this person's voice; the others remain, and are mixed anew")

  private static let room = Option("room", value: "ROOM", "every recording of this room")
  private static let session = Option("session", value: "SESSION", "every recording of this session")
  private static let recording = Argument(
    "RECORDING", "the recording's id; none with --room or --session", isOptional: true)

  static let command: Command = Command(
    "delete", summary: "erase a recording, one person's voice in it, or all of a room or session",
    description: "The keys are forgotten and the files removed: nobody gets it back. A proof of it stays.",
    arguments: [recording],
    options: [identity, room, session, RecordingCommand.reason, Confirmation.yes] + ServerAccess.options,
    examples: [
      Example("tandem recording delete r_77aa --reason 'asked for by ana'", "erase all of it"),
      Example("tandem recording delete r_77aa --identity ana", "erase ana's voice"),
      Example("tandem recording delete --room algebra-7", "erase all of a room"),
    ]
  ) { invocation, console throws(CommandFailure) in
    let client = try APIClient(invocation)
    let id = invocation.optional(recording)
    let all = [room, session].compactMap { option in invocation.value(option).map { (option.name, $0) } }
    guard (id == nil) != all.isEmpty else {
      throw .usage("name one recording, or --room or --session for all of one")
    }
    if let id, let identity = invocation.value(identity) {
      let (name, person) = (Printable.plain(id), Printable.plain(identity))
      try Confirmation.ask("The voice of \(person) in \(name) will be gone.", invocation, console)
      try await client.send(
        .delete, ["v1", "recordings", id, "voices", identity], query: RecordingCommand.query(invocation))
      console.remark("The voice of \(person) is erased from \(name).")
    } else if let id {
      let name = Printable.plain(id)
      try Confirmation.ask("\(name) will be gone, with all voices.", invocation, console)
      try await client.send(
        .delete, ["v1", "recordings", id], query: RecordingCommand.query(invocation))
      console.remark("\(name) is erased.")
    } else {
      let what = all.map { "\($0.0) \(Printable.plain($0.1))" }.joined(separator: ", ")
      try Confirmation.ask("Every recording of \(what) will be gone.", invocation, console)
      let done = try await client.send(
        .delete, ["v1", "recordings"], query: all + RecordingCommand.query(invocation),
        timeout: Limits.longRequestTimeout)
      console.remark("\(done["erased"]?.array?.count ?? 0) recordings are erased.")
      for kept in done["kept"]?.array ?? [] {
        console.remark("\(Printable.plain(kept.string ?? "")) is kept: it is held, or still running.")
      }
    }
  }
}
