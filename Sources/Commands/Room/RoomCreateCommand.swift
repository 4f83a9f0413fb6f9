// `tandem room create [ROOM]`.

import Control
import Values
import Web

enum RoomCreateCommand {
  private static let room = Argument(
    "ROOM", "the room's id; the server makes one up if none is given", isOptional: true)
  private static let name = Option("name", value: "NAME", "what people call it")
  private static let topology = Option(
    "topology", value: "TOPOLOGY", "how media travels", kind: .choice(["sfu", "p2p", "auto"]))
  private static let maxParticipants = Option(
    "max-participants", value: "COUNT", "how many may be in it", kind: .integer(1...1000))
  private static let recording = Option(
    "recording", value: "POLICY", "whether it may be recorded", kind: .choice(["off", "on_demand", "always"]))
  private static let emptyTimeout = Option(
    "empty-timeout", value: "TIME", "how long it stays open with nobody in it", kind: .duration)
  private static let lobby = Option(flag: "lobby", "who is no mentor waits until a mentor lets them in")
  private static let metadata = Option(
    "metadata", value: "JSON", "an object of your own, kept with the room", kind: .json)

  static let command: Command = Command(
    "create", summary: "open a room",
    description: "What is not given is as the server's configuration says.", arguments: [room],
    options: [name, topology, maxParticipants, recording, emptyTimeout, lobby, metadata, .json]
      + ServerAccess.options,
    examples: [
      Example("tandem room create algebra-7 --name Algebra --lobby", "open a room with a lobby"),
      Example("tandem room create --json | jq -r .id", "open a room and print the id that it got"),
    ]
  ) { invocation, console throws(CommandFailure) in
    var body = JSON.Object()
    if let id = invocation.optional(room) { body.append("id", .string(id)) }
    for option in [name, topology, recording] {
      if let value = invocation.value(option) { body.append(option.name, .string(value)) }
    }
    if let count = invocation.integer(maxParticipants) {
      body.append("maxParticipants", .integer(Int64(count)))
    }
    if let wait = invocation.duration(emptyTimeout) {
      body.append("emptyTimeout", .integer(wait.milliseconds / 1000))
    }
    if invocation.isSet(lobby) { body.append("lobby", true) }
    if let metadata = invocation.json(metadata) { body.append("metadata", metadata) }
    let created = try await APIClient(invocation).send(.post, ["v1", "rooms"], body: .object(body))
    if invocation.isSet(.json) { console.print(created) } else { console.print(RoomCommand.sheet(created)) }
  }
}
