// Looking at a data directory from outside, while its server runs or while none does: for backup, restore and
// doctor. Nothing here brings tables up to date.

import Control

package struct StoreInspection: Sendable, Equatable {
  package let schema: Int64
  /// The newest that this program knows.
  package let knownSchema: Int64
  /// The process that has the directory in use.
  package let holder: String?
}

extension SQLiteStore {
  package static let fileName = "tandem.db"

  /// What is there, and whether it is sound. Throws if the file is damaged or no store of ours.
  package static func inspect(directory: String) async throws(StoreFailure) -> StoreInspection {
    let path = "\(directory)/\(fileName)"
    let schema = try await onOwnThread { () throws(StoreFailure) in try sound(path) }
    return StoreInspection(
      schema: schema, knownSchema: Migration.all.last?.version ?? 0,
      holder: DirectoryLock.holder(of: directory))
  }

  /// As `backup(to:)`, without opening the store: its server may go on running.
  package static func backup(directory: String, to target: String) async throws(StoreFailure) {
    let path = "\(directory)/\(fileName)"
    try await onOwnThread { () throws(StoreFailure) in
      _ = try sound(path)
      try copy(path, to: target)
    }
  }

  private static func sound(_ path: String) throws(StoreFailure) -> Int64 {
    guard size(of: path) > 0 else { throw .unavailable("there is no database \(path)") }
    let connection = try SQLiteConnection(path: path)
    guard try connection.query("pragma application_id", []).first?.integer(0) == applicationID else {
      throw .incompatible("\(path) is no database of this program")
    }
    if size(of: path) <= Limits.quickCheckBytes { try check(connection, path) }
    let rows = try connection.query("select coalesce(max(version), 0) from schema_version", [])
    return try rows.first?.integer(0) ?? 0
  }

  /// Work that blocks for long, away from reads and writes.
  static func onOwnThread<Value: Sendable>(
    _ body: @escaping @Sendable () throws(StoreFailure) -> Value
  ) async throws(StoreFailure) -> Value {
    let result: Result<Value, StoreFailure> = await withCheckedContinuation { continuation in
      WorkThread.spawn(named: "store-copy") {
        do throws(StoreFailure) {
          continuation.resume(returning: .success(try body()))
        } catch {
          continuation.resume(returning: .failure(error))
        }
      }
    }
    return try result.get()
  }
}
