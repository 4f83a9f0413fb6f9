// HTTP as clients speak it, the wrong ones too, on a real socket.

import Control
import Glibc
import Testing
import Values

@testable import Web

@Suite("HTTP", .timeLimit(.minutes(1))) struct HTTPTests {
  init() { Control.runInBackground() }

  @Test("a request is answered, and the next one on the same connection too")
  @Control func keepsAlive() async throws {
    try await withServer { server, _ in
      let peer = try Peer(port: server.port)
      for path in ["/one", "/two"] {
        let reply = try await peer.get(path + "?a=1&b=%20x", "X-Request-Id: mine-1\r\n")
        #expect(reply.status == 200)
        #expect(reply["x-request-id"] == "mine-1")
        #expect(reply["x-content-type-options"] == "nosniff")
        #expect(reply["content-security-policy"] == "default-src 'none'; frame-ancestors 'none'")
        #expect(reply["strict-transport-security"] == nil)
        #expect(reply.text.contains("[\"a=1\",\"b= x\"]"))
      }
    }
  }

  @Test("every method with a body gets it whole", arguments: ["POST", "PUT", "PATCH", "DELETE"])
  @Control func bodies(method: String) async throws {
    try await withServer { server, _ in
      let peer = try Peer(port: server.port)
      let body = "{\"a\":\"b\"}"
      let plain = try await peer.ask(
        "\(method) /x HTTP/1.1\r\nHost: a\r\nContent-Length: \(body.utf8.count)\r\n\r\n\(body)")
      #expect(plain.text.contains(method) && plain.text.contains("\\\"b\\\""))
      let chunked = try await peer.ask(
        "\(method) /x HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n4\r\n{\"a\"\r\n5;x=y\r\n:\"b\"}\r\n"
          + "0\r\nTrailer: t\r\n\r\n")
      #expect(chunked.status == 200 && chunked.text.contains("\\\"b\\\""))
    }
  }

  @Test("a WebSocket echoes and says goodbye")
  @Control func echo() async throws {
    try await withServer { server, house in
      let peer = try Peer(port: server.port)
      let reply = try await peer.openSocket()
      #expect(reply.status == 101)
      #expect(reply["sec-websocket-accept"] == "s3pPLMBiTxaQ9kYGzzhZRbK+xOo=")
      #expect(reply["sec-websocket-protocol"] == "tandem.v1")
      await peer.sendFrame(1, Array("hello".utf8))
      #expect(await peer.frame()?.text == "hello")
      await peer.sendFrame(8, [0x03, 0xe8])
      #expect(await peer.frame()?.closeCode == 1000)
      #expect(await peer.isEnded())
      #expect(house.closed == [1000])
    }
  }
}
