// The threads that read, each with a connection of its own: a read sees one snapshot and never waits for the
// writer. Work goes to the thread with the shorter queue.

import Control
import Observe
import Synchronization

/// `@unchecked Sendable`: each `connection` belongs to its reader's thread; the counts are locked.
final class SQLiteReaders: @unchecked Sendable {
  private final class Reader: @unchecked Sendable {
    let thread: WorkThread
    var connection: SQLiteConnection?
    init(number: Int) { thread = WorkThread(named: "store-read-\(number)") }
  }

  private struct State {
    var waiting: [Int]
    var isClosed = false
  }

  private let readers: [Reader]
  private let state: Mutex<State>

  init() {
    readers = (1...Limits.readers).map(Reader.init)
    state = Mutex(State(waiting: readers.map { _ in 0 }))
  }

  func open(path: String) async throws(StoreFailure) {
    for reader in readers {
      let result: Result<Void, StoreFailure> = await withCheckedContinuation { continuation in
        reader.thread.submit {
          do throws(StoreFailure) {
            let connection = try SQLiteConnection(path: path)
            try connection.execute("pragma query_only = on", [])
            try connection.execute("pragma cache_size = -\(Limits.readerCacheKilobytes)", [])
            reader.connection = connection
            continuation.resume(returning: .success(()))
          } catch {
            continuation.resume(returning: .failure(error))
          }
        }
      }
      try result.get()
    }
  }

  /// Runs `body` with a connection in a transaction, or nil if there is none any more.
  func submit(
    _ body: @escaping @Sendable (borrowing Snapshot) -> Void
  ) -> StoreFailure? {
    state.withLock { state in
      if state.isClosed { return .unavailable("the store is closed") }
      guard let (index, count) = state.waiting.enumerated().min(by: { $0.element < $1.element }),
        count < Limits.readsWaiting
      else { return .unavailable("\(Limits.readsWaiting) reads wait already") }
      state.waiting[index] += 1
      let reader = readers[index]
      reader.thread.submit { [self] in
        body(Snapshot(connection: reader.connection))
        self.state.withLock { $0.waiting[index] -= 1 }
      }
      return nil
    }
  }

  /// What one read works on.
  struct Snapshot: ~Copyable {
    fileprivate let connection: SQLiteConnection?

    func run<Result>(
      _ body: (any Connection) throws(StoreFailure) -> Result
    ) throws(StoreFailure) -> Result {
      guard let connection else { throw .unavailable("the store is closed") }
      connection.stopStatements(at: .now + Limits.readSpan)
      defer { connection.stopStatements(at: nil) }
      try connection.execute("begin", [])
      do throws(StoreFailure) {
        let result = try body(connection)
        try connection.execute("commit", [])
        return result
      } catch {
        if connection.isInTransaction { _ = try? connection.execute("rollback", []) }
        throw error
      }
    }
  }

  func close() async {
    let isFirst = state.withLock { state in
      defer { state.isClosed = true }
      return !state.isClosed
    }
    guard isFirst else { return }
    for reader in readers {
      await withCheckedContinuation { continuation in
        reader.thread.submit {
          reader.connection = nil
          continuation.resume()
        }
      }
      reader.thread.stop()
    }
  }
}
