// Settings together with where each value came from. Made by ConfigurationLoader; `config print` shows it,
// a reload compares two of them.

/// Where a value came from, from the weakest to the strongest.
package enum Origin: Sendable, Equatable, CustomStringConvertible {
  case standard
  case file(path: String, line: Int)
  case dev
  case environment(String)
  case flag(String)

  package var description: String {
    switch self {
    case .standard: "default"
    case .file(let path, let line): "\(path):\(line)"
    case .dev: "--dev"
    case .environment(let name): name
    case .flag(let name): name
    }
  }
}

package struct LoadedSettings: Sendable, Equatable {
  package let settings: Settings
  /// By key name; a key that is not here has its default.
  package let origins: [String: Origin]
  /// The file that was read, if any; a reload reads it again.
  package let file: String?
  package let dev: Bool
  /// Not wrong, but worth a line in the log at start.
  package let warnings: [String]

  package func origin(of key: String) -> Origin { origins[key] ?? .standard }

  /// Every key with its effective value (secrets masked) and where it came from, in the order of the table.
  package var rows: [(key: Key, value: String, origin: Origin)] {
    ConfigurationTable.keys.map { ($0, $0.text(of: settings), origin(of: $0.name)) }
  }

  /// Why a server must not start: nobody could ever join. `storedKeys`: how many live keys the store holds.
  package func refusal(storedKeys: Int) -> ConfigurationError? {
    guard settings.access.keys.isEmpty, settings.access.jwksFile.isEmpty, storedKeys == 0 else { return nil }
    return ConfigurationError([
      .init(
        place: "", key: "access.keys",
        message: "is empty, and the store holds no key either: make one with "
          + "`tandem key create --offline`, or start with --dev to try things out")
    ])
  }
}

/// One key whose value a reload changes. Secrets are masked in `old` and `new`.
package struct Difference: Sendable, Equatable {
  package let key: String
  package let old: String
  package let new: String
  package let needsRestart: Bool

  package init(key: String, old: String, new: String, needsRestart: Bool) {
    self.key = key
    self.old = old
    self.new = new
    self.needsRestart = needsRestart
  }
}

extension Settings {
  package func differences(from old: Settings) -> [Difference] {
    ConfigurationTable.keys.compactMap { key in
      guard !key.isSame(self, old) else { return nil }
      return Difference(
        key: key.name, old: key.text(of: old), new: key.text(of: self), needsRestart: key.needsRestart)
    }
  }
}
