// `tandem room lock ROOM` and `tandem room unlock ROOM`.

import Control
import Values
import Web

enum RoomLockCommand {
  static let lock = command("lock", "let nobody else into a room", locked: true)
  static let unlock = command("unlock", "let people into a room again", locked: false)

  private static func command(_ name: String, _ summary: String, locked: Bool) -> Command {
    Command(
      name, summary: summary, arguments: [RoomCommand.room], options: [.json] + ServerAccess.options,
      examples: [Example("tandem room \(name) algebra-7", "\(name) the room algebra-7")]
    ) { invocation, console throws(CommandFailure) in
      let room = invocation.argument(RoomCommand.room)
      let changed = try await APIClient(invocation).send(
        .patch, ["v1", "rooms", room], body: ["locked": .bool(locked)])
      if invocation.isSet(.json) {
        console.print(changed)
      } else {
        console.remark("The room \(Printable.quoted(room)) is \(name)ed.")
      }
    }
  }
}
