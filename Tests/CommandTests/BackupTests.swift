// Backup and restore, on real data directories.

import Commands
import Control
import Store
import Testing
import Values

@Suite("Backup and restore") struct BackupTests {
  let scratch: Scratch
  var path: String { scratch.path }

  init() throws {
    Control.runInBackground()
    scratch = try Scratch()
  }

  @Control func run(_ words: String...) async -> (code: Int32, output: String, errors: String) {
    let collected = Collected()
    let code = await Program.run(words, environment: [:], console: collected.console)
    return (code, collected.output, collected.errors)
  }

  @Test("what was backed up is there again after a restore, the keys with it")
  @Control func roundTrip() async throws {
    let (data, backup, other) = ("\(path)/data", "\(path)/backup", "\(path)/other")
    #expect(await run("key", "create", "--offline", "--quiet", "--data-directory", data).code == 0)
    let master = TestFiles.shell("sha256sum < \(data)/master.key").text
    #expect(await run("backup", backup, "--data-directory", data).code == 0)
    #expect(await run("restore", "--verify", backup).code == 0)
    #expect(await run("restore", backup, "--data-directory", other).code == 0)
    #expect(TestFiles.shell("sha256sum < \(other)/master.key").text == master)
    let store = try await SQLiteStore.open(directory: other)
    let keys = try await store.read { connection throws(StoreFailure) in
      try connection.query("select count(*) from api_keys").first?.integer(0)
    }
    await store.close()
    #expect(keys == 1)
  }

  @Test("a backup is made while a server has the directory, and has what was committed by then")
  @Control func whileRunning() async throws {
    let (data, backup) = ("\(path)/data", "\(path)/backup")
    let store = try await SQLiteStore.open(directory: data)
    try await store.write(.disk) { connection throws(StoreFailure) in
      _ = try connection.execute(
        "insert into revocations (identity, room, not_before_seconds, until_seconds) values ($1, $2, 1, 2)",
        .text("ana"), .text("algebra"))
    }
    #expect(await run("backup", backup, "--data-directory", data).code == 0)
    let offline = await run("key", "create", "--offline", "--data-directory", data)
    #expect(offline.code == 1 && offline.errors.contains("in use by process"))
    let restored = await run("restore", backup, "--data-directory", data, "--force")
    #expect(restored.code == 1 && restored.errors.contains("in use by process"))
    await store.close()
    #expect(TestFiles.shell("sqlite3 \(backup)/tandem.db 'select identity from revocations'").text == "ana\n")
  }

  @Test("a restore leaves a directory that isn't empty alone, and with --force moves its content aside")
  @Control func force() async throws {
    let (data, backup) = ("\(path)/data", "\(path)/backup")
    #expect(await run("key", "create", "--offline", "--data-directory", data).code == 0)
    #expect(await run("backup", backup, "--data-directory", data).code == 0)
    try TestFiles.write("mine", to: "\(data)/note")
    let refused = await run("restore", backup, "--data-directory", data)
    #expect(refused.code == 1 && refused.errors.contains("is not empty"))
    #expect(await run("restore", backup, "--data-directory", data, "--force").code == 0)
    #expect(!TestFiles.exists("\(data)/note"))
    #expect(TestFiles.shell("cat \(data)/replaced-*/note").text == "mine")
    #expect(await run("backup", "\(path)/second", "--data-directory", data).code == 0)
    #expect(TestFiles.shell("ls \(path)/second").text == "manifest.json\nmaster.key\ntandem.db\n")
  }

  @Test(
    "a damaged backup is found before anything is touched",
    arguments: [
      "echo x >> B/tandem.db", "printf '\\001' | dd of=B/tandem.db bs=1 seek=5000 conv=notrunc",
      "rm B/master.key",
      "truncate -s 3 B/master.key", "rm B/manifest.json", "echo { > B/manifest.json",
      "sed -i 's#master.key#../master.key#' B/manifest.json",
      "sed -i 's#master.key#/etc/passwd#' B/manifest.json",
      "sed -i 's#\"format\": 1#\"format\": 2#' B/manifest.json",
    ])
  @Control func damaged(how: String) async throws {
    let (data, backup, other) = ("\(path)/data", "\(path)/backup", "\(path)/other")
    #expect(await run("key", "create", "--offline", "--data-directory", data).code == 0)
    #expect(await run("backup", backup, "--data-directory", data).code == 0)
    #expect(TestFiles.shell(how.replacing("B/", with: "\(backup)/")).code == 0)
    #expect(await run("restore", "--verify", backup).code == 1)
    #expect(await run("restore", backup, "--data-directory", other).code == 1)
    #expect(!TestFiles.exists(other))
  }

  @Test("a backup goes into a directory of its own, and a directory that isn't there has none")
  @Control func targets() async throws {
    let data = "\(path)/data"
    #expect(await run("backup", "\(path)/backup", "--data-directory", data).code == 1)
    #expect(await run("key", "create", "--offline", "--data-directory", data).code == 0)
    try TestFiles.write("x", to: "\(path)/file")
    #expect(await run("backup", path, "--data-directory", data).code == 1)
    #expect(await run("backup", "\(path)/file", "--data-directory", data).code == 1)
  }

  @Test("doctor looks at a data directory and changes nothing in it")
  @Control func doctor() async throws {
    let data = "\(path)/data"
    #expect(await run("key", "create", "--offline", "--data-directory", data).code == 0)
    let before = TestFiles.shell("cd \(data) && sha256sum tandem.db master.key").text
    let collected = Collected()
    let code = await collected.run(
      "doctor", "--json",
      environment: ["TANDEM_DATA_DIRECTORY": data, "TANDEM_HTTP_PORT": "0", "TANDEM_MEDIA_PORT": "0"])
    #expect(code == 0)
    let checks = try #require(try JSON(parsing: collected.output)["checks"]?.array)
    #expect(checks.contains { $0["check"] == "database" && $0["state"] == "ok" })
    #expect(TestFiles.shell("cd \(data) && sha256sum tandem.db master.key").text == before)
    _ = TestFiles.shell("printf garbage-garbage-garbage > \(data)/tandem.db")
    #expect(await collected.run("doctor", environment: ["TANDEM_DATA_DIRECTORY": data]) == 1)
    #expect(collected.output.contains("fail  database"))
  }
}
