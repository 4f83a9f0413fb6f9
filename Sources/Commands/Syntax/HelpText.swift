// What `--help` says, made from the command itself: usage, what it does, arguments, options by section, examples.

package struct HelpText {
  private let path: [String]
  private let command: Command

  package init(path: [String], command: Command) {
    self.path = path
    self.command = command
  }

  package var usage: String {
    let place = path.joined(separator: " ")
    switch command.body {
    case .group: return "\(place) COMMAND"
    case .action:
      var parts = [place]
      parts += command.options.filter(\.isRequired).map { "--\($0.name) \($0.valueName ?? "")" }
      if command.options.contains(where: { !$0.isRequired }) { parts.append("[OPTIONS]") }
      parts += command.arguments.map(Self.shown)
      return parts.joined(separator: " ")
    }
  }

  package func lines(width: Int, style: Style = .none) -> [String] {
    var lines = TextWidth.wrapped(Self.sentence(command.summary), to: width)
    lines += ["", "\(style.bold("Usage:")) \(usage)"]
    for paragraph in command.paragraphs {
      lines.append("")
      lines += TextWidth.wrapped(paragraph, to: width)
    }
    func section(_ title: String, _ entries: [(String, String)]) {
      guard !entries.isEmpty else { return }
      lines += ["", style.bold("\(title):")]
      lines += Self.entries(entries, width: width)
    }
    section("Commands", command.commands.map { ($0.name, $0.summary) })
    section("Arguments", command.arguments.map { ($0.name, Self.meaning($0)) })
    for (title, options) in command.sections {
      section(title, options.map { (Self.shown($0), Self.meaning($0)) })
    }
    lines += ["", style.bold(command.examples.count == 1 ? "Example:" : "Examples:")]
    for example in command.examples {
      lines.append("  $ \(example.line)")
      lines += TextWidth.wrapped(example.meaning, to: width - 6).map { style.dim("      \($0)") }
    }
    if !command.commands.isEmpty {
      lines += ["", "'\(path.joined(separator: " ")) COMMAND --help' explains a command."]
    }
    return lines
  }

  static func shown(_ argument: Argument) -> String {
    let name = argument.isRepeatable ? "\(argument.name)…" : argument.name
    return argument.isOptional ? "[\(name)]" : name
  }

  static func shown(_ option: Option) -> String {
    let short = option.short.map { "-\($0), " } ?? "    "
    if option.kind == .toggle { return "\(short)--\(option.name)[=false]" }
    return "\(short)--\(option.name)" + (option.valueName.map { " \($0)" } ?? "")
  }

  static func meaning(_ argument: Argument) -> String {
    argument.summary + (choices(argument.kind).map { " (\($0))" } ?? "")
  }

  static func meaning(_ option: Option) -> String {
    var remarks: [String] = []
    if let choices = choices(option.kind) { remarks.append(choices) }
    if option.isRequired { remarks.append("required") }
    if option.isRepeatable { remarks.append("may be repeated") }
    if let standard = option.standard { remarks.append("default: \(standard)") }
    if let environment = option.environment { remarks.append("or \(environment)") }
    return option.summary + (remarks.isEmpty ? "" : " (\(remarks.joined(separator: "; ")))")
  }

  private static func choices(_ kind: ValueKind) -> String? {
    guard case .choice(let words) = kind else { return nil }
    return words.joined(separator: ", ")
  }

  static func sentence(_ summary: String) -> String {
    summary.prefix(1).uppercased() + summary.dropFirst() + "."
  }

  /// Name and meaning side by side; the meaning begins below a name that is too long.
  private static func entries(_ entries: [(String, String)], width: Int) -> [String] {
    let widest = min(28, entries.reduce(0) { max($0, TextWidth.columns(of: $1.0)) })
    let indent = String(repeating: " ", count: widest + 4)
    return entries.flatMap { name, meaning in
      var lines = TextWidth.wrapped(meaning, to: max(20, width - indent.count)).map { indent + $0 }
      if TextWidth.columns(of: name) > widest || lines.isEmpty {
        lines.insert("  " + name, at: 0)
      } else {
        lines[0] = "  " + TextWidth.padded(name, to: widest) + "  " + lines[0].dropFirst(indent.count)
      }
      return lines
    }
  }
}

extension Command {
  /// Paragraphs of the description, line breaks within them undone.
  var paragraphs: [String] {
    var result: [String] = []
    var current: [Substring] = []
    for line in description.split(separator: "\n", omittingEmptySubsequences: false) {
      if line.isEmpty {
        if !current.isEmpty { result.append(current.joined(separator: " ")) }
        current = []
      } else {
        current.append(line)
      }
    }
    if !current.isEmpty { result.append(current.joined(separator: " ")) }
    return result
  }

  /// Options under their headings in order of appearance, the general ones with `--help` last among the first.
  var sections: [(title: String, options: [Option])] {
    var result: [(title: String, options: [Option])] = []
    let general = options.filter { $0.section == Option.general }
    result.append((Option.general, general + [Option.help]))
    for option in options where option.section != Option.general {
      if let index = result.firstIndex(where: { $0.title == option.section }) {
        result[index].options.append(option)
      } else {
        result.append((option.section, [option]))
      }
    }
    return result
  }
}
