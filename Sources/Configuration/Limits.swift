// The bounds of reading a configuration.

enum Limits {
  /// A configuration with a hundred keys and webhooks has a few KiB; what is larger is the wrong file.
  static let fileBytes = 1 << 20
  /// The deepest the table goes is four: the file, a section, a list, a record, and its list of events is five.
  static let depth = 8
  /// A secret's first line; PEM keys are read by whoever uses them, not here.
  static let secretBytes = 4096
  /// A path can have no more (PATH_MAX), and no other text needs more.
  static let textBytes = 4096
  /// API keys and webhook endpoints in the configuration; thousands of keys belong into the store.
  static let records = 100
  /// Event filters of one endpoint; there are fewer kinds of events.
  static let eventFilters = 64
  /// How much of a wrong value an error message repeats.
  static let quotedCharacters = 60
  /// Problems that are reported before the reader gives up: more than a screen helps nobody.
  static let problems = 50
}
