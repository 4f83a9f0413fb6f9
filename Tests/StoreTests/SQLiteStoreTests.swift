// The store on a real SQLite file: what is committed, what readers see, what a failure leaves behind.

import Control
import Glibc
import Synchronization
import Testing
import Values

@testable import Store

@Suite("The store", .timeLimit(.minutes(1))) struct SQLiteStoreTests {
  private let scratch = Scratch()

  init() { Control.runInBackground() }

  private func open(fault: (@Sendable (Int) -> Bool)? = nil) async throws -> SQLiteStore {
    let store = try await SQLiteStore.open(directory: scratch.path + "/data", fault: fault)
    try await store.write(.process) { connection throws(StoreFailure) in
      try connection.execute("create table if not exists notes (id integer primary key, text text)")
    }
    return store
  }

  @Test("many writers at once all get their own answer, and one's failure is nobody else's")
  func groups() async throws {
    let store = try await open()
    await withTaskGroup(of: Void.self) { group in
      for number in 0..<2_000 {
        group.addTask {
          do throws(StoreFailure) {
            let written = try await store.write(number % 7 == 0 ? .disk : .process) {
              connection throws(StoreFailure) in
              try connection.execute(
                "insert into notes (id, text) values ($1, $2)", .integer(Int64(number)), .text("one"))
              if number % 10 == 3 { throw .conflict("not this one") }
              return number
            }
            #expect(written == number && number % 10 != 3)
          } catch {
            #expect(error == .conflict("not this one") && number % 10 == 3)
          }
        }
      }
    }
    #expect(try await store.number("select count(*) from notes") == 1_800)
    #expect(try await store.number("select count(*) from notes where id % 10 = 3") == 0)
    #expect(store.health == nil)
    await store.close()
  }

  @Test("writes are kept in the order in which they were asked for")
  @Control func order() async throws {
    let store = try await open()
    for number in 0..<1_000 {
      store.enqueue(.process) { connection throws(StoreFailure) in
        try connection.execute("insert into notes (text) values ($1)", .text(String(number)))
      }
    }
    try await store.write(.process) { _ in }
    #expect(
      try await store.number("select count(*) from notes where id = cast(text as integer) + 1") == 1_000)
    await store.close()
  }

  @Test("a placeholder takes the value of its number wherever it stands")
  func placeholders() async throws {
    let store = try await open()
    let row = try await store.read { connection throws(StoreFailure) in
      try connection.query(
        "select $3, $1, $2, $1, $4, $5", "one", 2, .bytes([]), .text("a\0b"), .real(0.5)
      ).first
    }
    #expect(row?.values == [.bytes([]), "one", 2, "one", "a\0b", .real(0.5)])
    await store.close()
  }

  @Test("a second server on the same directory is refused and told who is there")
  func locked() async throws {
    let store = try await open()
    let directory = scratch.path + "/data"
    await #expect(
      throws: StoreFailure.unavailable(
        "the data directory \(directory) is in use by process \(getpid()): stop that server first, or set "
          + "data.directory to another")
    ) { try await SQLiteStore.open(directory: directory) }
    await store.close()
    let next = try await SQLiteStore.open(directory: directory)
    await next.close()
  }

  @Test("a closed store says so, and what was queued before is kept")
  func closes() async throws {
    let store = try await open()
    for _ in 0..<5_000 {
      store.enqueue(.process) { connection throws(StoreFailure) in
        try connection.execute("insert into notes (text) values ('kept')")
      }
    }
    await store.close()
    await #expect(throws: StoreFailure.unavailable("the store is closed")) {
      try await store.write(.disk) { _ in }
    }
    await #expect(throws: StoreFailure.unavailable("the store is closed")) {
      try await store.number("select 1")
    }
    #expect(access(scratch.path + "/data/tandem.db-wal", F_OK) != 0, "a clean stop leaves no log behind")
    let next = try await open()
    #expect(try await next.number("select count(*) from notes") == 5_000)
    await next.close()
  }

  @Test("a write that takes a taken id is a conflict, a wrong statement never stops the store")
  func failures() async throws {
    let store = try await open()
    try await store.write(.process) { connection throws(StoreFailure) in
      try connection.execute("insert into notes (id) values (1)")
    }
    await #expect {
      try await store.write(.process) { connection throws(StoreFailure) in
        try connection.execute("insert into notes (id) values (1)")
      }
    } throws: { if case StoreFailure.conflict = $0 { true } else { false } }
    store.enqueue(.process) { connection throws(StoreFailure) in
      try connection.execute("insert into notes (id) values (1)")
    }
    try await store.write(.process) { _ in }
    #expect(store.health?.hasPrefix("a write was lost: UNIQUE constraint failed") == true)
    await #expect(throws: StoreFailure.self) { try await store.number("select nonsense from nowhere") }
    // Readers can't write.
    await #expect(throws: StoreFailure.self) { try await store.number("delete from notes returning 1") }
    #expect(try await store.number("select count(*) from notes") == 1)
    await store.close()
  }

  @Test("a read that never ends is stopped, and others go on meanwhile")
  func endlessRead() async throws {
    let store = try await open()
    let connection = try SQLiteConnection(path: scratch.path + "/data/tandem.db")
    connection.stopStatements(at: .now + .milliseconds(50))
    #expect(throws: StoreFailure.unavailable("the read took longer than 10 s and was stopped")) {
      try connection.query(
        "with recursive n(i) as (select 1 union all select i + 1 from n) select count(*) from n", [])
    }
    #expect(try await store.number("select 7") == 7)
    await store.close()
  }

  @Test("observers hear of a commit once, and only of commits in which something was announced")
  func observers() async throws {
    let store = try await open()
    let heard = Mutex(0)
    store.observe(.events) { heard.withLock { $0 += 1 } }
    try await store.write(.process) { connection throws(StoreFailure) in
      connection.announce(.events)
      connection.announce(.events)
    }
    try await store.write(.process) { _ in }
    await store.close()
    #expect(heard.withLock { $0 } == 1)
  }

  @Test("a backup made while writing is whole and opens as a store")
  func backup() async throws {
    let store = try await open()
    let writing = Task {
      for number in 0..<500 {
        try await store.write(.process) { connection throws(StoreFailure) in
          try connection.execute("insert into notes (id) values ($1)", .integer(Int64(2 * number)))
          try connection.execute("insert into notes (id) values ($1)", .integer(Int64(2 * number + 1)))
        }
      }
    }
    let copy = scratch.path + "/copy"
    mkdir(copy, 0o700)
    try await Task.sleep(for: .milliseconds(20))
    try await store.backup(to: copy + "/tandem.db")
    try await writing.value
    await #expect(throws: StoreFailure.self) { try await store.backup(to: copy + "/tandem.db") }
    await store.close()
    let restored = try await SQLiteStore.open(directory: copy)
    let count = try await restored.number("select count(*) from notes")
    #expect(count.map { $0 > 0 && $0 % 2 == 0 } == true)
    await restored.close()
  }
}
