// `tandem audit`: who did what with rights that not everybody has.

import Control
import Values

enum AuditCommand {
  private static let after = Option("after", value: "CURSOR", "only what came after this entry")

  static let command: Command = Command(
    group: "audit", summary: "see who changed what",
    examples: [Example("tandem audit list", "list the first hundred entries")],
    commands: [
      Command(
        "list", summary: "list the audit log, oldest first",
        options: [after] + Paging.options + [.json] + ServerAccess.options,
        examples: [
          Example("tandem audit list --all", "list every entry"),
          Example("tandem audit list --all --json > audit.json", "keep a copy"),
        ]
      ) { invocation, console throws(CommandFailure) in
        let entries = try await APIClient(invocation).list(
          ["v1", "audit"], after: invocation.value(after), limit: Paging.count(invocation))
        Paging.print(
          entries, invocation, console, nothing: "The audit log is empty.",
          columns: [
            .init("ENTRY", .right), .init("AT"), .init("ACTOR"), .init("ACTION"), .init("TARGET"),
            .init("ADDRESS"), .init("DETAIL"),
          ]
        ) { entry in
          let detail = entry["detail"]?.object?.members.isEmpty == true ? "" : entry.text("detail")
          return [
            entry.text("id"), entry.text("at"), entry.text("actor"), entry.text("action"),
            entry.text("target"), entry.text("address"), detail,
          ]
        }
      }
    ])
}
