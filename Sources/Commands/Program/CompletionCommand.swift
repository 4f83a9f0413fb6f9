// `tandem completion SHELL`.

import Control

enum CompletionCommand {
  private static let shell = Argument(
    "SHELL", "which shell", kind: .choice(Shell.allCases.map(\.rawValue)))

  static let command: Command = Command(
    "completion", summary: "print a script that completes commands and options in a shell",
    arguments: [shell],
    examples: [
      Example("source <(tandem completion bash)", "complete in this bash"),
      Example(
        "tandem completion zsh > ~/.zfunc/_tandem", "complete in every zsh that has ~/.zfunc in its fpath"),
      Example("tandem completion fish > ~/.config/fish/completions/tandem.fish", "complete in every fish"),
    ]
  ) { invocation, console throws(CommandFailure) in
    guard let shell = Shell(rawValue: invocation.argument(shell)) else { return }
    console.write(Completion(root: Program.root).script(for: shell))
  }
}
