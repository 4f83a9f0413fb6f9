// `tandem session create`.

import Control
import Values
import Web

enum SessionCreateCommand {
  private static let mentor = Option(
    "mentor", value: "USER[=NAME]", "the mentor's identity and name", isRequired: true)
  private static let student = Option(
    "student", value: "USER[=NAME]", "the student's identity and name", isRequired: true)
  private static let topology = Option(
    "topology", value: "TOPOLOGY", "how media travels", kind: .choice(["sfu", "p2p", "auto"]))
  private static let startsAt = Option("starts-at", value: "TIME", "when it begins", kind: .time)
  private static let duration = Option("duration", value: "TIME", "how long it is to be", kind: .duration)
  private static let metadata = Option(
    "metadata", value: "JSON", "an object of your own, kept with the session", kind: .json)
  private static let idempotencyKey = Option(
    "idempotency-key", value: "KEY", "the same key again books nothing new and gives the first answer")

  static let command: Command = Command(
    "create", summary: "book a session for a mentor and a student",
    description: "Makes a room and a token for each of the two to join it with.",
    options: [mentor, student, startsAt, duration, topology, metadata, idempotencyKey, .json]
      + ServerAccess.options,
    examples: [
      Example(
        "tandem session create --mentor ana=Ana --student ben=Ben --duration 45m",
        "book three quarters of an hour"),
      Example(
        "tandem session create --mentor ana --student ben --starts-at 2026-12-01T09:00:00Z",
        "book one for later"),
    ]
  ) { invocation, console throws(CommandFailure) in
    var body = JSON.Object()
    for option in [mentor, student] {
      body.append(option.name, try person(invocation.value(option) ?? "", option))
    }
    if let time = invocation.time(startsAt) { body.append("startsAt", .string(time.rfc3339)) }
    if let length = invocation.duration(duration) {
      body.append("duration", .integer(length.milliseconds / 1000))
    }
    if let topology = invocation.value(topology) { body.append("topology", .string(topology)) }
    if let metadata = invocation.json(metadata) { body.append("metadata", metadata) }
    let headers = invocation.value(idempotencyKey).map { [("idempotency-key", $0)] } ?? []
    let session = try await APIClient(invocation).send(
      .post, ["v1", "sessions"], body: .object(body), headers: headers)
    if invocation.isSet(.json) {
      console.print(session)
      return
    }
    console.print(SessionCommand.sheet(session))
    for seat in [mentor, student] {
      guard let token = session[seat.name]?["token"]?.string else { continue }
      console.print("")
      console.print(console.style.bold("Token of the \(seat.name)"))
      console.print(Printable.plain(token))
    }
  }

  private static func person(_ text: String, _ option: Option) throws(CommandFailure) -> JSON {
    let parts = text.split(separator: "=", maxSplits: 1).map(String.init)
    guard let identity = parts.first, !text.hasPrefix("=") else {
      throw .usage("--\(option.name) needs an identity: --\(option.name) USER[=NAME]")
    }
    var person: JSON.Object = ["identity": .string(identity)]
    if parts.count == 2 { person.append("name", .string(parts[1])) }
    return .object(person)
  }
}
