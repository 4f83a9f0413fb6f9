// Colours and weight of text on a terminal; nothing at all where it goes to a file, a pipe or a dumb terminal.

package struct Style: Sendable, Equatable {
  package let isOn: Bool

  package static let none = Style(isOn: false)

  package init(isOn: Bool) { self.isOn = isOn }

  /// As https://no-color.org asks: any value of NO_COLOR turns colours off.
  package init(isTerminal: Bool, environment: [String: String]) {
    let refused = environment["NO_COLOR"].map { !$0.isEmpty } ?? false
    isOn = isTerminal && !refused && environment["TERM"] != "dumb"
  }

  package func bold(_ text: String) -> String { marked(text, "1") }
  package func dim(_ text: String) -> String { marked(text, "2") }
  package func red(_ text: String) -> String { marked(text, "31") }
  package func green(_ text: String) -> String { marked(text, "32") }
  package func yellow(_ text: String) -> String { marked(text, "33") }

  private func marked(_ text: String, _ code: String) -> String {
    isOn && !text.isEmpty ? "\u{1B}[\(code)m\(text)\u{1B}[0m" : text
  }
}
