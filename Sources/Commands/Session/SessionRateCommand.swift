// `tandem session rate SESSION`.

import Control
import Values
import Web

enum SessionRateCommand {
  private static let session = Argument("SESSION", "the session's id")
  private static let by = Option("by", value: "USER", "who rates", isRequired: true)
  private static let of = Option(
    "of", value: "USER", "who is rated; needed only where there is more than one other")
  private static let stars = Option(
    "stars", value: "NUMBER", "1, the worst, to 5", kind: .integer(1...5), isRequired: true)
  private static let comment = Option("comment", value: "TEXT", "what is said beside")

  static let command: Command = Command(
    "rate", summary: "write down what somebody says of another one in a session", arguments: [session],
    options: [by, of, stars, comment, .json] + ServerAccess.options,
    examples: [
      Example("tandem session rate s_77aa --by ben --stars 5", "ben gives five stars")
    ]
  ) { invocation, console throws(CommandFailure) in
    var body: JSON.Object = [
      "rater": .string(invocation.value(by) ?? ""),
      "stars": .integer(Int64(invocation.integer(stars) ?? 0)),
    ]
    if let ratee = invocation.value(of) { body.append("ratee", .string(ratee)) }
    if let comment = invocation.value(comment) { body.append("comment", .string(comment)) }
    let rating = try await APIClient(invocation).send(
      .post, ["v1", "sessions", invocation.argument(session), "ratings"], body: .object(body))
    if invocation.isSet(.json) {
      console.print(rating)
      return
    }
    var sheet = Sheet()
    sheet.add("Rating", "\(rating.text("stars")) of 5")
    sheet.add("By", rating.text("rater"))
    sheet.add("Of", rating.text("ratee"))
    if rating["comment"]?.string != nil { sheet.add("Comment", rating.text("comment")) }
    console.print(sheet)
  }
}
