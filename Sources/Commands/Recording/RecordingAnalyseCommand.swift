// `tandem recording analyse RECORDING`: its mix and analysis, made anew.

import Control
import Values
import Web

enum RecordingAnalyseCommand {
  private static let detach = Option(flag: "detach", "don't wait until it is done")

  static let command: Command = Command(
    "analyse", summary: "make a recording's mix, analysis and manifest anew",
    arguments: [RecordingCommand.recording], options: [detach, .json] + ServerAccess.options,
    examples: [Example("tandem recording analyse r_77aa", "make them, and wait")]
  ) { invocation, console throws(CommandFailure) in
    let client = try APIClient(invocation)
    var recording = try await client.send(.post, RecordingCommand.path(invocation, "analyse"))
    let line = ProgressLine(console, isQuiet: invocation.isSet(.json))
    while !invocation.isSet(detach), recording.text("state") == "processing" {
      let share = recording["progress"]?.double ?? 0
      line.show(share, "mixed \(Int(share * 100)) %")
      await Pause.wait(Limits.watchInterval)
      recording = try await client.get(RecordingCommand.path(invocation))
    }
    line.end()
    if invocation.isSet(.json) {
      console.print(recording)
    } else {
      console.remark("\(recording.text("id")) is \(RecordingCommand.state(recording)).")
    }
  }
}
