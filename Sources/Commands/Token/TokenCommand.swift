// `tandem token`: the group.

import Control

enum TokenCommand {
  static let command: Command = Command(
    group: "token", summary: "make and read access tokens",
    examples: [
      Example(
        "tandem token create --identity ana --room algebra-7 --role mentor", "a token to join a room with"),
      Example("tandem token inspect eyJhbGciOi…", "see what a token says"),
    ],
    commands: [TokenCreateCommand.command, TokenInspectCommand.command])
}
