// `tandem recording`: the group, and what its commands share.

import Control
import Values

enum RecordingCommand {
  static let command: Command = Command(
    group: "recording", summary: "find, hear, check and erase recordings",
    examples: [
      Example("tandem recording list --identity ana", "list those in which ana is heard"),
      Example("tandem recording show r_77aa", "show one: who talked when, and how much"),
      Example("tandem recording download r_77aa", "fetch all of its files"),
    ],
    commands: [
      RecordingListCommand.command, RecordingShowCommand.command, RecordingDownloadCommand.command,
      RecordingVerifyCommand.command, RecordingAnalyseCommand.command, RecordingHoldCommand.hold,
      RecordingHoldCommand.release, RecordingDeleteCommand.command,
    ])

  static let recording = Argument("RECORDING", "the recording's id")
  static let reason = Option("reason", value: "TEXT", "why; kept with the server's records")

  static func path(_ invocation: Invocation, _ more: String...) -> [String] {
    ["v1", "recordings", invocation.argument(recording)] + more
  }

  static func query(_ invocation: Invocation) -> [(String, String)] {
    invocation.value(reason).map { [("reason", $0)] } ?? []
  }

  static func length(_ recording: JSON) -> String {
    recording["durationMilliseconds"]?.integer.map(Amount.clock) ?? ""
  }

  static func size(_ recording: JSON) -> String {
    recording["bytes"]?.integer.map { Files.size(UInt64(max(0, $0))) } ?? ""
  }

  /// With how far the work on it is, while there is any.
  static func state(_ recording: JSON) -> String {
    let state = recording.text("state")
    guard state == "processing", let share = recording["progress"]?.double else { return state }
    return "\(state) \(Int(share * 100)) %"
  }
}
