// A whole house for tests: rooms over a real store in a directory of their own, a clock that is moved by hand,
// and clients that write down what they were sent.

import Access
import Control
import Glibc
import Store
import Synchronization
import Values

@testable import Sessions

/// What was encoded, so that clients can read their frames back into events.
@Control final class Codebook {
  private(set) var events: [Event] = []

  func encode(_ event: Event) -> EncodedEvent {
    events.append(event)
    return EncodedEvent(head: Array("\(events.count - 1):".utf8), tail: Array(";".utf8))
  }

  func decode(_ frame: [UInt8]) -> (seq: UInt64, event: Event)? {
    let parts = String(decoding: frame, as: UTF8.self).dropLast().split(separator: ":")
    guard parts.count == 2, let index = Int(parts[0]), let seq = UInt64(parts[1]) else { return nil }
    return (seq, events[index])
  }
}

@Control final class Client: ParticipantConnection {
  let codebook: Codebook
  private(set) var seqs: [UInt64] = []
  private(set) var events: [Event] = []
  private(set) var closed: CloseReason?

  init(_ codebook: Codebook) { self.codebook = codebook }

  var names: [String] { events.map(\.name) }

  func deliver(_ frame: [UInt8], latestKey: String?) {
    guard let (seq, event) = codebook.decode(frame) else { return }
    seqs.append(seq)
    events.append(event)
  }

  func close(_ reason: CloseReason) { closed = reason }
}

@Control final class House {
  let directory: String
  let codebook: Codebook
  let store: any Store
  let journal: ReplayJournal
  let revocations: Revocations
  let rooms: Rooms
  let time: HandClock

  /// Moved by hand; shared by a house and its successor.
  @Control final class HandClock {
    var now = Moment(instant: .now, time: Timestamp(seconds: 1_700_000_000))
    init() {}
  }

  init(
    _ directory: String = House.newDirectory(), _ change: (inout SessionsOptions) -> Void = { _ in },
    time: HandClock? = nil, codebook: Codebook? = nil, media: MediaPlane? = nil,
    wrap: (SQLiteStore) -> any Store = { $0 }
  ) async throws {
    self.directory = directory
    let time = time ?? HandClock()
    let codebook = codebook ?? Codebook()
    self.time = time
    self.codebook = codebook
    store = wrap(try await SQLiteStore.open(directory: directory))
    let recovered = ReplayJournal.recover(directory: directory)
    journal = ReplayJournal(directory: directory)
    revocations = Revocations(store: store)
    var options = SessionsOptions()
    change(&options)
    rooms = Rooms(
      store: store, journal: journal, options: options, revocations: revocations, media: media,
      clock: { time.now },
      encode: { codebook.encode($0) })
    try await revocations.load(at: time.now.time)
    _ = try await rooms.restore(recovered: recovered)
  }

  static nonisolated func newDirectory() -> String {
    var generator = SystemRandomNumberGenerator()
    return "/tmp/tandem-sessions-" + Identifier.random(count: 12, using: &generator)
  }

  /// The machine dies and starts again: nothing is said to anybody, and what was enqueued is written.
  func restarted(_ change: (inout SessionsOptions) -> Void = { _ in }) async throws -> House {
    rooms.isStopping = true
    journal.close()
    await store.close()
    return try await House(directory, change, time: time, codebook: codebook)
  }

  func close() async {
    journal.close()
    await store.close()
    for name in ["/replay", ""] {
      guard let stream = opendir(directory + name) else { continue }
      while let entry = readdir(stream) {
        let file = withUnsafeBytes(of: &entry.pointee.d_name) { bytes in
          String(decoding: bytes.prefix { $0 != 0 }, as: UTF8.self)
        }
        unlink(directory + name + "/" + file)
      }
      closedir(stream)
      rmdir(directory + name)
    }
  }

  func pass(_ wait: Duration) {
    time.now = time.now + wait
    rooms.expire()
  }

  func join(
    _ identity: String, _ role: Role = .student, room: String = "room", attributes: JSON = [:]
  ) async throws -> (seat: Seat, view: JoinedView, client: Client) {
    let client = Client(codebook)
    let request = JoinRequest(room: room, attributes: attributes)
    switch try await rooms.join(request, grant: grant(identity, role), connection: client) {
    case .joined(let seat, let view): return (seat, view, client)
    case .waiting: throw Refusal(.internal, "\(identity) waits")
    }
  }

  func wait(_ identity: String, room: String = "room") async throws -> (seat: Seat, client: Client) {
    let client = Client(codebook)
    switch try await rooms.join(JoinRequest(room: room), grant: grant(identity, .student), connection: client)
    {
    case .joined: throw Refusal(.internal, "\(identity) does not wait")
    case .waiting(let seat, _): return (seat, client)
    }
  }

  func resume(
    _ secret: String, lastSeq: UInt64? = nil
  ) async throws -> (result: Resumption, client: Client, missed: [(seq: UInt64, event: Event)]) {
    let client = Client(codebook)
    let result = try await rooms.resume(secret: secret, lastSeq: lastSeq, grant: nil, connection: client)
    return (result, client, result.missed.compactMap(codebook.decode))
  }

  /// All events of the outbox so far: type and body.
  func outbox() async throws -> [(type: String, body: JSON)] {
    // A write waits for all that were asked for before it.
    try await store.write(.process) { _ throws(StoreFailure) in }
    let rows = try await store.read { connection throws(StoreFailure) in
      var rows: [EventRow] = []
      while true {
        let page = try EventLog.after(rows.last?.seq ?? 0, limit: 500, connection)
        if page.isEmpty { return rows }
        rows += page
      }
    }
    return try rows.map { ($0.type, try JSON(parsing: $0.body)) }
  }
}

func refusalOf<Result>(
  isolation: isolated (any Actor)? = #isolation, _ body: () async throws -> Result
) async -> Refusal.Code? {
  do {
    _ = try await body()
    return nil
  } catch {
    return (error as? Refusal)?.code
  }
}
