// How connections come in: limits, the PROXY header, a machine without descriptors, and what a stopped
// server leaves.

import CSystem
import Control
import Glibc
import Observe
import Testing
import Values

@testable import Web

/// Serialized: they use up descriptors and look at process-wide counters.
@Suite("Arrivals", .serialized, .timeLimit(.minutes(1))) struct ArrivalTests {
  init() { Control.runInBackground() }

  @Test("connections over the limit are turned away, and welcome once others have gone")
  @Control func limit() async throws {
    try await withServer({ $0.maxConnections = 3 }) { server, _ in
      let refused = Metrics.connectionsRefused.current
      var peers = try (0..<3).map { _ in try Peer(port: server.port) }
      for peer in peers { #expect(try await peer.get("/x").status == 200) }
      let reply = try await Peer(port: server.port).reply()
      #expect(reply.status == 503 && reply["retry-after"] == "5")
      #expect(Metrics.connectionsRefused.current == refused + 1)
      peers.removeLast()
      #expect(await eventually { server.openConnections == 2 })
      #expect(try await Peer(port: server.port).get("/x").status == 200)
    }
  }

  @Test("one address cannot take all; a trusted proxy may bring many")
  @Control func limitForEachAddress() async throws {
    func options(_ options: inout WebServer.Options) {
      options.maxConnectionsPerAddress = 2
      options.trustedProxies = [AddressRange("127.0.0.9")].compactMap(\.self)
    }
    try await withServer(options) { server, _ in
      let first = try (0..<2).map { _ in try Peer(port: server.port) }
      for peer in first { #expect(try await peer.get("/x").status == 200) }
      #expect(try await Peer(port: server.port).reply().status == 503)
      #expect(try await Peer(port: server.port, from: "127.0.0.2").get("/x").status == 200)
      let proxied = try (0..<5).map { _ in try Peer(port: server.port, from: "127.0.0.9") }
      for peer in proxied { #expect(try await peer.get("/x").status == 200) }
    }
  }

  @Test("without descriptors one connection is turned away, the rest wait, nothing spins")
  @Control func noDescriptors() async throws {
    let shortage = Shortage()
    let refused = Metrics.connectionsRefused.current
    let listener = try Listener(
      address: "127.0.0.1", port: 0,
      accept: { listening, address, length in
        shortage.calls += 1
        guard !shortage.isOn || address == nil else {
          errno = EMFILE
          return -1
        }
        return tandem_accept(listening, address, length)
      }, arrived: { descriptor, _ in shortage.arrived.append(descriptor) })
    let peers = try (0..<10).map { _ in try Peer(port: listener.port) }
    try await Task.sleep(for: .milliseconds(250))
    #expect((2...8).contains(shortage.calls), "once each 100 ms, and once for the one that is turned away")
    #expect(Metrics.connectionsRefused.current > refused && shortage.arrived.isEmpty)
    shortage.isOn = false
    #expect(await eventually { (5..<10).contains(shortage.arrived.count) })
    listener.stop()
    for descriptor in shortage.arrived { close(descriptor) }
    withExtendedLifetime(peers) {}
  }

  private static let block: [UInt8] = [
    0x0d, 0x0a, 0x0d, 0x0a, 0x00, 0x0d, 0x0a, 0x51, 0x55, 0x49, 0x54, 0x0a,
  ]

  @Test("a trusted load balancer says whom it speaks for, in either version, in one piece or many")
  @Control func proxied() async throws {
    func options(_ options: inout WebServer.Options) {
      options.proxyProtocol = true
      options.trustedProxies = [AddressRange("127.0.0.1")].compactMap(\.self)
    }
    let request = Array("GET /x HTTP/1.1\r\nHost: a\r\n\r\n".utf8)
    let headers: [(bytes: [UInt8], address: String)] = [
      (Array("PROXY TCP4 203.0.113.7 10.0.0.1 4711 443\r\n".utf8), "203.0.113.7"),
      (Array("PROXY TCP6 2001:db8::7 ::1 4711 443\r\n".utf8), "2001:db8::7"),
      (Array("PROXY UNKNOWN\r\n".utf8), "127.0.0.1"),
      (Self.block + [0x21, 0x11, 0, 12, 203, 0, 113, 8, 10, 0, 0, 1, 1, 2, 3, 4], "203.0.113.8"),
      (Self.block + [0x21, 0x11, 0, 15, 203, 0, 113, 9, 10, 0, 0, 1, 1, 2, 3, 4, 4, 0, 0], "203.0.113.9"),
      (Self.block + [0x20, 0x00, 0, 0], "127.0.0.1"),
    ]
    try await withServer(options) { server, house in
      for header in headers {
        for isWhole in [true, false] {
          let peer = try Peer(port: server.port)
          if isWhole {
            await peer.send(header.bytes + request)
          } else {
            for byte in header.bytes + request { await peer.send([byte]) }
          }
          #expect(try await peer.reply().status == 200)
          #expect(house.requests.last?.address == header.address)
        }
      }
      for wrong in [
        "GET / HTTP/1.1\r\n\r\n", "PROXY TCP4 x y 1 2\r\n", "PROXY TCP4 1.1.1.1 1.1.1.1 1 99999\r\n",
      ] {
        let peer = try Peer(port: server.port)
        await peer.send(wrong)
        #expect(await peer.rest() == [], "\(wrong)")
      }
      let count = house.requests.count
      let stranger = try Peer(port: server.port, from: "127.0.0.2")
      await stranger.send(headers[0].bytes + request)
      #expect(try await stranger.reply().status == 400)
      #expect(house.requests.count == count)
    }
  }

  @Test("a port that is taken is said so, with what to do")
  @Control func taken() async throws {
    try await withServer { server, house in
      var options = WebServer.Options()
      options.address = "127.0.0.1"
      options.port = server.port
      do throws(WebFailure) {
        _ = try WebServer(options: options, handler: house)
        Issue.record("the port was taken")
      } catch {
        #expect(error.description.contains("\(server.port)") && error.remedy.contains("ss -ltnp"))
      }
    }
  }

  @Test("both families are served on ::")
  @Control func dualStack() async throws {
    try await withServer({ $0.address = "::" }) { server, house in
      let reply = try await Peer(port: server.port).get("/x")
      #expect(reply.status == 200 && house.requests.map(\.address) == ["127.0.0.1"])
    }
  }

  @Test("twenty servers come and go without leaving a descriptor")
  @Control func leavesNothing() async throws {
    func open() -> Int { (0..<1024).filter { fcntl(Int32($0), F_GETFD) >= 0 }.count }
    try await withServer { server, _ in _ = try await Peer(port: server.port).get("/x") }
    let before = open()
    for _ in 0..<20 {
      try await withServer { server, _ in
        let peer = try Peer(port: server.port)
        _ = try await peer.openSocket()
        #expect(try await Peer(port: server.port).get("/x").status == 200)
        peer.finish()
        #expect(await peer.isEnded())
      }
    }
    #expect(open() <= before + 3)
  }
}

@Control private final class Shortage {
  var isOn = true
  var calls = 0
  var arrived: [Int32] = []
}
