// `tandem session list`.

import Control
import Values

enum SessionListCommand {
  private static let room = Option("room", value: "ROOM", "only in this room")
  private static let identity = Option("identity", value: "USER", "only with this user")
  private static let from = Option("from", value: "TIME", "only from this time on", kind: .time)
  private static let to = Option("to", value: "TIME", "only before this time", kind: .time)

  static let command: Command = Command(
    "list", summary: "list sessions: booked, running and past",
    options: [room, identity, from, to] + Paging.options + [.json] + ServerAccess.options,
    examples: [
      Example("tandem session list --room algebra-7", "list what happened in a room"),
      Example(
        "tandem session list --from 2026-11-01T00:00:00Z --all --json", "export a month, for a program"),
    ]
  ) { invocation, console throws(CommandFailure) in
    let query = [room, identity, from, to].compactMap { option in
      invocation.value(option).map { (option.name, $0) }
    }
    let sessions = try await APIClient(invocation).list(
      ["v1", "sessions"], query: query, limit: Paging.count(invocation))
    Paging.print(
      sessions, invocation, console, nothing: "There is no such session.",
      columns: [
        .init("SESSION"), .init("ROOM"), .init("STATE"), .init("MENTOR"), .init("STUDENT"), .init("STARTED"),
        .init("ENDED"),
        .init("BOTH PRESENT", .right),
      ]
    ) { session in
      [
        session.text("id"), session.text("room"), session.text("state"),
        SessionCommand.person(session["mentor"]), SessionCommand.person(session["student"]),
        session.text("startedAt"), session.text("endedAt"), session.seconds("bothPresentSeconds"),
      ]
    }
  }
}
