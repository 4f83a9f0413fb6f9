// How a command ends when it doesn't end well; the exit code follows from it, in one place.

package enum CommandFailure: Error, Sendable, Equatable {
  /// The words were wrong: exit 2, the usage line is shown under the message.
  case usage(String)
  /// Refused or failed: exit 1.
  case failed(String)
  /// Failed, and the output has said all there is to say: exit 1 without a further word.
  case reported

  package var exitCode: Int32 {
    switch self {
    case .usage: 2
    case .failed, .reported: 1
    }
  }
}
