// The audit log: complete, in order, and nobody can change it without being noticed.

import Access
import Control
import Store
import Testing
import Values

@Suite("The audit log", .timeLimit(.minutes(1))) struct AuditTests {
  init() { Control.runInBackground() }

  @Control private func fill(_ store: SQLiteStore, _ count: Int) async throws -> Audit {
    let audit = Audit(store: store)
    for number in 0..<count - 1 {
      audit.record(
        actor: "ana", action: "room.close", target: "r\(number)", detail: ["n": .integer(Int64(number))],
        address: number % 2 == 0 ? "192.0.2.7" : nil, at: noon + .seconds(number))
    }
    // Durable, and after all the others: what it waits for are they.
    try await audit.recordDurably(actor: "system", action: "last", target: "", at: noon)
    return audit
  }

  /// Changes the table behind the program's back, as whoever has the file could.
  private func tamper(_ store: SQLiteStore, _ sql: String) async throws {
    try await store.write(.process) { connection throws(StoreFailure) in
      try connection.execute("drop trigger if exists audit_no_update")
      try connection.execute("drop trigger if exists audit_no_delete")
      try connection.execute(sql)
    }
  }

  @Test("every act is there, in order, a page at a time")
  @Control func pages() async throws {
    try await withStore { store in
      let audit = try await fill(store, 25)
      var entries: [AuditEntry] = []
      while true {
        let page = try await audit.page(after: entries.last?.id, limit: 10)
        #expect(page.count <= 10)
        if page.isEmpty { break }
        entries += page
      }
      #expect(entries.map(\.target) == (0..<24).map { "r\($0)" } + [""])
      #expect(entries[3].actor == "ana" && entries[3].action == "room.close" && entries[3].detail == ["n": 3])
      #expect(entries[3].at == noon + .seconds(3) && entries[3].address == nil)
      #expect(entries[4].address == "192.0.2.7")
    }
  }

  @Test("an untouched log is intact, also over a restart, and an empty one is")
  @Control func intact() async throws {
    let scratch = Scratch()
    var head: [UInt8] = []
    try await withStore(in: scratch) { store in
      #expect(
        try await Audit(store: store).verifyChain()
          == .intact(entries: 0, head: [UInt8](repeating: 0, count: 32)))
      let audit = try await fill(store, 1_100)
      guard case .intact(1_100, let found) = try await audit.verifyChain() else {
        Issue.record("not intact")
        return
      }
      head = found
    }
    try await withStore(in: scratch) { store in
      let audit = Audit(store: store)
      #expect(try await audit.verifyChain() == .intact(entries: 1_100, head: head))
      try await audit.recordDurably(actor: "ana", action: "again", target: "", at: noon)
      guard case .intact(1_101, let next) = try await audit.verifyChain() else {
        Issue.record("not intact")
        return
      }
      #expect(next != head)
    }
  }

  @Test(
    "whatever is changed, moved or dropped in the middle is found",
    arguments: [
      ("update audit set actor = 'eve' where id = 7", 7, "its content is not what was written"),
      ("update audit set detail = '{\"n\":9}' where id = 7", 7, "its content is not what was written"),
      ("update audit set at = at + 1 where id = 7", 7, "its content is not what was written"),
      ("update audit set address = null where id = 7", 7, "its content is not what was written"),
      ("delete from audit where id = 7", 8, "it does not continue the row before it"),
      ("delete from audit where id < 7", 7, "it does not continue the row before it"),
      ("update audit set id = id + 1000 where id = 7", 8, "it does not continue the row before it"),
      ("update audit set hash = previous where id = 7", 7, "its content is not what was written"),
    ])
  @Control func tampering(sql: String, id: Int64, problem: String) async throws {
    try await withStore { store in
      let audit = try await fill(store, 20)
      try await tamper(store, sql)
      #expect(try await audit.verifyChain() == .broken(id: id, problem: problem))
    }
  }

  @Test("the store itself refuses to change or delete an entry")
  @Control func appendOnly() async throws {
    try await withStore { store in
      let audit = try await fill(store, 3)
      for sql in ["update audit set actor = 'eve'", "delete from audit"] {
        await #expect(throws: StoreFailure.self) {
          try await store.write(.process) { connection throws(StoreFailure) in try connection.execute(sql) }
        }
      }
      guard case .intact(3, _) = try await audit.verifyChain() else {
        Issue.record("not intact")
        return
      }
    }
  }

  @Test("what is too long is cut, and the act is kept all the same")
  @Control func bounds() async throws {
    try await withStore { store in
      let audit = Audit(store: store)
      let long = String(repeating: "x", count: 20_000)
      try await audit.recordDurably(
        actor: long, action: "a", target: "t", detail: ["text": .string(long)], at: noon)
      let entry = try #require(try await audit.page(after: nil, limit: 1).first)
      #expect(entry.actor.count == 512 && entry.detail == ["tooLong": true])
    }
  }
}
