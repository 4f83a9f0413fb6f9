// What participants notice when the store fails or is slow.

import Access
import Control
import Store
import Synchronization
import Testing
import Values

@testable import Sessions

/// A store in front of a real one, whose writes can be made to fail or to wait.
private final class Brittle: Store {
  private let real: any Store
  private let isBroken = Mutex(false)
  private let gate = Mutex<[CheckedContinuation<Bool, Never>]?>(nil)

  init(_ real: any Store) { self.real = real }

  func breakDown(_ broken: Bool) { isBroken.withLock { $0 = broken } }
  /// Writes that are awaited wait from now on, until let go.
  func hold() { gate.withLock { $0 = [] } }
  /// The first few of those that waited fail.
  func letGo(failing failures: Int = 0) {
    gate.withLock { waiting in
      for (index, one) in (waiting ?? []).enumerated() { one.resume(returning: index >= failures) }
      waiting = nil
    }
  }
  var waitingCount: Int { gate.withLock { $0?.count ?? 0 } }

  nonisolated(nonsending) func read<Result: Sendable>(
    _ body: @escaping @Sendable (any Connection) throws(StoreFailure) -> Result
  ) async throws(StoreFailure) -> Result { try await real.read(body) }

  nonisolated(nonsending) func write<Result: Sendable>(
    _ durability: Durability, _ body: @escaping @Sendable (any Connection) throws(StoreFailure) -> Result
  ) async throws(StoreFailure) -> Result {
    let works = await withCheckedContinuation { continuation in
      let passes = gate.withLock { waiting in
        waiting?.append(continuation)
        return waiting == nil
      }
      if passes { continuation.resume(returning: !isBroken.withLock { $0 }) }
    }
    guard works else { throw .full("the disk is full") }
    return try await real.write(durability, body)
  }

  func enqueue(
    _ durability: Durability, _ body: @escaping @Sendable (any Connection) throws(StoreFailure) -> Void
  ) {
    if !isBroken.withLock({ $0 }) { real.enqueue(durability, body) }
  }

  func observe(_ topic: StoreTopic, _ body: @escaping @Sendable () -> Void) { real.observe(topic, body) }
  var health: String? { real.health }
  func close() async { await real.close() }
}

@Suite("Rooms when the store fails or is slow", .timeLimit(.minutes(1))) struct FailureTests {
  init() { Control.runInBackground() }

  @Control private func brittle() async throws -> (House, Brittle) {
    var brittle: Brittle?
    let house = try await House(wrap: { real in
      let wrapped = Brittle(real)
      brittle = wrapped
      return wrapped
    })
    return (house, try #require(brittle))
  }

  @Control private func until(_ condition: @Control () -> Bool) async {
    while !condition() { await Task.yield() }
  }

  @Test("a join that cannot be written down is refused and leaves no trace; the next one succeeds")
  @Control func fullDisk() async throws {
    let (house, store) = try await brittle()
    store.breakDown(true)
    #expect(await refusalOf { try await house.join("s") } == .unavailable)
    #expect(house.rooms.rooms.isEmpty && house.rooms.outlets.isEmpty && house.rooms.secrets.isEmpty)
    store.breakDown(false)
    _ = try await house.join("s")
    #expect(
      try await house.outbox().map(\.type) == ["room.created", "session.started", "participant.joined"])
    await house.close()
  }

  @Test("people in a room are not told of one whose join failed, and go on")
  @Control func failedSecond() async throws {
    let (house, store) = try await brittle()
    let mentor = try await house.join("m", .mentor)
    store.breakDown(true)
    #expect(await refusalOf { try await house.join("s") } == .unavailable)
    #expect(mentor.client.events.isEmpty)
    #expect(try house.rooms.show("room").participantCount == 1)
    await house.close()
  }

  @Test("of two who open a room together, the second stays when the first's write fails")
  @Control func firstFails() async throws {
    let (house, store) = try await brittle()
    store.hold()
    let first = Task { @Control in await refusalOf { try await house.join("m", .mentor) } }
    await until { store.waitingCount == 1 }
    let second = Task { @Control in await refusalOf { try await house.join("s") } }
    await until { store.waitingCount == 2 }
    store.letGo(failing: 1)
    let outcomes = [await first.value, await second.value]
    #expect(outcomes == [.unavailable, nil])
    let types = try await house.outbox().map(\.type)
    #expect(types.filter { $0 == "room.created" }.count == 1)
    #expect(types.filter { $0 == "session.started" }.count == 1)
    await house.close()
  }

  @Test("a room that ends while somebody's join is being written refuses that join, and the books balance")
  @Control func endsMeanwhile() async throws {
    let (house, store) = try await brittle()
    let mentor = try await house.join("m", .mentor)
    store.hold()
    let joining = Task { @Control in await refusalOf { try await house.join("s") } }
    await until { store.waitingCount == 1 }
    let ending = Task { @Control in try? await house.rooms.moderate(mentor.seat, .end) }
    await until { store.waitingCount == 2 }
    store.letGo()
    #expect(await joining.value == .roomClosed)
    await ending.value
    let types = try await house.outbox().map(\.type)
    #expect(
      types.filter { $0 == "participant.joined" }.count == types.filter { $0 == "participant.left" }.count)
    #expect(house.rooms.outlets.isEmpty)
    await house.close()
  }

  @Test("of two joins of one user at once the newer wins, and the older is refused")
  @Control func twice() async throws {
    let (house, store) = try await brittle()
    store.hold()
    let older = Task { @Control in await refusalOf { try await house.join("s") } }
    await until { store.waitingCount == 1 }
    let newer = Task { @Control in await refusalOf { try await house.join("s") } }
    await until { store.waitingCount == 2 }
    store.letGo()
    #expect(await older.value == .alreadyJoined)
    #expect(await newer.value == nil)
    #expect(try house.rooms.show("room").participantCount == 1)
    #expect(
      try await house.outbox().map(\.type).filter { $0.hasPrefix("participant") }.sorted() == [
        "participant.joined", "participant.joined", "participant.left",
      ])
    await house.close()
  }

  @Test("events that happen while a resume is being written down come with its reply, once")
  @Control func meanwhile() async throws {
    let (house, store) = try await brittle()
    let mentor = try await house.join("m", .mentor)
    let student = try await house.join("s")
    house.rooms.connectionLost(student.seat, student.client)
    store.hold()
    let client = Client(house.codebook)
    let resuming = Task { @Control in
      try await house.rooms.resume(secret: student.view.resume, lastSeq: 0, grant: nil, connection: client)
    }
    await until { store.waitingCount == 1 }
    try house.rooms.chat(mentor.seat, text: "quick", to: nil)
    #expect(client.events.isEmpty, "nothing comes before the reply")
    store.letGo()
    let resumption = try await resuming.value
    #expect(resumption.missed.count == 1 && resumption.view.lastSeq == 1 && client.events.isEmpty)
    try house.rooms.chat(mentor.seat, text: "next", to: nil)
    #expect(client.seqs == [2])
    await house.close()
  }

  @Test(
    "whoever is let in while the connection breaks keeps the place for the window, or loses it by leaving")
  @Control func admittedAndLost() async throws {
    let (house, store) = try await brittle()
    house.rooms.options.room.lobby = true
    let mentor = try await house.join("m", .mentor)
    let waiting = try await house.wait("w")
    let leaving = try await house.wait("l")
    store.hold()
    let tasks = [waiting, leaving].map { one in
      Task { @Control in
        await refusalOf {
          try await house.rooms.moderate(mentor.seat, .admit(participant: one.seat.participant))
        }
      }
    }
    await until { store.waitingCount == 2 }
    house.rooms.connectionLost(waiting.seat, waiting.client)
    try house.rooms.leave(leaving.seat)
    store.letGo()
    #expect(await tasks[0].value == nil)
    #expect(await tasks[1].value == .alreadyJoined)
    #expect(try house.rooms.show("room").participants.map(\.state) == [.active, .reconnecting])
    house.pass(.seconds(60))
    #expect(try house.rooms.show("room").participantCount == 1)
    await house.close()
  }
}
