// A library with a real tape's thread and a real database, in a folder of its own; voices are packets that can be counted.

import Access
import Control
import Crypto
import Engine
import Glibc
import Link
import Store
import Tape
import Values

@testable import Library
@testable import Sessions

@Control final class Studio {
  let path: String
  let store: SQLiteStore
  let library: Library
  private let tape: TapeThread
  private var news: Mailbox<TapeNews>
  private var isOpen = true
  private var heard: [String: Set<TrackHandle>] = [:]

  static let masterKey = [UInt8](repeating: 7, count: 32)

  init(path: String? = nil, masterKey: [UInt8] = Studio.masterKey) async throws {
    self.path = path ?? "/tmp/tandem-library-" + String(UInt64.random(in: .min ... .max), radix: 36)
    try TapeDisk.makeFolder(self.path)
    try TapeDisk.makeFolder(self.path + "/recordings")
    store = try await SQLiteStore.open(directory: self.path)
    news = Mailbox(capacity: 1_024) {}
    tape = try TapeThread(directory: self.path + "/recordings", workers: 1, news: news.sender)
    let (thread, orders) = (tape, tape.orders)
    WorkThread.spawn(named: "tape") { thread.run() }
    library = Library(store: store, directory: self.path + "/recordings", masterKey: masterKey) {
      orders.send($0)
    }
    Task { @Control [weak self] in
      while self?.isOpen == true {
        self?.collect()
        try? await Task.sleep(for: .milliseconds(5))
      }
    }
  }

  private func collect() {
    var arrived: [TapeNews] = []
    news.receive { arrived.append($0) }
    for one in arrived { library.happened(one) }
  }

  /// Begins a recording with a track for each of these people; the first is the mentor.
  func begin(_ id: String, of people: [String], room: String = "room", session: String = "s_1") async throws {
    library.perform(
      .begin(
        RecordingStart(
          id: id, room: room, roomName: "Room", session: session, startedBy: people.first, at: .now)))
    for (number, person) in people.enumerated() {
      library.perform(
        .hear(
          RecordedTrack(
            handle: Self.handle(number), source: .microphone, participant: "p_\(person)", identity: person,
            name: person.uppercased(), role: number == 0 ? "mentor" : "student", joinedAt: .now),
          recording: id))
    }
    try await until { self.library.active[id]?.files.values.filter(\.stands).count == people.count }
  }

  static func handle(_ number: Int) -> TrackHandle { TrackHandle(UInt64(number + 1)) }

  /// So many packets of each of the first `people` voices, at their pace.
  func talk(_ people: Int, packets: Int = 15) async throws {
    var encoder = try OpusEncoder(channels: 1, OpusEncoder.Options())
    for count in 0..<packets {
      let samples = (0..<960).map { 0.3 * Float(($0 + count * 960) % 109 < 54 ? 1 : -1) }
      let payload = try encoder.encode(samples.span)
      for number in 0..<people {
        let isIn = tape.senders[0].send(
          TapeItem(
            track: Self.handle(number), kind: .opus, epoch: 1, count: Int64(count),
            timestamp: UInt32(count * 960), arrivalNanoseconds: TapeDisk.nowNanoseconds, level: 20),
          payload: payload.span)
        guard isIn else { throw Trouble("the ring is full") }
      }
      try await Task.sleep(for: .milliseconds(20))
    }
  }

  func end(_ id: String) { library.perform(.end(recording: id, .stopped, at: .now)) }

  func isReady(_ id: String) async throws -> Bool { try await library.show(id).row.state == .ready }

  /// A whole recording of so many people.
  func record(_ id: String, of people: [String], room: String = "room", session: String = "s_1") async throws
  {
    try await begin(id, of: people, room: room, session: session)
    try await talk(people.count)
    end(id)
    try await until { try await self.isReady(id) }
  }

  func until(_ condition: () async throws -> Bool) async throws {
    for _ in 0..<1_000 {
      if try await condition() { return }
      try await Task.sleep(for: .milliseconds(10))
    }
    throw Trouble("it did not come to that in ten seconds")
  }

  struct Trouble: Error {
    let text: String
    init(_ text: String) { self.text = text }
  }

  func plain(_ file: Library.File, of id: String) async throws -> [UInt8] {
    let content = try await library.fetch(file, of: id).content
    return await library.read(content, at: 0, count: content.size) ?? []
  }

  func close(keeps: Bool = false) async {
    _ = tape.orders.send(.stop)
    try? await Task.sleep(for: .milliseconds(100))
    collect()
    isOpen = false
    await store.close()
    if !keeps { Self.remove(path) }
  }

  static func remove(_ path: String) {
    if let names = TapeDisk.names(in: path) {
      for name in names { remove("\(path)/\(name)") }
      rmdir(path)
    } else {
      unlink(path)
    }
  }

  /// Changes a file as somebody with access to the disk could.
  func change(_ path: String, at offset: Int) throws {
    let descriptor = try TapeDisk.open(path, makes: false)
    defer { Glibc.close(descriptor) }
    let bytes = TapeDisk.read(descriptor, at: offset, count: 1) ?? []
    try TapeDisk.writeWhole(path, descriptor, [(bytes.first ?? 0) ^ 1], at: offset)
  }
}
