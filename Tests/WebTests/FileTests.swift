// Files as responses: whole, in parts, unchanged, missing.

import Control
import Glibc
import Testing
import Values

@testable import Web

@Suite("Files", .timeLimit(.minutes(1))) struct FileTests {
  init() { Control.runInBackground() }

  private static let content = (0..<300_000).map { UInt8(truncatingIfNeeded: $0 &* 31 >> 3) }

  @Control private func withFile(_ body: @Control (Peer, String, House) async throws -> Void) async throws {
    let path = temporaryFile(Self.content)
    defer { unlink(path) }
    try await withServer { server, house in
      house.routes["/file"] = { _ in Response(body: .file(path: path, contentType: "audio/ogg")) }
      house.routes["/missing"] = { _ in Response(body: .file(path: path + ".no", contentType: "audio/ogg")) }
      house.routes["/folder"] = { _ in Response(body: .file(path: "/tmp", contentType: "audio/ogg")) }
      try await body(try Peer(port: server.port), path, house)
    }
  }

  @Test("a file comes whole, with a tag that saves the next transfer")
  @Control func whole() async throws {
    try await withFile { peer, path, _ in
      let reply = try await peer.get("/file")
      #expect(reply.status == 200 && reply.body == Self.content)
      #expect(reply["content-type"] == "audio/ogg" && reply["accept-ranges"] == "bytes")
      guard let tag = reply["etag"] else {
        Issue.record("there is no tag")
        return
      }
      #expect(try await peer.get("/file", "If-None-Match: \(tag)\r\n").status == 304)
      #expect(try await peer.get("/file", "If-None-Match: \"other\"\r\n").status == 200)
      let head = try await peer.ask("HEAD /file HTTP/1.1\r\nHost: a\r\n\r\n", isHead: true)
      #expect(head["content-length"] == "300000" && head["etag"] == tag)
      // A changed file has another tag.
      let descriptor = open(path, O_WRONLY | O_APPEND)
      write(descriptor, "x", 1)
      close(descriptor)
      #expect(try await peer.get("/file", "If-None-Match: \(tag)\r\n").status == 200)
    }
  }

  @Test(
    "parts of a file",
    arguments: [
      ("bytes=0-9", 206, 0..<10), ("bytes=299990-", 206, 299_990..<300_000),
      ("bytes=-5", 206, 299_995..<300_000),
      ("bytes=299999-400000", 206, 299_999..<300_000), ("bytes=0-0", 206, 0..<1),
      ("bytes=-400000", 206, 0..<300_000), ("bytes=300000-", 416, 0..<0), ("bytes=-0", 416, 0..<0),
      ("bytes=5-1", 200, 0..<300_000), ("bytes=a-b", 200, 0..<300_000), ("bytes=0-1,4-5", 200, 0..<300_000),
      ("lines=0-1", 200, 0..<300_000), ("bytes=99999999999999999999-", 416, 0..<0),
    ] as [(String, Int, Range<Int>)])
  @Control func parts(range: String, status: Int, bytes: Range<Int>) async throws {
    try await withFile { peer, _, _ in
      let reply = try await peer.get("/file", "Range: \(range)\r\n")
      #expect(reply.status == status)
      if status == 416 {
        #expect(reply["content-range"] == "bytes */300000")
      } else {
        #expect(reply.body == Array(Self.content[bytes]))
      }
      if status == 206 {
        #expect(reply["content-range"] == "bytes \(bytes.lowerBound)-\(bytes.upperBound - 1)/300000")
      }
      #expect(try await peer.get("/file").status == 200, "the connection goes on")
    }
  }

  @Test("a part only if it is still the same file")
  @Control func ifRange() async throws {
    try await withFile { peer, _, _ in
      let tag = try await peer.get("/file")["etag"] ?? ""
      #expect(try await peer.get("/file", "Range: bytes=0-1\r\nIf-Range: \(tag)\r\n").status == 206)
      #expect(try await peer.get("/file", "Range: bytes=0-1\r\nIf-Range: \"old\"\r\n").status == 200)
      #expect(try await peer.get("/file", "Range: bytes=0-1\r\nIf-Range: W/\(tag)\r\n").status == 200)
    }
  }

  @Test("what is no file is not found")
  @Control func missing() async throws {
    try await withFile { peer, _, _ in
      let replies = [try await peer.get("/missing"), try await peer.get("/folder")]
      #expect(replies.map(\.status) == [404, 404])
    }
  }
}
