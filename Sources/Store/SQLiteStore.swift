// The store on SQLite: one file in the data directory, write-ahead logged, one thread that writes and two
// that read. Opening it takes the directory's lock, checks the file and brings its tables up to date.

import CSQLite
import Control
import Glibc
import Observe
import Synchronization
import Values

package final class SQLiteStore: Store {
  private static let log = Log("store")
  /// "TAND": marks the file as ours, for `file` and for us.
  static let applicationID: Int64 = 0x5441_4E44

  private let writer: SQLiteWriter
  private let readers = SQLiteReaders()
  private let condition = StoreHealth()
  private let lock: Mutex<DirectoryLock?>
  private let path: String

  package static func open(directory: String) async throws(StoreFailure) -> SQLiteStore {
    try await open(directory: directory, fault: nil)
  }

  /// `fault` and `migrations` are for tests: which statement of the writer fails, and older programs.
  static func open(
    directory: String, migrations: [Migration] = Migration.all, fault: (@Sendable (Int) -> Bool)?
  ) async throws(StoreFailure) -> SQLiteStore {
    try DirectoryLock.make(directory)
    let store = SQLiteStore(
      path: "\(directory)/\(fileName)", lock: try DirectoryLock(directory: directory))
    let path = store.path
    do throws(StoreFailure) {
      try await store.writer.open { () throws(StoreFailure) in
        try prepare(path: path, migrations: migrations, fault: fault)
      }
      try await store.readers.open(path: path)
    } catch {
      await store.close()
      throw error
    }
    return store
  }

  private init(path: String, lock: DirectoryLock) {
    self.path = path
    self.lock = Mutex(lock)
    writer = SQLiteWriter(health: condition)
  }

  package nonisolated(nonsending) func read<Result: Sendable>(
    _ body: @escaping @Sendable (any Connection) throws(StoreFailure) -> Result
  ) async throws(StoreFailure) -> Result {
    let since = ContinuousClock.now
    let result: Swift.Result<Result, StoreFailure> = await withCheckedContinuation { continuation in
      let refused = readers.submit { snapshot in
        let result: Swift.Result<Result, StoreFailure>
        do throws(StoreFailure) {
          result = .success(try snapshot.run(body))
        } catch {
          result = .failure(error)
          Metrics.storeFailures.add()
        }
        Metrics.storeReadDuration.observe(ContinuousClock.now - since)
        continuation.resume(returning: result)
      }
      if let refused { continuation.resume(returning: .failure(refused)) }
    }
    return try result.get()
  }

  @discardableResult
  package nonisolated(nonsending) func write<Result: Sendable>(
    _ durability: Durability,
    _ body: @escaping @Sendable (any Connection) throws(StoreFailure) -> Result
  ) async throws(StoreFailure) -> Result {
    let since = ContinuousClock.now
    let result: Swift.Result<Result, StoreFailure> = await withCheckedContinuation { continuation in
      let work = SQLiteWriter.Work(
        durability: durability, since: since,
        perform: { connection in
          do throws(StoreFailure) {
            let result = try body(connection)
            return SQLiteWriter.Outcome(failure: nil) { continuation.resume(returning: .success(result)) }
          } catch {
            return SQLiteWriter.Outcome(failure: error) { continuation.resume(returning: .failure(error)) }
          }
        },
        refuse: { continuation.resume(returning: .failure($0)) })
      if let refused = writer.submit(work) { continuation.resume(returning: .failure(refused)) }
    }
    return try result.get()
  }

  package func enqueue(
    _ durability: Durability, _ body: @escaping @Sendable (any Connection) throws(StoreFailure) -> Void
  ) {
    let condition = condition
    let work = SQLiteWriter.Work(
      durability: durability, since: .now,
      perform: { connection in
        do throws(StoreFailure) {
          try body(connection)
          return SQLiteWriter.Outcome(failure: nil) {}
        } catch {
          return SQLiteWriter.Outcome(failure: error) { condition.lost(error) }
        }
      },
      refuse: { condition.lost($0) })
    if let refused = writer.submit(work) {
      Metrics.storeFailures.add()
      condition.lost(refused)
    }
  }

  package func observe(_ topic: StoreTopic, _ body: @escaping @Sendable () -> Void) {
    writer.observe(topic, body)
  }

  package var health: String? {
    if condition.shouldProbe() {
      _ = writer.submit(
        SQLiteWriter.Work(
          durability: .disk, since: .now,
          perform: { connection in
            do throws(StoreFailure) {
              // Writes one page and means nothing.
              try connection.execute("pragma user_version = 1", [])
              return SQLiteWriter.Outcome(failure: nil) {}
            } catch {
              return SQLiteWriter.Outcome(failure: error) {}
            }
          },
          refuse: { _ in }))
    }
    return condition.sentence
  }

  /// Pages are overwritten as they are given up (`secure_delete`); the log may still have them as they were.
  package func scrub() async { await writer.scrub() }

  package func close() async {
    await readers.close()
    await writer.close()
    lock.withLock { $0 = nil }
  }

  /// A copy of everything that is committed, as one file in good order, made while the server runs. It
  /// appears under its name only once it is complete and on the disk.
  package func backup(to target: String) async throws(StoreFailure) {
    let path = path
    // A thread of its own: copying a large file must delay neither reads nor writes.
    try await Self.onOwnThread { () throws(StoreFailure) in try Self.copy(path, to: target) }
  }

  static func copy(_ path: String, to target: String) throws(StoreFailure) {
    let partial = target + ".partial"
    unlink(partial)
    guard access(target, F_OK) != 0 else {
      throw .conflict("\(target) exists already: give the backup another name")
    }
    do throws(StoreFailure) {
      try createFile(partial)
      try SQLiteConnection(path: path).execute("vacuum into $1", [.text(partial)])
      try syncToDisk(partial)
    } catch {
      unlink(partial)
      throw error
    }
    guard rename(partial, target) == 0 else {
      let reason = String(cString: strerror(errno))
      unlink(partial)
      throw .unavailable("the backup \(target) cannot be written: \(reason)")
    }
    let folder = target.lastIndex(of: "/").map { String(target[..<$0]) } ?? "."
    try syncToDisk(folder.isEmpty ? "/" : folder)
  }

  private static func syncToDisk(_ path: String) throws(StoreFailure) {
    let descriptor = Glibc.open(path, O_RDONLY | O_CLOEXEC)
    guard descriptor >= 0 else {
      throw .unavailable("\(path) cannot be opened: \(String(cString: strerror(errno)))")
    }
    defer { Glibc.close(descriptor) }
    guard fsync(descriptor) == 0 else {
      throw .full("\(path) cannot be brought to the disk: \(String(cString: strerror(errno)))")
    }
  }

  /// Secrets are in it: nobody else may read it. SQLite gives its side files the same mode.
  private static func createFile(_ path: String) throws(StoreFailure) {
    let descriptor = Glibc.open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0o600)
    guard descriptor >= 0 else {
      throw .unavailable("\(path) cannot be written: \(String(cString: strerror(errno)))")
    }
    Glibc.close(descriptor)
  }

  private static func prepare(
    path: String, migrations: [Migration], fault: (@Sendable (Int) -> Bool)?
  ) throws(StoreFailure) -> SQLiteConnection {
    try createFile(path)
    // A write-ahead log that is still there: the last server did not close the file.
    let wasCut = size(of: path + "-wal") > 0
    let connection = try SQLiteConnection(path: path, fault: fault)
    try identify(connection, path)
    _ = try connection.query("pragma journal_mode = wal", [])
    _ = try connection.query("pragma wal_autocheckpoint = \(Limits.checkpointPages)", [])
    _ = try connection.query("pragma journal_size_limit = \(Limits.walBytes)", [])
    try connection.execute("pragma cache_size = -\(Limits.writerCacheKilobytes)", [])
    try connection.execute("pragma foreign_keys = on", [])
    // A key that was deleted is gone from the file as well: what it sealed must never be heard again.
    _ = try connection.query("pragma secure_delete = on", [])
    try connection.execute("pragma synchronous = full", [])
    if wasCut && size(of: path) <= Limits.quickCheckBytes { try check(connection, path) }
    try Migration.apply(migrations, to: connection, log: log)
    return connection
  }

  private static func identify(_ connection: SQLiteConnection, _ path: String) throws(StoreFailure) {
    let id = try connection.query("pragma application_id", []).first?.integer(0)
    if id == applicationID { return }
    let tables = try connection.query("select count(*) from sqlite_master", []).first?.integer(0)
    guard id == 0, tables == 0 else {
      throw .incompatible("\(path) is a database of another program: move it away, or set data.directory")
    }
    try connection.execute("pragma application_id = \(applicationID)", [])
  }

  static func check(_ connection: SQLiteConnection, _ path: String) throws(StoreFailure) {
    let found = try connection.query("pragma quick_check(1)", []).first?.text(0) ?? "no answer"
    guard found == "ok" else {
      throw .damaged("the database \(path) is damaged (\(found)): restore a backup")
    }
  }

  static func size(of path: String) -> Int {
    var status = stat()
    return stat(path, &status) == 0 ? Int(status.st_size) : 0
  }
}
