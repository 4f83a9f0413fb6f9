// `tandem room list`.

import Control
import Values

enum RoomListCommand {
  static let command: Command = Command(
    "list", summary: "list the open rooms", options: Paging.options + [.json] + ServerAccess.options,
    examples: [
      Example("tandem room list", "show the first hundred rooms"),
      Example("tandem room list --all --json | jq -r '.items[].id'", "print the id of every room"),
    ]
  ) { invocation, console throws(CommandFailure) in
    let client = try APIClient(invocation)
    let rooms = try await client.list(["v1", "rooms"], limit: Paging.count(invocation))
    Paging.print(
      rooms, invocation, console, nothing: "No room is open.",
      columns: [
        .init("ROOM"), .init("NAME"), .init("TOPOLOGY"), .init("PEOPLE", .right), .init("LOCKED"),
        .init("RECORDING"), .init("CREATED"),
      ]
    ) { room in
      [
        room.text("id"), room.text("name"), room.text("topology"), RoomCommand.people(room),
        room.text("locked"), room["recording"]?["state"]?.string ?? "", room.text("createdAt"),
      ]
    }
  }
}
