// `tandem match explain MATCH`.

import Control
import Values

enum MatchCommand {
  static let command: Command = Command(
    group: "match", summary: "see why two were brought together",
    examples: [Example("tandem match explain m_77aa", "show the reasons of a match")], commands: [explain])

  private static let match = Argument("MATCH", "the match's id")

  private static let explain: Command = Command(
    "explain", summary: "show a match: who, how it went, and why these", arguments: [match],
    options: [.json] + ServerAccess.options,
    examples: [Example("tandem match explain m_77aa", "show the reasons of a match")]
  ) { invocation, console throws(CommandFailure) in
    let match = try await APIClient(invocation).get(["v1", "matches", invocation.argument(match)])
    if invocation.isSet(.json) {
      console.print(match)
      return
    }
    var sheet = Sheet()
    sheet.add("Match", match.text("match"))
    sheet.add("State", match.text("state"))
    if match["reason"]?.string != nil { sheet.add("Because", match.text("reason")) }
    sheet.add("Mentor", match.text("mentor"))
    sheet.add("Subject", match.text("subject"))
    sheet.add("Offered", match.text("offeredAt"))
    sheet.add("Agreed", match.text("matchedAt"))
    sheet.add("Ended", match.text("endedAt"))
    sheet.add("Room", match.text("room"))
    sheet.add("Session", match.text("session"))
    console.print(sheet)
    for seat in match["offer"]?["students"]?.array ?? [] {
      console.print("")
      console.print(
        console.style.bold(
          "\(Printable.plain(seat.text("person"))): score \(tenths(seat["score"]?.double ?? 0))"))
      var table = Table([.init("PART"), .init("VALUE", .right), .init("WEIGHT", .right), .init("IN WORDS")])
      for reason in seat["reasons"]?.array ?? [] {
        table.add([
          reason.text("part"), tenths(reason["value"]?.double ?? 0), tenths(reason["weight"]?.double ?? 0),
          reason.text("words"),
        ])
      }
      console.print(table)
    }
  }

  private static func tenths(_ value: Double) -> String { String((value * 100).rounded() / 100) }
}
