// Clients that send or read too slowly: what they cost, when they are cut, and that nobody else notices.

import Control
import Glibc
import Observe
import Testing
import Values

@testable import Web

/// Serialized: they measure time and process-wide counters.
@Suite("Slow clients", .serialized, .timeLimit(.minutes(1))) struct SlowClientTests {
  init() { Control.runInBackground() }

  @Test("a head that drips in is cut, however lively it drips")
  @Control func slowHead() async throws {
    try await withServer({ $0.headTimeout = .milliseconds(300) }) { server, house in
      let peer = try Peer(port: server.port)
      let start = ContinuousClock.now
      for byte in Array("GET / HTTP/1.1\r\nHost: a\r\nX-Very-Long: aaaaaaaaaaaaaaaaaa".utf8) {
        guard await peer.send([byte]), ContinuousClock.now - start < .seconds(3) else { break }
        try await Task.sleep(for: .milliseconds(20))
      }
      #expect(try await peer.reply().status == 408)
      #expect(await peer.isEnded())
      #expect(ContinuousClock.now - start < .seconds(3) && house.requests.isEmpty)
    }
  }

  @Test("a connection that says nothing is closed without a word")
  @Control func silence() async throws {
    try await withServer({
      $0.headTimeout = .milliseconds(200)
      $0.idleTimeout = .milliseconds(200)
    }) { server, _ in
      let mute = try Peer(port: server.port)
      #expect(await mute.rest() == [])
      let used = try Peer(port: server.port)
      _ = try await used.get("/x")
      #expect(await used.rest() == [])
    }
  }

  @Test("a body that does not come is cut")
  @Control func slowBody() async throws {
    try await withServer({ $0.bodyTimeout = .milliseconds(300) }) { server, house in
      let peer = try Peer(port: server.port)
      await peer.send("POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 100\r\n\r\nabc")
      #expect(try await peer.reply().status == 408)
      #expect(await peer.isEnded())
      #expect(house.requests.isEmpty)
    }
  }

  @Test("an endless stream to a client that does not read waits for it, and ends with it")
  @Control func slowReader() async throws {
    try await withServer({ $0.writeTimeout = .milliseconds(500) }) { server, house in
      let pulled = Counted()
      house.routes["/endless"] = { _ in
        Response(
          body: .stream {
            pulled.add()
            return [UInt8](repeating: 0x61, count: 10_000)
          })
      }
      let slow = try Peer(port: server.port, receiveBuffer: 4096)
      await slow.send("GET /endless HTTP/1.1\r\nHost: a\r\n\r\n")
      try await Task.sleep(for: .milliseconds(300))
      let ahead = pulled.current
      #expect(ahead < 800, "8 MB at most may be in the kernel and here, not \(ahead * 10_000)")
      // Nobody else is held up.
      let start = ContinuousClock.now
      #expect(try await Peer(port: server.port).get("/x").status == 200)
      #expect(ContinuousClock.now - start < .seconds(1))
      #expect(await eventually { server.openConnections <= 1 })
      #expect(pulled.current - ahead < 100)
    }
  }

  @Test("a reader that falls behind loses what may be lost, keeps what may not, gets only the newest")
  @Control func importance() async throws {
    try await withServer({
      $0.socketQueueSoftBytes = 40_000
      $0.socketQueueBytes = 8_000_000
    }) { server, house in
      let peer = try Peer(port: server.port, receiveBuffer: 4096)
      _ = try await peer.openSocket()
      guard let socket = house.sockets.first else { return }
      // Fill the kernel's buffers until something stays with us.
      let filler = [UInt8](repeating: 0x66, count: 10_000)
      var fillers = 0
      while socket.queuedBytes < 60_000 {
        socket.send(filler)
        fillers += 1
        await Task.yield()
      }
      let dropped = Metrics.webSocketMessagesDropped.current
      for number in 0..<100 {
        socket.send(Array("droppable \(number)".utf8), .droppable)
        socket.send(Array("level \(number)".utf8), .latest("level"))
        socket.send(Array("required \(number)".utf8))
      }
      #expect(Metrics.webSocketMessagesDropped.current - dropped >= 199)
      var texts: [String] = []
      for _ in 0..<fillers { #expect(await peer.frame()?.payload == filler) }
      for _ in 0..<101 { texts.append(await peer.frame()?.text ?? "") }
      #expect(texts.filter { $0.hasPrefix("required") } == (0..<100).map { "required \($0)" })
      #expect(texts.filter { $0.hasPrefix("level") } == ["level 99"])
    }
  }

  @Test("a reader that reads nothing is closed at the bound, and the others notice nothing")
  @Control func deadReader() async throws {
    try await withServer { server, house in
      let dead = try Peer(port: server.port, receiveBuffer: 4096)
      _ = try await dead.openSocket()
      guard let socket = house.sockets.first else { return }
      let lively = try Peer(port: server.port)
      _ = try await lively.openSocket()
      let closed = Metrics.webSocketSlowClosed.current
      let message = [UInt8](repeating: 0x61, count: 4096)
      var most = 0
      for _ in 0..<2000 where house.closed.isEmpty && Metrics.webSocketSlowClosed.current == closed {
        socket.send(message)
        most = max(most, socket.queuedBytes)
        await lively.sendFrame(1, [0x31])
        let start = ContinuousClock.now
        #expect(await lively.frame()?.text == "1")
        #expect(ContinuousClock.now - start < .seconds(1))
      }
      #expect(Metrics.webSocketSlowClosed.current == closed + 1)
      #expect(most <= server.options.socketQueueBytes + Limits.writeBytes)
      // Two seconds are for the close frame that it doesn't read.
      try await Task.sleep(for: .seconds(1))
      #expect(await eventually { house.closed == [nil] })
      #expect(socket.queuedBytes == 0)
    }
  }

  @Test("one long message always fits, a burst too if the client reads")
  @Control func bursts() async throws {
    try await withServer { server, house in
      let peer = try Peer(port: server.port)
      _ = try await peer.openSocket()
      house.sockets.first?.send([UInt8](repeating: 0x61, count: 1_000_000))
      #expect(await peer.frame()?.payload.count == 1_000_000)
      let reading = Task {
        var count = 0
        while count < 3000, await peer.frame() != nil { count += 1 }
        return count
      }
      for _ in 0..<3000 {
        house.sockets.first?.send([UInt8](repeating: 0x62, count: 1000))
        // As fast as the client reads, however slow the machine is: the queue is kept full, not over.
        while (house.sockets.first?.queuedBytes ?? 0) > server.options.socketQueueBytes / 2 {
          try await Task.sleep(for: .milliseconds(1))
        }
      }
      #expect(await reading.value == 3000)
    }
  }
}
