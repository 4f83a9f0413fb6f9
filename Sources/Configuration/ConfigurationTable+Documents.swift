// What is made from the table for people: Config/tandem.yaml and docs/configuration.md. `make docs` writes both, a
// test compares them.

extension ConfigurationTable {
  private static let standards = Settings()

  // MARK: The sample file

  package static var sampleFile: String {
    var text = """
      # Tandem's configuration: every setting with its default. docs/configuration.md says more about each.
      # An environment variable (TANDEM_HTTP_PORT) or a flag of `tandem serve` (--http-port) goes before this file.
      # Durations: 250ms, 60s, 5m, 1h30m, 7d. Sizes: 512, 256KiB, 2GB. "" is "not set".
      # A setting marked (restart) waits for the next start; all others follow a reload (SIGHUP).

      """
    for group in groups {
      text += "\n# \(group.sentence)\n\(group.name):\n"
      var section: [Substring] = []
      for key in keys where key.group == group.name {
        let parts = key.name.split(separator: ".").dropFirst()
        let folder = Array(parts.dropLast())
        if folder != section, let name = folder.last { text += "  \(name):\n" }
        section = folder
        let indentation = String(repeating: "  ", count: parts.count)
        text += comment(key.sentence + (key.needsRestart ? " (restart)" : ""), indentation: indentation)
        text += "\(indentation)\(parts.last ?? ""): \(key.yaml(of: standards))\n"
        text += example(of: key, indentation: indentation)
      }
    }
    return text
  }

  private static func comment(_ sentence: String, indentation: String) -> String {
    let marked = "\(indentation)# \(sentence)\n"
    guard marked.count > 115 else { return marked }
    var lines = ["\(indentation)#"]
    for word in sentence.split(separator: " ") {
      if lines[lines.count - 1].count + word.count > 108 { lines.append("\(indentation)#") }
      lines[lines.count - 1] += " " + word
    }
    return lines.joined(separator: "\n") + "\n"
  }

  /// How the entries of a list of records look.
  private static func example(of key: Key, indentation: String) -> String {
    let lines: [String]
    switch key.kind {
    case .apiKeys:
      lines = ["- id: platform", "  secretFile: /etc/tandem/platform.secret"]
    case .webhooks:
      lines = [
        "- url: https://app.example.com/tandem", "  secretFile: /etc/tandem/webhook.secret",
        "  events: [room.closed, participant.*]",
      ]
    case .text, .integer, .boolean, .duration, .bytes, .choice, .list, .secret, .secretFile:
      return ""
    }
    return lines.map { "\(indentation)#   \($0)\n" }.joined()
  }

  // MARK: The reference

  package static var reference: String {
    var text = """
      # Configuration

      This page is made from the table of settings in `Sources/Configuration` by `make docs`.

      Tandem runs without any configuration but an API key. Each setting can be given in four places; the first that
      has it decides:

      1. a flag of `tandem serve`: `--http-port 7080`, `--http-port=7080`, `--rooms-lobby`, `--rooms-lobby=false`
      2. an environment variable: `TANDEM_HTTP_PORT=7080`
      3. the YAML file that `--config FILE` or `TANDEM_CONFIG` names: `http: { port: 7080 }`; all settings with their
         defaults are in [`Config/tandem.yaml`](../Config/tandem.yaml)
      4. the default

      `tandem config print` shows every effective value and where it came from, `tandem config check` only what is wrong.
      An unknown name, a value of the wrong type or out of range is an error that names its place; all errors are
      reported at once.

      - Durations are numbers with a unit: `250ms`, `60s`, `5m`, `1h30m`, `7d`. Sizes: `512`, `256KiB`, `2GB`.
      - In a variable or a flag a list is separated by commas; the flag of a list may also be given several times.
      - API keys are `id:secret`, webhook endpoints `url secret event event`; `@path` in place of a secret reads the
        first line of that file.
      - `--dev` is for trying things out: it listens on 127.0.0.1, keeps its data in `./data/dev`, logs for people, sets
        no limit for each address, stops within a second of Ctrl-C, and knows the key `devkey` with the secret
        `devsecret`. It goes before the file, not before variables and flags.
      - After `SIGHUP` the file, the secret files and the JWKS file are read again. What needs a restart is logged and
        stays as it was; a configuration with an error changes nothing.


      """
    for group in groups {
      text += "## \(group.name)\n\n\(group.sentence)\n\n"
      text += "| setting | default | values | variable, flag | change |\n|---|---|---|---|---|\n"
      for key in keys where key.group == group.name {
        let value = key.text(of: standards)
        text +=
          "| `\(key.name)`<br>\(cell(key.sentence)) | \(value.isEmpty ? "none" : "`\(value)`") "
          + "| \(cell(key.expectation)) | `\(key.environmentName)`<br>`\(key.flag)` "
          + "| \(key.needsRestart ? "restart" : "reload") |\n"
      }
      text += "\n"
    }
    return text
  }

  private static func cell(_ text: String) -> String {
    text.split(separator: "|", omittingEmptySubsequences: false).joined(separator: "\\|")
  }
}

extension Key {
  /// The value as it stands in YAML.
  func yaml(of settings: Settings) -> String {
    switch get(settings) {
    case .text(let text): Self.yaml(text)
    case .list(let elements): "[\(elements.map(Self.yaml).joined(separator: ", "))]"
    case .secret: "\"\""
    case .apiKeys, .webhooks: "[]"
    case .integer, .boolean, .duration, .bytes: text(of: settings)
    }
  }

  /// Without quotes where no reader of YAML could take it for anything but text.
  private static func yaml(_ text: String) -> String {
    let isWord =
      text.first.map { $0.isLetter || $0 == "." || $0 == "/" } ?? false
      && text.allSatisfy { $0.isASCII && ($0.isLetter || $0.isNumber || "._/-".contains($0)) }
    let isAmbiguous = ["yes", "no", "on", "off", "true", "false", "null", "y", "n"].contains(
      text.lowercased())
    return isWord && !isAmbiguous ? text : "\"\(text)\""
  }
}
