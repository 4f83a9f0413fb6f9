// `tandem events`: everything as it happened, from the record that webhooks are sent from.

import Control
import Values

enum EventsCommand {
  private static let after = Option("after", value: "CURSOR", "only what came after this event")
  private static let follow = Option(flag: "follow", short: "f", "go on printing what happens, until stopped")

  static let command: Command = Command(
    "events", summary: "print events as they happened, and follow new ones",
    description: """
      With --json the events are one document; with --json and --follow each event is a document on a line of its
      own. An event's seq is the cursor that --after takes.
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
    var cursor = invocation.value(after)
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

  /// `2026-11-21T09:00:00Z  participant.joined  algebra-7  {…}`.
  static func line(_ event: JSON) -> String {
    let known: Set<String> = ["id", "seq", "cursor", "at", "type", "room", "roomSeq"]
    let details: JSON
    if let data = event["data"] {
      details = data
    } else {
      details = .object(JSON.Object((event.object?.members ?? []).filter { !known.contains($0.name) }))
    }
    var parts = [position(event) ?? "-", event.text("at"), event.text("type"), event.text("room")]
    if details.object?.members.isEmpty != true { parts.append(details.text) }
    return parts.map { $0.isEmpty ? "-" : Printable.plain($0) }.joined(separator: "  ")
  }
}
