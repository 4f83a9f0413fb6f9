// WebSockets: frames right and wrong, the closing handshake, clients that vanish.

import Control
import Glibc
import Observe
import Testing
import Values

@testable import Web

@Suite("WebSockets", .timeLimit(.minutes(1))) struct WebSocketTests {
  init() { Control.runInBackground() }

  private typealias Step = (name: String, bytes: [UInt8], code: Int)

  private static let wrong: [Step] = [
    ("an unmasked frame", Peer.frame(1, [0x61], isMasked: false), 1002),
    ("a reserved bit", [0xC1] + Peer.frame(1, [0x61]).dropFirst(), 1002),
    ("an unknown kind", Peer.frame(3, [0x61]), 1002),
    ("an unknown control frame", Peer.frame(11, []), 1002),
    ("a fragmented ping", Peer.frame(9, [], isLast: false), 1002),
    ("a long ping", Peer.frame(9, [UInt8](repeating: 0, count: 126)), 1002),
    ("a continuation of nothing", Peer.frame(0, [0x61]), 1002),
    ("a message within a message", Peer.frame(1, [0x61], isLast: false) + Peer.frame(1, [0x61]), 1002),
    ("a length written too long", [0x81, 0xFE, 0, 5, 0, 0, 0, 0] + [1, 2, 3, 4, 5], 1002),
    ("text that is not UTF-8", Peer.frame(1, [0xc0, 0xaf]), 1007),
    (
      "fragments that are not UTF-8 together", Peer.frame(1, [0xc3], isLast: false) + Peer.frame(0, [0x28]),
      1007
    ),
    ("a message over the limit", Peer.frame(1, [UInt8](repeating: 0x61, count: 2001)), 1009),
    (
      "fragments over the limit",
      Peer.frame(1, [UInt8](repeating: 0x61, count: 1500), isLast: false)
        + Peer.frame(0, [UInt8](repeating: 0x61, count: 501)), 1009
    ),
    ("a promise over all limits", [0x81, 0xFF, 0x7f, 255, 255, 255, 255, 255, 255, 255, 0, 0, 0, 0], 1009),
    ("a close code of one byte", Peer.frame(8, [3]), 1002),
    ("a close code that must not be sent", Peer.frame(8, [0x03, 0xed]), 1002),
    ("a close reason that is not UTF-8", Peer.frame(8, [0x03, 0xe8, 0xff]), 1007),
  ]

  @Test("wrong frames end the connection with the right code")
  @Control func wrongFrames() async throws {
    try await withServer({ $0.maxFrameBytes = 2000 }) { server, house in
      for step in Self.wrong {
        let peer = try Peer(port: server.port)
        #expect(try await peer.openSocket().status == 101)
        await peer.send(step.bytes)
        #expect(await peer.frame()?.closeCode == step.code, "\(step.name)")
        #expect(await peer.isEnded(), "\(step.name)")
      }
      #expect(house.closed.count == Self.wrong.count)
    }
  }

  @Test("a fragmented message is one message, whatever comes between")
  @Control func fragments() async throws {
    try await withServer { server, _ in
      let peer = try Peer(port: server.port)
      _ = try await peer.openSocket()
      await peer.send(Peer.frame(1, Array("gr".utf8) + [0xc3], isLast: false))
      await peer.sendFrame(9, Array("are you there".utf8))
      await peer.sendFrame(0, [], isLast: false)
      await peer.sendFrame(10, [])
      await peer.send(Peer.frame(0, [0xbc] + Array("n".utf8)))
      #expect(await peer.frame() == Frame(opcode: 10, payload: Array("are you there".utf8)))
      #expect(await peer.frame() == Frame(opcode: 1, payload: Array("grün".utf8)))
    }
  }

  @Test("messages of every size come back, in one packet or byte by byte")
  @Control func sizes() async throws {
    try await withServer { server, house in
      let peer = try Peer(port: server.port)
      _ = try await peer.openSocket()
      for count in [0, 1, 7, 8, 125, 126, 127, 65_535, 65_536, 200_000, 262_144] {
        let text = (0..<count).map { UInt8(0x20 + $0 % 90) }
        await peer.sendFrame(1, text)
        let back = await peer.frame()
        #expect(
          back?.payload.count == count && back?.payload == text,
          "\(count) bytes, opcode \(back?.opcode ?? 99) \(back?.closeCode ?? 0) \(back.map { $0.payload.count } ?? -1)"
        )
      }
      for byte in Peer.frame(1, Array("slowly".utf8)) { await peer.send([byte]) }
      #expect(await peer.frame()?.text == "slowly")
      await peer.send(
        Peer.frame(1, [0x31]) + Peer.frame(1, [0x32]) + Peer.frame(2, [0x33]) + Peer.frame(1, [0x34]))
      for text in ["1", "2", "4"] { #expect(await peer.frame()?.text == text) }
      #expect(house.binaries == 1)
    }
  }

  @Test(
    "handshakes that are none are refused",
    arguments: [
      ("Upgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Version: 13\r\n", 400),
      (
        "Upgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Key: c2hvcnQ=\r\n",
        400
      ),
      (
        "Upgrade: websocket\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n",
        400
      ),
      (
        "Upgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Version: 8\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n",
        426
      ),
    ])
  @Control func wrongHandshakes(headers: String, status: Int) async throws {
    try await withServer { server, house in
      let reply = try await Peer(port: server.port).get("/ws", headers)
      #expect(reply.status == status)
      #expect((reply["sec-websocket-version"] == "13") == (status == 426))
      #expect(house.sockets.isEmpty)
    }
  }

  @Test("a page of another origin may not connect, unless it is listed")
  @Control func origins() async throws {
    try await withServer({ $0.corsOrigins = ["https://app.example"] }) { server, _ in
      for (origin, status) in [
        ("https://app.example", 101), ("http://a", 101), ("https://evil.example", 403), ("null", 403),
      ] {
        let reply = try await Peer(port: server.port).openSocket("/ws", "Origin: \(origin)\r\n")
        #expect(reply.status == status, "\(origin)")
      }
    }
  }

  @Test("the handler may refuse, and another path is none")
  @Control func refused() async throws {
    try await withServer { server, house in
      let reply = try await Peer(port: server.port).openSocket("/elsewhere")
      #expect(reply.status == 404 && reply["connection"] == "close")
      #expect(house.sockets.isEmpty)
    }
  }

  @Test("closing from within a message is safe, and what follows is nothing")
  @Control func closesWithin() async throws {
    try await withServer { server, house in
      house.onText = { _, socket in
        socket.send(Array("last".utf8))
        socket.close(code: 4401, reason: "go")
        socket.send(Array("too late".utf8))
        socket.close(code: 4402, reason: "again")
      }
      let peer = try Peer(port: server.port)
      _ = try await peer.openSocket()
      await peer.send(Peer.frame(1, [0x31]) + Peer.frame(1, [0x32]))
      #expect(await peer.frame()?.text == "last")
      let close = await peer.frame()
      #expect(close?.closeCode == 4401 && close.map { $0.payload.dropFirst(2) } == Array("go".utf8)[...])
      await peer.sendFrame(8, close?.payload ?? [])
      #expect(await peer.isEnded())
      #expect(house.closed == [4401])
      house.sockets.first?.send(Array("nobody".utf8))
      house.sockets.first?.close(code: 1000, reason: "")
    }
  }

  @Test("a client that does not answer a close is cut")
  @Control func unansweredClose() async throws {
    try await withServer { server, house in
      let peer = try Peer(port: server.port)
      _ = try await peer.openSocket()
      house.sockets.first?.close(code: 1000, reason: "bye")
      #expect(await peer.frame()?.closeCode == 1000)
      #expect(await peer.isEnded())
      #expect(house.closed == [nil])
    }
  }

  @Test("a client that vanishes is noticed; one that falls silent is asked, then cut")
  @Control func vanishing() async throws {
    try await withServer({
      $0.pingInterval = .milliseconds(100)
      $0.pongTimeout = .milliseconds(200)
    }) { server, house in
      let vanished = try Peer(port: server.port)
      _ = try await vanished.openSocket()
      vanished.vanish()
      #expect(await eventually { house.closed == [nil] })

      let silent = try Peer(port: server.port)
      _ = try await silent.openSocket()
      let lively = try Peer(port: server.port)
      _ = try await lively.openSocket()
      for _ in 0..<5 {
        #expect(await lively.frame()?.opcode == 9)
        await lively.sendFrame(10, [])
      }
      #expect(await silent.isEnded())
      #expect(house.closed == [nil, nil])
    }
  }

  @Test("a flood of pings is answered once for all that waited")
  @Control func pings() async throws {
    try await withServer { server, house in
      let peer = try Peer(port: server.port)
      _ = try await peer.openSocket()
      await peer.send((0..<5000).flatMap { Peer.frame(9, Array(String($0).utf8)) } + Peer.frame(1, [0x31]))
      var pongs = 0
      while let frame = await peer.frame(), frame.opcode == 10 { pongs += 1 }
      #expect((1..<5000).contains(pongs))
      #expect(house.closed.isEmpty)
    }
  }

  @Test("all sockets learn why the server goes")
  @Control func shutdown() async throws {
    var options = WebServer.Options()
    (options.address, options.port) = ("127.0.0.1", 0)
    let house = House()
    let server = try WebServer(options: options, handler: house)
    let peers = try (0..<20).map { _ in try Peer(port: server.port) }
    for peer in peers { _ = try await peer.openSocket() }
    let closing = Task { @Control in await server.close(code: 1012, reason: "restart") }
    for peer in peers {
      #expect(await peer.frame()?.closeCode == 1012)
      await peer.sendFrame(8, [0x03, 0xf4])
      #expect(await peer.isEnded())
    }
    await closing.value
    #expect(house.closed.count == 20)
    #expect(throws: NoAnswer.self) { try Peer(port: server.port) }
  }
}
