// `tandem events`: everything as it happened, from the record that webhooks are sent from.

import Control
import Values

enum EventsCommand {
  private static let after = Option(
    "after", value: "CURSOR", "only what came after this event",
    standard: "the first that is kept, or with --follow the latest"
  )
  private static let follow = Option(flag: "follow", short: "f", "go on printing what happens, until stopped")

  static let command: Command = Command(
    "events", summary: "print events as they happened, and follow new ones",
    description: """
      A line begins with the event's cursor, which --after takes. Details are shortened; --json shows all of them.
      With --json and --follow each event is a document on a line of its own.
      """,
    options: [after, follow] + Paging.options + [.json] + ServerAccess.options,
    examples: [
      Example("tandem events --follow", "watch what happens"),
      Example("tandem events --after 1200 --all --json", "catch up from a known event"),
    ]
  ) { invocation, console throws(CommandFailure) in
    let client = try APIClient(invocation)
    if invocation.isSet(follow) {
      try await run(client, invocation, console)
      return
    }
    let events = try await client.list(
      ["v1", "events"], cursor: "after", after: invocation.value(after), limit: Paging.count(invocation))
    if invocation.isSet(.json) {
      console.print(["items": .array(events.items), "next": .optional(events.next)] as JSON)
      return
    }
    if events.items.isEmpty { console.remark("There is no event.") }
    for event in events.items { console.print(line(event)) }
  }

  /// Asks again and again. A server that restarts is waited for: a watch that ends by itself watches nothing.
  @Control private static func run(
    _ client: APIClient, _ invocation: Invocation, _ console: Console
  ) async throws(CommandFailure) {
    var cursor = invocation.value(after) ?? "latest"
    var isFirst = true
    var wasLost = false
    while true {
      do throws(CommandFailure) {
        let events = try await client.list(
          ["v1", "events"], cursor: "after", after: cursor,
          limit: isFirst ? Paging.count(invocation) : Limits.pageItems)
        if wasLost { console.remark("The server is back.") }
        (isFirst, wasLost) = (false, false)
        for event in events.items {
          console.print(invocation.isSet(.json) ? event.text : line(event))
        }
        cursor = events.next ?? events.items.last.flatMap(position) ?? cursor
        if events.items.count == Limits.pageItems { continue }
      } catch {
        guard !isFirst, case .failed(let message) = error else { throw error }
        if !wasLost { console.remark("Waiting for the server: \(message)") }
        wasLost = true
      }
      await Pause.wait(Limits.followInterval)
    }
  }

  static func position(_ event: JSON) -> String? {
    event["cursor"]?.string ?? event["seq"].map { $0.string ?? $0.text } ?? event["id"]?.string
  }

  /// `12  2026-11-21T09:00:00Z  participant.joined  algebra-7  participant=ana`.
  static func line(_ event: JSON) -> String {
    var parts = [position(event) ?? "", event.text("at"), event.text("type"), event.text("room")]
    for member in event["data"]?.object?.members ?? [] {
      let value = short(member.value)
      if !value.isEmpty && value != event["room"]?.string { parts.append("\(member.name)=\(value)") }
    }
    return parts.map { $0.isEmpty ? "-" : Printable.plain($0) }.joined(separator: "  ")
  }

  /// What a person wants to see of a value: of somebody the identity, of something its id.
  private static func short(_ value: JSON) -> String {
    switch value {
    case .object: value["identity"]?.string ?? value["id"]?.string ?? ""
    case .array(let values): values.isEmpty ? "" : String(values.count)
    case .null: ""
    case .string(let text): text
    case .bool, .integer, .number: value.text
    }
  }
}
