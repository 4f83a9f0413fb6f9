// What cannot be undone is asked for once more, where a person is there to be asked.

import Control

enum Confirmation {
  static let yes = Option(flag: "yes", short: "y", "don't ask")

  @Control static func ask(
    _ question: String, _ invocation: Invocation, _ console: Console
  ) throws(CommandFailure) {
    guard console.canAsk, !invocation.isSet(yes) else { return }
    console.ask("\(question) Type yes to go on: ")
    guard (try? StandardInput.line()) == "yes" else { throw .failed("nothing was done") }
  }
}
