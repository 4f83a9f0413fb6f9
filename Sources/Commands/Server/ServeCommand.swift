// `tandem serve`: the server itself. Its flags are the table of settings, so every setting has one.

import Configuration
import Control
import Server

enum ServeCommand {
  private static let config = Option(
    "config", short: "c", value: "FILE", "configuration file", kind: .file, environment: "TANDEM_CONFIG")
  private static let dev = Option(
    flag: "dev", "for this machine alone: 127.0.0.1, a well-known key, ready links for a first call")

  /// Settings whose value is a structure have no flag: they need the file.
  private static let settings: [(key: Key, option: Option)] = ConfigurationTable.keys.compactMap { key in
    switch key.kind {
    case .apiKeys, .webhooks, .secret: nil
    case .text, .integer, .boolean, .duration, .bytes, .choice, .list, .secretFile:
      (
        key,
        Option(
          String(key.flag.dropFirst(2)), value: key.placeholder, key.sentence, kind: kind(of: key),
          isRepeatable: key.isList, section: "Settings (\(key.group))")
      )
    }
  }

  private static func kind(of key: Key) -> ValueKind {
    switch key.kind {
    case .boolean: .choice(["true", "false"])
    case .choice(let choices): .choice(choices)
    case .secretFile: .file
    case .text, .integer, .duration, .bytes, .list, .secret, .apiKeys, .webhooks: .text
    }
  }

  static let command: Command = Command(
    "serve", summary: "run a server",
    description: """
      Serves until SIGTERM or SIGINT, which drain it first: calls that run may end. A second signal stops at once. \
      SIGHUP reads the configuration again.

      A flag outranks its environment variable, which outranks the configuration file.
      """,
    options: [config, dev] + settings.map(\.option),
    examples: [
      Example("tandem serve --dev", "try it on this machine"),
      Example("tandem serve --config /etc/tandem/tandem.yaml", "run it for real"),
      Example("TANDEM_HTTP_PORT=8080 tandem serve --dev", "set anything by its environment variable"),
    ]
  ) { invocation, console async throws(CommandFailure) in
    let loaded = try load(invocation)
    for warning in loaded.warnings { console.remark("warning: \(Printable.plain(warning))") }
    let code = await TandemServer.run(loaded) { () throws(ConfigurationError) in try read(invocation) }
    if code != 0 { throw .reported }
  }

  private static func read(_ invocation: Invocation) throws(ConfigurationError) -> LoadedSettings {
    let flags = settings.flatMap { key, option in invocation.all(option).map { "\(key.flag)=\($0)" } }
    return try ConfigurationLoader.load(
      file: invocation.value(config), environment: invocation.environment, flags: flags,
      dev: invocation.isSet(dev))
  }

  private static func load(_ invocation: Invocation) throws(CommandFailure) -> LoadedSettings {
    do throws(ConfigurationError) {
      return try read(invocation)
    } catch {
      throw .failed(error.problems.map { Printable.plain($0.description) }.joined(separator: "\n"))
    }
  }
}
