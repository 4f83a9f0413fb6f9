// Where commands print: results to the standard output, everything else to the standard error. Tests hand in
// sinks that collect.

package import Control
import Glibc
package import Values

@Control package final class Console {
  package let style: Style
  package let errorStyle: Style
  /// Columns to wrap help texts at.
  package let width: Int
  /// Whether a person is at the other end of the standard input, who can be asked.
  package let canAsk: Bool

  private let output: @Control (String) -> Void
  private let errors: @Control (String) -> Void

  package init(
    style: Style, errorStyle: Style, width: Int, canAsk: Bool, output: @escaping @Control (String) -> Void,
    errors: @escaping @Control (String) -> Void
  ) {
    self.style = style
    self.errorStyle = errorStyle
    self.width = width
    self.canAsk = canAsk
    self.output = output
    self.errors = errors
  }

  package static func standard(environment: [String: String]) -> Console {
    let isTerminal = isatty(STDOUT_FILENO) == 1
    return Console(
      style: Style(isTerminal: isTerminal, environment: environment),
      errorStyle: Style(isTerminal: isatty(STDERR_FILENO) == 1, environment: environment),
      width: isTerminal ? min(100, max(40, terminalColumns() ?? 80)) : 80,
      canAsk: isatty(STDIN_FILENO) == 1 && isTerminal,
      output: { write($0, to: STDOUT_FILENO) }, errors: { write($0, to: STDERR_FILENO) })
  }

  package func print(_ line: String) { output(line + "\n") }
  package func print(_ lines: [String]) { for line in lines { print(line) } }
  package func print(_ table: Table) { print(table.lines(style: style)) }
  package func print(_ sheet: Sheet) { print(sheet.lines(style: style)) }
  package func print(_ document: JSON) { print(document.pretty()) }
  /// As it is, without a line's end.
  package func write(_ text: String) { output(text) }

  /// A remark beside the result: `--json` and pipes don't see it.
  package func remark(_ line: String) { errors(line + "\n") }

  /// A question, whose answer is typed behind it.
  package func ask(_ question: String) { errors(question) }

  /// Over the remark before it, on a terminal.
  package func remarkInPlace(_ text: String) { errors("\r\u{1B}[2K\(text)") }

  package func complain(_ message: String) {
    errors("\(errorStyle.red("tandem:")) \(message)\n")
  }

  /// What is written at once is in the reader's hands even if the program is ended right after. A reader that
  /// has gone away (`| head`) is no mistake of anybody's.
  private static func write(_ text: String, to descriptor: Int32) {
    var bytes = Array(text.utf8)[...]
    while !bytes.isEmpty {
      let written = bytes.withUnsafeBytes { Glibc.write(descriptor, $0.baseAddress, $0.count) }
      if written < 0 {
        if errno == EINTR { continue }
        if errno == EAGAIN {
          var waiting = pollfd(fd: descriptor, events: Int16(POLLOUT), revents: 0)
          poll(&waiting, 1, -1)
          continue
        }
        return
      }
      bytes = bytes.dropFirst(written)
    }
  }

  private static func terminalColumns() -> Int? {
    var size = winsize()
    guard ioctl(STDOUT_FILENO, UInt(TIOCGWINSZ), &size) == 0, size.ws_col > 0 else { return nil }
    return Int(size.ws_col)
  }
}
