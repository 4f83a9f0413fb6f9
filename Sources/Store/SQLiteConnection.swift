// One connection to the SQLite file, with its prepared statements. Confined to the thread that opened it.
// SQLite numbers `$n` placeholders by their first appearance, not by n: each statement keeps its own map.

import CSQLite
import Observe

final class SQLiteConnection: Connection {
  private let raw: OpaquePointer
  private let path: String
  private var statements: [String: SQLiteStatement] = [:]
  private var deadline: ContinuousClock.Instant?
  private var stepped = 0
  /// For tests: whether the n-th statement from the start shall fail as on a full disk.
  private let fault: (@Sendable (Int) -> Bool)?
  private(set) var announced: Set<StoreTopic> = []
  /// SQLite's primary code of the last failure.
  private(set) var lastFailureCode = SQLITE_OK

  init(path: String, fault: (@Sendable (Int) -> Bool)? = nil) throws(StoreFailure) {
    self.path = path
    self.fault = fault
    var opened: OpaquePointer?
    let flags = SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE | SQLITE_OPEN_NOMUTEX | SQLITE_OPEN_EXRESCODE
    let code = sqlite3_open_v2(path, &opened, flags, nil)
    guard code == SQLITE_OK, let opened else {
      let reason = String(cString: sqlite3_errstr(code))
      sqlite3_close_v2(opened)
      throw .unavailable("the database \(path) cannot be opened: \(reason)")
    }
    raw = opened
    sqlite3_busy_timeout(raw, Limits.busyMilliseconds)
  }

  deinit {
    statements.removeAll()
    sqlite3_close_v2(raw)
  }

  /// Stops statements that run past `instant`; nil lets them run.
  func stopStatements(at instant: ContinuousClock.Instant?) {
    deadline = instant
    guard instant != nil else {
      sqlite3_progress_handler(raw, 0, nil, nil)
      return
    }
    let context = Unmanaged.passUnretained(self).toOpaque()
    // Every ten thousand steps of SQLite's machine: about each millisecond.
    sqlite3_progress_handler(
      raw, 10_000,
      { context in
        guard let context else { return 0 }
        let connection = Unmanaged<SQLiteConnection>.fromOpaque(context).takeUnretainedValue()
        return connection.deadline.map { ContinuousClock.now > $0 } == true ? 1 : 0
      }, context)
  }

  /// False once SQLite has given up the whole transaction by itself, as it does on a full disk.
  var isInTransaction: Bool { sqlite3_get_autocommit(raw) == 0 }

  func takeAnnounced() -> Set<StoreTopic> {
    defer { announced.removeAll() }
    return announced
  }

  func announce(_ topic: StoreTopic) { announced.insert(topic) }

  @discardableResult
  func execute(_ sql: String, _ values: [StoreValue]) throws(StoreFailure) -> Int {
    let statement = try prepared(sql)
    defer { statement.reset() }
    statement.bind(values)
    while try step(statement, sql) {}
    return Int(sqlite3_changes(raw))
  }

  func query(_ sql: String, _ values: [StoreValue]) throws(StoreFailure) -> [Row] {
    let statement = try prepared(sql)
    defer { statement.reset() }
    statement.bind(values)
    var rows: [Row] = []
    while try step(statement, sql) { rows.append(statement.row()) }
    return rows
  }

  private func step(_ statement: SQLiteStatement, _ sql: String) throws(StoreFailure) -> Bool {
    if let fault {
      stepped += 1
      if fault(stepped) {
        lastFailureCode = SQLITE_FULL
        throw .full("the disk is full (statement \(stepped))")
      }
    }
    let code = statement.step()
    switch code {
    case SQLITE_ROW: return true
    case SQLITE_DONE: return false
    default: throw failure(code, sql)
    }
  }

  private func prepared(_ sql: String) throws(StoreFailure) -> SQLiteStatement {
    if let statement = statements[sql] { return statement }
    if statements.count >= Limits.statements { statements.removeAll(keepingCapacity: true) }
    var made: OpaquePointer?
    let code = sqlite3_prepare_v3(raw, sql, -1, UInt32(SQLITE_PREPARE_PERSISTENT), &made, nil)
    guard code == SQLITE_OK, let made else { throw failure(code, sql) }
    let statement = SQLiteStatement(made)
    statements[sql] = statement
    return statement
  }

  private func failure(_ extended: Int32, _ sql: String) -> StoreFailure {
    let reason = String(cString: sqlite3_errmsg(raw))
    lastFailureCode = extended & 0xFF
    switch lastFailureCode {
    case SQLITE_FULL:
      return .full("the disk that holds \(path) is full: free some space, writing resumes by itself")
    case SQLITE_IOERR:
      return .full("the disk that holds \(path) reports an error (\(reason), code \(extended)): check it")
    case SQLITE_CONSTRAINT: return .conflict(reason)
    case SQLITE_CORRUPT, SQLITE_NOTADB:
      return .damaged("the database \(path) is damaged (\(reason)): restore a backup")
    case SQLITE_INTERRUPT:
      return .unavailable("the read took longer than \(Limits.readSpan.components.seconds) s and was stopped")
    case SQLITE_BUSY, SQLITE_LOCKED:
      return .unavailable("another process holds the database \(path): close it there")
    case SQLITE_CANTOPEN, SQLITE_PERM, SQLITE_READONLY, SQLITE_AUTH:
      return .unavailable("the database \(path) cannot be written: \(reason)")
    default: return .damaged("\(reason) (code \(extended)) in: \(sql)")
    }
  }
}

/// Sole owner of a prepared statement. Confined to its connection.
final class SQLiteStatement {
  private let raw: OpaquePointer
  /// For each of SQLite's parameters, in its order, which of our values it takes.
  private let places: [Int]

  init(_ raw: OpaquePointer) {
    self.raw = raw
    let count = sqlite3_bind_parameter_count(raw)
    places = (0..<count).map { index in
      guard let name = sqlite3_bind_parameter_name(raw, index + 1),
        let place = Int(String(cString: name).dropFirst()), place > 0
      else { preconditionFailure("placeholders are written $1, $2, …") }
      return place - 1
    }
  }

  deinit { sqlite3_finalize(raw) }

  func step() -> Int32 { sqlite3_step(raw) }

  func reset() {
    sqlite3_reset(raw)
    sqlite3_clear_bindings(raw)
  }

  func bind(_ values: [StoreValue]) {
    for (index, place) in places.enumerated() {
      precondition(place < values.count, "a placeholder without a value")
      bind(values[place], at: Int32(index + 1))
    }
  }

  // A failed binding leaves the parameter null or the statement unsteppable, which `step` reports.
  private func bind(_ value: StoreValue, at index: Int32) {
    // SQLite copies what it is given with this marker.
    let copied = unsafeBitCast(-1, to: sqlite3_destructor_type.self)
    switch value {
    case .null: sqlite3_bind_null(raw, index)
    case .integer(let value): sqlite3_bind_int64(raw, index, value)
    case .real(let value): sqlite3_bind_double(raw, index, value)
    case .text(""): sqlite3_bind_text(raw, index, "", 0, copied)
    case .text(var value):
      value.withUTF8 { bytes in
        bytes.withMemoryRebound(to: CChar.self) { characters in
          _ = sqlite3_bind_text(raw, index, characters.baseAddress, Int32(characters.count), copied)
        }
      }
    case .bytes(let value):
      if value.isEmpty {
        sqlite3_bind_zeroblob(raw, index, 0)
      } else {
        value.withUnsafeBytes { bytes in
          _ = sqlite3_bind_blob(raw, index, bytes.baseAddress, Int32(bytes.count), copied)
        }
      }
    }
  }

  func row() -> Row {
    Row((0..<sqlite3_column_count(raw)).map(value(at:)))
  }

  private func value(at column: Int32) -> StoreValue {
    switch sqlite3_column_type(raw, column) {
    case SQLITE_INTEGER: return .integer(sqlite3_column_int64(raw, column))
    case SQLITE_FLOAT: return .real(sqlite3_column_double(raw, column))
    case SQLITE_TEXT:
      guard let text = sqlite3_column_text(raw, column) else { return .text("") }
      let bytes = UnsafeBufferPointer(start: text, count: Int(sqlite3_column_bytes(raw, column)))
      return .text(String(decoding: bytes, as: UTF8.self))
    case SQLITE_BLOB:
      guard let blob = sqlite3_column_blob(raw, column) else { return .bytes([]) }
      let bytes = UnsafeRawBufferPointer(start: blob, count: Int(sqlite3_column_bytes(raw, column)))
      return .bytes(Array(bytes))
    default: return .null
    }
  }
}
