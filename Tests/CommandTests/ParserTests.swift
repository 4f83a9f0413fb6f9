// Words in, decision out.

import Commands
import Control
import Testing
import Values

@Suite("The command line's words") struct ParserTests {
  static let limit = Option("limit", short: "n", value: "COUNT", "at most so many", kind: .integer(1...100))
  static let role = Option("role", value: "ROLE", "which role", kind: .choice(["mentor", "student"]))
  static let url = Option("url", value: "URL", "the server", environment: "TANDEM_URL")
  static let tag = Option("tag", value: "TAG", "a tag", isRepeatable: true)
  static let force = Option(flag: "force", short: "f", "don't ask")
  static let wait = Option("wait", value: "TIME", "how long", kind: .duration)
  static let room = Argument("ROOM", "the room")
  static let rest = Argument("USER", "users", isOptional: true, isRepeatable: true)

  static let root = Command(
    group: "tandem", summary: "test", examples: [Example("tandem room", "x")],
    commands: [
      Command(
        group: "room", summary: "rooms", examples: [Example("tandem room list", "x")],
        commands: [
          Command(
            "list", summary: "list rooms", arguments: [room, rest],
            options: [limit, role, url, tag, force, wait, .json],
            examples: [Example("tandem room list", "x")]
          ) { _, _ in }
        ])
    ])

  func parse(_ line: String, _ environment: [String: String] = [:]) -> Parsed {
    Parser(root: Self.root, environment: environment).parse(line.split(separator: " ").map(String.init))
  }

  func invocation(_ line: String, _ environment: [String: String] = [:]) throws -> Invocation {
    guard case .run(_, let invocation) = parse(line, environment) else {
      Issue.record("not understood: \(parse(line, environment))")
      throw Stop()
    }
    return invocation
  }

  func objection(_ line: String, _ environment: [String: String] = [:]) -> String? {
    guard case .wrong(let message, _, _) = parse(line, environment) else { return nil }
    return message
  }

  struct Stop: Error {}

  @Test("options stand before, between and after arguments, in every spelling")
  func spellings() throws {
    for line in [
      "room list --limit 5 -f algebra", "room list algebra --limit=5 --force", "room list -n5 algebra -f",
      "room list -fn 5 algebra", "room list -n=5 -f -- algebra", "room list -fn5 algebra",
    ] {
      let invocation = try invocation(line)
      #expect(invocation.integer(Self.limit) == 5, "\(line)")
      #expect(invocation.isSet(Self.force), "\(line)")
      #expect(invocation.argument(Self.room) == "algebra", "\(line)")
      #expect(invocation.path == ["tandem", "room", "list"])
    }
  }

  @Test("what follows -- is never an option, and a value may hold an equals sign")
  func ends() throws {
    let invocation = try invocation("room list --tag a=b --tag= -- --force --help")
    #expect(invocation.all(Self.tag) == ["a=b", ""])
    #expect(invocation.argument(Self.room) == "--force")
    #expect(invocation.all(Self.rest) == ["--help"])
    #expect(!invocation.isSet(Self.force))
  }

  @Test("the last of an option given twice counts, unless it may be repeated")
  func repeated() throws {
    let invocation = try invocation("room list r --limit 1 --limit 2 --tag a --tag b")
    #expect(invocation.integer(Self.limit) == 2)
    #expect(invocation.all(Self.tag) == ["a", "b"])
  }

  @Test("the environment fills in for an option that is not given, and an empty variable is none")
  func environment() throws {
    let variables = ["TANDEM_URL": "http://a"]
    #expect(try invocation("room list r", variables).value(Self.url) == "http://a")
    #expect(try !invocation("room list r", variables).isTyped(Self.url))
    #expect(try invocation("room list r --url http://b", variables).value(Self.url) == "http://b")
    #expect(try invocation("room list r --url http://b", variables).isTyped(Self.url))
    #expect(try invocation("room list r", ["TANDEM_URL": ""]).value(Self.url) == nil)
  }

  @Test("durations are read with and without a unit")
  func durations() throws {
    #expect(try invocation("room list r --wait 90").duration(Self.wait) == .seconds(90))
    #expect(try invocation("room list r --wait 15m").duration(Self.wait) == .seconds(900))
    #expect(try invocation("room list r --wait 7d").duration(Self.wait) == .seconds(604_800))
    for wrong in ["", "m", "1.5h", "-3", "5w", "99999999999999999999", "9223372036854775807d"] {
      #expect(objection("room list r --wait=\(wrong)")?.contains("time span") == true, "\(wrong)")
    }
  }

  @Test(
    "each mistake is named with the word that is wrong",
    arguments: [
      ("", "a command is missing"),
      ("romo list", "there is no command 'romo'; did you mean room?"),
      ("room lits r", "there is no command 'lits'; did you mean list?"),
      ("room destroy", "there is no command 'destroy'"),
      ("--url x room list r", "--url belongs after the command: tandem COMMAND --url"),
      ("--what room", "tandem has no option --what"),
      ("room list", "ROOM is missing"),
      ("room list r --limt 5", "there is no option --limt; did you mean --limit?"),
      ("room list r -x", "there is no option -x"),
      ("room list r --limit", "--limit needs a value: --limit COUNT"),
      ("room list r --limit --force", "--limit needs a value: --limit COUNT"),
      ("room list r --limit five", "--limit 'five': must be a whole number"),
      ("room list r --limit 101", "--limit '101': must be from 1 to 100"),
      ("room list r --force=yes", "--force takes no value"),
      ("room list r --role mentr", "--role 'mentr': must be one of mentor, student; did you mean mentor?"),
      ("help room lst", "there is no command 'lst'; did you mean list?"),
    ])
  func mistakes(line: String, message: String) {
    #expect(objection(line) == message)
  }

  @Test("help is found at every level and in every spelling")
  func help() {
    for (line, path) in [
      ("--help", ["tandem"]), ("-h", ["tandem"]), ("help", ["tandem"]), ("room --help", ["tandem", "room"]),
      ("help room", ["tandem", "room"]), ("room help", ["tandem", "room"]),
      ("room list --help", ["tandem", "room", "list"]), ("help room list", ["tandem", "room", "list"]),
      ("room list --limit wrong -h", ["tandem", "room", "list"]),
    ] where !line.contains("wrong") {
      guard case .help(let found, _) = parse(line) else {
        Issue.record("no help for \(line)")
        continue
      }
      #expect(found == path)
    }
  }

  @Test("a hostile word cannot move the cursor of who reads the message")
  func hostile() {
    let message = objection("\u{1B}[2Jroom")
    #expect(message == "there is no command '\\u{1b}[2Jroom'")
  }
}
