// Where values come from, and which source goes before which.

import Configuration
import Testing

@Suite("Sources of settings")
struct PrecedenceTests {
  @Test("without any source the defaults of the contract hold")
  func defaults() throws {
    let loaded = try load()
    #expect(loaded.settings.http.port == 7080)
    #expect(loaded.settings.http.address == "0.0.0.0")
    #expect(loaded.settings.media.port == 7081)
    #expect(loaded.settings.access.keys.isEmpty)
    #expect(loaded.settings.sessions.resumeWindow == .seconds(60))
    #expect(!loaded.settings.node.id.isEmpty)
    #expect(loaded.origins.isEmpty)
    #expect(loaded.file == nil)
  }

  @Test("a flag goes before a variable, a variable before the file, the file before the default")
  func precedence() throws {
    let yaml = "http:\n  port: 1001\nrooms:\n  maxRooms: 7\n  lobby: true\n"
    let environment = ["TANDEM_HTTP_PORT": "1002", "TANDEM_ROOMS_MAX_ROOMS": "8", "HOME": "/root"]
    let loaded = try load(yaml, environment: environment, flags: ["--http-port", "1003"])
    #expect(loaded.settings.http.port == 1003)
    #expect(loaded.settings.rooms.maxRooms == 8)
    #expect(loaded.settings.rooms.lobby)
    #expect(loaded.origin(of: "http.port").description == "--http-port")
    #expect(loaded.origin(of: "rooms.maxRooms").description == "TANDEM_ROOMS_MAX_ROOMS")
    #expect(loaded.origin(of: "rooms.lobby") == .file(path: try #require(loaded.file), line: 5))
    #expect(loaded.origin(of: "log.level").description == "default")
  }

  @Test("--dev binds to this machine, whatever the file says, but yields to variables and flags")
  func dev() throws {
    let yaml = "http: { address: 0.0.0.0 }\naccess:\n  keys: [{ id: mine, secret: of-my-own }]\n"
    let loaded = try load(yaml, environment: ["TANDEM_LOG_FORMAT": "json"], dev: true)
    #expect(loaded.settings.http.address == "127.0.0.1")
    #expect(loaded.settings.data.directory == "./data/dev")
    #expect(loaded.settings.log.format == .json)
    #expect(
      loaded.settings.access.keys == [
        Settings.APIKey(id: "mine", secret: Secret("of-my-own")),
        Settings.APIKey(id: "devkey", secret: Secret("devsecret")),
      ])
    #expect(loaded.warnings.isEmpty)
    let open = try load(flags: ["--http-address=::"], dev: true)
    #expect(
      open.warnings == ["--dev listens on ::: whoever reaches it may do everything with the key devkey"])
  }

  @Test("the file may be named by TANDEM_CONFIG")
  func fileFromEnvironment() throws {
    let file = try TemporaryFile("drain: { deadline: 1h30m }")
    let loaded = try ConfigurationLoader.load(
      file: nil, environment: ["TANDEM_CONFIG": file.path], flags: [], dev: false)
    #expect(loaded.settings.drain.deadline == .seconds(5400))
    #expect(loaded.file == file.path)
  }

  @Test("all kinds of values are read from all sources")
  func kinds() throws {
    let yaml = """
      http:
        tls: { certificate: /c.pem, key: "/k.pem" }
        corsOrigins: [ "https://a.example", "*" ]
        maxBodyBytes: 256KiB
      rooms: { recording: off, emptyTimeout: 90s }
      sessions:
      access:
        keys:
          - id: one
            secret: "first secret"
      webhooks:
        endpoints:
          - url: https://app.example/hook
            secret: s
            events: [room.closed, participant.*]
      """
    let settings = try load(
      yaml,
      environment: [
        "TANDEM_HTTP_TRUSTED_PROXIES": "10.0.0.0/8, ::1", "TANDEM_LOG_LEVELS": "web=debug,store=error",
        "TANDEM_NODE_REGION": "",
      ],
      flags: [
        "--turn-urls", "turn:a.example", "--turn-secret=x", "--turn-urls=turns:b.example:5349",
        "--rooms-lobby",
      ]
    ).settings
    #expect(
      settings.http.tls
        == {
          var tls = Settings.TLS(); tls.certificate = "/c.pem"; tls.key = "/k.pem"; return tls
        }())
    #expect(settings.http.corsOrigins == ["https://a.example", "*"])
    #expect(settings.http.maxBodyBytes == 256 << 10)
    #expect(settings.rooms.recording == .off)
    #expect(settings.rooms.emptyTimeout == .seconds(90))
    #expect(settings.rooms.lobby)
    #expect(settings.access.keys == [Settings.APIKey(id: "one", secret: Secret("first secret"))])
    #expect(settings.webhooks.endpoints.map(\.events) == [["room.closed", "participant.*"]])
    #expect(settings.http.trustedProxies == ["10.0.0.0/8", "::1"])
    #expect(settings.log.levelOfSubsystem == ["web": .debug, "store": .error])
    #expect(settings.turn.urls == ["turn:a.example", "turns:b.example:5349"])
    #expect(try load(flags: ["--rooms-lobby=false"]).settings.rooms.lobby == false)
    let records = try load(
      environment: [
        "TANDEM_ACCESS_KEYS": "a:one:two, b:three",
        "TANDEM_WEBHOOKS_ENDPOINTS": "http://x/ s room.closed *,https://y/z t",
      ]
    ).settings
    #expect(records.access.keys.map(\.id) == ["a", "b"])
    #expect(records.access.keys.map(\.secret.value) == ["one:two", "three"])
    #expect(records.webhooks.endpoints.map(\.url) == ["http://x/", "https://y/z"])
    #expect(records.webhooks.endpoints.map(\.events) == [["room.closed", "*"], []])
  }

  @Test("a secret comes from a file's first line, and a stronger source's secret replaces it")
  func secretFiles() throws {
    let secret = try TemporaryFile("from a file\nsecond line\n")
    let yaml = """
      turn: { secretFile: \(secret.path) }
      access: { keys: [{ id: k, secretFile: \(secret.path) }] }
      """
    let loaded = try load(yaml)
    #expect(loaded.settings.turn.secret.value == "from a file")
    #expect(loaded.settings.access.keys.first?.secret.value == "from a file")
    #expect(loaded.origin(of: "turn.secret") == loaded.origin(of: "turn.secretFile"))
    let replaced = try load("turn: { secretFile: /nowhere }", environment: ["TANDEM_TURN_SECRET": "direct"])
    #expect(replaced.settings.turn.secret.value == "direct")
    #expect(replaced.settings.turn.secretFile.isEmpty)
    let flag = try load(environment: ["TANDEM_ACCESS_KEYS": "k:@\(secret.path)"])
    #expect(flag.settings.access.keys.first?.secret.value == "from a file")
  }

  @Test("what Kubernetes and the command line put into the environment is no setting")
  func foreignVariables() throws {
    _ = try load(environment: [
      "TANDEM_PORT": "tcp://10.0.0.1:7080", "TANDEM_PORT_7080_TCP_ADDR": "10.0.0.1",
      "TANDEM_SERVICE_HOST": "10.0.0.1", "TANDEM_SERVICE_PORT_HTTP": "7080", "TANDEM_PORT_7080_TCP": "x",
      "TANDEM_URL": "http://x", "TANDEM_API_KEY": "a", "TANDEM_API_SECRET": "b",
    ])
  }

  @Test("secrets never show: not when printed, not in a dump, not among differences")
  func masking() throws {
    let before = try load(environment: ["TANDEM_ACCESS_KEYS": "k:hush-hush"])
    let after = try load(environment: ["TANDEM_ACCESS_KEYS": "k:other-secret", "TANDEM_HTTP_PORT": "1"])
    #expect(before.rows.first { $0.key.name == "access.keys" }?.value == "k:********")
    var dumped = ""
    dump(before, to: &dumped)
    #expect(!"\(before) \(dumped)".contains("hush"))
    #expect(
      after.settings.differences(from: before.settings) == [
        Difference(key: "http.port", old: "7080", new: "1", needsRestart: true),
        Difference(key: "access.keys", old: "k:********", new: "k:********", needsRestart: false),
      ])
  }

  @Test("a server without any key does not start; one key in the store is enough")
  func keys() throws {
    let loaded = try load()
    #expect(
      loaded.refusal(storedKeys: 0)?.description
        == "access.keys is empty, and the store holds no key either: make one with `tandem key create --offline`, "
        + "or start with --dev to try things out")
    #expect(loaded.refusal(storedKeys: 1) == nil)
    #expect(try load(dev: true).refusal(storedKeys: 0) == nil)
  }

  @Test(
    "quantities are read and written",
    arguments: [
      ("0", 0, "0"), ("250ms", 250, "250ms"), ("60s", 60_000, "1m"), ("1h30m", 5_400_000, "90m"),
      ("7d", 604_800_000, "7d"), ("1500ms", 1500, "1500ms"),
    ])
  func durations(text: String, milliseconds: Int64, written: String) {
    #expect(Quantity.duration(text) == .milliseconds(milliseconds))
    #expect(Quantity.text(.milliseconds(milliseconds)) == written)
  }

  @Test(
    "what is no quantity is refused",
    arguments: ["", "s", "5", "5 s", "-5s", "5x", "1.5h", "99999999999999999999s", "9999999999999999d", "٣s"])
  func noDurations(text: String) {
    #expect(Quantity.duration(text) == nil)
    #expect(Quantity.bytes(text + "Q") == nil)
  }
}
