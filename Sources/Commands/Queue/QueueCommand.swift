// `tandem queue`: who waits, and how a day would go.

import Control
import Values

enum QueueCommand {
  static let command: Command = Command(
    group: "queue", summary: "see who waits for a match, and try rules on a day of your own",
    examples: [
      Example("tandem queue list", "list who waits"),
      Example("tandem queue simulate --students 5000 --mentors 300", "play a day through the matcher"),
    ],
    commands: [list, watch, QueueSimulateCommand.command])

  private static let list: Command = Command(
    "list", summary: "list who waits, in the order of coming",
    options: Paging.options + [.json] + ServerAccess.options,
    examples: [Example("tandem queue list", "list who waits")]
  ) { invocation, console throws(CommandFailure) in
    let waiting = try await APIClient(invocation).list(["v1", "queue"], limit: Paging.count(invocation))
    Paging.print(
      waiting, invocation, console, nothing: "Nobody waits.",
      columns: [
        .init("TICKET"), .init("IDENTITY"), .init("NAME"), .init("ROLE"), .init("STATE"),
        .init("WAITED", .right), .init("PLACE", .right), .init("ESTIMATE", .right), .init("MATCH"),
      ]
    ) { one in
      [
        one.text("ticket"), one.text("identity"), one.text("name"), one.text("role"),
        one["connected"]?.bool == false ? "\(one.text("state")), away" : one.text("state"),
        one.seconds("waitedSeconds"), one.text("position"), one.seconds("estimatedSeconds"),
        one.text("match"),
      ]
    }
  }

  private static let watch: Command = Command(
    "watch", summary: "follow the queue's figures, a line each second, until stopped",
    options: ServerAccess.options, examples: [Example("tandem queue watch", "follow the queue")]
  ) { invocation, console throws(CommandFailure) in
    let client = try APIClient(invocation)
    var told = ""
    while true {
      let queue = try await client.get(["v1", "queue"], query: [("limit", "1")])
      let longest = queue["items"]?.array?.first?.seconds("waitedSeconds") ?? ""
      let line =
        "\(queue.text("waitingStudents")) students wait · \(queue.text("freeMentors")) mentors free · "
        + "\(queue.text("offers")) asked · \(queue.text("matches")) sessions"
        + (longest.isEmpty ? "" : " · first in line since \(longest)")
      if line != told { console.print("\(Timestamp.now.rfc3339)  \(line)") }
      told = line
      await Pause.wait(Limits.followInterval)
    }
  }
}
