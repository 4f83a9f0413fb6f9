// `tandem session`: the group, and how one session is shown.

import Control
import Values

enum SessionCommand {
  static let command: Command = Command(
    group: "session", summary: "book sessions and see their history",
    examples: [
      Example("tandem session list --identity ana", "list the sessions that ana took part in"),
      Example("tandem session show s_77aa", "show one: who, when, how long, how good"),
    ],
    commands: [
      SessionListCommand.command, SessionShowCommand.command, SessionExplainCommand.command,
      SessionCreateCommand.command, SessionExtendCommand.command, SessionRateCommand.command,
    ])

  static func person(_ person: JSON?) -> String {
    guard let person else { return "" }
    if let identity = person.string { return identity }
    let identity = person.text("identity")
    let name = person.text("name")
    return name.isEmpty || name == identity ? identity : "\(name) (\(identity))"
  }

  static func sheet(_ session: JSON) -> Sheet {
    var sheet = Sheet()
    sheet.add("Session", session.text("id"))
    sheet.add("Room", session.text("room"))
    sheet.add("State", session.text("state"))
    if session["mentor"]?.isNull == false { sheet.add("Mentor", person(session["mentor"])) }
    if session["student"]?.isNull == false { sheet.add("Student", person(session["student"])) }
    sheet.add("Starts", session.text("startsAt"))
    sheet.add("Booked for", session.seconds("duration"))
    if session["extendedSeconds"]?.integer != nil {
      sheet.add("Extended by", session.seconds("extendedSeconds"))
    }
    if session["endsAt"]?.string != nil { sheet.add("Planned end", session.text("endsAt")) }
    sheet.add("Started", session.text("startedAt"))
    sheet.add("Ended", session.text("endedAt"))
    if session["endReason"]?.string != nil { sheet.add("End reason", session.text("endReason")) }
    sheet.add("Both present", session.seconds("bothPresentSeconds"))
    if session["noShow"]?.string != nil { sheet.add("Did not come", session.text("noShow")) }
    if let metadata = session["metadata"], metadata.object?.members.isEmpty == false {
      sheet.add("Metadata", metadata.text)
    }
    return sheet
  }
}
