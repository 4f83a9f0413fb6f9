// docs/cli.md: every command as its help shows it. A test compares the file with this.

package struct Reference {
  private let root: Command
  package init(root: Command) { self.root = root }

  package func markdown() -> String {
    let all = root.walk()
    var lines = [
      "# The command line", "",
      "This page is made by `\(root.name) man --markdown` from the commands themselves; a test compares the two.",
      "",
    ]
    lines += root.paragraphs.flatMap { [$0, ""] }
    lines += [
      "Exit status: 0 done, 1 refused or failed, 2 wrong usage.", "", "| command | what it does |",
      "|---|---|",
    ]
    for (path, command) in all where command.commands.isEmpty {
      let title = path.joined(separator: " ")
      lines.append("| [`\(title)`](#\(path.joined(separator: "-"))) | \(command.summary) |")
    }
    for (path, command) in all where command.commands.isEmpty {
      lines += ["", "## \(path.joined(separator: " "))", "", "```text"]
      lines += HelpText(path: path, command: command).lines(width: 100)
      lines.append("```")
    }
    return lines.joined(separator: "\n") + "\n"
  }
}
