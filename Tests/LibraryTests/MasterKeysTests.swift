// The master key: the right one, a wrong one, and another one in its place, with crashes in between.

import Access
import Control
import Crypto
import Engine
import Store
import Testing
import Values

@testable import Library

@Suite("The master key", .timeLimit(.minutes(1)))
struct MasterKeysTests {
  init() { Control.runInBackground() }

  @Control private static func house() async throws -> (studio: Studio, keyPath: String) {
    let path = "/tmp/tandem-keys-" + String(UInt64.random(in: .min ... .max), radix: 36)
    try TapeDisk.makeFolder(path)
    let keyPath = MasterKeyFile.path(directory: path)
    let key = try MasterKeyFile.make(keyPath)
    let studio = try await Studio(path: path, masterKey: key)
    _ = try await MasterKeys.settle(studio.store, keyPath)
    return (studio, keyPath)
  }

  @Test("another key in its place, and everything opens as before; the old one opens nothing")
  @Control func rotate() async throws {
    let (studio, keyPath) = try await Self.house()
    let old = try MasterKeyFile.load(keyPath)
    try await studio.record("r_1", of: ["ana", "ben"])
    let mix = try await studio.plain(.made("mix.opus"), of: "r_1")
    let signer = try await studio.library.publicKey()
    let ring = KeyRing(store: studio.store, configured: [], masterKey: old)
    let key = try await ring.create(note: nil, by: "test", at: .now)
    // The mark, the signing key, the recording, the API key.
    #expect(try await MasterKeys.rotate(studio.store, keyPath) == 4)
    let new = try await MasterKeys.settle(studio.store, keyPath)
    #expect(new != old && !MasterKeyFile.exists(MasterKeyFile.next(keyPath)))
    await studio.close(keeps: true)
    let next = try await Studio(path: studio.path, masterKey: new)
    #expect(try await next.plain(.made("mix.opus"), of: "r_1") == mix)
    #expect(try await next.library.publicKey() == signer)
    #expect(try await next.library.verify("r_1").isSound)
    let again = KeyRing(store: next.store, configured: [], masterKey: new)
    try await again.load()
    #expect(again.list().contains { $0.id == key.id })
    await next.close(keeps: true)
    let stale = try await Studio(path: studio.path, masterKey: old)
    await #expect(throws: Refusal.self) { _ = try await stale.plain(.made("mix.opus"), of: "r_1") }
    await stale.close()
  }

  @Test("a crash before the change keeps the old key, one after it finishes with the new")
  @Control func crashes() async throws {
    let (studio, keyPath) = try await Self.house()
    let old = try MasterKeyFile.load(keyPath)
    // The new key was written, the database not.
    _ = try MasterKeyFile.make(MasterKeyFile.next(keyPath))
    #expect(try await MasterKeys.settle(studio.store, keyPath) == old)
    #expect(!MasterKeyFile.exists(MasterKeyFile.next(keyPath)))
    // The database was written, the key's name not changed.
    _ = try await MasterKeys.rotate(studio.store, keyPath)
    let new = try MasterKeyFile.load(keyPath)
    try MasterKeyFile.replace(MasterKeyFile.next(keyPath), with: keyPath)
    let descriptor = try TapeDisk.open(keyPath, makes: true)
    try TapeDisk.writeWhole(keyPath, descriptor, old, at: 0)
    #expect(try await MasterKeys.settle(studio.store, keyPath) == new)
    await studio.close()
  }

  @Test("a key that is another's is refused, and nothing is made anew over it")
  @Control func wrong() async throws {
    let (studio, keyPath) = try await Self.house()
    let right = keyPath + ".right"
    try MasterKeyFile.replace(right, with: keyPath)
    await #expect(throws: StoreFailure.self) { _ = try await MasterKeys.settle(studio.store, keyPath) }
    #expect(!MasterKeyFile.exists(keyPath), "a lost key is not replaced by one that opens nothing")
    _ = try MasterKeyFile.make(keyPath)
    await #expect(throws: StoreFailure.self) { _ = try await MasterKeys.settle(studio.store, keyPath) }
    try MasterKeyFile.replace(keyPath, with: right)
    _ = try await MasterKeys.settle(studio.store, keyPath)
    await studio.close()
  }
}
