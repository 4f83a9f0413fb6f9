// API keys over restarts and revocations, and that their secrets are nowhere to be read.

import Access
import Control
import Crypto
import Store
import Testing
import Values

@Suite("API keys", .timeLimit(.minutes(1))) struct KeyRingTests {
  init() { Control.runInBackground() }

  @Test("a key made today is believed after a restart, and its secret is nowhere in the store")
  @Control func restart() async throws {
    let scratch = Scratch()
    var made = (id: "", secret: "")
    try await withStore(in: scratch) { store in
      let ring = KeyRing(store: store, configured: [], masterKey: masterKey)
      #expect(ring.isEmpty)
      made = try await ring.create(note: "billing", by: "key:devkey", at: noon)
      #expect(made.id.hasPrefix("k_") && made.secret.utf8.count == 43 && !ring.isEmpty)
      let row = try #require(
        try await store.read { connection throws(StoreFailure) in
          try APIKeyRow.page(limit: 10, connection).first
        })
      #expect(row.sealedSecret.count == 43 + 12 + 16)
      #expect(!String(decoding: row.sealedSecret, as: UTF8.self).contains(made.secret.prefix(6)))
    }
    try await withStore(in: scratch) { store in
      let ring = KeyRing(store: store, configured: [key("devkey", "devsecret")], masterKey: masterKey)
      try await ring.load()
      #expect(ring.secret(for: made.id) == Array(made.secret.utf8))
      #expect(ring.secret(for: "devkey") == Array("devsecret".utf8))
      #expect(ring.secret(for: "other") == nil)
      let list = ring.list()
      #expect(list.map(\.id) == ["devkey", made.id] && list.map(\.source) == [.configuration, .store])
      #expect(list[1].note == "billing" && list[1].createdBy == "key:devkey" && list[1].createdAt == noon)
      #expect(ring.mintingKeyID == "devkey")
    }
  }

  @Test("a revoked key is believed no more, now or after a restart, and its sealed secret is gone")
  @Control func revoked() async throws {
    let scratch = Scratch()
    var id = ""
    try await withStore(in: scratch) { store in
      let ring = KeyRing(store: store, configured: [key("devkey", "devsecret")], masterKey: masterKey)
      id = try await ring.create(note: nil, by: "ana", at: noon).id
      #expect(try await ring.revoke(id, at: noon))
      #expect(ring.secret(for: id) == nil && ring.list().last?.revokedAt == noon)
      #expect(try await !ring.revoke(id, at: noon))
      #expect(try await !ring.revoke("k_unknown", at: noon))
      // A key of the configuration is removed there.
      #expect(try await !ring.revoke("devkey", at: noon) && ring.secret(for: "devkey") != nil)
    }
    try await withStore(in: scratch) { store in
      let ring = KeyRing(store: store, configured: [], masterKey: masterKey)
      try await ring.load()
      #expect(ring.secret(for: id) == nil && ring.isEmpty && ring.list().map(\.id) == [id])
      let row = try await store.read { [id] connection throws(StoreFailure) in
        try APIKeyRow.find(id, connection)
      }
      #expect(row?.sealedSecret == [])
    }
  }

  @Test("another master key opens nothing, and the operator learns which file to put back")
  @Control func wrongMasterKey() async throws {
    let scratch = Scratch()
    var id = ""
    try await withStore(in: scratch) { store in
      id = try await KeyRing(store: store, configured: [], masterKey: masterKey)
        .create(note: nil, by: "ana", at: noon).id
    }
    try await withStore(in: scratch) { store in
      let ring = KeyRing(store: store, configured: [], masterKey: masterKey.map { $0 ^ 1 })
      await #expect(
        throws: StoreFailure.damaged(
          "the secret of API key \(id) does not open: master.key is not the file it was sealed with; "
            + "put the old file back, or revoke the key in the store")
      ) { try await ring.load() }
    }
  }

  @Test("a sealed secret that was moved to another key's row does not open")
  @Control func moved() async throws {
    try await withStore { store in
      let ring = KeyRing(store: store, configured: [], masterKey: masterKey)
      let (one, other) = (
        try await ring.create(note: nil, by: "ana", at: noon),
        try await ring.create(note: nil, by: "eve", at: noon)
      )
      try await store.write(.process) { connection throws(StoreFailure) in
        try connection.execute(
          """
          update api_keys set sealed_secret =
            (select sealed_secret from api_keys where id = $1) where id = $2
          """, .text(other.id), .text(one.id))
      }
      await #expect(throws: StoreFailure.self) { try await ring.load() }
    }
  }

  @Test("a reload of the configuration takes keys away and brings new ones")
  @Control func reload() async throws {
    try await withStore { store in
      let ring = KeyRing(store: store, configured: [key("a", "one")], masterKey: masterKey)
      ring.updateConfigured([key("b", "two"), key("empty", ""), key("", "nameless")])
      #expect(ring.secret(for: "a") == nil && ring.secret(for: "b") == Array("two".utf8))
      #expect(ring.list().map(\.id) == ["b"])
      ring.updateConfigured([])
      #expect(ring.isEmpty && ring.mintingKeyID == nil)
    }
  }

  @Test("a key whose revocation the disk refused is believed no more all the same, and can be revoked again")
  @Control func diskRefuses() async throws {
    let scratch = Scratch()
    var id = ""
    var ring: KeyRing?
    try await withStore(in: scratch) { store in
      let first = KeyRing(store: store, configured: [], masterKey: masterKey)
      id = try await first.create(note: nil, by: "ana", at: noon).id
      ring = first
    }
    // The store is closed by now: every write fails.
    let closed = try #require(ring)
    await #expect(throws: StoreFailure.self) { try await closed.revoke(id, at: noon) }
    #expect(closed.secret(for: id) == nil)
    await #expect(throws: StoreFailure.self) { try await closed.revoke(id, at: noon) }
  }
}
