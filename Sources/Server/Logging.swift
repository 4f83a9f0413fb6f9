// The log as the settings want it.

import Configuration
import Glibc
import Observe

enum Logging {
  static func configure(_ settings: Settings.Logging, dev: Bool) {
    let terminal = isatty(STDERR_FILENO) == 1
    let format: Log.Format =
      switch settings.format {
      case .json: .json
      case .human: .human
      case .auto: terminal || dev ? .human : .json
      }
    LogOutput.configure(
      level: level(settings.level), levels: settings.levelOfSubsystem.mapValues(level), format: format,
      colours: terminal && getenv("NO_COLOR") == nil)
  }

  private static func level(_ level: Settings.Logging.Level) -> Log.Level {
    switch level {
    case .debug: .debug
    case .info: .info
    case .warning: .warning
    case .error: .error
    }
  }

  /// For what must be read even if nobody reads logs.
  static func complain(_ sentence: String) {
    var bytes = Array(sentence.utf8)
    bytes.append(UInt8(ascii: "\n"))
    _ = write(STDERR_FILENO, bytes, bytes.count)
  }
}
