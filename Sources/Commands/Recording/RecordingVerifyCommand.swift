// `tandem recording verify RECORDING`: whether every file is what was signed.

import Control
import Values
import Web

enum RecordingVerifyCommand {
  static let command: Command = Command(
    "verify", summary: "check a recording's files against its signed manifest",
    description: """
      The server reads all of the recording once more. A file that was changed, exchanged or lost is named, and the exit
      code is 1.
      """,
    arguments: [RecordingCommand.recording], options: [.json] + ServerAccess.options,
    examples: [Example("tandem recording verify r_77aa", "check the recording r_77aa")]
  ) { invocation, console throws(CommandFailure) in
    let verdict = try await APIClient(invocation).get(
      RecordingCommand.path(invocation, "verify"), timeout: Limits.longRequestTimeout)
    if invocation.isSet(.json) { console.print(verdict) }
    let files = verdict["files"]?.array ?? []
    let wrong = files.filter { $0["problem"]?.string != nil }
    if !invocation.isSet(.json) {
      var table = Table([.init("FILE"), .init("STATE")])
      for file in files { table.add([file.text("name"), file["problem"]?.string ?? "as signed"]) }
      if !table.isEmpty { console.print(table) }
    }
    let problems =
      (verdict["problems"]?.array ?? []).compactMap(\.string)
      + wrong.map { "\($0.text("name")) \($0.text("problem"))" }
    guard verdict["sound"]?.bool == true else {
      throw .failed(
        "the recording does not stand: " + problems.map(Printable.plain).joined(separator: "; "))
    }
    if !invocation.isSet(.json) { console.remark("All \(files.count) files are as they were signed.") }
  }
}
