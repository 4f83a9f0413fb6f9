// The dispatcher with a real store and a scripted client: what reaches the endpoints, over restarts too.

import Control
import Glibc
import Store
import Synchronization
import Testing
import Values

@testable import Webhooks

/// Answers as told and remembers what it was sent.
private final class Client: Sendable {
  struct Sent: Sendable {
    let url: String
    let signature: String
    let body: [UInt8]
    var json: JSON { (try? JSON(parsing: body)) ?? .null }
  }
  private struct State {
    var sent: [Sent] = []
    var isDown: Set<String> = []
    var hangs: Set<String> = []
  }
  private let state = Mutex(State())

  var sent: [Sent] { state.withLock { $0.sent } }
  func ids(_ url: String) -> [String] { sent.filter { $0.url == url }.compactMap { $0.json["id"]?.string } }
  func set(_ url: String, down: Bool) {
    state.withLock { if down { $0.isDown.insert(url) } else { $0.isDown.remove(url) } }
  }
  func hang(_ url: String) { state.withLock { _ = $0.hangs.insert(url) } }

  var send: WebhookSend {
    { url, headers, body, _ in
      let signature = headers.first { $0.0 == "Tandem-Signature" }?.1 ?? ""
      let (isDown, hangs) = self.state.withLock { state in
        if !state.isDown.contains(url), !state.hangs.contains(url) {
          state.sent.append(Sent(url: url, signature: signature, body: body))
        }
        return (state.isDown.contains(url), state.hangs.contains(url))
      }
      if hangs { try? await Task.sleep(for: .seconds(3)) }
      return isDown || hangs ? .unreachable("connection refused") : .status(204, retryAfter: nil)
    }
  }
}

@Suite("The webhook dispatcher", .timeLimit(.minutes(1))) struct DispatcherTests {
  private let directory: String

  init() {
    Control.runInBackground()
    var generator = SystemRandomNumberGenerator()
    directory = "/tmp/tandem-test-" + Identifier.random(count: 12, using: &generator)
  }

  private func append(_ store: SQLiteStore, _ ids: ClosedRange<Int>, room: String = "algebra") async throws {
    try await store.write(.process) { connection throws(StoreFailure) in
      for id in ids {
        try EventLog.append("e_\(id)", "chat", room: room, ["n": .integer(Int64(id))], at: .now, connection)
      }
    }
  }

  private func until(_ condition: @Sendable () -> Bool) async throws {
    for _ in 0..<500 where !condition() { try await Task.sleep(for: .milliseconds(10)) }
    #expect(condition())
  }

  private func remove() {
    for name in ["tandem.db", "tandem.db-wal", "tandem.db-shm", "lock"] { unlink(directory + "/" + name) }
    rmdir(directory)
  }

  @Test("events are sent as they happen, signed, and a new endpoint hears of the future only")
  func sends() async throws {
    let client = Client()
    let store = try await SQLiteStore.open(directory: directory)
    try await append(store, 1...3)
    let dispatcher = await WebhookDispatcher(store: store, send: client.send)
    try await dispatcher.configure(
      [WebhookEndpoint(url: "http://one/", secret: [1, 2, 3])], timeout: .seconds(1), maxAge: .seconds(60))
    try await append(store, 4...30)
    try await until { client.ids("http://one/").count == 27 }
    #expect(client.ids("http://one/") == (4...30).map { "e_\($0)" })
    let first = try #require(client.sent.first)
    #expect(first.json["room"] == "algebra" && first.json["seq"] == 4)
    #expect(first.json["type"] == "chat" && first.json["data"] == ["n": 4])
    let seconds = first.signature.dropFirst(2).prefix { $0 != "," }
    let time = Timestamp(seconds: try #require(Int64(seconds)))
    #expect(first.signature == WebhookRequest.signature(first.body, secret: [1, 2, 3], at: time))
    await dispatcher.stop(grace: .seconds(1))
    await store.close()
    remove()
  }

  @Test("an endpoint that is down or hangs delays nobody else, and gets its events after a restart")
  func restarts() async throws {
    let client = Client()
    client.set("http://down/", down: true)
    client.hang("http://slow/")
    var store = try await SQLiteStore.open(directory: directory)
    let endpoints = ["http://down/", "http://up/", "http://slow/"].map {
      WebhookEndpoint(url: $0, secret: [1])
    }
    let first = await WebhookDispatcher(store: store, send: client.send)
    try await first.configure(endpoints, timeout: .seconds(1), maxAge: .seconds(600))
    try await append(store, 1...50)
    try await until { client.ids("http://up/").count == 50 }
    #expect(client.ids("http://down/").isEmpty)
    await first.stop(grace: .milliseconds(50))
    await store.close()

    client.set("http://down/", down: false)
    store = try await SQLiteStore.open(directory: directory)
    let second = await WebhookDispatcher(store: store, send: client.send)
    try await second.configure(endpoints, timeout: .seconds(1), maxAge: .seconds(600))
    try await until { client.ids("http://down/").count == 50 }
    #expect(client.ids("http://down/") == (1...50).map { "e_\($0)" })
    // The one that had got all of them gets nothing twice after an orderly stop.
    #expect(client.ids("http://up/").count == 50)
    await second.stop(grace: .milliseconds(50))
    await store.close()
    remove()
  }

  @Test("a reload keeps an endpoint's place, and takes its new filter")
  func reload() async throws {
    let client = Client()
    let store = try await SQLiteStore.open(directory: directory)
    let dispatcher = await WebhookDispatcher(store: store, send: client.send)
    try await dispatcher.configure(
      [WebhookEndpoint(url: "http://one/", secret: [1], events: ["room.*"])], timeout: .seconds(1),
      maxAge: .seconds(60))
    try await append(store, 1...5)
    try await Task.sleep(for: .milliseconds(100))
    #expect(client.sent.isEmpty)
    try await dispatcher.configure(
      [WebhookEndpoint(url: "http://one/", secret: [1], events: ["chat"])], timeout: .seconds(1),
      maxAge: .seconds(60))
    try await append(store, 6...8)
    try await until { client.ids("http://one/").count == 3 }
    #expect(client.ids("http://one/") == ["e_6", "e_7", "e_8"])
    await dispatcher.stop(grace: .seconds(1))
    await store.close()
    remove()
  }
}
