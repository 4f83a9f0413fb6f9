// Reads the words of a command line against the tree of commands. Pure: words and environment in, a decision
// out. Options may stand before, between and after the arguments; `--` ends them.

package enum Parsed: Sendable {
  case run(Command, Invocation)
  /// Help was asked for: of the command at the end of this path.
  case help(path: [String], Command)
  /// The words are wrong. `command` is the one whose usage helps.
  case wrong(message: String, path: [String], Command)
}

package struct Parser {
  private let root: Command
  private let environment: [String: String]

  package init(root: Command, environment: [String: String]) {
    self.root = root
    self.environment = environment
  }

  /// `words` without the program's name.
  package func parse(_ words: [String]) -> Parsed {
    if words.first == "help" { return help(for: Array(words.dropFirst())) }
    if words == ["--version"] || words == ["-V"] { return parse(["version"]) }
    var path = [root.name]
    var command = root
    var rest = words[...]
    while case .group(let commands) = command.body {
      guard let word = rest.popFirst() else {
        return .wrong(message: "a command is missing", path: path, command)
      }
      if word == "--help" || word == "-h" || word == "help" { return .help(path: path, command) }
      if word.hasPrefix("-") {
        let place = path.joined(separator: " ")
        let message =
          command.walk().contains { $0.command.options.contains { word.hasPrefix("--" + $0.name) } }
          ? "\(word) belongs after the command: \(place) COMMAND \(word)" : "\(place) has no option \(word)"
        return .wrong(message: message, path: path, command)
      }
      guard let next = commands.first(where: { $0.name == word }) else {
        return .wrong(message: Self.unknown(word, among: commands), path: path, command)
      }
      command = next
      path.append(word)
    }
    var reader = WordReader(path: path, command: command, environment: environment)
    return reader.read(rest)
  }

  private func help(for words: [String]) -> Parsed {
    var path = [root.name]
    var command = root
    for word in words where !word.hasPrefix("-") {
      guard let next = command.commands.first(where: { $0.name == word }) else {
        return .wrong(message: Self.unknown(word, among: command.commands), path: path, command)
      }
      command = next
      path.append(word)
    }
    return .help(path: path, command)
  }

  private static func unknown(_ word: String, among commands: [Command]) -> String {
    let message = "there is no command \(Printable.quoted(word))"
    return Suggestion.nearest(to: word, among: commands.map(\.name)).map { "\(message); did you mean \($0)?" }
      ?? message
  }
}

/// The words after a command's name.
private struct WordReader {
  let path: [String]
  let command: Command
  let environment: [String: String]
  private var values: [String: [String]] = [:]
  private var words: [String] = []

  private struct Objection: Error { let message: String }

  init(path: [String], command: Command, environment: [String: String]) {
    self.path = path
    self.command = command
    self.environment = environment
  }

  mutating func read(_ rest: ArraySlice<String>) -> Parsed {
    var rest = rest
    do throws(Objection) {
      while let word = rest.popFirst() {
        if word == "--" {
          words += rest
          break
        }
        if word == "--help" || word == "-h" { return .help(path: path, command) }
        if word.hasPrefix("--") {
          try long(word, &rest)
        } else if word.hasPrefix("-") && word.count > 1 {
          try short(word, &rest)
        } else {
          words.append(word)
        }
      }
      let typed = Set(values.keys)
      try takeEnvironment()
      let positions = try assignPositions()
      if let missing = command.options.first(where: { $0.isRequired && values[$0.name] == nil }) {
        throw Objection(message: "--\(missing.name) \(missing.valueName ?? "") is missing")
      }
      return .run(
        command,
        Invocation(
          path: path, command: command, values: values, positions: positions, typed: typed,
          environment: environment))
    } catch {
      return .wrong(message: error.message, path: path, command)
    }
  }

  private mutating func long(_ word: String, _ rest: inout ArraySlice<String>) throws(Objection) {
    let parts = word.dropFirst(2).split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
    let name = String(parts[0])
    guard let option = command.options.first(where: { $0.name == name }) else {
      let message = "there is no option \(Printable.plain("--" + name))"
      let near = Suggestion.nearest(to: name, among: command.options.map(\.name))
      throw Objection(message: near.map { "\(message); did you mean --\($0)?" } ?? message)
    }
    if parts.count == 2 {
      guard !option.isFlag || option.kind == .toggle else {
        throw Objection(message: "--\(name) takes no value")
      }
      try set(option, String(parts[1]))
    } else {
      try take(option, shown: "--\(name)", &rest)
    }
  }

  /// `-n 5`, `-n5`, or several flags behind one dash.
  private mutating func short(_ word: String, _ rest: inout ArraySlice<String>) throws(Objection) {
    var letters = word.dropFirst()
    while let letter = letters.popFirst() {
      guard let option = command.options.first(where: { $0.short == letter }) else {
        throw Objection(message: "there is no option \(Printable.plain("-\(letter)"))")
      }
      if option.isFlag {
        values[option.name] = ["true"]
      } else if letters.isEmpty {
        try take(option, shown: "-\(letter)", &rest)
      } else {
        try set(option, String(letters.first == "=" ? letters.dropFirst() : letters))
        return
      }
    }
  }

  private mutating func take(
    _ option: Option, shown: String, _ rest: inout ArraySlice<String>
  ) throws(Objection) {
    if option.isFlag {
      values[option.name] = ["true"]
      return
    }
    let valueName = option.valueName ?? ""
    // A value may begin with a dash, but an option of this command in its place means that it was forgotten.
    guard let value = rest.first, !isOption(value) else {
      throw Objection(message: "\(shown) needs a value: \(shown) \(valueName)")
    }
    rest.removeFirst()
    try set(option, value)
  }

  private func isOption(_ word: String) -> Bool {
    let name = word.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false).first ?? ""
    return name == "--" || name == "--help" || command.options.contains { "--" + $0.name == name }
  }

  private mutating func set(_ option: Option, _ value: String) throws(Objection) {
    if let objection = option.kind.objection(to: value) {
      throw Objection(message: "--\(option.name) \(Printable.quoted(value)): \(objection)")
    }
    if option.isRepeatable {
      values[option.name, default: []].append(value)
    } else {
      values[option.name] = [value]
    }
  }

  private mutating func takeEnvironment() throws(Objection) {
    for option in command.options where values[option.name] == nil {
      guard let name = option.environment, let value = environment[name], !value.isEmpty else { continue }
      if let objection = option.kind.objection(to: value) {
        throw Objection(message: "\(name)=\(Printable.quoted(value)): \(objection)")
      }
      values[option.name] = [value]
    }
  }

  private func assignPositions() throws(Objection) -> [String: [String]] {
    var positions: [String: [String]] = [:]
    var rest = words[...]
    for argument in command.arguments {
      let taken = argument.isRepeatable ? Array(rest) : Array(rest.prefix(1))
      rest = rest.dropFirst(taken.count)
      if taken.isEmpty && !argument.isOptional { throw Objection(message: "\(argument.name) is missing") }
      for value in taken {
        if let objection = argument.kind.objection(to: value) {
          throw Objection(message: "\(argument.name) \(Printable.quoted(value)): \(objection)")
        }
      }
      positions[argument.name] = taken
    }
    if let extra = rest.first {
      throw Objection(message: "\(Printable.quoted(extra)) is one word too many")
    }
    return positions
  }
}
