// Structured logs: one line an event, a sentence and fields. JSON for machines, plain text for a terminal.
// What callers must not pass: tokens, SDP, chat text, whole addresses of people beyond the access log's.

import Glibc
import Synchronization
package import Values

package struct Log: Sendable {
  package enum Level: Int, Sendable, CaseIterable, Comparable {
    case debug, info, warning, error
    package var name: String {
      switch self {
      case .debug: "debug"
      case .info: "info"
      case .warning: "warning"
      case .error: "error"
      }
    }
    package init?(name: String) {
      guard let level = Level.allCases.first(where: { $0.name == name }) else { return nil }
      self = level
    }
    package static func < (left: Level, right: Level) -> Bool { left.rawValue < right.rawValue }
  }

  package enum Format: Sendable { case json, human }

  private let subsystem: String

  package init(_ subsystem: String) { self.subsystem = subsystem }

  package func debug(
    _ message: @autoclosure () -> String, _ fields: @autoclosure () -> JSON.Object = JSON.Object()
  ) {
    write(.debug, message, fields)
  }
  package func info(
    _ message: @autoclosure () -> String, _ fields: @autoclosure () -> JSON.Object = JSON.Object()
  ) {
    write(.info, message, fields)
  }
  package func warning(
    _ message: @autoclosure () -> String, _ fields: @autoclosure () -> JSON.Object = JSON.Object()
  ) {
    write(.warning, message, fields)
  }
  package func error(
    _ message: @autoclosure () -> String, _ fields: @autoclosure () -> JSON.Object = JSON.Object()
  ) {
    write(.error, message, fields)
  }

  package func isOn(_ level: Level) -> Bool { LogOutput.isOn(level, subsystem) }

  private func write(_ level: Level, _ message: () -> String, _ fields: () -> JSON.Object) {
    guard LogOutput.isOn(level, subsystem) else { return }
    LogOutput.write(level, subsystem, message(), fields())
  }
}

/// Where lines go and which ones: set once at start and at a reload.
package enum LogOutput {
  private struct State {
    var level = Log.Level.info
    var levels: [String: Log.Level] = [:]
    var format = Log.Format.human
    var colours = false
  }
  private static let state = Mutex(State())
  /// The lowest level that anybody wants, so that a line nobody reads costs one load.
  private static let lowest = Atomic<Int>(Log.Level.info.rawValue)

  package static func configure(
    level: Log.Level, levels: [String: Log.Level] = [:], format: Log.Format, colours: Bool = false
  ) {
    state.withLock { $0 = State(level: level, levels: levels, format: format, colours: colours) }
    lowest.store(min(level, levels.values.min() ?? level).rawValue, ordering: .relaxed)
  }

  static func isOn(_ level: Log.Level, _ subsystem: String) -> Bool {
    guard level.rawValue >= lowest.load(ordering: .relaxed) else { return false }
    return state.withLock { level >= ($0.levels[subsystem] ?? $0.level) }
  }

  static func write(_ level: Log.Level, _ subsystem: String, _ message: String, _ fields: JSON.Object) {
    var now = timespec()
    clock_gettime(CLOCK_REALTIME, &now)
    let time = Timestamp(milliseconds: Int64(now.tv_sec) * 1000 + Int64(now.tv_nsec) / 1_000_000)
    let (format, colours) = state.withLock { ($0.format, $0.colours) }
    let line = line(level, subsystem, message, fields, at: time, format: format, colours: colours)
    // One write a line, so that lines of several threads never mix.
    line.withUnsafeBytes { _ = Glibc.write(STDERR_FILENO, $0.baseAddress, $0.count) }
  }

  /// One line with its line break, and no other line break in it.
  package static func line(
    _ level: Log.Level, _ subsystem: String, _ message: String, _ fields: JSON.Object, at time: Timestamp,
    format: Log.Format, colours: Bool = false
  ) -> [UInt8] {
    var line: [UInt8]
    switch format {
    case .json:
      var object = JSON.Object()
      object.append("time", .string(time.rfc3339))
      object.append("level", .string(level.name))
      object.append("subsystem", .string(subsystem))
      object.append("message", .string(message))
      for member in fields.members { object.append(member.name, member.value) }
      line = JSON.object(object).encoded()
    case .human:
      line = Array(human(level, subsystem, message, fields, time: time.rfc3339, colours: colours).utf8)
    }
    line.append(UInt8(ascii: "\n"))
    return line
  }

  private static func human(
    _ level: Log.Level, _ subsystem: String, _ message: String, _ fields: JSON.Object, time: String,
    colours: Bool
  ) -> String {
    let mark =
      switch level {
      case .debug: "debug"
      case .info: "info "
      case .warning: colours ? "\u{1B}[33mwarn \u{1B}[0m" : "warn "
      case .error: colours ? "\u{1B}[31merror\u{1B}[0m" : "error"
      }
    var line = "\(time.dropFirst(11).prefix(8)) \(mark) \(subsystem): \(printable(message))"
    for field in fields.members {
      let isWord = field.value.string?.utf8.allSatisfy {
        (0x21...0x7E).contains($0) && $0 != UInt8(ascii: "\"")
      }
      line +=
        " \(printable(field.name))=\(isWord == true ? field.value.string ?? "" : printable(field.value.text))"
    }
    return line
  }

  /// A line break, an escape sequence or a change of direction in somebody's name must not look like a new line of
  /// the log, nor take over a terminal.
  private static func printable(_ text: String) -> String {
    var result = ""
    for scalar in text.unicodeScalars {
      switch scalar.properties.generalCategory {
      case .control, .format, .lineSeparator, .paragraphSeparator:
        result += "\\u{\(String(scalar.value, radix: 16))}"
      default: result.unicodeScalars.append(scalar)
      }
    }
    return result
  }
}
