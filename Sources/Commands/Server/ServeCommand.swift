// `tandem serve`: every setting has a flag, made from the table of keys; Server does the rest.

import Configuration
import Control
import Server

enum ServeCommand {
  private static let config = Option(
    "config", short: "c", value: "FILE", "configuration file", kind: .file, environment: "TANDEM_CONFIG")
  private static let dev = Option(
    flag: "dev",
    "for trying things out: this machine only, the key devkey with the secret devsecret, ready links")

  /// Keys and their options, in the order of the table.
  private static let settings: [(key: Key, option: Option)] = ConfigurationTable.keys.map {
    ($0, option(for: $0))
  }

  static let command: Command = Command(
    "serve", summary: "run the server",
    description: """
      Serves until it gets SIGTERM or SIGINT: then it drains, and stops at once at a second one. SIGHUP reads the
      configuration again. Each setting has a flag, and an environment variable that is named after it
      (TANDEM_HTTP_PORT for --http-port). A flag goes before a variable, a variable before the file.
      """,
    options: [config, dev] + settings.map(\.option),
    examples: [
      Example("tandem serve --dev", "start a server on this machine to play with"),
      Example(
        "tandem serve --config /etc/tandem/tandem.yaml --log-level debug", "start a server, with a full log"),
    ]
  ) { invocation, console throws(CommandFailure) in
    let reload: TandemServer.Reload = { () throws(ConfigurationError) in try load(invocation) }
    let loaded: LoadedSettings
    do throws(ConfigurationError) {
      loaded = try reload()
    } catch {
      let text = error.problems.map { Printable.plain($0.description) }.joined(separator: "\ntandem: ")
      throw error.problems.allSatisfy { $0.place.hasPrefix("--") } ? .usage(text) : .failed(text)
    }
    for warning in loaded.warnings { console.remark("tandem: warning: \(Printable.plain(warning))") }
    if await TandemServer.run(loaded, reload: reload) != 0 { throw .reported }
  }

  @Control private static func load(_ invocation: Invocation) throws(ConfigurationError) -> LoadedSettings {
    try ConfigurationLoader.load(
      file: invocation.value(config), environment: invocation.environment, flags: flags(invocation),
      dev: invocation.isSet(dev))
  }

  /// As the loader reads them. The name and the value in one word: a value may begin with a dash.
  static func flags(_ invocation: Invocation) -> [String] {
    settings.flatMap { key, option in invocation.all(option).map { "\(key.flag)=\($0)" } }
  }

  private static func option(for key: Key) -> Option {
    let name = String(key.flag.dropFirst(2))
    let group = ConfigurationTable.groups.first { $0.name == key.group }
    let section = group.map { "\($0.name): \(plain($0.sentence))" } ?? Option.general
    let summary = plain(key.sentence)
    if key.isBoolean { return Option(toggle: name, summary, section: section) }
    let kind: ValueKind =
      switch key.kind {
      case .choice(let words): .choice(words)
      case .text(.path), .secretFile: .file
      case .text, .integer, .boolean, .duration, .bytes, .list, .secret, .apiKeys, .webhooks: .text
      }
    let valueName = key.choices.isEmpty ? key.placeholder : "WORD"
    return Option(name, value: valueName, summary, kind: kind, isRepeatable: key.isList, section: section)
  }

  /// A sentence of the table as the help has it: begun small, unless with a name or an abbreviation, and without
  /// its full stop.
  private static func plain(_ sentence: String) -> String {
    let text = sentence.last == "." ? sentence.dropLast() : sentence[...]
    guard let first = text.first, text.dropFirst().first?.isLowercase == true || text.dropFirst().first == " "
    else {
      return String(text)
    }
    return first.lowercased() + text.dropFirst()
  }
}
