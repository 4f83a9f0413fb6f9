// A command as a value: its name, what it takes, how it is explained and what it does. Parser, help texts, shell
// completion, manual page and docs/cli.md are all made from these, so none of them can say something else.

import Control

package struct Command: Sendable {
  /// What a command does once its words are read.
  package typealias Action = @Control @Sendable (Invocation, Console) async throws(CommandFailure) -> Void

  package enum Body: Sendable {
    case group([Command])
    case action(Action)
  }

  package let name: String
  /// One line, no full stop, begins in lower case: "list the rooms of a server".
  package let summary: String
  /// Paragraphs, parted by empty lines.
  package let description: String
  package let arguments: [Argument]
  package let options: [Option]
  package let examples: [Example]
  package let body: Body

  package init(
    _ name: String, summary: String, description: String = "", arguments: [Argument] = [],
    options: [Option] = [], examples: [Example], run: @escaping Action
  ) {
    self.name = name
    self.summary = summary
    self.description = description
    self.arguments = arguments
    self.options = options
    self.examples = examples
    body = .action(run)
  }

  package init(
    group name: String, summary: String, description: String = "", examples: [Example],
    commands: [Command]
  ) {
    self.name = name
    self.summary = summary
    self.description = description
    self.arguments = []
    self.options = []
    self.examples = examples
    body = .group(commands)
  }

  package var commands: [Command] {
    switch body {
    case .group(let commands): commands
    case .action: []
    }
  }

  /// This command and all below it, each with the words that lead to it.
  package func walk(_ path: [String] = []) -> [(path: [String], command: Command)] {
    let path = path + [name]
    return [(path, self)] + commands.flatMap { $0.walk(path) }
  }
}

/// What a value must look like. Checked before the command runs, and what completion offers.
package enum ValueKind: Sendable, Equatable {
  case text
  case integer(ClosedRange<Int>)
  case choice([String])
  /// `90`, `90s`, `15m`, `2h` or `7d`.
  case duration
  /// RFC 3339, such as `2026-01-31T09:00:00Z`.
  case time
  /// An object, such as `{"course":"algebra"}`.
  case json
  case file
  case directory
  /// `true` or `false`, and `true` if the option stands alone: `--name`, `--name=false`.
  case toggle
}

/// A word that follows the command's name.
package struct Argument: Sendable, Equatable {
  /// As the help shows it, in capitals.
  package let name: String
  package let summary: String
  package let kind: ValueKind
  package let isOptional: Bool
  /// Takes all the words that are left; only the last argument may.
  package let isRepeatable: Bool

  package init(
    _ name: String, _ summary: String, kind: ValueKind = .text, isOptional: Bool = false,
    isRepeatable: Bool = false
  ) {
    self.name = name
    self.summary = summary
    self.kind = kind
    self.isOptional = isOptional
    self.isRepeatable = isRepeatable
  }
}

/// `--name VALUE`, or `--name` alone if it takes none.
package struct Option: Sendable, Equatable {
  /// Without the dashes.
  package let name: String
  package let short: Character?
  /// The value as the help shows it, in capitals; nil for a flag.
  package let valueName: String?
  package let kind: ValueKind
  package let summary: String
  /// For the help alone: who runs the command knows its default.
  package let standard: String?
  /// Taken when the option isn't given; an empty variable counts as none.
  package let environment: String?
  package let isRepeatable: Bool
  package let isRequired: Bool
  /// The heading under which the help lists it.
  package let section: String

  package init(
    _ name: String, short: Character? = nil, value valueName: String, _ summary: String,
    kind: ValueKind = .text, standard: String? = nil, environment: String? = nil,
    isRepeatable: Bool = false, isRequired: Bool = false, section: String = Option.general
  ) {
    self.name = name
    self.short = short
    self.valueName = valueName
    self.kind = kind
    self.summary = summary
    self.standard = standard
    self.environment = environment
    self.isRepeatable = isRepeatable
    self.isRequired = isRequired
    self.section = section
  }

  package init(
    flag name: String, short: Character? = nil, _ summary: String, section: String = Option.general
  ) {
    self.name = name
    self.short = short
    valueName = nil
    kind = .text
    self.summary = summary
    standard = nil
    environment = nil
    isRepeatable = false
    isRequired = false
    self.section = section
  }

  package init(toggle name: String, _ summary: String, section: String = Option.general) {
    self.name = name
    short = nil
    valueName = nil
    kind = .toggle
    self.summary = summary
    standard = nil
    environment = nil
    isRepeatable = false
    isRequired = false
    self.section = section
  }

  package static let general = "Options"
  package static let help = Option(flag: "help", short: "h", "show this text")
  package static let json = Option(flag: "json", "print one JSON document, for programs")

  package var isFlag: Bool { valueName == nil }
}

package struct Example: Sendable, Equatable {
  /// As typed after the prompt.
  package let line: String
  package let meaning: String
  package init(_ line: String, _ meaning: String) {
    self.line = line
    self.meaning = meaning
  }
}
