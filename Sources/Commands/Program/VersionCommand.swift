// `tandem version`.

import Control
import Values

enum VersionCommand {
  static let command: Command = Command(
    "version", summary: "print the version of this program", options: [Option.json],
    examples: [Example("tandem version", "print the version")]
  ) { invocation, console throws(CommandFailure) in
    if invocation.isSet(.json) {
      console.print(["name": .string(Program.name), "version": .string(Program.version)] as JSON)
    } else {
      console.print("\(Program.name) \(Program.version)")
    }
  }
}
