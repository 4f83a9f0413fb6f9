// What was typed, read against a command's options and arguments. Values were checked by the parser, so the
// getters here only convert.

import Configuration
import Control
package import Values

package struct Invocation: Sendable {
  /// The words that lead to the command, the program's name first.
  package let path: [String]
  package let environment: [String: String]
  private let command: Command
  private let values: [String: [String]]
  private let positions: [String: [String]]
  /// Names of the options that were typed, not taken from the environment.
  private let typed: Set<String>

  init(
    path: [String], command: Command, values: [String: [String]], positions: [String: [String]],
    typed: Set<String>, environment: [String: String]
  ) {
    self.path = path
    self.command = command
    self.values = values
    self.positions = positions
    self.typed = typed
    self.environment = environment
  }

  package func value(_ option: Option) -> String? { all(option).last }

  package func all(_ option: Option) -> [String] {
    precondition(command.options.contains(option), "the command does not declare --\(option.name)")
    return values[option.name] ?? []
  }

  package func isSet(_ option: Option) -> Bool { !all(option).isEmpty }

  /// On the command line itself: what is typed outranks a configuration file, the environment may not.
  package func isTyped(_ option: Option) -> Bool { typed.contains(option.name) }

  package func integer(_ option: Option) -> Int? { value(option).flatMap { Int($0) } }
  package func duration(_ option: Option) -> Duration? { value(option).flatMap(ValueKind.duration(of:)) }
  package func time(_ option: Option) -> Timestamp? { value(option).flatMap { Timestamp(rfc3339: $0) } }
  package func json(_ option: Option) -> JSON? { value(option).flatMap { try? JSON(parsing: $0) } }

  package func argument(_ argument: Argument) -> String {
    guard let value = optional(argument) else {
      preconditionFailure("\(argument.name) is optional or not declared")
    }
    return value
  }

  package func optional(_ argument: Argument) -> String? { all(argument).first }

  package func all(_ argument: Argument) -> [String] {
    precondition(command.arguments.contains(argument), "the command does not declare \(argument.name)")
    return positions[argument.name] ?? []
  }
}

extension ValueKind {
  /// Nil if the text is such a value, otherwise what it must be.
  package func objection(to text: String) -> String? {
    switch self {
    case .text, .file, .directory: return nil
    case .toggle: return text == "true" || text == "false" ? nil : "must be true or false"
    case .integer(let range):
      guard let number = Int(text) else { return "must be a whole number" }
      if range.contains(number) { return nil }
      return range.upperBound == .max
        ? "must be at least \(range.lowerBound)" : "must be from \(range.lowerBound) to \(range.upperBound)"
    case .choice(let words):
      if words.contains(text) { return nil }
      let list = "must be one of \(words.joined(separator: ", "))"
      return Suggestion.nearest(to: text, among: words).map { "\(list); did you mean \($0)?" } ?? list
    case .duration:
      return Self.duration(of: text) == nil ? "must be a time span such as 90s, 15m, 2h or 7d" : nil
    case .time:
      return Timestamp(rfc3339: text) == nil ? "must be a time such as 2026-01-31T09:00:00Z" : nil
    case .json:
      do {
        let value = try JSON(parsing: text)
        return value.object == nil ? "must be a JSON object such as {\"course\":\"algebra\"}" : nil
      } catch {
        return "must be a JSON object: \(error)"
      }
    }
  }

  /// A bare number is seconds.
  static func duration(of text: String) -> Duration? {
    let time = Int64(text).map { Duration.seconds(min(max($0, -1), Limits.longestDurationSeconds + 1)) }
    guard let time = time ?? Quantity.duration(text), time >= .zero,
      time <= .seconds(Limits.longestDurationSeconds)
    else { return nil }
    return time
  }
}
