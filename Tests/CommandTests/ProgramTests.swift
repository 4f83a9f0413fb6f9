// The program as a whole: from words to output and exit code, without a server.

import Commands
import Control
import Testing
import Values

@Suite("The program") struct ProgramTests {
  init() { Control.runInBackground() }

  @Test(
    "wrong usage ends with 2, says what is wrong and how it is right",
    arguments: [
      [], ["rom", "list"], ["room"], ["room", "list", "--nope"], ["room", "kick", "r"],
      ["token", "create", "--dev"], ["token", "create", "--identity", "a", "--dev"],
      ["token", "create", "-i", "a", "-r", "b", "--ttl", "25h", "--dev"],
      ["token", "create", "-i", "a", "-r", "b", "--allow", "record", "--deny", "record", "--dev"],
      ["room", "list"], ["room", "list", "--api-key", "k"], ["room", "list", "--api-secret", "s"],
      ["room", "list", "--dev", "--url", "127.0.0.1:7080"],
      ["key", "create", "--data-directory", "d", "--dev"],
      ["session", "create", "--mentor", "=Ana", "--student", "ben", "--dev"],
    ])
  @Control func usage(words: [String]) async {
    let collected = Collected()
    let code = await Program.run(words, environment: [:], console: collected.console)
    #expect(code == 2)
    #expect(collected.output.isEmpty)
    #expect(collected.errors.hasPrefix("tandem: "))
    #expect(collected.errors.contains("Usage: tandem"))
  }

  @Test("help ends with 0 and goes to the standard output")
  @Control func help() async {
    let collected = Collected()
    for words in [["--help"], ["help", "room"], ["room", "create", "--help"], ["help", "token", "create"]] {
      let code = await Program.run(words, environment: [:], console: collected.console)
      #expect(code == 0)
    }
    #expect(collected.errors.isEmpty)
    #expect(collected.output.contains("Usage: tandem room create [OPTIONS] [ROOM]"))
  }

  @Test("the version is one line, or one document")
  @Control func version() async throws {
    let collected = Collected()
    #expect(await collected.run("version") == 0)
    #expect(collected.output == "tandem \(Version.current)\n")
    #expect(await collected.run("--version") == 0)
    #expect(collected.output == "tandem \(Version.current)\n")
    #expect(await collected.run("version", "--json") == 0)
    #expect(try JSON(parsing: collected.output)["version"] == .string(Version.current))
  }

  @Test("a token made here is good, and another secret didn't sign it")
  @Control func token() async throws {
    let collected = Collected()
    let made = await collected.run(
      "token", "create", "-i", "ana", "--name", "Ana", "-r", "algebra", "--role", "mentor", "--deny",
      "record",
      "--ttl", "1h30m", "--quiet", "--dev")
    #expect(made == 0)
    let token = String(collected.output.dropLast())
    #expect(await collected.run("token", "inspect", token, "--json", "--dev") == 0)
    let seen = try JSON(parsing: collected.output)
    #expect(seen["valid"] == true && seen["signature"] == "right")
    #expect(seen["claims"]?["sub"] == "ana" && seen["claims"]?["name"] == "Ana")
    #expect(seen["claims"]?["tandem"] == ["room": "algebra", "role": "mentor", "record": false])
    let age = (seen["claims"]?["exp"]?.integer ?? 0) - (seen["claims"]?["iat"]?.integer ?? 0)
    #expect(age == 5400)
    let wrong = await collected.run(
      "token", "inspect", token, environment: ["TANDEM_API_KEY": "devkey", "TANDEM_API_SECRET": "other"])
    #expect(wrong == 1)
    #expect(collected.output.contains("WRONG"))
    #expect(await collected.run("token", "inspect", "no.token") == 1)
    #expect(collected.errors.hasPrefix("tandem: "))
  }

  @Test("an administrator's token needs no further word")
  @Control func adminToken() async throws {
    let collected = Collected()
    #expect(await collected.run("token", "create", "--admin", "--quiet", "--dev") == 0)
    let token = String(collected.output.dropLast())
    #expect(await collected.run("token", "inspect", token, "--json") == 0)
    let claims = try JSON(parsing: collected.output)["claims"]?["tandem"]
    #expect(claims?["admin"] == true && claims?["room"] == "*")
  }

  @Test("a configuration's mistakes are all named, and end with 1")
  @Control func config() async throws {
    let scratch = try Scratch()
    let file = "\(scratch.path)/tandem.yaml"
    try TestFiles.write("http:\n  port: 99999\n  prot: 1\n", to: file)
    let collected = Collected()
    #expect(await collected.run("config", "check", "--config", file) == 1)
    #expect(collected.errors.contains("\(file):2") && collected.errors.contains("\(file):3"))
    #expect(await collected.run("config", "check", "--config", file, "--json") == 1)
    #expect(try JSON(parsing: collected.output)["problems"]?.array?.count == 2)
    #expect(await collected.run("config", "print", "--config", file) == 1)
    #expect(await collected.run("doctor", "--config", file) == 1)
    try TestFiles.write(
      "http:\n  port: 8080\naccess:\n  keys:\n    - id: k\n      secret: top-secret\n", to: file)
    #expect(await collected.run("config", "check", "--config", file) == 0)
    #expect(await collected.run("config", "print", "--config", file, "--json") == 0)
    let printed = try JSON(parsing: collected.output)
    #expect(printed["http.port"] == ["value": "8080", "origin": .string("\(file):2")])
    #expect(!collected.output.contains("top-secret"))
  }

  @Test("a server that isn't there is said so, with where it was sought")
  @Control func unreachable() async {
    let collected = Collected()
    // The discard port: nobody listens there.
    #expect(await collected.run("room", "list", "--dev", "--url", "http://127.0.0.1:9") == 1)
    #expect(collected.errors.contains("http://127.0.0.1:9"))
    #expect(!collected.errors.contains("Usage:"))
  }
}
