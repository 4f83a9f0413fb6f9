// The program as a whole: the tree of its commands, and from the words of a command line to an exit code.

import Control
import Observe
import Values

package enum Program {
  package static let name = "tandem"
  package static let version = Version.current

  /// One line a command; each lives in a file of its own.
  package static let root: Command = Command(
    group: name,
    summary: "real-time sessions: video, audio and signaling",
    description: """
      Runs a Tandem server, and looks after one from near or far.

      Commands that talk to a server find it by --url, TANDEM_URL or the configuration file, and sign their
      requests with an API key (--api-key and --api-secret, TANDEM_API_KEY and TANDEM_API_SECRET, or the
      configuration file). Results are tables for people and, with --json, JSON for programs.
      """,
    examples: [
      Example("tandem serve --dev", "start a server on this machine to play with"),
      Example("tandem room list --dev", "list its rooms"),
    ],
    commands: [
      ServeCommand.command, RoomCommand.command, SessionCommand.command, TokenCommand.command,
      RecordingCommand.command,
      UserCommand.command, QueueCommand.command, MatchCommand.command,
      KeyCommand.command,
      EventsCommand.command, AuditCommand.command, LoadTestCommand.command, CapacityCommand.command,
      DoctorCommand.command, ConfigCommand.command,
      BackupCommand.command, RestoreCommand.command, CompletionCommand.command, ManCommand.command,
      VersionCommand.command,
    ])

  /// `words` without the program's name.
  @Control package static func run(
    _ words: [String], environment: [String: String], console: Console
  ) async -> Int32 {
    switch Parser(root: root, environment: environment).parse(words) {
    case .help(let path, let command):
      console.print(HelpText(path: path, command: command).lines(width: console.width, style: console.style))
      return 0
    case .wrong(let message, let path, let command):
      return complain(.usage(message), path: path, command: command, console: console)
    case .run(let command, let invocation):
      guard case .action(let action) = command.body else {
        preconditionFailure("the parser returns only commands that act")
      }
      // What a command does below says nothing unless it goes wrong; `serve` turns the log up again.
      LogOutput.configure(level: .warning, format: .human)
      do throws(CommandFailure) {
        try await action(invocation, console)
        return 0
      } catch {
        return complain(error, path: invocation.path, command: command, console: console)
      }
    }
  }

  @Control private static func complain(
    _ failure: CommandFailure, path: [String], command: Command, console: Console
  ) -> Int32 {
    switch failure {
    case .reported: break
    case .failed(let message): console.complain(message)
    case .usage(let message):
      console.complain(message)
      console.remark("")
      console.remark("Usage: \(HelpText(path: path, command: command).usage)")
      if !command.commands.isEmpty {
        console.remark("Commands: \(command.commands.map(\.name).joined(separator: ", "))")
      }
      console.remark("'\(path.joined(separator: " ")) --help' explains more.")
    }
    return failure.exitCode
  }
}
