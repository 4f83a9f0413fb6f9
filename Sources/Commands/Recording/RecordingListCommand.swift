// `tandem recording list`.

import Control
import Values

enum RecordingListCommand {
  private static let room = Option("room", value: "ROOM", "only of this room")
  private static let session = Option("session", value: "SESSION", "only of this session")
  private static let identity = Option("identity", value: "USER", "only where this user is heard")
  private static let from = Option("from", value: "TIME", "only from this time on", kind: .time)
  private static let to = Option("to", value: "TIME", "only before this time", kind: .time)

  static let command: Command = Command(
    "list", summary: "list recordings, newest first",
    options: [room, session, identity, from, to] + Paging.options + [.json] + ServerAccess.options,
    examples: [
      Example("tandem recording list --room algebra-7", "list what was recorded in a room"),
      Example("tandem recording list --identity ana --all --json", "list all with ana, for a program"),
    ]
  ) { invocation, console throws(CommandFailure) in
    let query = [room, session, identity, from, to].compactMap { option in
      invocation.value(option).map { (option.name, $0) }
    }
    let recordings = try await APIClient(invocation).list(
      ["v1", "recordings"], query: query, limit: Paging.count(invocation))
    Paging.print(
      recordings, invocation, console, nothing: "There is no such recording.",
      columns: [
        .init("RECORDING"), .init("ROOM"), .init("SESSION"), .init("STATE"), .init("STARTED"),
        .init("LENGTH", .right), .init("SIZE", .right), .init("HOLD"),
      ]
    ) { recording in
      [
        recording.text("id"), recording.text("room"), recording.text("session"),
        RecordingCommand.state(recording), recording.text("startedAt"), RecordingCommand.length(recording),
        RecordingCommand.size(recording), recording.text("hold"),
      ]
    }
  }
}
