// `tandem room`: the group, and what its commands share.

import Control
import Values

enum RoomCommand {
  static let command: Command = Command(
    group: "room", summary: "see and manage rooms and who is in them",
    examples: [
      Example("tandem room list", "list the open rooms"),
      Example("tandem room create algebra-7 --name Algebra", "open one"),
      Example("tandem room kick algebra-7 ana", "put somebody out"),
    ],
    commands: [
      RoomListCommand.command, RoomShowCommand.command, RoomCreateCommand.command, RoomCloseCommand.command,
      RoomKickCommand.command, RoomMuteCommand.command, RoomLockCommand.lock, RoomLockCommand.unlock,
      RoomRecordCommand.command,
    ])

  static let room = Argument("ROOM", "the room's id")
  static let participant = Argument("PARTICIPANT", "id or identity of who is meant")

  static func sheet(_ room: JSON) -> Sheet {
    var sheet = Sheet()
    sheet.add("Room", room.text("id"))
    sheet.add("Name", room.text("name"))
    sheet.add("Topology", room.text("topology"))
    sheet.add("Participants", people(room))
    sheet.add("Locked", room.text("locked"))
    sheet.add("Lobby", room.text("lobby"))
    sheet.add("Recording", recording(room))
    sheet.add("Empty timeout", room.seconds("emptyTimeout"))
    sheet.add("Created", room.text("createdAt"))
    sheet.add("Session", room.text("session"))
    if let metadata = room["metadata"], metadata.object?.members.isEmpty == false {
      sheet.add("Metadata", metadata.text)
    }
    return sheet
  }

  static func people(_ room: JSON) -> String {
    let count = room["participantCount"]?.integer ?? room["participants"]?.array.map { Int64($0.count) }
    let present = count.map(String.init) ?? "?"
    return room["maxParticipants"]?.integer.map { "\(present) of \($0)" } ?? present
  }

  static func recording(_ room: JSON) -> String {
    let state = room["recording"]?["state"]?.string ?? ""
    return room["recordingPolicy"]?.string.map { "\(state) (\($0))" } ?? state
  }

  /// A participant by id or identity; nil if the room's list has none such. The server may still know more.
  @Control static func participant(
    _ name: String, in room: String, _ client: APIClient
  ) async throws(CommandFailure) -> JSON? {
    let people = try await client.get(["v1", "rooms", room])["participants"]?.array ?? []
    return people.first { $0["id"]?.string == name } ?? people.first { $0["identity"]?.string == name }
  }
}
