// `tandem room show ROOM`.

import Control
import Values

enum RoomShowCommand {
  static let command: Command = Command(
    "show", summary: "show a room and who is in it", arguments: [RoomCommand.room],
    options: [.json] + ServerAccess.options,
    examples: [Example("tandem room show algebra-7", "show the room algebra-7")]
  ) { invocation, console throws(CommandFailure) in
    let room = try await APIClient(invocation).get(["v1", "rooms", invocation.argument(RoomCommand.room)])
    if invocation.isSet(.json) {
      console.print(room)
      return
    }
    console.print(RoomCommand.sheet(room))
    guard let people = room["participants"]?.array, !people.isEmpty else { return }
    var table = Table([
      .init("PARTICIPANT"), .init("IDENTITY"), .init("NAME"), .init("ROLE"), .init("STATE"), .init("HAND"),
      .init("TRACKS"),
    ])
    for person in people {
      table.add([
        person.text("id"), person.text("identity"), person.text("name"), person.text("role"),
        person.text("state"), person["handRaised"]?.bool == true ? "up" : "",
        (person["tracks"]?.array ?? []).map(track).joined(separator: ", "),
      ])
    }
    console.print("")
    console.print(table)
  }

  private static func track(_ track: JSON) -> String {
    track.text("source") + (track["muted"]?.bool == true ? " (muted)" : "")
  }
}
