// Help, manual page, completion and docs/cli.md: what is made from the commands.

import Commands
import Control
import Glibc
import Testing

@Suite("What explains the commands") struct DocumentationTests {
  static let all = Program.root.walk()

  @Test("every command says what it does, in one line, and shows how")
  func complete() {
    for (path, command) in Self.all {
      let title = path.joined(separator: " ")
      #expect(!command.summary.isEmpty && command.summary.count <= 80, "\(title)")
      #expect(command.summary.last != "." && command.summary.first?.isLowercase == true, "\(title)")
      #expect(!command.examples.isEmpty, "\(title)")
      for example in command.examples {
        #expect(example.line.contains("tandem "), "\(title): \(example.line)")
        #expect(!example.meaning.isEmpty, "\(title)")
      }
      let names = command.options.map(\.name)
      #expect(Set(names).count == names.count, "\(title): an option twice")
      let children = command.commands.map(\.name)
      #expect(Set(children).count == children.count, "\(title): a command twice")
      let shorts = command.options.compactMap(\.short)
      #expect(Set(shorts).count == shorts.count, "\(title): a letter twice")
      #expect(!names.contains("help") && !shorts.contains("h"), "\(title): help is everybody's")
      for option in command.options {
        #expect(!option.summary.isEmpty && option.summary.last != ".", "\(title) --\(option.name)")
      }
      #expect(
        command.arguments.dropLast().allSatisfy { !$0.isRepeatable }, "\(title): only the last may repeat")
    }
  }

  @Test("every example is one that the parser understands")
  func examples() {
    for (path, command) in Self.all {
      for example in command.examples {
        for words in Self.calls(in: example.line) {
          switch Parser(root: Program.root, environment: [:]).parse(words) {
          case .run, .help: break
          case .wrong(let message, _, _):
            Issue.record("\(path.joined(separator: " ")): \(example.line): \(message)")
          }
        }
      }
    }
  }

  /// The calls of this program in a shell line, as words.
  static func calls(in line: String) -> [[String]] {
    let parts = line.split { "|()<>".contains($0) }.map { $0.split(separator: "&&") }.joined()
    return parts.compactMap { part in
      var words: [String] = []
      var word = ""
      var quote: Character?
      for character in String(part) + " " {
        if let open = quote {
          if character == open { quote = nil } else { word.append(character) }
        } else if character == "'" || character == "\"" {
          quote = character
        } else if character == " " {
          if !word.isEmpty { words.append(word) }
          word = ""
        } else {
          word.append(character)
        }
      }
      guard let start = words.firstIndex(of: "tandem") else { return nil }
      return Array(words[(start + 1)...])
    }
  }

  @Test("help fits its width", arguments: [80, 100])
  func width(width: Int) {
    for (path, command) in Self.all {
      for line in HelpText(path: path, command: command).lines(width: width)
      where !line.hasPrefix("  $ ") && !line.hasPrefix("Usage:")
        && line.drop(while: { $0 == " " }).contains(" ")
      {
        #expect(TextWidth.columns(of: line) <= width, "\(path): \(line)")
      }
    }
  }

  @Test("the completion scripts are such that their shells understand them", arguments: Shell.allCases)
  func completion(shell: Shell) throws {
    let scratch = try Scratch()
    let path = "\(scratch.path)/completion"
    try TestFiles.write(Completion(root: Program.root).script(for: shell), to: path)
    guard TestFiles.has(shell.rawValue) else { return }
    let (code, text) = TestFiles.shell("\(shell.rawValue) -n '\(path)'")
    #expect(code == 0 && text.isEmpty, "\(text)")
  }

  @Test(
    "bash completes commands, options and the words that an option takes",
    arguments: [
      ("tandem ro", "room"), ("tandem room cr", "create"), ("tandem room create --topo", "--topology"),
      ("tandem room create --topology p", "p2p"), ("tandem room create --topology = p", "p2p"),
      ("tandem completion z", "zsh"), ("tandem token create --role ment", "mentor"),
      ("tandem token create --identity room --adm", "--admin"), ("tandem serve --log-level debu", "debug"),
    ])
  func bash(line: String, expected: String) throws {
    let scratch = try Scratch()
    let path = "\(scratch.path)/completion"
    try TestFiles.write(Completion(root: Program.root).script(for: .bash), to: path)
    let words = line.split(separator: " ").map { "'\($0)'" }.joined(separator: " ")
    let (code, text) = TestFiles.shell(
      """
      bash -c 'compopt() { :; }; source \(path); eval "$1"; echo "${COMPREPLY[@]}"' -- \
      "COMP_WORDS=(\(words)); COMP_CWORD=\(line.split(separator: " ").count - 1); _tandem"
      """)
    #expect(code == 0)
    #expect(text == expected + "\n")
  }

  @Test(
    "fish completes commands and the words that an option takes",
    .enabled(if: TestFiles.has("fish")),
    arguments: [("tandem room cr", "create"), ("tandem room create --topology p", "p2p")])
  func fish(line: String, expected: String) throws {
    let scratch = try Scratch()
    let path = "\(scratch.path)/completion"
    try TestFiles.write(Completion(root: Program.root).script(for: .fish), to: path)
    let (code, text) = TestFiles.shell("fish -c \"source \(path); complete -C '\(line)'\"")
    #expect(code == 0)
    #expect(text.hasPrefix(expected + "\t"))
  }

  @Test("the manual page is sound")
  func manual() throws {
    let scratch = try Scratch()
    let path = "\(scratch.path)/tandem.1"
    let page = ManPage(root: Program.root, version: Program.version).text()
    try TestFiles.write(page, to: path)
    #expect(page.hasPrefix(".TH TANDEM 1"))
    for section in ["NAME", "SYNOPSIS", "DESCRIPTION", "COMMANDS", "EXIT STATUS", "ENVIRONMENT", "EXAMPLES"] {
      #expect(page.contains(".SH \(section)\n"))
    }
    if TestFiles.has("groff") {
      let (code, text) = TestFiles.shell("groff -man -ww -z -K utf8 '\(path)'")
      #expect(code == 0 && text.isEmpty, "\(text)")
    }
    if TestFiles.has("mandoc") {
      let (_, text) = TestFiles.shell("mandoc -T lint -W error '\(path)'")
      #expect(text.isEmpty, "\(text)")
    }
  }

  @Test("docs/cli.md is what the commands say")
  func reference() throws {
    let path = #filePath.replacing("Tests/CommandTests/DocumentationTests.swift", with: "docs/cli.md")
    let wanted = Reference(root: Program.root).markdown()
    if getenv("TANDEM_WRITE_FILES") != nil { try TestFiles.write(wanted, to: path) }
    #expect(try TestFiles.read(path) == wanted, "write it anew: make docs")
  }
}
