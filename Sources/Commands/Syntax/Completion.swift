// Shell completion, made from the commands: which words may follow, and what an option's value looks like.

package enum Shell: String, CaseIterable, Sendable {
  case bash, zsh, fish
}

package struct Completion {
  private let root: Command
  private let all: [(path: [String], command: Command)]

  package init(root: Command) {
    self.root = root
    all = root.walk()
  }

  package func script(for shell: Shell) -> String {
    let lines =
      switch shell {
      case .bash: bash()
      case .zsh: zsh()
      case .fish: fish()
      }
    return lines.joined(separator: "\n") + "\n"
  }

  static func single(_ text: String) -> String {
    "'" + text.split(separator: "'", omittingEmptySubsequences: false).joined(separator: "'\\''") + "'"
  }

  static func options(of command: Command) -> [Option] { command.options + [Option.help] }

  static func choices(_ kind: ValueKind) -> [String]? {
    guard case .choice(let words) = kind else { return nil }
    return words
  }

  // MARK: bash

  private func bash() -> [String] {
    var lines = [
      "# bash completion for \(root.name): put it into /etc/bash_completion.d, or",
      "#   source <(\(root.name) completion bash)", "_\(root.name)() {",
      "  local cur=${COMP_WORDS[COMP_CWORD]} prev=${COMP_WORDS[COMP_CWORD-1]} path=\(root.name) i",
      "  # Bash parts --name=value at the sign.",
      "  if [[ $cur == '=' ]]; then cur=''; elif [[ $prev == '=' ]]; then prev=${COMP_WORDS[COMP_CWORD-2]}; fi",
      "  for ((i = 1; i < COMP_CWORD; i++)); do", "    case \"$path ${COMP_WORDS[i]}\" in",
    ]
    let below = all.map { $0.path.joined(separator: " ") }.filter { $0 != root.name }
    lines.append("      " + below.map(Self.single).joined(separator: "|") + ")")
    lines += [
      "        path=\"$path ${COMP_WORDS[i]}\" ;;", "    esac", "  done", "  COMPREPLY=()",
      "  case \"$path $prev\" in",
    ]
    for (path, command) in all {
      for option in command.options where !option.isFlag {
        let words = ["--\(option.name)"] + (option.short.map { ["-\($0)"] } ?? [])
        let patterns = words.map { Self.single((path + [$0]).joined(separator: " ")) }
        lines.append("    \(patterns.joined(separator: "|"))) \(Self.bashValue(option.kind)); return ;;")
      }
    }
    lines += ["  esac", "  case \"$path\" in"]
    for (path, command) in all {
      let words =
        command.commands.map(\.name) + Self.options(of: command).map { "--\($0.name)" }
        + command.arguments.flatMap { Self.choices($0.kind) ?? [] }
      lines.append("    \(Self.single(path.joined(separator: " "))))")
      lines.append(
        "      mapfile -t COMPREPLY < <(compgen -W \(Self.single(words.joined(separator: " "))) -- \"$cur\")")
      if command.arguments.contains(where: { $0.kind == .file || $0.kind == .directory }) {
        lines.append("      [[ $cur == -* ]] || { \(Self.bashValue(.file)); }")
      }
      lines.append("      ;;")
    }
    return lines + ["  esac", "}", "complete -F _\(root.name) \(root.name)"]
  }

  private static func bashValue(_ kind: ValueKind) -> String {
    switch kind {
    case .choice(let words):
      "mapfile -t COMPREPLY < <(compgen -W \(single(words.joined(separator: " "))) -- \"$cur\")"
    case .file: "compopt -o filenames; mapfile -t COMPREPLY < <(compgen -f -- \"$cur\")"
    case .directory: "compopt -o filenames; mapfile -t COMPREPLY < <(compgen -d -- \"$cur\")"
    case .text, .integer, .duration, .time, .json, .toggle: ":"
    }
  }

  // MARK: zsh

  private func zsh() -> [String] {
    var lines = [
      "#compdef \(root.name)",
      "# zsh completion for \(root.name): put it into a folder of $fpath as _\(root.name)", "",
    ]
    for (path, command) in all.reversed() {
      lines.append("\(Self.function(path))() {")
      if command.commands.isEmpty {
        lines.append("  _arguments -s -S \\")
        var entries = Self.options(of: command).flatMap(Self.zshEntries)
        entries += command.arguments.enumerated().map { index, argument in
          let place = argument.isRepeatable ? "*" : "\(index + 1)"
          let colons = argument.isOptional ? "::" : ":"
          return Self.single(
            "\(place)\(colons)\(Self.zshText(argument.name)):\(Self.zshValue(argument.kind))")
        }
        lines.append("    " + entries.joined(separator: " \\\n    "))
      } else {
        lines += ["  local state line", "  local -a commands", "  commands=("]
        lines += command.commands.map { "    " + Self.single("\($0.name):\($0.summary)") }
        lines += [
          "  )", "  _arguments -C \\", "    '(-h --help)'{-h,--help}'[show this text]' \\",
          "    '1: :->command' '*:: :->rest'", "  case $state in",
          "    command) _describe -t commands \(Self.single(path.joined(separator: " "))) commands ;;",
          "    rest)", "      case $line[1] in",
        ]
        lines += command.commands.map { "        \($0.name)) \(Self.function(path + [$0.name])) ;;" }
        lines += ["      esac ;;", "  esac"]
      }
      lines += ["}", ""]
    }
    let function = Self.function([root.name])
    // Either zsh loads the file as the function's body, or somebody sources it.
    return lines + [
      "if [[ $funcstack[1] == \(function) ]]; then \(function) \"$@\"; else compdef \(function) \(root.name); fi"
    ]
  }

  private static func function(_ path: [String]) -> String {
    "_" + path.joined(separator: "_").map { $0 == "-" ? "_" : String($0) }.joined()
  }

  private static func zshEntries(_ option: Option) -> [String] {
    let value = option.valueName.map { ":\(zshText($0)):\(zshValue(option.kind))" } ?? ""
    let again = option.isRepeatable ? "*" : ""
    let sign = option.isFlag ? "" : "="
    var entries = [single("\(again)--\(option.name)\(sign)[\(zshText(option.summary))]\(value)")]
    if let short = option.short {
      entries.append(
        single("\(again)-\(short)\(option.isFlag ? "" : "+")[\(zshText(option.summary))]\(value)"))
    }
    return entries
  }

  private static func zshValue(_ kind: ValueKind) -> String {
    switch kind {
    case .choice(let words): "(\(words.joined(separator: " ")))"
    case .file: "_files"
    case .directory: "_files -/"
    case .text, .integer, .duration, .time, .json, .toggle: " "
    }
  }

  private static func zshText(_ text: String) -> String {
    text.reduce(into: "") { result, character in
      if "[]:\\".contains(character) { result.append("\\") }
      result.append(character)
    }
  }

  // MARK: fish

  private func fish() -> [String] {
    let name = root.name
    var lines = [
      "# fish completion for \(name): put it into ~/.config/fish/completions/\(name).fish",
      "function __\(name)_path",
      "  set -l path \(name)",
      "  set -l words (commandline -opc)",
      "  for word in $words[2..-1]",
      "    switch \"$path $word\"",
      "      case "
        + all.dropFirst().map { Self.single($0.path.joined(separator: " ")) }.joined(separator: " "),
      "        set path \"$path $word\"", "    end", "  end", "  test \"$path\" = \"$argv\"", "end",
      "complete -c \(name) -f",
    ]
    for (path, command) in all {
      let condition = "complete -c \(name) -n \(Self.single("__\(name)_path \(path.joined(separator: " "))"))"
      for child in command.commands {
        lines.append("\(condition) -a \(child.name) -d \(Self.fishText(child.summary))")
      }
      for option in Self.options(of: command) {
        let short = option.short.map { " -s \($0)" } ?? ""
        let value = option.isFlag ? "" : Self.fishValue(option.kind)
        lines.append("\(condition) -l \(option.name)\(short)\(value) -d \(Self.fishText(option.summary))")
      }
      for argument in command.arguments {
        switch argument.kind {
        case .choice(let words):
          lines.append("\(condition) -a \(Self.fishText(words.joined(separator: " ")))")
        case .file, .directory: lines.append("\(condition) -F")
        case .text, .integer, .duration, .time, .json, .toggle: break
        }
      }
    }
    return lines
  }

  private static func fishValue(_ kind: ValueKind) -> String {
    switch kind {
    case .choice(let words): " -x -a \(fishText(words.joined(separator: " ")))"
    case .file: " -r -F"
    case .directory: " -x -a '(__fish_complete_directories)'"
    case .text, .integer, .duration, .time, .json, .toggle: " -x"
    }
  }

  private static func fishText(_ text: String) -> String {
    let escaped = text.reduce(into: "") { result, character in
      if character == "'" || character == "\\" { result.append("\\") }
      result.append(character)
    }
    return "'\(escaped)'"
  }
}
