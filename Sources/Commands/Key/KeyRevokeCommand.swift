// `tandem key revoke ID`.

import Control
import Values
import Web

enum KeyRevokeCommand {
  private static let id = Argument("ID", "the key's id")

  static let command: Command = Command(
    "revoke", summary: "make a key worthless, and with it every token that it signed", arguments: [id],
    options: ServerAccess.options,
    examples: [Example("tandem key revoke k_4be1", "revoke the key k_4be1")]
  ) { invocation, console throws(CommandFailure) in
    let id = invocation.argument(id)
    try await APIClient(invocation).send(.delete, ["v1", "keys", id])
    console.remark("The key \(Printable.quoted(id)) is revoked.")
  }
}
