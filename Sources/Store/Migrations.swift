// Brings the tables up to date: each migration of Schema.swift that the database has not seen runs in a
// transaction of its own. A database from a newer program is refused, never guessed at.

import Observe
import Values

package struct Migration: Sendable {
  let version: Int64
  let name: String
  /// Statements that every backend understands once the type tokens are replaced: `{id}` is a number that the
  /// database hands out in ascending order, `{bytes}` holds bytes.
  let statements: [String]
  /// What has no portable form: here the triggers of SQLite.
  let sqlite: [String]

  init(_ version: Int64, _ name: String, _ statements: [String], sqlite: [String] = []) {
    self.version = version
    self.name = name
    self.statements = statements
    self.sqlite = sqlite
  }

  static func forSQLite(_ statement: String) -> String {
    var text = ""
    var rest = statement[...]
    while let open = rest.firstIndex(of: "{"), let close = rest[open...].firstIndex(of: "}") {
      text += rest[..<open]
      switch rest[rest.index(after: open)..<close] {
      case "id": text += "integer primary key autoincrement"
      case "bytes": text += "blob"
      case let token: preconditionFailure("no type stands behind {\(token)}")
      }
      rest = rest[rest.index(after: close)...]
    }
    return text + rest
  }

  static func apply(
    _ migrations: [Migration], to connection: SQLiteConnection, log: Log
  ) throws(StoreFailure) {
    try connection.execute(
      "create table if not exists schema_version (version bigint primary key, name text not null)", [])
    let found = try connection.query("select coalesce(max(version), 0) from schema_version", [])
    let version = try found.first?.integer(0) ?? 0
    let known = migrations.last?.version ?? 0
    guard version <= known else {
      throw .incompatible(
        "the database was written by a newer tandem (schema \(version), this one knows \(known)): start that "
          + "version, or restore a backup")
    }
    for migration in migrations where migration.version > version { try migration.run(connection) }
    guard version < known else { return }
    log.info(
      version == 0 ? "new database" : "database brought up to date",
      ["from": .integer(version), "schema": .integer(known)])
  }

  private func run(_ connection: SQLiteConnection) throws(StoreFailure) {
    try connection.execute("begin immediate", [])
    do throws(StoreFailure) {
      for statement in statements { try connection.execute(Self.forSQLite(statement), []) }
      for statement in sqlite { try connection.execute(statement, []) }
      try connection.execute(
        "insert into schema_version (version, name) values ($1, $2)", [.integer(version), .text(name)])
      try connection.execute("commit", [])
    } catch {
      if connection.isInTransaction { _ = try? connection.execute("rollback", []) }
      throw error
    }
  }
}
