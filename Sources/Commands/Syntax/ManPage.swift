// The manual page tandem(1), in the man macros that man-db, mandoc and groff share.

package struct ManPage {
  private let root: Command
  private let version: String

  package init(root: Command, version: String) {
    self.root = root
    self.version = version
  }

  package func text() -> String {
    var lines = [
      ".TH \(root.name.uppercased()) 1 \"\" \"\(root.name) \(Self.escaped(version))\" \"User Commands\"",
      ".SH NAME", "\(root.name) \\- \(Self.escaped(root.summary))",
      ".SH SYNOPSIS", ".B \(root.name)", ".I COMMAND", "[\\fIOPTIONS\\fR] [\\fIARGUMENTS\\fR]",
      ".SH DESCRIPTION",
    ]
    for paragraph in paragraphs(of: root) { lines += [".PP", paragraph] }
    lines.append(".SH COMMANDS")
    for (path, command) in root.walk() where command.commands.isEmpty {
      lines += section(path, command)
    }
    lines += [
      ".SH EXIT STATUS", ".TP", ".B 0", "done", ".TP", ".B 1", "refused or failed", ".TP", ".B 2",
      "wrong usage", ".SH ENVIRONMENT",
    ]
    for (name, meaning) in environment() { lines += [".TP", ".B \(name)", Self.line(meaning)] }
    lines += [".SH EXAMPLES"]
    lines += examples(root)
    return lines.joined(separator: "\n") + "\n"
  }

  private func section(_ path: [String], _ command: Command) -> [String] {
    var lines = [".SS \"\(Self.escaped(HelpText(path: path, command: command).usage))\""]
    lines.append(Self.line(HelpText.sentence(command.summary)))
    for paragraph in paragraphs(of: command) { lines += [".PP", paragraph] }
    for argument in command.arguments {
      lines += [".TP", ".I \(Self.escaped(argument.name))", Self.line(HelpText.meaning(argument))]
    }
    for (_, options) in command.sections {
      for option in options where option != .help {
        let shown = HelpText.shown(option).drop { $0 == " " }
        lines += [".TP", ".B \(Self.escaped(String(shown)))", Self.line(HelpText.meaning(option))]
      }
    }
    return lines + examples(command)
  }

  private func paragraphs(of command: Command) -> [String] { command.paragraphs.map(Self.line) }

  private func examples(_ command: Command) -> [String] {
    command.examples.flatMap { example in
      [
        ".PP", Self.line(HelpText.sentence(example.meaning)), ".RS 4", ".nf",
        "$ \(Self.escaped(example.line))",
        ".fi", ".RE",
      ]
    }
  }

  /// The variables that several commands share, once.
  private func environment() -> [(String, String)] {
    var seen: Set<String> = []
    var result: [(String, String)] = []
    for (_, command) in root.walk() {
      for option in command.options {
        if let name = option.environment, seen.insert(name).inserted { result.append((name, option.summary)) }
      }
    }
    return result
  }

  private static func line(_ text: String) -> String {
    let text = escaped(text)
    // A dot or an apostrophe at a line's start would be a request.
    return text.hasPrefix(".") || text.hasPrefix("'") ? "\\&" + text : text
  }

  private static func escaped(_ text: String) -> String {
    var result = ""
    for scalar in text.unicodeScalars {
      switch scalar {
      case "\\": result += "\\e"
      case "-": result += "\\-"
      case "\"": result += "\\(dq"
      case "'": result += "\\(aq"
      case "…": result += "..."
      case "\n": result += " "
      default: result.unicodeScalars.append(scalar)
      }
    }
    return result
  }
}
