// `tandem session show SESSION`.

import Control
import Values

enum SessionShowCommand {
  private static let session = Argument("SESSION", "the session's id")

  static let command: Command = Command(
    "show", summary: "show a session: who, when, how long", arguments: [session],
    options: [.json] + ServerAccess.options,
    examples: [Example("tandem session show s_77aa", "show the session s_77aa")]
  ) { invocation, console throws(CommandFailure) in
    let session = try await APIClient(invocation).get(["v1", "sessions", invocation.argument(session)])
    if invocation.isSet(.json) {
      console.print(session)
      return
    }
    console.print(SessionCommand.sheet(session))
    showPeople(session["participants"]?.array ?? [], console)
    showRatings(session["ratings"]?.array ?? [], console)
  }

  @Control private static func showRatings(_ ratings: [JSON], _ console: Console) {
    guard !ratings.isEmpty else { return }
    var table = Table([.init("BY"), .init("OF"), .init("STARS", .right), .init("AT"), .init("COMMENT")])
    for rating in ratings {
      table.add([
        rating.text("rater"), rating.text("ratee"), rating.text("stars"), rating.text("updatedAt"),
        rating.text("comment"),
      ])
    }
    console.print("")
    console.print(table)
  }

  @Control private static func showPeople(_ people: [JSON], _ console: Console) {
    guard !people.isEmpty else { return }
    var table = Table([
      .init("PARTICIPANT"), .init("IDENTITY"), .init("NAME"), .init("ROLE"), .init("JOINED"), .init("LEFT"),
      .init("REASON"), .init("QUALITY", .right), .init("LOWEST", .right),
    ])
    for person in people {
      table.add([
        person.text("id"), person.text("identity"), person.text("name"), person.text("role"),
        person.text("joinedAt"), person.text("leftAt"),
        person.text("reason"), person["quality"]?.text("average") ?? "",
        person["quality"]?.text("lowest") ?? "",
      ])
    }
    console.print("")
    console.print(table)
  }
}
