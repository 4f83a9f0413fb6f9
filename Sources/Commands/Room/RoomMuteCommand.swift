// `tandem room mute ROOM PARTICIPANT`.

import Control
import Values
import Web

enum RoomMuteCommand {
  private static let track = Option("track", value: "TRACK", "only this track; otherwise all of them")
  private static let off = Option(flag: "off", "let them be heard and seen again")

  static let command: Command = Command(
    "mute", summary: "mute a participant", arguments: [RoomCommand.room, RoomCommand.participant],
    options: [track, off] + ServerAccess.options,
    examples: [
      Example("tandem room mute algebra-7 ana", "mute all that ana sends"),
      Example("tandem room mute algebra-7 ana --track t_51d0", "mute one track"),
    ]
  ) { invocation, console throws(CommandFailure) in
    let client = try APIClient(invocation)
    let room = invocation.argument(RoomCommand.room)
    let name = invocation.argument(RoomCommand.participant)
    let id = try await RoomCommand.participantID(name, in: room, client)
    var body: JSON.Object = ["muted": .bool(!invocation.isSet(off))]
    if let track = invocation.value(track) { body.append("track", .string(track)) }
    try await client.send(
      .post, ["v1", "rooms", room, "participants", id, "mute"], body: .object(body))
    console.remark("\(Printable.quoted(name)) is \(invocation.isSet(off) ? "unmuted" : "muted").")
  }
}
