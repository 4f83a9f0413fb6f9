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
    let isOff = invocation.isSet(off)
    let person = try await RoomCommand.participant(name, in: room, client)
    let tracks: [String]
    if let track = invocation.value(track) {
      tracks = [track]
    } else {
      tracks = (person?["tracks"]?.array ?? []).compactMap { track in
        track["muted"]?.bool == isOff ? track["id"]?.string : nil
      }
    }
    for track in tracks {
      try await client.send(
        .post, ["v1", "rooms", room, "participants", person?["id"]?.string ?? name, "mute"],
        body: ["track": .string(track), "muted": .bool(!isOff)])
    }
    guard person != nil || !tracks.isEmpty else {
      throw .failed("nobody in \(Printable.quoted(room)) has the id or identity \(Printable.quoted(name))")
    }
    if tracks.isEmpty { console.remark("There is nothing to \(isOff ? "unmute" : "mute").") }
    for track in tracks { console.remark("\(Printable.plain(track)) is \(isOff ? "unmuted" : "muted").") }
  }
}
