// An operator who watches: what is told and to whom, what it costs while nobody does, and when it ends.

import Access
import Control
import Sessions
import Store
import Testing
import Values
import Web

@testable import API

/// A connection that keeps what it was sent.
@Control private final class Line: Socket {
  let address = "192.0.2.1"
  let queuedBytes = 0
  private(set) var frames: [JSON] = []
  private(set) var closedWith: Int?

  func send(_ text: [UInt8], _ importance: Importance) {
    if let json = try? JSON(parsing: text) { frames.append(json) }
  }

  func close(code: Int, reason: String) { closedWith = closedWith ?? code }

  func all(_ type: String) -> [JSON] { frames.filter { $0["type"]?.string == type } }

  /// Waits for as many frames of a type, which come by themselves.
  func awaits(_ count: Int, _ type: String) async throws -> [JSON] {
    for _ in 0..<2_000 where all(type).count < count { try await Task.sleep(for: .milliseconds(5)) }
    try #require(all(type).count >= count)
    return all(type)
  }
}

@Control private final class Bench {
  let service: Service
  let store: SQLiteStore
  let keys: KeyRing

  init() async throws {
    var generator = SystemRandomNumberGenerator()
    store = try await SQLiteStore.open(
      directory: "/tmp/tandem-watch-" + Identifier.random(count: 12, using: &generator))
    keys = KeyRing(store: store, configured: [], masterKey: [UInt8](repeating: 7, count: 32))
    let revocations = Revocations(store: store)
    let encoder = EventEncoder()
    let rooms = Rooms(
      store: store, journal: nil, options: SessionsOptions(), revocations: revocations,
      encode: { encoder.encode($0) })
    service = Service(
      rooms: rooms, keys: keys, verifier: TokenVerifier(keys: keys), revocations: revocations,
      audit: Audit(store: store), store: store, options: Service.Options())
    encoder.service = service
    service.watching.interval = .milliseconds(20)
  }

  func token(_ key: (id: String, secret: String), admin: Bool, seconds: Int64 = 600) -> String {
    let now = Timestamp.now.seconds
    return TokenMint.token(
      TokenClaims(
        subject: admin ? "olga" : "sam", expiresAtSeconds: now + seconds, issuedAtSeconds: now,
        issuer: key.id, tandem: .init(room: admin ? nil : "algebra", role: .student, admin: admin)),
      keyID: key.id, secret: Array(key.secret.utf8))
  }

  func say(_ message: JSON, on line: Line, by client: Client) {
    client.received(message.encoded(), on: line)
  }

  func comes() -> (Line, Client) {
    let (line, client) = (Line(), Client(service: service))
    client.opened(line)
    return (line, client)
  }
}

@Suite("Operators who watch", .timeLimit(.minutes(1))) struct WatchTests {
  init() { Control.runInBackground() }

  @Test("an operator gets snapshots with who is there, and the log as it grows, until leaving")
  @Control func watches() async throws {
    let bench = try await Bench()
    let key = try await bench.keys.create(note: nil, by: "test", at: .now)
    let (line, client) = bench.comes()
    bench.say(
      ["type": "watch", "id": 1, "token": .string(bench.token(key, admin: true))], on: line, by: client)
    let reply = try await line.awaits(1, "watching")[0]
    #expect(reply["id"] == 1 && reply["cursor"]?.string == "0" && reply["dev"] == false)
    #expect(try await line.awaits(1, "snapshot")[0]["totals"]?["participants"] == 0)

    let (sam, samClient) = bench.comes()
    bench.say(
      ["type": "join", "id": 1, "token": .string(bench.token(key, admin: false))], on: sam, by: samClient)
    _ = try await sam.awaits(1, "joined")
    let log = try await line.awaits(3, "log")
    let told = log.compactMap { $0["event"]?["type"]?.string }
    #expect(told.contains("participant.joined"))
    #expect(log.compactMap { $0["cursor"]?.string } == ["1", "2", "3"])
    let seen = line.all("snapshot").count
    let latest = try #require(try await line.awaits(seen + 2, "snapshot").last)
    #expect(latest["totals"] == ["rooms": 1, "activeRooms": 1, "participants": 1])
    let people = latest["rooms"]?.array?.first?["people"]?.array
    #expect(people?.map { $0["identity"]?.string } == ["sam"])
    #expect(line.frames.compactMap { $0["seq"]?.integer } == Array(1...Int64(line.frames.count - 1)))

    client.closed(line, code: 1000)
    #expect(bench.service.watching.count == 0 && !bench.service.watching.isTicking)
    let frames = line.frames.count
    try await Task.sleep(for: .milliseconds(100))
    #expect(line.frames.count == frames)
    await bench.store.close()
  }

  @Test("nobody but an operator watches")
  @Control func refused() async throws {
    let bench = try await Bench()
    let key = try await bench.keys.create(note: nil, by: "test", at: .now)
    let (line, client) = bench.comes()
    bench.say(
      ["type": "watch", "id": 1, "token": .string(bench.token(key, admin: false))], on: line, by: client)
    #expect(line.frames.map { $0["code"]?.string } == ["forbidden"])
    #expect(line.closedWith == 4403 && bench.service.watching.count == 0)
    await bench.store.close()
  }

  @Test("a watch ends when the key is revoked that its token was signed with")
  @Control func revoked() async throws {
    let bench = try await Bench()
    let key = try await bench.keys.create(note: nil, by: "test", at: .now)
    let (line, client) = bench.comes()
    bench.say(
      ["type": "watch", "id": 1, "token": .string(bench.token(key, admin: true))], on: line, by: client)
    _ = try await line.awaits(1, "snapshot")
    _ = try await bench.keys.revoke(key.id, at: .now)
    #expect(try await line.awaits(1, "error")[0]["code"] == "unauthorized")
    #expect(line.closedWith == 4401 && bench.service.watching.count == 0)
    await bench.store.close()
  }

  @Test("no more operators than the bound, and one who leaves makes room")
  @Control func bounded() async throws {
    let bench = try await Bench()
    bench.service.options.connectionsPerIdentity = 0
    let key = try await bench.keys.create(note: nil, by: "test", at: .now)
    let token = bench.token(key, admin: true)
    var present: [(Line, Client)] = []
    for _ in 0..<Limits.watchers {
      let (line, client) = bench.comes()
      bench.say(["type": "watch", "id": 1, "token": .string(token)], on: line, by: client)
      _ = try await line.awaits(1, "watching")
      present.append((line, client))
    }
    let (late, lateClient) = bench.comes()
    bench.say(["type": "watch", "id": 1, "token": .string(token)], on: late, by: lateClient)
    #expect(try await late.awaits(1, "error")[0]["code"] == "rate_limited")
    present[0].1.closed(present[0].0, code: 1000)
    bench.say(["type": "watch", "id": 2, "token": .string(token)], on: late, by: lateClient)
    _ = try await late.awaits(1, "watching")
    for (line, client) in present.dropFirst() { client.closed(line, code: 1000) }
    lateClient.closed(late, code: 1000)
    #expect(bench.service.watching.count == 0)
    await bench.store.close()
  }
}
