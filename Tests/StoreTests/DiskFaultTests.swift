// A disk that fails at each statement in turn, and one that is full for a while.

import Control
import Synchronization
import Testing
import Values

@testable import Store

/// Fails the n-th statement after it was armed.
private final class Fault: Sendable {
  private let remaining = Mutex<Int?>(nil)
  func arm(_ statement: Int) { remaining.withLock { $0 = statement } }
  func strikes() -> Bool {
    remaining.withLock { remaining in
      guard let left = remaining else { return false }
      remaining = left > 1 ? left - 1 : nil
      return left == 1
    }
  }
}

@Suite("A failing disk", .timeLimit(.minutes(1))) struct DiskFaultTests {
  private let scratch = Scratch()

  @Test(
    "whichever statement fails, what was acknowledged is there, what was refused is not, and work goes on")
  func everyStatement() async throws {
    let fault = Fault()
    let store = try await SQLiteStore.open(directory: scratch.path, fault: { _ in fault.strikes() })
    for statement in 1...50 {
      let room = "room-\(statement)"
      fault.arm(statement)
      var acknowledged: [String] = []
      for number in 0..<8 {
        do throws(StoreFailure) {
          try await store.write(number % 2 == 0 ? .disk : .process) { connection throws(StoreFailure) in
            try EventLog.append("e_\(statement)_\(number)", "test", room: room, [:], at: .now, connection)
          }
          acknowledged.append("e_\(statement)_\(number)")
        } catch {
          #expect(error == .full("the disk is full") || error.message.hasPrefix("the disk is full"))
        }
      }
      #expect(acknowledged.count >= 7)
      #expect(store.health == nil, "the next good commit ends the trouble")
      let kept = try await store.read { connection throws(StoreFailure) in
        try EventLog.ofRoom(room, after: 0, limit: 100, connection)
      }
      #expect(kept.map(\.id) == acknowledged, "statement \(statement)")
      #expect(kept.map(\.roomSeq) == Array(1...Int64(acknowledged.count)))
    }
    await store.close()
  }

  @Test("when a shared commit fails, each body gets its own chance and its own answer")
  func sharedCommit() async throws {
    let fault = Fault()
    let store = try await SQLiteStore.open(directory: scratch.path, fault: { _ in fault.strikes() })
    for statement in 1...60 {
      let room = "room-\(statement)"
      fault.arm(statement)
      let acknowledged = await withTaskGroup(of: String?.self, returning: Set<String>.self) { group in
        for number in 0..<12 {
          group.addTask {
            do throws(StoreFailure) {
              try await store.write(.process) { connection throws(StoreFailure) in
                try EventLog.append("e_\(statement)_\(number)", "test", room: room, [:], at: .now, connection)
              }
              return "e_\(statement)_\(number)"
            } catch {
              return nil
            }
          }
        }
        var ids: Set<String> = []
        for await id in group { if let id { ids.insert(id) } }
        return ids
      }
      let kept = try await store.read { connection throws(StoreFailure) in
        try EventLog.ofRoom(room, after: 0, limit: 100, connection)
      }
      #expect(Set(kept.map(\.id)) == acknowledged, "statement \(statement)")
      #expect(acknowledged.count >= 11)
      #expect(kept.map(\.roomSeq) == Array(1...Int64(kept.count)))
    }
    await store.close()
  }

  @Test("on a full disk writes are refused with a sentence, reads go on, and writing resumes with space")
  func fullDisk() async throws {
    let store = try await SQLiteStore.open(directory: scratch.path)
    let pages = try await store.number("select page_count from pragma_page_count") ?? 0
    try await store.write(.process) { connection throws(StoreFailure) in
      _ = try connection.query("pragma max_page_count = \(pages + 10)")
    }
    var written = 0
    var failure: StoreFailure?
    while failure == nil && written < 1_000 {
      do throws(StoreFailure) {
        let id = "e_\(written)"
        try await store.write(.disk) { connection throws(StoreFailure) in
          try EventLog.append(id, "test", room: "one", ["text": .string(filler)], at: .now, connection)
        }
        written += 1
      } catch {
        failure = error
      }
    }
    #expect(
      failure
        == .full(
          "the disk that holds \(scratch.path)/tandem.db is full: free some space, writing resumes by itself")
    )
    #expect(store.health == failure?.message)
    #expect(try await store.number("select count(*) from events") == Int64(written))
    // A small write fits into the pages there are, beside a large one that doesn't.
    let large = Task {
      try await store.write(.process) { connection throws(StoreFailure) in
        for number in 0..<200 {
          let id = "e_large_\(number)"
          try EventLog.append(id, "test", room: "one", ["text": .string(filler)], at: .now, connection)
        }
      }
    }
    try await store.write(.process) { connection throws(StoreFailure) in
      try connection.execute("update room_sequences set seq = seq + 100")
    }
    await #expect(throws: StoreFailure.self) { try await large.value }
    try await store.write(.process) { connection throws(StoreFailure) in
      _ = try connection.query("pragma max_page_count = 1000000")
    }
    try await store.write(.disk) { connection throws(StoreFailure) in
      try EventLog.append("e_after", "test", room: "one", [:], at: .now, connection)
    }
    #expect(store.health == nil)
    #expect(try await store.number("select count(*) from events") == Int64(written + 1))
    await store.close()
  }
}

private let filler = String(repeating: "x", count: 3_000)
