// `tandem key`: the group, and what its commands share.

import Control
import Values

enum KeyCommand {
  static let command: Command = Command(
    group: "key", summary: "see and manage API keys",
    description: """
      Whoever holds a key's secret can mint tokens for every room, so hand each service a key of its own and
      revoke it when it is no longer needed. Keys from the configuration file are not listed here.
      """,
    examples: [
      Example("tandem key create --offline", "make the first key, before the server ever ran"),
      Example("tandem key list", "list the keys"),
    ],
    commands: [
      KeyCreateCommand.command, KeyListCommand.command, KeyRevokeCommand.command,
      KeyRotateCommand.command,
    ])
}
