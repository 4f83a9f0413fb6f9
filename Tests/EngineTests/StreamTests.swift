// Datagrams over connections: frames in pieces of every size, what is no stream of frames, who is expected and who is not, and
// a client that does not read.

import CSystem
import Glibc
import Structures
import Testing
import Transport

@testable import Engine

@Suite("Datagrams over connections")
struct StreamTests {
  private static func framed(_ datagrams: [[UInt8]]) -> [UInt8] {
    datagrams.flatMap { [UInt8($0.count >> 8), UInt8($0.count & 255)] + $0 }
  }

  /// Gives a stream to a reader piece by piece; nil when it was found broken.
  private static func read(_ bytes: [UInt8], _ pieces: () -> Int) -> [[UInt8]]? {
    var frames = StreamFrames()
    var room = [UInt8](repeating: 0, count: 8_192)
    var found: [[UInt8]] = []
    var next = 0
    while next < bytes.count {
      let more = max(1, min(pieces(), bytes.count - next))
      let kept = frames.rest.count
      room.replaceSubrange(0..<kept, with: frames.rest)
      room.replaceSubrange(kept..<kept + more, with: bytes[next..<next + more])
      next += more
      let verdict = room.withUnsafeMutableBufferPointer { buffer in
        frames.take(buffer, count: kept + more) { frame in
          var one: [UInt8] = []
          for index in frame.indices { one.append(frame[index]) }
          found.append(one)
        }
      }
      if verdict == .broken { return nil }
    }
    return found
  }

  @Test("whatever the pieces, the datagrams are the same", arguments: 1..<40)
  func pieces(_ size: Int) {
    var random = SystemRandomNumberGenerator()
    let datagrams = (0..<60).map { _ in
      (0..<Int.random(in: 1...1_200, using: &random)).map { UInt8(truncatingIfNeeded: $0) }
    }
    #expect(Self.read(Self.framed(datagrams)) { size } == datagrams)
    #expect(Self.read(Self.framed(datagrams)) { Int.random(in: 1...3_000, using: &random) } == datagrams)
  }

  @Test("an empty frame is passed over, one that no datagram can be ends it")
  func lengths() {
    #expect(Self.read([0, 0, 0, 1, 7]) { 9 } == [[7]])
    #expect(Self.read([0x08, 0x01, 7]) { 9 } == nil)
    #expect(Self.read(Array("GET / HTTP/1.1\r\n\r\n".utf8)) { 9 } == nil)
  }

  // MARK: connections

  private static func ports() throws -> StreamPorts {
    try StreamPorts(address: IPAddress(high: 0, low: 0xFFFF_7F00_0001), port: 0, family: .ipv4)
  }

  private static func connect(_ port: UInt16) -> Int32 {
    let descriptor = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
    var name = sockaddr_in()
    name.sin_family = sa_family_t(AF_INET)
    name.sin_port = port.bigEndian
    name.sin_addr.s_addr = UInt32(0x7F00_0001).bigEndian
    _ = withUnsafePointer(to: &name) { name in
      name.withMemoryRebound(to: sockaddr.self, capacity: 1) {
        Glibc.connect(descriptor, $0, socklen_t(MemoryLayout<sockaddr_in>.size))
      }
    }
    return descriptor
  }

  private static func send(_ bytes: [UInt8], to descriptor: Int32) {
    _ = bytes.withUnsafeBytes { Glibc.send(descriptor, $0.baseAddress, $0.count, Int32(MSG_NOSIGNAL)) }
  }

  /// Some turns, each a little later, so that what was sent has arrived.
  private static func turn(
    _ ports: inout StreamPorts, at now: Instant = Instant(nanoseconds: 0),
    _ body: (inout MutableSpan<UInt8>, Path) -> Bool
  ) {
    for _ in 0..<20 {
      ports.receive(at: now, body)
      usleep(1_000)
    }
  }

  @Test("a datagram goes in and an answer out; each connection is a path of its own")
  func both() throws {
    var ports = try Self.ports()
    let clients = [Self.connect(ports.port), Self.connect(ports.port)]
    defer { for client in clients { close(client) } }
    for (index, client) in clients.enumerated() { Self.send([0, 2, 1, UInt8(index)], to: client) }
    var paths: [UInt8: Path] = [:]
    Self.turn(&ports) { datagram, path in
      paths[datagram[1]] = path
      return true
    }
    #expect(paths.count == 2 && Set(paths.values).count == 2 && ports.counts.open == 2)
    for (index, path) in paths {
      let answer: [UInt8] = [9, index, 9]
      answer.withUnsafeBufferPointer { ports.send(path.scope, $0) }
    }
    ports.flush()
    for (index, client) in clients.enumerated() {
      var bytes = [UInt8](repeating: 0, count: 16)
      let count = recv(client, &bytes, 16, 0)
      #expect(Array(bytes.prefix(max(0, count))) == [0, 3, 9, UInt8(index), 9])
    }
  }

  @Test("what is no stream of datagrams is closed, and so is who sends many that nobody expects")
  func strangers() throws {
    var ports = try Self.ports()
    let noise = Self.connect(ports.port)
    let stranger = Self.connect(ports.port)
    defer { close(noise); close(stranger) }
    Self.send([0xFF, 0xFF, 1, 2, 3], to: noise)
    Self.send(Self.framed((0..<100).map { [UInt8($0), 1] }), to: stranger)
    Self.turn(&ports) { _, _ in false }
    #expect(ports.counts.open == 0 && ports.counts.strange == 2)
    var byte: UInt8 = 0
    #expect(recv(noise, &byte, 1, Int32(MSG_DONTWAIT)) <= 0)
  }

  @Test("who proves nothing is closed after ten seconds, who says nothing more after a minute")
  func silence() throws {
    var ports = try Self.ports()
    let slow = Self.connect(ports.port)
    let good = Self.connect(ports.port)
    defer { close(slow); close(good) }
    Self.send([0], to: slow)
    Self.send([0, 1, 7], to: good)
    Self.turn(&ports) { _, _ in true }
    #expect(ports.counts.open == 2)
    ports.sweep(at: Instant(nanoseconds: 11_000_000_000))
    #expect(ports.counts.open == 1 && ports.counts.strange == 1)
    ports.sweep(at: Instant(nanoseconds: 61_000_000_000))
    #expect(ports.counts.open == 0)
  }

  @Test("a client that does not read loses datagrams whole, and gets the rest in order when it reads again")
  func unread() throws {
    var ports = try Self.ports()
    let client = Self.connect(ports.port)
    defer { close(client) }
    Self.send([0, 1, 7], to: client)
    var path: Path?
    Self.turn(&ports) { _, from in
      path = from
      return true
    }
    let scope = try #require(path).scope
    for number in 0..<20_000 {
      let datagram = [UInt8(number >> 8), UInt8(number & 255)] + [UInt8](repeating: 5, count: 998)
      datagram.withUnsafeBufferPointer { ports.send(scope, $0) }
      ports.flush()
    }
    #expect(ports.counts.dropped > 0 && ports.counts.open == 1)
    var stream: [UInt8] = []
    var bytes = [UInt8](repeating: 0, count: 65_536)
    for _ in 0..<4_000 {
      let count = recv(client, &bytes, bytes.count, Int32(MSG_DONTWAIT))
      if count > 0 { stream += bytes.prefix(count) }
      ports.receive(at: Instant(nanoseconds: 0)) { _, _ in true }
      if count <= 0, stream.count > 1_000, ports.isIdle { break }
      if count <= 0 { usleep(200) }
    }
    let found = try #require(Self.read(stream) { 7_000 })
    let numbers = found.map { Int($0[0]) << 8 | Int($0[1]) }
    #expect(found.allSatisfy { $0.count == 1_000 } && numbers == numbers.sorted())
    #expect(found.count + ports.counts.dropped == 20_000)
  }
}
