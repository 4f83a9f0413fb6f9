// `tandem session extend SESSION`.

import Control
import Values
import Web

enum SessionExtendCommand {
  private static let session = Argument("SESSION", "the session's id")
  private static let by = Option("by", value: "TIME", "by how much it becomes longer", kind: .duration)
  private static let to = Option(
    "to", value: "TIME", "how long it is to be in all; the same again changes nothing", kind: .duration)

  static let command: Command = Command(
    "extend", summary: "make a booked session longer", arguments: [session],
    options: [by, to, .json] + ServerAccess.options,
    examples: [
      Example("tandem session extend s_77aa --by 15m", "give it a quarter of an hour more"),
      Example("tandem session extend s_77aa --to 1h", "plan it for an hour in all"),
    ]
  ) { invocation, console throws(CommandFailure) in
    var body = JSON.Object()
    switch (invocation.duration(by), invocation.duration(to)) {
    case (let more?, nil): body.append("seconds", .integer(more.milliseconds / 1000))
    case (nil, let length?): body.append("duration", .integer(length.milliseconds / 1000))
    default: throw .usage("say either --by or --to")
    }
    let changed = try await APIClient(invocation).send(
      .post, ["v1", "sessions", invocation.argument(session), "extend"], body: .object(body))
    if invocation.isSet(.json) {
      console.print(changed)
    } else {
      console.print(SessionCommand.sheet(changed))
    }
  }
}
