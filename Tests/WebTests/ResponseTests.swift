// Responses in all the forms that a request may ask for.

import CZlib
import Control
import Glibc
import Testing
import Values

@testable import Web

@Suite("Responses", .timeLimit(.minutes(1))) struct ResponseTests {
  init() { Control.runInBackground() }

  @Test("requests sent ahead are answered in their order")
  @Control func pipelining() async throws {
    try await withServer { server, house in
      house.routes["/slow"] = { _ in
        try? await Task.sleep(for: .milliseconds(50))
        return .json("slow")
      }
      let peer = try Peer(port: server.port)
      await peer.send(
        "GET /slow HTTP/1.1\r\nHost: a\r\n\r\nPOST /x HTTP/1.1\r\nHost: a\r\nContent-Length: 2\r\n\r\nhi"
          + "\r\nGET /last HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n")
      #expect(try await peer.reply().text == "\"slow\"")
      #expect(try await peer.reply().text.contains("hi"))
      #expect(try await peer.reply().text.contains("last"))
      #expect(await peer.isEnded())
    }
  }

  @Test("a flood of requests sent ahead waits in the client, not here")
  @Control func pipelineBound() async throws {
    try await withServer { server, house in
      house.routes["/slow"] = { _ in
        try? await Task.sleep(for: .milliseconds(200))
        return .json("slow")
      }
      let peer = try Peer(port: server.port)
      await peer.send("GET /slow HTTP/1.1\r\nHost: a\r\n\r\n")
      let many = 4000
      let all = Array(String(repeating: "GET /n HTTP/1.1\r\nHost: a\r\n\r\n", count: many).utf8)
      async let sent = peer.send(all)
      _ = await sent
      for _ in 0...many { #expect(try await peer.reply().status == 200) }
    }
  }

  @Test("HEAD has a GET's head and no body")
  @Control func head() async throws {
    try await withServer { server, house in
      house.routes["/x"] = { request in
        #expect(request.method == .get)
        return Response(headers: Headers([("content-type", "text/plain")]), body: .bytes(Array("12345".utf8)))
      }
      house.routes["/s"] = { _ in
        Response(
          body: .stream {
            Issue.record("a HEAD needs no body"); return nil
          })
      }
      let peer = try Peer(port: server.port)
      let reply = try await peer.ask("HEAD /x HTTP/1.1\r\nHost: a\r\n\r\n", isHead: true)
      #expect(reply.status == 200 && reply["content-length"] == "5")
      #expect(try await peer.ask("HEAD /s HTTP/1.1\r\nHost: a\r\n\r\n", isHead: true).status == 200)
      #expect(try await peer.get("/x").text == "12345")
    }
  }

  @Test("preflights are answered here; other origins learn only what they may")
  @Control func origins() async throws {
    try await withServer({ $0.corsOrigins = ["https://app.example"] }) { server, house in
      let peer = try Peer(port: server.port)
      let plain = try await peer.ask("OPTIONS * HTTP/1.1\r\nHost: a\r\n\r\n")
      #expect(plain.status == 200 && plain.text.contains("OPTIONS"), "the resource itself answers")
      let preflight =
        "Access-Control-Request-Method: PATCH\r\nAccess-Control-Request-Headers: authorization\r\n\r\n"
      let ours = try await peer.ask(
        "OPTIONS /v1/rooms HTTP/1.1\r\nHost: a\r\nOrigin: https://app.example\r\n" + preflight)
      #expect(ours["access-control-allow-origin"] == "https://app.example")
      #expect(ours["access-control-allow-methods"]?.contains("PATCH") == true)
      #expect(ours["access-control-allow-headers"] == "authorization")
      let theirs = try await peer.ask(
        "OPTIONS /v1/rooms HTTP/1.1\r\nHost: a\r\nOrigin: https://evil.example\r\n" + preflight)
      #expect(theirs["access-control-allow-origin"] == nil && theirs["access-control-allow-methods"] == nil)
      let get = try await peer.get("/x", "Origin: https://app.example\r\n")
      #expect(get["access-control-allow-origin"] == "https://app.example" && get["vary"] == "Origin")
      #expect(house.requests.count == 2)
    }
  }

  @Test("bodies over the limit are refused before they are sent, honest ones invited")
  @Control func expectations() async throws {
    try await withServer { server, _ in
      let peer = try Peer(port: server.port)
      await peer.send("POST / HTTP/1.1\r\nHost: a\r\nExpect: 100-continue\r\nContent-Length: 5\r\n\r\n")
      #expect(try await peer.reply().status == 100)
      #expect(try await peer.ask("hello").text.contains("hello"))
      await peer.send("POST / HTTP/1.1\r\nHost: a\r\nExpect: 100-continue\r\nContent-Length: 5000\r\n\r\n")
      #expect(try await peer.reply().status == 413)
      #expect(await peer.isEnded())
    }
  }

  @Test("a client in the middle of a refused upload still gets the answer")
  @Control func refusedUpload() async throws {
    try await withServer { server, _ in
      let peer = try Peer(port: server.port)
      await peer.send("POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 500000\r\n\r\n")
      await peer.send([UInt8](repeating: 0x61, count: 500_000))
      #expect(try await peer.reply().status == 413)
    }
  }

  @Test("text is packed where it pays and is wanted")
  @Control func gzip() async throws {
    try await withServer { server, house in
      let text = Array(String(repeating: "all work and no play ", count: 5000).utf8)
      house.routes["/text"] = { _ in
        Response(
          headers: Headers([("content-type", "text/plain; charset=utf-8"), ("etag", "\"t1\"")]),
          body: .bytes(text))
      }
      house.routes["/image"] = { _ in
        Response(headers: Headers([("content-type", "image/png")]), body: .bytes(text))
      }
      house.routes["/short"] = { _ in .json("short") }
      house.routes["/stream"] = { _ in
        let parts = Parts(Array(repeating: Array("line of a stream\n".utf8), count: 100))
        return Response(
          headers: Headers([("content-type", "application/x-ndjson+json")]), body: .stream { parts.next() })
      }
      let peer = try Peer(port: server.port)
      let wish = "Accept-Encoding: br, gzip;q=0.5\r\n"
      let packed = try await peer.get("/text", wish)
      #expect(packed["content-encoding"] == "gzip" && packed["vary"] == "Accept-Encoding")
      #expect(packed["etag"] == "\"t1-gz\"" && packed.body.count < 2000)
      #expect(unpacked(packed.body) == text)
      #expect(try await peer.get("/text", wish + "If-None-Match: \"x\", W/\"t1-gz\"\r\n").status == 304)
      let plain = try await peer.get("/text")
      #expect(plain["content-encoding"] == nil && plain.body == text && plain["vary"] == "Accept-Encoding")
      #expect(try await peer.get("/text", "Accept-Encoding: gzip;q=0\r\n")["content-encoding"] == nil)
      #expect(try await peer.get("/image", wish)["content-encoding"] == nil)
      #expect(try await peer.get("/short", wish)["content-encoding"] == nil)
      let stream = try await peer.get("/stream", wish)
      #expect(stream["content-encoding"] == "gzip")
      #expect(unpacked(stream.body) == Array(String(repeating: "line of a stream\n", count: 100).utf8))
    }
  }

  @Test("a header value from outside cannot begin a new header")
  @Control func headerInjection() async throws {
    try await withServer { server, house in
      house.routes["/x"] = { _ in
        Response(headers: Headers([("x-name", "a\r\nSet-Cookie: evil=1")]))
      }
      let reply = try await Peer(port: server.port).get("/x")
      #expect(reply["x-name"] == "a  Set-Cookie: evil=1" && reply["set-cookie"] == nil)
    }
  }

  @Test("HTTP/1.0 gets what it understands")
  @Control func oldVersion() async throws {
    try await withServer { server, house in
      let parts = Parts([Array("one ".utf8), Array("two".utf8)])
      house.routes["/s"] = { _ in Response(body: .stream { parts.next() }) }
      let peer = try Peer(port: server.port)
      let kept = try await peer.ask("GET /x HTTP/1.0\r\nConnection: keep-alive\r\n\r\n")
      #expect(kept["connection"] == "keep-alive")
      let reply = try await peer.ask("GET /s HTTP/1.0\r\n\r\n")
      #expect(reply.text == "one two" && reply["transfer-encoding"] == nil)
    }
  }

  @Test("only a trusted proxy is believed about the client's address")
  @Control func forwarded() async throws {
    try await withServer({
      $0.trustedProxies = [AddressRange("127.0.0.0/30"), AddressRange("10.0.0.0/8")].compactMap(\.self)
    }) { server, house in
      let chain =
        "X-Forwarded-For: 1.1.1.1, 203.0.113.7\r\nX-Forwarded-For: 10.1.2.3\r\nX-Forwarded-Proto: https\r\n"
      _ = try await Peer(port: server.port).get("/x", chain)
      _ = try await Peer(port: server.port, from: "127.0.0.9").get("/x", chain)
      _ = try await Peer(port: server.port).get("/x", "X-Forwarded-For: nonsense\r\n")
      #expect(house.requests.map(\.address) == ["203.0.113.7", "127.0.0.9", "127.0.0.1"])
      #expect(house.requests.map(\.isSecure) == [true, false, false])
    }
  }
}

/// The parts of a stream, one after the other.
final class Parts: Sendable {
  private let parts: [[UInt8]]
  private let index = Counted()
  init(_ parts: [[UInt8]]) { self.parts = parts }
  func next() -> [UInt8]? {
    let place = index.add()
    return place < parts.count ? parts[place] : nil
  }
}

func unpacked(_ bytes: [UInt8]) -> [UInt8]? {
  var stream = z_stream()
  guard inflateInit2_(&stream, 15 + 16, ZLIB_VERSION, Int32(MemoryLayout<z_stream>.size)) == Z_OK else {
    return nil
  }
  defer { inflateEnd(&stream) }
  var input = bytes
  var output = [UInt8](repeating: 0, count: 1 << 20)
  let status = input.withUnsafeMutableBufferPointer { input in
    output.withUnsafeMutableBufferPointer { output in
      stream.next_in = input.baseAddress
      stream.avail_in = UInt32(input.count)
      stream.next_out = output.baseAddress
      stream.avail_out = UInt32(output.count)
      return inflate(&stream, Z_FINISH)
    }
  }
  return status == Z_STREAM_END ? Array(output.prefix(Int(stream.total_out))) : nil
}
