// `tandem room close ROOM`.

import Control
import Values
import Web

enum RoomCloseCommand {
  static let command: Command = Command(
    "close", summary: "close a room and put everybody out", arguments: [RoomCommand.room],
    options: ServerAccess.options,
    examples: [Example("tandem room close algebra-7", "close the room algebra-7")]
  ) { invocation, console throws(CommandFailure) in
    let room = invocation.argument(RoomCommand.room)
    try await APIClient(invocation).send(.delete, ["v1", "rooms", room])
    console.remark("The room \(Printable.quoted(room)) is closed.")
  }
}
