// What an operator reads when a configuration is wrong, word for word: what, where, and what to do.

import Configuration
import Testing

@Suite("Errors in a configuration")
struct ErrorTests {
  @Test(
    "an error in the file names file, line and key, and what belongs there",
    arguments: [
      ("http:\n  prot: 1", "tandem.yaml:2: http.prot is no setting; did you mean http.port?"),
      ("htpp:\n  port: 1", "tandem.yaml:1: htpp is no setting; did you mean http?"),
      ("port: 1", "tandem.yaml:1: port is no setting; did you mean http.port?"),
      ("http:\n  port: 1\n  port: 2", "tandem.yaml:3: http.port is set twice, first in line 2"),
      ("http: {}\n\nhttp: {}", "tandem.yaml:3: http is set twice, first in line 1"),
      ("http:\n  port: 70000", "tandem.yaml:2: http.port must be a whole number from 0 to 65535, is 70000"),
      ("http:\n  port: many", "tandem.yaml:2: http.port must be a whole number from 0 to 65535, is \"many\""),
      (
        "http:\n  port: \"7080\"",
        "tandem.yaml:2: http.port must be a whole number from 0 to 65535, without quotes, is \"7080\""
      ),
      ("http:\n  port: [1]", "tandem.yaml:2: http.port must be a whole number from 0 to 65535, is a list"),
      ("http:\n  port:", "tandem.yaml:2: http.port has no value; remove the line to get the default"),
      ("http: 7080", "tandem.yaml:1: http is a section: its settings belong below it, indented"),
      ("rooms: { lobby: yes }", "tandem.yaml:1: rooms.lobby must be true or false, is \"yes\""),
      (
        "rooms: { defaultTopology: mesh }",
        "tandem.yaml:1: rooms.defaultTopology must be sfu, p2p or auto, is \"mesh\""
      ),
      ("store: { kind: mysql }", "tandem.yaml:1: store.kind must be sqlite, is \"mysql\""),
      (
        "drain: { deadline: 5 }",
        "tandem.yaml:1: drain.deadline must be a duration such as 250ms, 60s, 5m or 1h30m, is 5"
      ),
      (
        "http: { idleTimeout: 2h }",
        "tandem.yaml:1: http.idleTimeout must be a duration from 1s to 1h, is \"2h\""
      ),
      (
        "http: { maxBodyBytes: 1GiB }",
        "tandem.yaml:1: http.maxBodyBytes must be a size from 1KiB to 64MiB, is \"1GiB\""
      ),
      (
        "http: { maxBodyBytes: big }",
        "tandem.yaml:1: http.maxBodyBytes must be a size such as 512, 256KiB or 2MB, is \"big\""
      ),
      (
        "http: { address: everywhere }",
        "tandem.yaml:1: http.address must be an IP address to listen on, such as 0.0.0.0, 127.0.0.1 or ::, "
          + "is \"everywhere\""
      ),
      ("data: { directory: \"\" }", "tandem.yaml:1: data.directory must be a path, is empty"),
      (
        "http:\n  trustedProxies:\n    - 10.0.0.0/8\n    - 10.0.0.0/33",
        "tandem.yaml:4: http.trustedProxies must hold a network such as 10.0.0.0/8, or an IP address, "
          + "holds \"10.0.0.0/33\""
      ),
      (
        "http: { trustedProxies: 10.0.0.0/8 }",
        "tandem.yaml:1: http.trustedProxies must be a list, is \"10.0.0.0/8\""
      ),
      (
        "http: { corsOrigins: [https://a.example/path] }",
        "tandem.yaml:1: http.corsOrigins must hold an origin such as https://app.example.com, or *, "
          + "holds \"https://a.example/path\""
      ),
      ("access: { keys: [{ id: k }] }", "tandem.yaml:1: access.keys[0] needs secret or secretFile"),
      (
        "access:\n  keys:\n    - id: k\n      secrt: x",
        "tandem.yaml:4: access.keys[0].secrt is no setting; did you mean secret?"
      ),
      (
        "access:\n  keys:\n    - id: k\n      secretFile: /nowhere/k",
        "tandem.yaml:4: access.keys[0].secretFile cannot read /nowhere/k: No such file or directory"
      ),
      (
        "access: { keys: [{ id: k, secret: a }, { id: k, secret: b }] }",
        "tandem.yaml:1: access.keys[1].id holds the id k twice"
      ),
      ("access: { keys: [k] }", "tandem.yaml:1: access.keys[0] must have id, secret, secretFile, is \"k\""),
      (
        "webhooks: { endpoints: [{ url: \"ftp://x\", secret: s }] }",
        "tandem.yaml:1: webhooks.endpoints[0].url must be an http or https URL, is \"ftp://x\""
      ),
      (
        "turn: { secretFile: /nowhere }",
        "tandem.yaml:1: turn.secretFile cannot read /nowhere: No such file or directory"
      ),
      (
        "turn: { secret: a, secretFile: b }",
        "tandem.yaml:1: turn.secretFile and turn.secret (tandem.yaml:1) exclude each other"
      ),
      (
        "log: { levels: [web=loud] }",
        "tandem.yaml:1: log.levels must hold a subsystem and its level, such as web=debug, holds \"web=loud\""
      ),
    ])
  func inTheFile(yaml: String, message: String) throws {
    let found = try problems(yaml)
    #expect(found.first == message)
  }

  @Test(
    "YAML that is broken or could do harm is refused with its line",
    arguments: [
      ("http:\n\tport: 1", "tandem.yaml:2: is indented with a tab; YAML takes only spaces"),
      ("http: {", "tandem.yaml:2: is not valid YAML: did not find expected node content"),
      ("a: &x 1\nb: *x", "tandem.yaml:1: uses a YAML anchor (&name), which a configuration must not"),
      ("a: *x", "tandem.yaml:1: uses a YAML alias (*name), which a configuration must not"),
      ("\nhttp: !!map {}", "tandem.yaml:2: uses a YAML tag (!name), which a configuration must not"),
      ("http: {}\n---\nhttp: {}", "tandem.yaml:2: has a second document; a configuration is one"),
      ("- http", "tandem.yaml:1: must hold sections such as `http:`"),
      ("{ [a]: b }", "tandem.yaml:1: has a list or a mapping where a key's name belongs"),
      ("a: [[[[[[[[[1]]]]]]]]]", "tandem.yaml:1: is nested deeper than any setting is"),
    ])
  func brokenYAML(yaml: String, message: String) throws {
    #expect(try problems(yaml) == [message])
  }

  @Test("a file that is missing, too large or no text says so")
  func files() throws {
    #expect(
      throws: ConfigurationError([
        .init(place: "", message: "cannot read /nowhere.yaml: No such file or directory")
      ])
    ) {
      try ConfigurationLoader.load(file: "/nowhere.yaml", environment: [:], flags: [], dev: false)
    }
    #expect(throws: ConfigurationError([.init(place: "", message: "cannot read /tmp: Is a directory")])) {
      try ConfigurationLoader.load(file: "/tmp", environment: [:], flags: [], dev: false)
    }
    let comment = [UInt8](repeating: UInt8(ascii: "#"), count: 1 << 20)
    #expect(try problems(bytes: comment).isEmpty)
    #expect(
      try problems(bytes: comment + comment)
        == ["tandem.yaml:1: is too large for a configuration: 1MiB at most"])
    #expect(
      try problems(bytes: Array("a: 1\nb: ".utf8) + [0xFF, 0xFE]) == ["tandem.yaml:2: is not UTF-8 text"])
  }

  @Test("errors in variables and flags name them")
  func variablesAndFlags() throws {
    #expect(
      try problems(
        environment: ["TANDEM_HTTP_PROT": "1", "TANDEM_HTTP_PORT": "x", "TANDEM_ACCESS_KEYS": "alone"],
        flags: [
          "--htpp-port", "1", "--http-port", "--rooms-lobby=maybe", "stray", "--log-level", "loud",
          "--node-id", "a",
          "--node-id=b",
        ]) == [
          "TANDEM_ACCESS_KEYS: access.keys must hold id:secret or id:@file, separated by commas",
          "TANDEM_HTTP_PORT: http.port must be a whole number from 0 to 65535, is \"x\"",
          "TANDEM_HTTP_PROT: there is no such setting; did you mean TANDEM_HTTP_PORT?",
          "--htpp-port: there is no such flag; did you mean --http-port?",
          "--http-port: needs a value: --http-port NUMBER",
          "\"stray\" is no flag",
          "--node-id: is given twice",
          "--rooms-lobby: rooms.lobby must be true or false, is \"maybe\"",
          "--log-level: log.level must be debug, info, warning or error, is \"loud\"",
        ])
  }

  @Test(
    "values that do not fit together are refused where they were set",
    arguments: [
      ("http: { tls: { certificate: a } }", "tandem.yaml:1: http.tls.certificate needs http.tls.key as well"),
      (
        "http: { proxyProtocol: true }",
        "tandem.yaml:1: http.proxyProtocol needs http.trustedProxies: whose headers are to be believed"
      ),
      (
        "turn: { urls: [turn:x] }",
        "tandem.yaml:1: turn.urls needs turn.secret or turn.secretFile, the secret of the TURN servers"
      ),
      ("media: { port: 65535, workers: 2 }", "tandem.yaml:1: media.port leaves no ports for 2 workers"),
      (
        "access: { keys: [{ id: devkey, secret: devsecret }] }",
        "tandem.yaml:1: access.keys holds the secret of --dev, which everybody knows; make another one"
      ),
    ])
  func consistency(yaml: String, message: String) throws {
    #expect(try problems(yaml) == [message])
  }

  @Test("all problems come at once, but no more than anybody reads")
  func many() throws {
    #expect(try problems("http:\n  port: x\n  prot: 1\nlog: { level: 7 }").count == 3)
    let lines = (0..<500).map { "key\($0): 1" }.joined(separator: "\n")
    #expect(try problems(lines).count == 50)
  }

  @Test("a wrong secret is never repeated in an error")
  func secretsStayOut() throws {
    let found = try problems(
      "turn: { secret: \"hush\\u0001\" }\naccess: { keys: [{ id: a, secret: [hush] }] }",
      environment: ["TANDEM_ACCESS_KEYS": "hush"])
    #expect(found.count == 3)
    #expect(found.allSatisfy { !$0.contains("hush") })
  }
}
