// `tandem man`.

import Control

enum ManCommand {
  private static let markdown = Option(flag: "markdown", "print docs/cli.md instead of the manual page")

  static let command: Command = Command(
    "man", summary: "print the manual page", options: [markdown],
    examples: [
      Example("tandem man | man -l -", "read the manual page"),
      Example("tandem man > /usr/local/share/man/man1/tandem.1", "install it"),
    ]
  ) { invocation, console throws(CommandFailure) in
    console.write(
      invocation.isSet(markdown)
        ? Reference(root: Program.root).markdown()
        : ManPage(root: Program.root, version: Program.version).text())
  }
}
