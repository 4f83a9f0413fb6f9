// Durable state behind one protocol. SQL in callers is the portable part that SQLite and PostgreSQL share:
// placeholders are $1, $2, …; `on conflict … do update`, `returning`; no dialect's own functions or types.
// Bodies run on the store's own threads: they take values in and give values out, and touch no control state.

package import Values

package protocol Store: Sendable {
  /// Runs `body` on a snapshot. Reads don't wait for writes, and see every write that has returned.
  nonisolated(nonsending) func read<Result: Sendable>(
    _ body: @escaping @Sendable (any Connection) throws(StoreFailure) -> Result
  ) async throws(StoreFailure) -> Result

  /// Runs `body` in a transaction of its own, in the order of the calls, and returns once what it wrote is
  /// kept as `durability` says. Many callers share one commit (and one sync): the group commit is the store's
  /// affair. A throw undoes this body's work and nobody else's. Where a shared commit finds the disk full,
  /// its bodies are run again one by one, so a body must bear being run twice.
  @discardableResult
  nonisolated(nonsending) func write<Result: Sendable>(
    _ durability: Durability,
    _ body: @escaping @Sendable (any Connection) throws(StoreFailure) -> Result
  ) async throws(StoreFailure) -> Result

  /// Like `write`, for who need not wait: kept in the order of the calls. A failure is logged and counted,
  /// and makes `health` say so.
  func enqueue(
    _ durability: Durability, _ body: @escaping @Sendable (any Connection) throws(StoreFailure) -> Void)

  /// From now on `body` is called after each commit in which somebody announced `topic`: on a store's thread,
  /// once a commit. For the life of the store.
  func observe(_ topic: StoreTopic, _ body: @escaping @Sendable () -> Void)

  /// Nil if well, otherwise a sentence for the operator.
  var health: String? { get }

  /// Waits for everything enqueued, then closes.
  func close() async

  /// Once this returns, nothing that was deleted before is left in any file of the store: not the keys of what was erased.
  func scrub() async
}

package enum Durability: Sendable {
  /// Survives the death of this process: for state that only a running server needs.
  case process
  /// Survives the death of the machine: synced to the disk. For whatever somebody outside was promised.
  case disk
}

/// What a commit can make others curious about.
package enum StoreTopic: Sendable, CaseIterable {
  /// Events were appended to the log.
  case events
  /// Something is to be done about a session, or at another time.
  case agenda
}

extension Store {
  package func scrub() async {}
}

/// What a body works with, on a store's thread. Made for one body: not to be kept.
package protocol Connection {
  @discardableResult
  func execute(_ sql: String, _ values: [StoreValue]) throws(StoreFailure) -> Int
  func query(_ sql: String, _ values: [StoreValue]) throws(StoreFailure) -> [Row]
  /// Calls the observers of `topic` after the commit.
  func announce(_ topic: StoreTopic)
}

extension Connection {
  @discardableResult
  package func execute(_ sql: String, _ values: StoreValue...) throws(StoreFailure) -> Int {
    try execute(sql, values)
  }
  package func query(_ sql: String, _ values: StoreValue...) throws(StoreFailure) -> [Row] {
    try query(sql, values)
  }
}

package enum StoreValue: Sendable, Equatable {
  case null
  case integer(Int64)
  case real(Double)
  case text(String)
  case bytes([UInt8])

  package static func optional(_ text: String?) -> StoreValue { text.map(StoreValue.text) ?? .null }
  package static func optional(_ integer: Int64?) -> StoreValue { integer.map(StoreValue.integer) ?? .null }
  package static func optional(_ time: Timestamp?) -> StoreValue { time.map(StoreValue.time) ?? .null }
  package static func optional(_ flag: Bool?) -> StoreValue { flag.map(StoreValue.flag) ?? .null }
  package static func time(_ time: Timestamp) -> StoreValue { .integer(time.milliseconds) }
  package static func flag(_ flag: Bool) -> StoreValue { .integer(flag ? 1 : 0) }
  package static func json(_ json: JSON) -> StoreValue { .text(json.text) }
}

extension StoreValue: ExpressibleByStringLiteral, ExpressibleByIntegerLiteral, ExpressibleByNilLiteral {
  package init(stringLiteral value: String) { self = .text(value) }
  package init(integerLiteral value: Int64) { self = .integer(value) }
  package init(nilLiteral: ()) { self = .null }
}

/// One row of a result, read by position. A column of another type than asked for is a mistake of ours or a
/// damaged file, and is thrown as `.damaged`.
package struct Row: Sendable {
  package let values: [StoreValue]
  package init(_ values: [StoreValue]) { self.values = values }

  package func text(_ column: Int) throws(StoreFailure) -> String {
    guard case .text(let value) = values[column] else { throw damaged(column, "text") }
    return value
  }
  package func optionalText(_ column: Int) throws(StoreFailure) -> String? {
    values[column] == .null ? nil : try text(column)
  }
  package func integer(_ column: Int) throws(StoreFailure) -> Int64 {
    guard case .integer(let value) = values[column] else { throw damaged(column, "an integer") }
    return value
  }
  package func optionalInteger(_ column: Int) throws(StoreFailure) -> Int64? {
    values[column] == .null ? nil : try integer(column)
  }
  package func real(_ column: Int) throws(StoreFailure) -> Double {
    switch values[column] {
    case .real(let value): return value
    case .integer(let value): return Double(value)
    default: throw damaged(column, "a number")
    }
  }
  package func bytes(_ column: Int) throws(StoreFailure) -> [UInt8] {
    guard case .bytes(let value) = values[column] else { throw damaged(column, "bytes") }
    return value
  }
  package func bool(_ column: Int) throws(StoreFailure) -> Bool { try integer(column) != 0 }
  package func optionalBool(_ column: Int) throws(StoreFailure) -> Bool? {
    values[column] == .null ? nil : try bool(column)
  }
  package func time(_ column: Int) throws(StoreFailure) -> Timestamp {
    Timestamp(milliseconds: try integer(column))
  }
  package func optionalTime(_ column: Int) throws(StoreFailure) -> Timestamp? {
    values[column] == .null ? nil : try time(column)
  }
  package func json(_ column: Int) throws(StoreFailure) -> JSON {
    do { return try JSON(parsing: try text(column)) } catch let failure as StoreFailure {
      throw failure
    } catch {
      throw damaged(column, "JSON")
    }
  }

  private func damaged(_ column: Int, _ expected: String) -> StoreFailure {
    .damaged("column \(column) should be \(expected) and is \(values[column])")
  }
}

package enum StoreFailure: Error, Sendable, Equatable {
  /// The disk is full or refuses to write: nothing was written, reading goes on.
  case full(String)
  /// The store cannot be reached or opened, or has been closed.
  case unavailable(String)
  /// A row breaks a constraint, such as an id that is taken.
  case conflict(String)
  /// The file belongs to a newer version of the program, or is no store of ours.
  case incompatible(String)
  case damaged(String)

  /// The sentence inside.
  package var message: String {
    switch self {
    case .full(let text), .unavailable(let text), .conflict(let text), .incompatible(let text),
      .damaged(let text):
      text
    }
  }
}
