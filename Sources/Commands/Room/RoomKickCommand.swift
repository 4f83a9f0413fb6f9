// `tandem room kick ROOM PARTICIPANT`.

import Control
import Values
import Web

enum RoomKickCommand {
  static let command: Command = Command(
    "kick", summary: "put a participant out of a room",
    arguments: [RoomCommand.room, RoomCommand.participant],
    options: ServerAccess.options,
    examples: [
      Example("tandem room kick algebra-7 ana", "put out who has the identity ana"),
      Example("tandem room kick algebra-7 p_9f2c", "put out one participant by id"),
    ]
  ) { invocation, console throws(CommandFailure) in
    let client = try APIClient(invocation)
    let room = invocation.argument(RoomCommand.room)
    let name = invocation.argument(RoomCommand.participant)
    let person = try await RoomCommand.participant(name, in: room, client)
    let id = person?["id"]?.string ?? name
    try await client.send(.delete, ["v1", "rooms", room, "participants", id])
    console.remark("\(Printable.quoted(name)) is out of \(Printable.quoted(room)).")
  }
}
