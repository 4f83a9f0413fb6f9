// `tandem session explain SESSION`.

import Control
import Values

enum SessionExplainCommand {
  private static let session = Argument("SESSION", "the session's id")

  static let command: Command = Command(
    "explain", summary: "say what happened in a session and why: connections, quality and its causes",
    arguments: [session], options: [.json] + ServerAccess.options,
    examples: [Example("tandem session explain s_77aa", "show the time line of the session s_77aa")]
  ) { invocation, console throws(CommandFailure) in
    let found = try await APIClient(invocation).get([
      "v1", "sessions", invocation.argument(session), "explain",
    ])
    if invocation.isSet(.json) {
      console.print(found)
      return
    }
    console.print(SessionCommand.sheet(found))
    console.print("")
    console.print(people(found["participants"]?.array ?? []))
    let causes = found["causes"]?.array ?? []
    if !causes.isEmpty {
      console.print("")
      console.print(table(causes))
    }
    console.print("")
    var timeline = Table([.init("AFTER", .right), .init("WHAT")])
    for line in found["timeline"]?.array ?? [] {
      timeline.add([clock(line["offsetMilliseconds"]?.integer ?? 0), line.text("text")])
    }
    console.print(timeline)
    if found["truncated"]?.bool == true { console.print("There is more than can be shown.") }
  }

  private static func people(_ people: [JSON]) -> Table {
    var table = Table([
      .init("WHO"), .init("ROLE"), .init("CONNECTED", .right), .init("FIRST MEDIA", .right),
      .init("QUALITY", .right), .init("LOWEST", .right), .init("BREAKS", .right), .init("MOVES", .right),
    ])
    for person in people {
      table.add([
        SessionCommand.person(person), person.text("role"),
        milliseconds(person["connectedAfterMilliseconds"]),
        milliseconds(person["firstMediaAfterMilliseconds"]), person["quality"]?.text("average") ?? "",
        person["quality"]?.text("lowest") ?? "", person.text("interruptions"), person.text("moves"),
      ])
    }
    return table
  }

  private static func table(_ causes: [JSON]) -> Table {
    var table = Table([.init("FROM"), .init("UNTIL"), .init("LOWEST", .right), .init("CAUSE")])
    for cause in causes {
      table.add([cause.text("from"), cause.text("until"), cause.text("lowestScore"), cause.text("text")])
    }
    return table
  }

  private static func milliseconds(_ value: JSON?) -> String { value?.integer.map { "\($0) ms" } ?? "" }

  /// `1:02:03.4`.
  static func clock(_ milliseconds: Int64) -> String {
    let sign = milliseconds < 0 ? "-" : ""
    let tenths = milliseconds.magnitude / 100
    func two(_ value: UInt64) -> String { value < 10 ? "0\(value)" : "\(value)" }
    let (hours, minutes) = (tenths / 36_000, tenths / 600 % 60)
    let rest = "\(two(tenths / 10 % 60)).\(tenths % 10)"
    return sign + (hours > 0 ? "\(hours):\(two(minutes)):\(rest)" : "\(minutes):\(rest)")
  }
}
