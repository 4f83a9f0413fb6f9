// `tandem room record ROOM`.

import Control
import Values
import Web

enum RoomRecordCommand {
  private static let stop = Option(flag: "stop", "stop the recording that runs or waits")

  static let command: Command = Command(
    "record", summary: "start or stop the recording of a room",
    description: "A recording begins when everybody who can be heard has consented; until then it waits.",
    arguments: [RoomCommand.room], options: [stop, .json] + ServerAccess.options,
    examples: [
      Example("tandem room record algebra-7", "record the room"),
      Example("tandem room record algebra-7 --stop", "stop it again"),
    ]
  ) { invocation, console throws(CommandFailure) in
    let answer = try await APIClient(invocation).send(
      invocation.isSet(stop) ? .delete : .post,
      ["v1", "rooms", invocation.argument(RoomCommand.room), "recording"])
    if invocation.isSet(.json) {
      console.print(answer)
      return
    }
    let state = answer.text("state")
    console.remark(
      "Recording \(Printable.plain(answer.text("recording"))): "
        + (state == "waiting_for_consent" ? "waiting for consent." : "\(Printable.plain(state))."))
  }
}
