// All that is wrong with a configuration at once, each with its place, so that an operator mends it in one go.
// The command line prints the description as it is and exits.

package struct ConfigurationError: Error, Sendable, Equatable, CustomStringConvertible {
  package struct Problem: Sendable, Equatable, CustomStringConvertible {
    /// `tandem.yaml:12`, `TANDEM_HTTP_PORT` or `--http-port`; empty if the whole is wrong.
    package let place: String
    /// The key's name in the table; nil if no key is concerned.
    package let key: String?
    /// What is wrong and what to do, without place and key.
    package let message: String

    package init(place: String, key: String? = nil, message: String) {
      self.place = place
      self.key = key
      self.message = message
    }

    package var description: String {
      var text = place.isEmpty ? "" : "\(place): "
      if let key { text += "\(key) " }
      return text + message
    }
  }

  package let problems: [Problem]
  package init(_ problems: [Problem]) { self.problems = problems }

  /// One line a problem.
  package var description: String { problems.map(\.description).joined(separator: "\n") }
}
