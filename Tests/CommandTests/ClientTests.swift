// Commands against a server of a few lines: what they ask, and what they make of the answers.

import Access
import Commands
import Control
import Testing
import Values
import Web

/// Answers from a list of its own and remembers what was asked.
@Control final class StandIn: WebHandler {
  var asked: [Request] = []
  var answer: @Control (Request) -> Response = { _ in .json([:]) }

  nonisolated init() {}

  func bodyLimit(_ method: Method, path: String) -> Int { 65_536 }
  func respond(to request: Request) async -> Response {
    asked.append(request)
    return answer(request)
  }
  func openSocket(_ request: Request, subprotocols: [String]) -> SocketDecision {
    .refuse(Response(status: 404))
  }
  func refusal(status: Int, detail: String, requestID: String) -> Response { Response(status: status) }

  static func problem(_ status: Int, _ code: String, _ detail: String) -> Response {
    .json(
      [
        "type": .string("urn:tandem:problem:\(code)"), "title": "T", "status": .integer(Int64(status)),
        "detail": .string(detail), "code": .string(code), "instance": "urn:tandem:request:q_1",
      ], status: status, headers: Headers([("content-type", "application/problem+json")]))
  }
}

@Suite("Commands and their server") struct ClientTests {
  init() { Control.runInBackground() }

  @Control func serving(
    _ body:
      @Control (StandIn, @Control (String...) async -> (code: Int32, output: String, errors: String))
      async throws -> Void
  ) async throws {
    let double = StandIn()
    var options = WebServer.Options()
    options.address = "127.0.0.1"
    options.port = 0
    let server = try WebServer(options: options, handler: double)
    let environment = [
      "TANDEM_URL": "http://127.0.0.1:\(server.port)/", "TANDEM_API_KEY": "key",
      "TANDEM_API_SECRET": "secret",
    ]
    try await body(double) { (words: String...) in
      let collected = Collected()
      let code = await Program.run(words, environment: environment, console: collected.console)
      return (code, collected.output, collected.errors)
    }
    await server.close(code: 1001, reason: "done")
  }

  @Test("each request carries a token of its own, good for a minute, for every room and right")
  @Control func tokens() async throws {
    try await serving { double, run in
      double.answer = { _ in .json(["items": [], "next": nil]) }
      #expect(await run("room", "list").code == 0)
      #expect(await run("key", "list").code == 0)
      let tokens = try double.asked.map { request in
        let header = try #require(request.headers["authorization"])
        #expect(header.hasPrefix("Bearer "))
        return try TokenParser(String(header.dropFirst(7)))
      }
      #expect(tokens.count == 2)
      #expect(Set(tokens.map(\.claims.tokenID)).count == 2)
      for token in tokens {
        #expect(token.keyID == "key")
        #expect(token.claims.tandem?.admin == true && token.claims.tandem?.room == "*")
        #expect(token.claims.expiresAtSeconds - (token.claims.issuedAtSeconds ?? 0) == 60)
      }
    }
  }

  @Test("lists go from page to page until there is enough")
  @Control func paging() async throws {
    try await serving { double, run in
      double.answer = { request in
        let from = Int(request.queryValue("cursor") ?? "0") ?? 0
        let count = min(Int(request.queryValue("limit") ?? "") ?? 0, 3)
        let items = (from..<min(8, from + count)).map { JSON.object(["id": .string("room-\($0)")]) }
        let next = from + items.count
        return .json(["items": .array(items), "next": next < 8 ? .string(String(next)) : .null])
      }
      let some = await run("room", "list", "--limit", "5", "--json")
      let document = try JSON(parsing: some.output)
      #expect(document["items"]?.array?.count == 5 && document["next"] == "5")
      let all = await run("room", "list", "--all")
      #expect(all.output.split(separator: "\n").count == 9)
      #expect(all.errors.isEmpty)
      #expect(await run("room", "list", "-n", "2").errors.contains("There are more"))
    }
  }

  @Test("a server that gives the same cursor again doesn't keep a command for ever")
  @Control func circle() async throws {
    try await serving { double, run in
      double.answer = { _ in .json(["items": [["id": "r"]], "next": "same"]) }
      #expect(await run("room", "list", "--all").code == 0)
      #expect(double.asked.count == 2)
    }
  }

  @Test("an id that looks like a path stays one segment of it")
  @Control func paths() async throws {
    try await serving { double, run in
      double.answer = { _ in StandIn.problem(404, "room_not_found", "There is no such room.") }
      let found = await run("room", "show", "a/b?c#d é")
      #expect(double.asked.first?.path == ["v1", "rooms", "a/b?c#d é"])
      #expect(found.code == 1)
      #expect(found.errors.hasPrefix("tandem: There is no such room (room_not_found, request q_"))
    }
  }

  @Test("what is refused is said with the server's sentence, its code and what helps")
  @Control func refusals() async throws {
    try await serving { double, run in
      double.answer = { _ in StandIn.problem(401, "unauthorized", "the token is not signed by a known key") }
      #expect(await run("room", "list").errors.contains("knows the API key 'key'"))
      double.answer = { _ in
        var response = StandIn.problem(429, "rate_limited", "too many requests")
        response.headers["retry-after"] = "7"
        return response
      }
      #expect(await run("room", "list").errors.contains("Try again in 7 s."))
      double.answer = { _ in StandIn.problem(500, "internal", "\u{1B}[2J") }
      let broken = await run("room", "list")
      #expect(broken.errors.contains("\\u{1b}[2J") && broken.errors.contains("log"))
      double.answer = { _ in Response(status: 502, body: .bytes(Array("<html>".utf8))) }
      #expect(await run("room", "list").errors.contains("not as a Tandem server does"))
      double.answer = { _ in Response(status: 200, body: .bytes(Array("<html>".utf8))) }
      #expect(await run("room", "list").errors.contains("is it a Tandem server?"))
      double.answer = { _ in .json(["rooms": []]) }
      #expect(await run("room", "list").errors.contains("without a list"))
    }
  }

  @Test("a room is asked for with what was said, and nothing else")
  @Control func create() async throws {
    try await serving { double, run in
      #expect(
        await run(
          "room", "create", "algebra", "--max-participants", "2", "--empty-timeout", "10m", "--lobby",
          "--metadata", "{\"a\":1}", "--topology", "p2p"
        ).code == 0)
      let request = try #require(double.asked.first)
      #expect(request.method == .post && request.rawPath == "/v1/rooms")
      #expect(
        try JSON(parsing: request.body)
          == [
            "id": "algebra", "topology": "p2p", "maxParticipants": 2, "emptyTimeout": 600, "lobby": true,
            "metadata": ["a": 1],
          ])
    }
  }

  @Test("who is kicked or muted may be named by identity")
  @Control func identity() async throws {
    try await serving { double, run in
      double.answer = { request in
        if request.method != .get { return Response(status: 204) }
        let tracks: JSON = [["id": "t_1", "muted": false], ["id": "t_2", "muted": true]]
        return .json(["participants": [["id": "p_1", "identity": "ana", "tracks": tracks]]])
      }
      #expect(await run("room", "kick", "algebra", "ana").code == 0)
      #expect(double.asked.last?.path == ["v1", "rooms", "algebra", "participants", "p_1"])
      #expect(await run("room", "mute", "algebra", "ana").code == 0)
      let mute = try #require(double.asked.last)
      #expect(mute.path == ["v1", "rooms", "algebra", "participants", "p_1", "mute"])
      #expect(try JSON(parsing: mute.body) == ["track": "t_1", "muted": true])
      #expect(await run("room", "mute", "algebra", "ben").code == 1)
    }
  }

  @Test("an event is a line with its cursor, and hides nothing that could hurt a terminal")
  @Control func events() async throws {
    try await serving { double, run in
      double.answer = { request in
        guard request.queryValue("after") == nil else { return .json(["items": [], "next": "7"]) }
        return .json([
          "items": [
            [
              "cursor": "7", "at": "2026-11-21T09:00:00Z", "type": "participant.joined", "room": "algebra",
              "data": ["participant": ["id": "p_1", "identity": "a\u{1B}na"], "count": 2, "none": nil],
            ]
          ], "next": "7",
        ])
      }
      let events = await run("events")
      #expect(
        events.output
          == "7  2026-11-21T09:00:00Z  participant.joined  algebra  participant=a\\u{1b}na  count=2\n")
    }
  }

  @Test("doctor tells a server that is up but not ready from one that is well")
  @Control func doctor() async throws {
    try await serving { double, run in
      double.answer = { request in
        switch request.rawPath {
        case "/healthz": .json(["status": "ok", "version": .string(Version.current)])
        case "/readyz":
          .json(["status": "not_ready", "checks": ["loop": "ok", "store": "the disk is full"]], status: 503)
        default: .json(["items": [], "next": nil])
        }
      }
      let report = await run("doctor", "--json")
      #expect(report.code == 1)
      let checks = try JSON(parsing: report.output)["checks"]?.array ?? []
      #expect(checks.contains { $0["check"] == "server" && $0["state"] == "ok" })
      #expect(
        checks.contains {
          $0["check"] == "readiness" && $0["message"]?.string?.contains("the disk is full") == true
        })
      #expect(checks.contains { $0["check"] == "API key" && $0["state"] == "ok" })
    }
  }
}
