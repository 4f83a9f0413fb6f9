// `tandem key list`.

import Control
import Values

enum KeyListCommand {
  static let command: Command = Command(
    "list", summary: "list the API keys; secrets are never shown again",
    options: Paging.options + [.json] + ServerAccess.options,
    examples: [Example("tandem key list", "list the keys that the server knows")]
  ) { invocation, console throws(CommandFailure) in
    let keys = try await APIClient(invocation).list(["v1", "keys"], limit: Paging.count(invocation))
    Paging.print(
      keys, invocation, console, nothing: "There is no key.",
      columns: [.init("KEY"), .init("NOTE"), .init("SOURCE"), .init("CREATED"), .init("REVOKED")]
    ) { key in
      [key.text("id"), key.text("note"), key.text("source"), key.text("createdAt"), key.text("revokedAt")]
    }
  }
}
