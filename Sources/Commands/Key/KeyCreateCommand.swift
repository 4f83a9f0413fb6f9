// `tandem key create`: by the server, or straight into the data directory while no server runs.

import Access
import Control
import Library
import Glibc
import Store
import Values
import Web

enum KeyCreateCommand {
  private static let note = Option("note", value: "TEXT", "what it is for, to know it again")
  private static let offline = Option(
    flag: "offline", "write it into the data directory; no server may be running there")
  private static let quiet = Option(
    flag: "quiet", short: "q", "print id and secret alone, with a colon between")

  static let command: Command = Command(
    "create", summary: "make an API key; its secret is shown this once",
    description: """
      The first key has to be made with --offline, because a server without a key does not start and, without a
      key, nobody could ask it.
      """,
    options: [note, offline, quiet, .json, DataFolder.option] + ServerAccess.options,
    examples: [
      Example(
        "tandem key create --offline --config /etc/tandem/tandem.yaml", "make the first key of a server"),
      Example("tandem key create --note 'booking service'", "make another one, while the server runs"),
    ]
  ) { invocation, console throws(CommandFailure) in
    let (id, secret) =
      invocation.isSet(offline) ? try await makeOffline(invocation) : try await ask(invocation)
    if invocation.isSet(.json) {
      console.print(["id": .string(id), "secret": .string(secret)] as JSON)
    } else if invocation.isSet(quiet) {
      console.print("\(id):\(secret)")
    } else {
      console.print("export TANDEM_API_KEY=\(id)")
      console.print("export TANDEM_API_SECRET=\(secret)")
      console.remark("Keep the secret safe: it is not shown again.")
    }
  }

  @Control private static func ask(
    _ invocation: Invocation
  ) async throws(CommandFailure) -> (String, String) {
    if invocation.isSet(DataFolder.option) { throw .usage("--data-directory is for --offline") }
    let body: JSON = invocation.value(note).map { ["note": .string($0)] } ?? [:]
    let key = try await APIClient(invocation).send(.post, ["v1", "keys"], body: body)
    guard let id = key["id"]?.string, let secret = key["secret"]?.string else {
      throw .failed("the server answered without a key")
    }
    return (id, secret)
  }

  @Control private static func makeOffline(
    _ invocation: Invocation
  ) async throws(CommandFailure) -> (String, String) {
    let (directory, keyPath) = try DataFolder.resolveWithKey(invocation)
    do throws(StoreFailure) {
      DataFolder.becomeOwner(of: directory)
      let store = try await SQLiteStore.open(directory: directory)
      do throws(StoreFailure) {
        let key = try await make(in: store, keyPath, note: invocation.value(note))
        await store.close()
        return key
      } catch {
        await store.close()
        throw error
      }
    } catch {
      throw .failed(error.message)
    }
  }

  @Control private static func make(
    in store: SQLiteStore, _ keyPath: String, note: String?
  ) async throws(StoreFailure) -> (String, String) {
    let master = try await MasterKeys.settle(store, keyPath)
    let keys = KeyRing(store: store, configured: [], masterKey: master)
    try await keys.load()
    let (id, secret) = try await keys.create(note: note, by: AdminToken.subject, at: .now)
    try await Audit(store: store).recordDurably(
      actor: AdminToken.subject, action: "key.create", target: id, detail: ["offline": true], at: .now)
    return (id, secret)
  }
}
