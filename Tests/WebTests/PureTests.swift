// The pure readers (paths, networks, headers, frames, the outbox) by table and with random bytes.

import Testing
import Values

@testable import Web

@Suite("Reading what comes from outside") struct PureTests {
  private func target(_ text: String) throws -> Target { try Target(Array(text.utf8)[...]) }

  @Test(
    "paths become segments, each decoded on its own",
    arguments: [
      ("/", []), ("/v1/rooms/a%2Fb", ["v1", "rooms", "a/b"]), ("/v1/rooms/", ["v1", "rooms"]),
      ("/a+b/%C3%BC", ["a+b", "ü"]), ("/.well-known/...", [".well-known", "..."]), ("/a%25b", ["a%b"]),
    ] as [(String, [String])])
  func paths(text: String, segments: [String]) throws {
    #expect(try target(text).path == segments)
  }

  @Test("queries become fields in their order")
  func queries() throws {
    let fields = try target("/x?a=1&b=%26%3D&c&d=&a=2+3&&=x").query
    #expect(fields.map(\.name) == ["a", "b", "c", "d", "a", ""])
    #expect(fields.map(\.value) == ["1", "&=", "", "", "2 3", "x"])
    #expect(throws: Malformed.self) {
      try target("/x?" + String(repeating: "a&", count: 101))
    }
  }

  @Test(
    "networks hold what lies in them",
    arguments: [
      ("10.0.0.0/8", "10.255.0.1", true), ("10.0.0.0/8", "11.0.0.1", false), ("0.0.0.0/0", "8.8.8.8", true),
      ("0.0.0.0/0", "::1", false), ("::/0", "2001:db8::1", true), ("::/0", "10.0.0.1", true),
      ("192.0.2.7", "192.0.2.7", true), ("192.0.2.7", "192.0.2.8", false), ("fd00::/8", "fd12::1", true),
      ("fd00::/8", "fe80::1", false), ("2001:db8::/33", "2001:db8:7fff::1", true),
      ("2001:db8::/33", "2001:db8:8000::1", false), ("2001:db8::1/128", "2001:db8::1", true),
      ("10.0.0.0/8", "::ffff:10.1.1.1", true), ("2001:db8:0:1::/65", "2001:db8:0:1:7fff::", true),
      ("2001:db8:0:1::/65", "2001:db8:0:1:8000::", false),
    ])
  func networks(range: String, address: String, isIn: Bool) throws {
    let range = try #require(AddressRange(range))
    #expect(range.contains(try #require(NetworkAddress(address))) == isIn)
  }

  @Test(
    "what is no network is refused",
    arguments: [
      "", "10.0.0.0/33", "10.0.0.1/8", "10.0.0/8", "::/129", "::1/64", "10.0.0.0/+8", "10.0.0.0/", "a/8",
      "1/8/8",
    ])
  func noNetworks(text: String) {
    #expect(AddressRange(text) == nil)
  }

  @Test(
    "addresses are written as people write them",
    arguments: [
      "192.0.2.7", "2001:db8::7", "::1", "::",
    ])
  func addresses(text: String) throws {
    #expect(try #require(NetworkAddress(text)).text == text)
  }

  @Test(
    "who accepts gzip",
    arguments: [
      (nil, false), ("gzip", true), ("br, GZIP ; q=0.1", true), ("gzip;q=0", false), ("*", true),
      ("*;q=0", false), ("gzip;q=0, *", false), ("identity", false), ("x-gzip", true), ("", false),
    ] as [(String?, Bool)])
  func gzip(header: String?, isWelcome: Bool) {
    #expect(Encoding.acceptsGzip(header) == isWelcome)
  }

  @Test(
    "tags in lists",
    arguments: [
      ("\"a\"", true), ("W/\"a\"", true), ("\"b\", \"a\"", true), ("*", true), ("\"b\"", false), ("a", false),
      ("\"a-gz\"", true), ("\"x,\", W/\"a\"", true), ("\"x, \\\"a\"", false), ("", false),
    ])
  func tags(header: String, isMatch: Bool) {
    #expect(EntityTag.matches(header, "\"a\"") == isMatch)
  }

  @Test("SHA-1 as published")
  func sha1() {
    #expect(Hex.encode(SHA1.digest(Array("abc".utf8))) == "a9993e364706816aba3e25717850c26c9cd0d89d")
    #expect(Hex.encode(SHA1.digest([])) == "da39a3ee5e6b4b0d3255bfef95601890afd80709")
    let long = Array("abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq".utf8)
    #expect(Hex.encode(SHA1.digest(long)) == "84983e441c3bd26ebaae4aa1f95129e5e54670f1")
  }

  @Test("dates as HTTP writes them")
  func dates() {
    #expect(ResponseHead.httpDate(Timestamp(seconds: 784_111_777)) == "Sun, 06 Nov 1994 08:49:37 GMT")
    #expect(ResponseHead.httpDate(Timestamp(milliseconds: 0)) == "Thu, 01 Jan 1970 00:00:00 GMT")
  }

  @Test("what waits to be sent comes out in its order, however small the pieces", arguments: 1..<20)
  func outbox(pieceBytes: Int) {
    var outbox = Outbox()
    outbox.append(Array("head".utf8), as: .plain)
    outbox.append([], as: .frame(FrameHead.ping))
    outbox.append(Array("first".utf8), as: .frame(FrameHead.text))
    outbox.append(Array("old".utf8), as: .frame(FrameHead.text), .latest("key"))
    outbox.append(Array("lost".utf8), as: .frame(FrameHead.text), .droppable)
    let replaced = [outbox.replace(Array("newer".utf8), key: "key"), outbox.replace([], key: "other")]
    let dropped = outbox.removeDroppable()
    #expect(replaced == [true, false] && dropped == 1)
    var all: [UInt8] = []
    let buffer = UnsafeMutableRawBufferPointer.allocate(byteCount: max(2, pieceBytes), alignment: 1)
    defer { buffer.deallocate() }
    let total = outbox.bytes
    while !outbox.isEmpty {
      let count = outbox.take(into: buffer)
      #expect(count > 0)
      all += buffer.prefix(count)
      #expect(outbox.bytes == total - all.count)
    }
    #expect(
      all == Array("head".utf8) + [0x89, 0, 0x81, 5] + Array("first".utf8) + [0x81, 5] + Array("newer".utf8))
  }

  @Test("what has begun to be sent is neither replaced nor dropped")
  func begun() {
    var outbox = Outbox()
    outbox.append(Array("level one".utf8), as: .frame(FrameHead.text), .latest("key"))
    withUnsafeTemporaryAllocation(byteCount: 4, alignment: 1) { _ = outbox.take(into: $0) }
    let early = outbox.replace(Array("level two".utf8), key: "key")
    outbox.append(Array("level two".utf8), as: .frame(FrameHead.text), .latest("key"))
    let late = outbox.replace(Array("level three".utf8), key: "key")
    outbox.removeUnbegun()
    #expect(!early && late && outbox.bytes == 7)
  }

  @Test("random bytes break nothing, and mean the same however they are cut", arguments: 0..<20)
  func fuzz(seed: UInt64) {
    var generator = Seeded(seed)
    let seeds: [[UInt8]] = [
      Array("GET /a/%20?b=c HTTP/1.1\r\nHost: a\r\nContent-Length: 3\r\nX: y\r\n\r\n".utf8),
      Array("5;x\r\nhello\r\n0\r\nT: x\r\n\r\n".utf8),
      Array("bytes=0-5, \"a\", W/\"b\", gzip;q=0.5".utf8), Array("PROXY TCP4 1.2.3.4 5.6.7.8 1 2\r\n".utf8),
      [13, 10, 13, 10, 0, 13, 10, 0x51, 0x55, 0x49, 0x54, 10, 0x21, 0x11, 0, 12]
        + [UInt8](repeating: 1, count: 12),
      [0x81, 0x85, 1, 2, 3, 4, 5, 6, 7, 8, 9, 0x88, 0x82, 0, 0, 0, 0, 3, 0xe8, 0x89, 0x80, 0, 0, 0, 0],
    ]
    for _ in 0..<300 {
      var bytes = seeds.randomElement(using: &generator) ?? []
      for _ in 0..<Int.random(in: 0...4, using: &generator) {
        let place = Int.random(in: 0..<bytes.count, using: &generator)
        switch Int.random(in: 0..<3, using: &generator) {
        case 0: bytes[place] = .random(in: 0...255, using: &generator)
        case 1: bytes.insert(.random(in: 0...255, using: &generator), at: place)
        default: if bytes.count > 1 { bytes.remove(at: place) }
        }
      }
      WebFuzz.requestHead(bytes.span)
      WebFuzz.body(bytes.span)
      WebFuzz.frames(bytes.span)
      WebFuzz.proxyHeader(bytes.span)
      WebFuzz.negotiation(bytes.span)
    }
  }
}
