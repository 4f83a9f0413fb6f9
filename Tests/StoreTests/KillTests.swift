// What an acknowledgement is worth: a process that writes is killed without warning, again and again, and
// every write that it had reported is there afterwards.

import Control
import Glibc
import Testing
import Values

@testable import Store

@Suite("After a kill", .timeLimit(.minutes(2))) struct KillTests {
  private let scratch = Scratch()

  @Test("every acknowledged write and event is there, in order and without a hole, twenty kills in a row")
  func survives() async throws {
    var generator = Seeded(7)
    var first: Int64 = 0
    var acknowledged: Set<Int64> = []
    for _ in 0..<20 {
      let said = try run(for: .milliseconds(Int64.random(in: 60...180, using: &generator)), from: first)
      acknowledged.formUnion(said)
      let recovered = ReplayJournal.recover(directory: scratch.path)
      for lane in 0..<4 as Range<Int64> {
        guard let last = said.filter({ $0 % 4 == lane }).max() else { continue }
        let highest = try #require(recovered["p_\(lane)"]).highestSeq
        #expect(highest >= UInt64(last / 4 + 1), "the replay journal lags behind what was sent")
      }
      let store = try await SQLiteStore.open(directory: scratch.path)
      let kept = try await numbers(store)
      #expect(acknowledged.isSubset(of: kept))
      #expect(
        try await store.number("select count(*) from pragma_integrity_check where integrity_check = 'ok'")
          == 1)
      // The room's own numbers have no holes.
      #expect(
        try await store.number(
          "select count(*) from (select room from events group by room having max(room_seq) <> count(*))")
          == 0)
      first = ((kept.max() ?? 0) / 4 + 1) * 4
      await store.close()
    }
    #expect(acknowledged.count > 200)
  }

  private func numbers(_ store: SQLiteStore) async throws -> Set<Int64> {
    try await store.read { connection throws(StoreFailure) in
      var numbers: Set<Int64> = []
      for row in try connection.query("select substr(id, 3) from events") {
        if let number = Int64(try row.text(0)) { numbers.insert(number) }
      }
      return numbers
    }
  }

  /// Runs the writer, kills it after `span`, and returns what it said.
  private func run(for span: Duration, from first: Int64) throws -> [Int64] {
    var ends: [Int32] = [0, 0]
    try #require(pipe(&ends) == 0)
    defer { close(ends[0]) }
    var actions = posix_spawn_file_actions_t()
    posix_spawn_file_actions_init(&actions)
    defer { posix_spawn_file_actions_destroy(&actions) }
    posix_spawn_file_actions_adddup2(&actions, ends[1], STDOUT_FILENO)
    posix_spawn_file_actions_addopen(&actions, STDERR_FILENO, "/dev/null", O_WRONLY, 0)
    let program = try Self.writer()
    let words: [String] = [program, scratch.path, String(first)]
    var arguments: [UnsafeMutablePointer<CChar>?] = words.map { strdup($0) }
    arguments.append(nil)
    defer { for argument in arguments { free(argument) } }
    var child = pid_t()
    let status = posix_spawn(&child, program, &actions, nil, &arguments, environ)
    close(ends[1])
    try #require(status == 0, "the writer \(program) does not start")
    // Counted from its first word on: starting takes longer than writing.
    var bytes = [UInt8](repeating: 0, count: 1)
    read(ends[0], &bytes, 1)
    usleep(UInt32(span.milliseconds * 1000))
    kill(child, SIGKILL)
    var buffer = [UInt8](repeating: 0, count: 65_536)
    while true {
      let count = read(ends[0], &buffer, buffer.count)
      if count <= 0 { break }
      bytes += buffer[..<count]
    }
    waitpid(child, nil, 0)
    // The last line may be cut short.
    let whole = bytes.lastIndex(of: UInt8(ascii: "\n")) ?? 0
    return bytes[..<whole].split(separator: UInt8(ascii: "\n")).compactMap {
      Int64(String(decoding: $0, as: UTF8.self))
    }
  }

  /// Beside the tests' own binary.
  private static func writer() throws -> String {
    var path = [CChar](repeating: 0, count: 4096)
    let count = readlink("/proc/self/exe", &path, path.count)
    try #require(count > 0)
    let own = String(decoding: path[..<count].map(UInt8.init(bitPattern:)), as: UTF8.self)
    return String(own[...(own.lastIndex(of: "/") ?? own.startIndex)]) + "store-writer"
  }
}
