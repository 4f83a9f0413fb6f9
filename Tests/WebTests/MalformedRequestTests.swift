// What is not a request, sent over real connections: each must be refused, and nothing of it may reach the
// handler.

import Control
import Testing
import Values

@testable import Web

/// What a client may send that is not a request, and what it gets. Each goes over a real connection.
private let table: [(name: String, bytes: String, status: Int)] = [
  ("two lengths", "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 1\r\nContent-Length: 1\r\n\r\nx", 400),
  ("two lengths in one", "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 1, 1\r\n\r\nx", 400),
  (
    "a length and chunks",
    "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n", 400
  ),
  ("a signed length", "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: +1\r\n\r\nx", 400),
  ("a negative length", "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: -1\r\n\r\nx", 400),
  ("an empty length", "POST / HTTP/1.1\r\nHost: a\r\nContent-Length:\r\n\r\nx", 400),
  (
    "a length beyond all numbers",
    "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 99999999999999999999\r\n\r\n", 413
  ),
  ("a length over the limit", "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 1001\r\n\r\n", 413),
  ("chunks over the limit", "POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n3e9\r\n", 413),
  (
    "a huge chunk", "POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\nffffffffffffffffff\r\n",
    400
  ),
  ("a chunk without a size", "POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n\r\n", 400),
  ("a chunk with 0x", "POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n0x1\r\nx\r\n", 400),
  (
    "a chunk longer than it says",
    "POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n1\r\nxy\r\n0\r\n\r\n", 400
  ),
  (
    "a chunk line with a bare line feed",
    "POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n1\nx\r\n0\r\n\r\n", 400
  ),
  (
    "another transfer encoding", "POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: gzip, chunked\r\n\r\n", 501
  ),
  ("a hidden transfer encoding", "POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: xchunked\r\n\r\n", 501),
  (
    "two transfer encodings",
    "POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r\n\r\n", 400
  ),
  ("chunks in HTTP/1.0", "POST / HTTP/1.0\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n", 400),
  ("a space before the colon", "GET / HTTP/1.1\r\nHost: a\r\nContent-Length : 1\r\n\r\n", 400),
  ("a folded header", "GET / HTTP/1.1\r\nHost: a\r\nX: b\r\n c\r\n\r\n", 400),
  ("a folded first header", "GET / HTTP/1.1\r\n X: b\r\nHost: a\r\n\r\n", 400),
  ("bare line feeds", "GET / HTTP/1.1\nHost: a\n\n", 400),
  ("one bare line feed", "GET / HTTP/1.1\r\nHost: a\nX: y\r\n\r\n", 400),
  ("a bare carriage return", "GET / HTTP/1.1\r\nHost: a\r\nX: b\rY: c\r\n\r\n", 400),
  ("a NUL in a header", "GET / HTTP/1.1\r\nHost: a\r\nX: \0\r\n\r\n", 400),
  ("a NUL in the path", "GET /\0 HTTP/1.1\r\nHost: a\r\n\r\n", 400),
  ("an encoded NUL", "GET /%00 HTTP/1.1\r\nHost: a\r\n\r\n", 400),
  ("a header without a colon", "GET / HTTP/1.1\r\nHost: a\r\nnonsense\r\n\r\n", 400),
  ("a header without a name", "GET / HTTP/1.1\r\nHost: a\r\n: x\r\n\r\n", 400),
  ("no host", "GET / HTTP/1.1\r\n\r\n", 400),
  ("two hosts", "GET / HTTP/1.1\r\nHost: a\r\nHost: b\r\n\r\n", 400),
  ("a host with a path", "GET / HTTP/1.1\r\nHost: a/b\r\n\r\n", 400),
  ("two authorizations", "GET / HTTP/1.1\r\nHost: a\r\nAuthorization: x\r\nAuthorization: y\r\n\r\n", 400),
  ("another host's absolute URL", "GET http://b/ HTTP/1.1\r\nHost: a\r\n\r\n", 400),
  ("a tunnel", "CONNECT a:443 HTTP/1.1\r\nHost: a\r\n\r\n", 501),
  ("an unknown method", "BREW / HTTP/1.1\r\nHost: a\r\n\r\n", 501),
  ("a method in lower case", "get / HTTP/1.1\r\nHost: a\r\n\r\n", 501),
  ("HTTP/2 with prior knowledge", "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n", 505),
  ("HTTP/0.9", "GET /\r\n\r\n", 400),
  ("HTTP/1.2", "GET / HTTP/1.2\r\nHost: a\r\n\r\n", 505),
  ("two spaces", "GET  / HTTP/1.1\r\nHost: a\r\n\r\n", 400),
  ("a tab for a space", "GET\t/ HTTP/1.1\r\nHost: a\r\n\r\n", 400),
  ("TLS without TLS", "\u{16}\u{3}\u{1}\u{2}\0\u{1}\0\n\r\n\r\n", 400),
  ("bad percent encoding", "GET /%zz HTTP/1.1\r\nHost: a\r\n\r\n", 400),
  ("cut percent encoding", "GET /%2 HTTP/1.1\r\nHost: a\r\n\r\n", 400),
  ("an overlong slash", "GET /%c0%af HTTP/1.1\r\nHost: a\r\n\r\n", 400),
  ("a surrogate", "GET /%ed%a0%80 HTTP/1.1\r\nHost: a\r\n\r\n", 400),
  ("an encoded line break", "GET /%0d%0a HTTP/1.1\r\nHost: a\r\n\r\n", 400),
  ("dot segments", "GET /a/../b HTTP/1.1\r\nHost: a\r\n\r\n", 400),
  ("encoded dot segments", "GET /a/%2e%2E/b HTTP/1.1\r\nHost: a\r\n\r\n", 400),
  ("a single dot", "GET /./a HTTP/1.1\r\nHost: a\r\n\r\n", 400),
  ("two slashes", "GET /a//b HTTP/1.1\r\nHost: a\r\n\r\n", 400),
  ("a backslash", "GET /a\\b HTTP/1.1\r\nHost: a\r\n\r\n", 400),
  ("a fragment", "GET /a#b HTTP/1.1\r\nHost: a\r\n\r\n", 400),
  ("bad encoding in the query", "GET /?a=%g0 HTTP/1.1\r\nHost: a\r\n\r\n", 400),
  ("a star for GET", "GET * HTTP/1.1\r\nHost: a\r\n\r\n", 400),
  ("an unknown expectation", "POST / HTTP/1.1\r\nHost: a\r\nExpect: tea\r\nContent-Length: 1\r\n\r\nx", 417),
  ("a long URL", "GET /" + String(repeating: "a", count: 9000) + " HTTP/1.1\r\nHost: a\r\n\r\n", 414),
  (
    "a large head", "GET / HTTP/1.1\r\nHost: a\r\nX: " + String(repeating: "a", count: 17_000) + "\r\n\r\n",
    431
  ),
  ("a head without end", "GET / HTTP/1.1\r\nHost: a\r\nX: " + String(repeating: "a", count: 40_000), 431),
  ("many headers", "GET / HTTP/1.1\r\nHost: a\r\n" + String(repeating: "X: y\r\n", count: 101) + "\r\n", 431),
]

@Suite("Malformed requests", .timeLimit(.minutes(1))) struct MalformedRequestTests {
  init() { Control.runInBackground() }

  @Test("each is refused with its status, and the connection ends")
  @Control func refused() async throws {
    try await withServer { server, house in
      for entry in table {
        let peer = try Peer(port: server.port)
        await peer.send(entry.bytes)
        let reply = try? await peer.reply()
        #expect(reply?.status == entry.status, "\(entry.name)")
        #expect(reply?["connection"] == "close", "\(entry.name)")
        #expect(reply?["content-security-policy"] != nil, "\(entry.name)")
        #expect(await peer.isEnded(), "\(entry.name)")
      }
      #expect(house.requests.isEmpty, "none of them may reach the handler")
    }
  }

  @Test("the same bytes, one at a time, are refused the same way")
  @Control func refusedInPieces() async throws {
    try await withServer { server, house in
      for entry in table where entry.bytes.utf8.count < 200 {
        let peer = try Peer(port: server.port)
        for byte in entry.bytes.utf8 { guard await peer.send([byte]) else { break } }
        let reply = try? await peer.reply()
        #expect(reply?.status == entry.status, "\(entry.name)")
      }
      #expect(house.requests.isEmpty)
    }
  }

  @Test("a refused request's rest is never taken for the next request")
  @Control func noSmuggling() async throws {
    try await withServer { server, house in
      let peer = try Peer(port: server.port)
      await peer.send(
        "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 4\r\nTransfer-Encoding: chunked\r\n\r\n"
          + "0\r\n\r\nGET /secret HTTP/1.1\r\nHost: a\r\n\r\n")
      #expect(try await peer.reply().status == 400)
      #expect(await peer.rest() == [])
      #expect(house.requests.isEmpty)
    }
  }

  @Test("noise ends in a refusal or a close, whatever it is", arguments: 0..<8)
  @Control func noise(seed: UInt64) async throws {
    var generator = Seeded(seed)
    let pieces = [
      "GET ", "POST ", "/", "%", "..", " HTTP/1.1", "\r\n", "\n", "\r", "Host: a", "Content-Length: ", "5",
      "Transfer-Encoding: chunked", "0", ":", "\0", "é", "Upgrade: websocket", "Connection: upgrade", "x",
    ]
    try await withServer { server, _ in
      for _ in 0..<40 {
        let peer = try Peer(port: server.port)
        var bytes: [UInt8] = []
        for _ in 0..<Int.random(in: 1...30, using: &generator) {
          bytes += pieces.randomElement(using: &generator).map { Array($0.utf8) } ?? []
        }
        await peer.send(bytes)
        peer.finish()
        #expect(await peer.isEnded())
      }
      let peer = try Peer(port: server.port)
      #expect(try await peer.get("/alive").status == 200)
    }
  }
}

/// Repeatable randomness (SplitMix64).
struct Seeded: RandomNumberGenerator {
  private var state: UInt64
  init(_ seed: UInt64) { state = seed &* 0x9e37_79b9_7f4a_7c15 &+ 1 }
  mutating func next() -> UInt64 {
    state &+= 0x9e37_79b9_7f4a_7c15
    var mixed = (state ^ state >> 30) &* 0xbf58_476d_1ce4_e5b9
    mixed = (mixed ^ mixed >> 27) &* 0x94d0_49bb_1331_11eb
    return mixed ^ mixed >> 31
  }
}
