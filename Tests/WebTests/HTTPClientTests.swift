// Requests to others on a real socket: bounds, time-outs, and answers that are wrong.

import Control
import Testing
import Values

@testable import Web

@Suite("Requests to others", .timeLimit(.minutes(1))) struct HTTPClientTests {
  init() { Control.runInBackground() }

  private let client = HTTPClient(userAgent: "tandem/test")

  @Test("a request goes out as it was meant, its answer comes back whole", arguments: Method.allCases)
  @Control func sends(method: Web.Method) async throws {
    try await withServer { server, house in
      let answer = try await client.send(
        method, url: "http://127.0.0.1:\(server.port)/hook?a=b",
        headers: Headers([("Content-Type", "application/json"), ("X-Request-Id", "r1")]),
        body: method == .get || method == .head ? [] : Array("{\"x\":1}".utf8))
      #expect(answer.status == 200)
      #expect(answer.headers["x-request-id"] == "r1")
      guard let seen = house.requests.first else { return }
      #expect(seen.headers["user-agent"] == "tandem/test")
      #expect(seen.headers["expect"] == nil)
      #expect(seen.headers["content-type"] == "application/json")
      #expect(seen.method == (method == .head ? .get : method))
      #expect(seen.body.isEmpty == (method == .get || method == .head))
    }
  }

  @Test("a large body needs no permission first")
  @Control func noContinue() async throws {
    try await withServer { server, house in
      house.bodyLimitBytes = 2_000_000
      let body = [UInt8](repeating: 0x61, count: 1_500_000)
      let answer = try await client.send(.post, url: "http://127.0.0.1:\(server.port)/x", body: body)
      #expect(answer.status == 200 && house.requests.first?.body == body)
    }
  }

  @Test("redirects are answers, not orders")
  @Control func noRedirect() async throws {
    try await withServer { server, house in
      house.routes["/go"] = { _ in Response(status: 302, headers: Headers([("location", "/elsewhere")])) }
      let answer = try await client.send(.get, url: "http://127.0.0.1:\(server.port)/go")
      #expect(answer.status == 302 && answer.headers["location"] == "/elsewhere")
      #expect(house.requests.count == 1)
    }
  }

  @Test("an answer over the limit is not taken")
  @Control func tooLarge() async throws {
    try await withServer { server, house in
      house.routes["/big"] = { _ in Response(body: .bytes([UInt8](repeating: 0, count: 100_000))) }
      await #expect(throws: HTTPClient.Failure.tooLarge) {
        try await client.send(.get, url: "http://127.0.0.1:\(server.port)/big", bodyLimit: 99_999)
      }
    }
  }

  @Test("a server that does not answer costs the time-out and no more")
  @Control func timesOut() async throws {
    try await withServer { server, house in
      house.routes["/never"] = { _ in
        try? await Task.sleep(for: .seconds(30))
        return Response()
      }
      let start = ContinuousClock.now
      await #expect(throws: HTTPClient.Failure.timedOut) {
        try await client.send(
          .get, url: "http://127.0.0.1:\(server.port)/never", timeout: .milliseconds(200))
      }
      #expect(ContinuousClock.now - start < .seconds(3))
    }
  }

  @Test("nobody there, no URL, another scheme: each is told apart")
  func failures() async throws {
    func failure(_ url: String) async -> HTTPClient.Failure? {
      do throws(HTTPClient.Failure) {
        _ = try await client.send(.get, url: url)
        return nil
      } catch { return error }
    }
    guard case .unreachable = await failure("http://127.0.0.1:1/") else {
      Issue.record("nobody listens on port 1")
      return
    }
    for url in ["", "nonsense://x", "ftp://127.0.0.1/", "file:///etc/passwd", "http://a b/", "http://"] {
      guard case .invalidURL = await failure(url) else {
        Issue.record("\(url) must be refused")
        return
      }
    }
  }

  @Test("a cancelled request ends at once")
  @Control func cancels() async throws {
    try await withServer { server, house in
      house.routes["/never"] = { _ in
        try? await Task.sleep(for: .seconds(30))
        return Response()
      }
      let port = server.port
      let client = client
      let task = Task { try await client.send(.get, url: "http://127.0.0.1:\(port)/never") }
      #expect(await eventually { house.requests.count == 1 })
      task.cancel()
      let start = ContinuousClock.now
      await #expect(throws: HTTPClient.Failure.self) { try await task.value }
      #expect(ContinuousClock.now - start < .seconds(3))
    }
  }

  @Test("many at once all get their own answer")
  @Control func many() async throws {
    try await withServer { server, _ in
      let port = server.port
      let client = client
      let texts = await withTaskGroup(of: Bool.self) { group in
        for number in 0..<100 {
          group.addTask {
            let answer = try? await client.send(.get, url: "http://127.0.0.1:\(port)/n/\(number)")
            let text = String(decoding: answer?.body ?? [], as: UTF8.self)
            return text.contains("[\"n\",\"\(number)\"]")
          }
        }
        var right = 0
        for await isRight in group where isRight { right += 1 }
        return right
      }
      #expect(texts == 100)
    }
  }
}
