// What the process does that the store's tests kill while it writes.

import Control
import Glibc
import Store
import Values

/// Four writers side by side, so that commits are shared; each number is printed once its write has returned.
@Control func write(to directory: String, from first: Int64) async {
  guard let store = try? await SQLiteStore.open(directory: directory) else { exit(1) }
  let journal = ReplayJournal(directory: directory, window: .milliseconds(200))
  await withTaskGroup(of: Void.self) { group in
    for lane in 0..<4 as Range<Int64> {
      group.addTask { await write(lane: lane, from: first, store, journal) }
    }
  }
}

@Control private func write(
  lane: Int64, from first: Int64, _ store: SQLiteStore, _ journal: ReplayJournal
) async {
  var number = first + lane
  while true {
    do throws(StoreFailure) {
      let written = number
      try await store.write(lane == 0 ? .disk : .process) { connection throws(StoreFailure) in
        try EventLog.append(
          "e_\(written)", "test", room: "room-\(lane)", ["number": .integer(written)], at: .now, connection)
      }
    } catch {
      exit(1)
    }
    journal.append(participant: "p_\(lane)", seq: UInt64(number / 4 + 1), bytes: Array("\(number)".utf8))
    journal.flush()
    say(number)
    number += 4
  }
}

private func say(_ number: Int64) {
  var line = "\(number)\n"
  line.withUTF8 { _ = Glibc.write(STDOUT_FILENO, $0.baseAddress, $0.count) }
}
