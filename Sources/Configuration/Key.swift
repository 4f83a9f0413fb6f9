// One configuration key: its name, what values it takes, what it is for, and which field of Settings it fills.
// From it come the YAML, environment and flag names, the sample file and the reference page.

package struct Key: Sendable {
  /// What values a key takes, and so how its text is read in each source.
  package enum Kind: Sendable, Equatable {
    case text(TextRule)
    case integer(ClosedRange<Int>)
    case boolean
    case duration(ClosedRange<Duration>)
    case bytes(ClosedRange<Int>)
    case choice([String])
    case list(TextRule, atMost: Int)
    case secret
    /// The path of a file whose first line is the value of another key.
    case secretFile(of: String)
    case apiKeys
    case webhooks
  }

  enum Value: Sendable, Equatable {
    case text(String)
    case integer(Int)
    case boolean(Bool)
    case duration(Duration)
    case bytes(Int)
    case list([String])
    case secret(Secret)
    case apiKeys([Settings.APIKey])
    case webhooks([Settings.Webhook])
  }

  /// As it stands in YAML: `http.port`.
  package let name: String
  package let kind: Kind
  /// What it is for, one sentence.
  package let sentence: String
  /// Whether a change waits for the next start; else a reload (SIGHUP) applies it.
  package let needsRestart: Bool
  let get: @Sendable (Settings) -> Value
  let set: @Sendable (Value, inout Settings) -> Void

  /// `TANDEM_HTTP_PORT`.
  package var environmentName: String {
    "TANDEM_" + words.map { $0.uppercased() }.joined(separator: "_")
  }

  /// `--http-port`.
  package var flag: String { "--" + words.joined(separator: "-") }

  /// What belongs before the first dot.
  package var group: String { String(name.prefix { $0 != "." }) }

  package var isBoolean: Bool { kind == .boolean }

  package var isSecret: Bool {
    switch kind {
    case .secret, .apiKeys, .webhooks: true
    case .text, .integer, .boolean, .duration, .bytes, .choice, .list, .secretFile: false
    }
  }

  package var isList: Bool {
    switch kind {
    case .list, .apiKeys, .webhooks: true
    case .text, .integer, .boolean, .duration, .bytes, .choice, .secret, .secretFile: false
    }
  }

  /// What stands for a value in help: `--http-port NUMBER`.
  package var placeholder: String {
    switch kind {
    case .text(.path), .secretFile: "PATH"
    case .text(.webAddress): "URL"
    case .text(.address): "ADDRESS"
    case .text: "TEXT"
    case .integer: "NUMBER"
    case .boolean: "true|false"
    case .duration: "DURATION"
    case .bytes: "SIZE"
    case .choice(let choices): choices.joined(separator: "|")
    case .list: "LIST"
    case .secret: "SECRET"
    case .apiKeys: "ID:SECRET"
    case .webhooks: "'URL SECRET'"
    }
  }

  /// The values that completion offers.
  package var choices: [String] {
    switch kind {
    case .choice(let choices): choices
    case .boolean: ["true", "false"]
    case .text, .integer, .duration, .bytes, .list, .secret, .secretFile, .apiKeys, .webhooks: []
    }
  }

  /// The name's words in lower case: `http.maxBodyBytes` gives http, max, body, bytes.
  private var words: [String] {
    var words: [String] = [""]
    var previousIsLower = false
    for character in name {
      if character == "." {
        words.append("")
        previousIsLower = false
        continue
      }
      if character.isUppercase, previousIsLower { words.append("") }
      words[words.count - 1].append(contentsOf: character.lowercased())
      previousIsLower = !character.isUppercase
    }
    return words
  }

  func isSame(_ left: Settings, _ right: Settings) -> Bool { get(left) == get(right) }
}

// How the table makes its rows: a key path says which field, the field's type says how it is read.
extension Key {
  typealias Field<Value> = any WritableKeyPath<Settings, Value> & Sendable

  enum Change { case live, restart }

  static func text(
    _ name: String, _ field: Field<String>, _ rule: TextRule, _ change: Change, _ sentence: String
  ) -> Key {
    Key(name, .text(rule), change, sentence, get: { .text($0[keyPath: field]) }) {
      if case .text(let value) = $0 { $1[keyPath: field] = value }
    }
  }

  static func integer(
    _ name: String, _ field: Field<Int>, _ range: ClosedRange<Int>, _ change: Change, _ sentence: String
  ) -> Key {
    Key(name, .integer(range), change, sentence, get: { .integer($0[keyPath: field]) }) {
      if case .integer(let value) = $0 { $1[keyPath: field] = value }
    }
  }

  static func boolean(
    _ name: String, _ field: Field<Bool>, _ change: Change, _ sentence: String
  ) -> Key {
    Key(name, .boolean, change, sentence, get: { .boolean($0[keyPath: field]) }) {
      if case .boolean(let value) = $0 { $1[keyPath: field] = value }
    }
  }

  static func duration(
    _ name: String, _ field: Field<Duration>, _ range: ClosedRange<Duration>, _ change: Change,
    _ sentence: String
  ) -> Key {
    Key(name, .duration(range), change, sentence, get: { .duration($0[keyPath: field]) }) {
      if case .duration(let value) = $0 { $1[keyPath: field] = value }
    }
  }

  static func bytes(
    _ name: String, _ field: Field<Int>, _ range: ClosedRange<Int>, _ change: Change, _ sentence: String
  ) -> Key {
    Key(name, .bytes(range), change, sentence, get: { .bytes($0[keyPath: field]) }) {
      if case .bytes(let value) = $0 { $1[keyPath: field] = value }
    }
  }

  static func choice<Choice: RawRepresentable<String> & CaseIterable & SendableMetatype>(
    _ name: String, _ field: Field<Choice>, _ change: Change, _ sentence: String
  ) -> Key {
    let choices = Choice.allCases.map(\.rawValue)
    return Key(name, .choice(choices), change, sentence, get: { .text($0[keyPath: field].rawValue) }) {
      if case .text(let value) = $0, let choice = Choice(rawValue: value) { $1[keyPath: field] = choice }
    }
  }

  static func list(
    _ name: String, _ field: Field<[String]>, _ rule: TextRule, atMost count: Int, _ change: Change,
    _ sentence: String
  ) -> Key {
    Key(name, .list(rule, atMost: count), change, sentence, get: { .list($0[keyPath: field]) }) {
      if case .list(let value) = $0 { $1[keyPath: field] = value }
    }
  }

  static func secret(
    _ name: String, _ field: Field<Secret>, _ change: Change, _ sentence: String
  ) -> Key {
    Key(name, .secret, change, sentence, get: { .secret($0[keyPath: field]) }) {
      if case .secret(let value) = $0 { $1[keyPath: field] = value }
    }
  }

  /// The loader reads the file and sets the other key as well.
  static func secretFile(
    _ name: String, of other: String, _ field: Field<String>, _ change: Change, _ sentence: String
  ) -> Key {
    Key(name, .secretFile(of: other), change, sentence, get: { .text($0[keyPath: field]) }) {
      if case .text(let value) = $0 { $1[keyPath: field] = value }
    }
  }

  static func apiKeys(
    _ name: String, _ field: Field<[Settings.APIKey]>, _ change: Change, _ sentence: String
  ) -> Key {
    Key(name, .apiKeys, change, sentence, get: { .apiKeys($0[keyPath: field]) }) {
      if case .apiKeys(let value) = $0 { $1[keyPath: field] = value }
    }
  }

  static func webhooks(
    _ name: String, _ field: Field<[Settings.Webhook]>, _ change: Change, _ sentence: String
  ) -> Key {
    Key(name, .webhooks, change, sentence, get: { .webhooks($0[keyPath: field]) }) {
      if case .webhooks(let value) = $0 { $1[keyPath: field] = value }
    }
  }

  private init(
    _ name: String, _ kind: Kind, _ change: Change, _ sentence: String,
    get: @escaping @Sendable (Settings) -> Value, set: @escaping @Sendable (Value, inout Settings) -> Void
  ) {
    self.init(
      name: name, kind: kind, sentence: sentence, needsRestart: change == .restart, get: get, set: set)
  }
}
