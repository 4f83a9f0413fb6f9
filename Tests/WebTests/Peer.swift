// A client made of nothing but a socket, so that it can be as wrong as a test wants. Each has a thread of its own:
// blocking reads must not hold up the tests' shared threads.

import CSystem
import Control
import Glibc

struct Reply: Sendable {
  var status = 0
  var headers: [(name: String, value: String)] = []
  var body: [UInt8] = []

  subscript(name: String) -> String? { headers.first { $0.name == name }?.value }
  var text: String { String(decoding: body, as: UTF8.self) }
}

struct Frame: Sendable, Equatable {
  var opcode: UInt8
  var payload: [UInt8]
  var text: String { String(decoding: payload, as: UTF8.self) }
  var closeCode: Int? {
    opcode == 8 && payload.count >= 2 ? Int(payload[0]) << 8 | Int(payload[1]) : nil
  }
}

struct NoAnswer: Error {}

/// `@unchecked Sendable`: everything but `init` and `close` happens on its thread.
final class Peer: @unchecked Sendable {
  private let descriptor: Int32
  private let thread = WorkThread(named: "peer")
  private var buffer: [UInt8] = []
  private var isAtEnd = false

  init(port: Int, receiveBuffer: Int32? = nil, from source: String = "127.0.0.1", timeoutSeconds: Int = 5)
    throws
  {
    descriptor = socket(AF_INET, Int32(SOCK_STREAM.rawValue) | Int32(SOCK_CLOEXEC.rawValue), 0)
    if var receiveBuffer { setsockopt(descriptor, SOL_SOCKET, SO_RCVBUF, &receiveBuffer, 4) }
    var timeout = timeval(tv_sec: timeoutSeconds, tv_usec: 0)
    setsockopt(descriptor, SOL_SOCKET, SO_RCVTIMEO, &timeout, socklen_t(MemoryLayout<timeval>.size))
    setsockopt(descriptor, SOL_SOCKET, SO_SNDTIMEO, &timeout, socklen_t(MemoryLayout<timeval>.size))
    func name(_ address: String, _ port: Int) -> sockaddr_in {
      var name = sockaddr_in()
      name.sin_family = sa_family_t(AF_INET)
      name.sin_port = UInt16(port).bigEndian
      inet_pton(AF_INET, address, &name.sin_addr)
      return name
    }
    func with(_ name: sockaddr_in, _ call: (UnsafePointer<sockaddr>, socklen_t) -> Int32) -> Int32 {
      withUnsafePointer(to: name) {
        $0.withMemoryRebound(to: sockaddr.self, capacity: 1) {
          call($0, socklen_t(MemoryLayout<sockaddr_in>.size))
        }
      }
    }
    guard with(name(source, 0), { bind(descriptor, $0, $1) }) == 0,
      with(name("127.0.0.1", port), { connect(descriptor, $0, $1) }) == 0
    else { throw NoAnswer() }
  }

  deinit {
    thread.stop()
    Glibc.close(descriptor)
  }

  /// Half a close: nothing more will be sent.
  func finish() { shutdown(descriptor, 1) }

  /// As a crashed machine looks to the other side: a reset, no goodbye.
  func vanish() {
    var linger = linger(l_onoff: 1, l_linger: 0)
    setsockopt(descriptor, SOL_SOCKET, SO_LINGER, &linger, socklen_t(MemoryLayout<Glibc.linger>.size))
    // The descriptor itself goes with this object.
    let other = dup(descriptor)
    var unspecified = sockaddr()
    unspecified.sa_family = sa_family_t(AF_UNSPEC)
    connect(other, &unspecified, socklen_t(MemoryLayout<sockaddr>.size))
    Glibc.close(other)
  }

  // MARK: - Out

  @discardableResult func send(_ bytes: [UInt8]) async -> Bool {
    let sent = try? await thread.run { [self] in
      var offset = 0
      while offset < bytes.count {
        let count = bytes[offset...].withUnsafeBytes {
          Glibc.send(descriptor, $0.baseAddress, $0.count, Int32(MSG_NOSIGNAL))
        }
        guard count > 0 else { return false }
        offset += count
      }
      return true
    }
    return sent ?? false
  }

  @discardableResult func send(_ text: String) async -> Bool { await send(Array(text.utf8)) }

  /// A frame as a client sends it; `isMasked: false` is how it must not.
  func sendFrame(_ opcode: UInt8, _ payload: [UInt8], isLast: Bool = true, isMasked: Bool = true) async {
    await send(Peer.frame(opcode, payload, isLast: isLast, isMasked: isMasked))
  }

  static func frame(
    _ opcode: UInt8, _ payload: [UInt8], isLast: Bool = true, isMasked: Bool = true
  ) -> [UInt8] {
    var bytes = [opcode | (isLast ? 0x80 : 0)]
    let mask: UInt8 = isMasked ? 0x80 : 0
    switch payload.count {
    case 0..<126: bytes.append(UInt8(payload.count) | mask)
    case 126..<65_536: bytes += [126 | mask, UInt8(payload.count >> 8), UInt8(payload.count & 255)]
    default:
      bytes.append(127 | mask)
      for shift in stride(from: 56, through: 0, by: -8) { bytes.append(UInt8(payload.count >> shift & 255)) }
    }
    guard isMasked else { return bytes + payload }
    let key: [UInt8] = [0x12, 0x34, 0x56, 0x78]
    return bytes + key + payload.enumerated().map { $1 ^ key[$0 & 3] }
  }

  // MARK: - In

  private func fill() -> Bool {
    var chunk = [UInt8](repeating: 0, count: 65_536)
    let count = recv(descriptor, &chunk, chunk.count, 0)
    guard count > 0 else {
      if count == 0 || errno != EAGAIN { isAtEnd = true }
      return false
    }
    buffer.append(contentsOf: chunk[..<count])
    return true
  }

  private func take(_ count: Int) throws -> [UInt8] {
    while buffer.count < count { guard fill() else { throw NoAnswer() } }
    defer { buffer.removeFirst(count) }
    return Array(buffer.prefix(count))
  }

  private func line() throws -> String {
    while true {
      if let feed = buffer.firstIndex(of: 0x0a) {
        let text = String(decoding: buffer[..<feed], as: UTF8.self)
        buffer.removeFirst(feed + 1)
        return text.hasSuffix("\r")
          ? String(text.dropLast()) : text.hasSuffix("\r\n") ? String(text.dropLast()) : text
      }
      guard fill() else { throw NoAnswer() }
    }
  }

  /// The next response; chunks joined. `isHead`: there is no body whatever the headers say.
  func reply(isHead: Bool = false) async throws -> Reply {
    try await thread.run { [self] in
      var reply = Reply()
      let start = try line().split(separator: " ")
      guard start.count >= 2, start[0] == "HTTP/1.1", let status = Int(start[1]) else { throw NoAnswer() }
      reply.status = status
      while true {
        let line = try line()
        guard !line.isEmpty else { break }
        let colon = line.firstIndex(of: ":") ?? line.endIndex
        reply.headers.append(
          (name: line[..<colon].lowercased(), value: String(line[colon...].dropFirst(2))))
      }
      if isHead || status == 204 || status == 304 || status < 200 { return reply }
      if let length = reply["content-length"].flatMap({ Int($0) }) {
        reply.body = try take(length)
      } else if reply["transfer-encoding"] == "chunked" {
        while true {
          guard let count = Int(try line(), radix: 16) else { throw NoAnswer() }
          reply.body += try take(count)
          _ = try line()
          if count == 0 { break }
        }
      } else {
        while fill() {}
        reply.body = buffer
        buffer = []
      }
      return reply
    }
  }

  /// The next frame from the server; nil if the connection ended or nothing came in time.
  func frame() async -> Frame? {
    try? await thread.run { [self] in
      let head = try take(2)
      var length = Int(head[1] & 0x7f)
      if length == 126 {
        length = try take(2).reduce(0) { $0 << 8 | Int($1) }
      } else if length == 127 {
        length = try take(8).reduce(0) { $0 << 8 | Int($1) }
      }
      return Frame(opcode: head[0] & 15, payload: try take(length))
    }
  }

  /// Everything until the end; nil if the end doesn't come in time.
  func rest() async -> [UInt8]? {
    try? await thread.run { [self] () -> [UInt8]? in
      while fill() {}
      defer { buffer = [] }
      return isAtEnd ? buffer : nil
    }
  }

  /// Whether the server ends the connection in time, whatever it says before.
  func isEnded() async -> Bool { await rest() != nil }

  // MARK: - Both

  func ask(_ text: String, isHead: Bool = false) async throws -> Reply {
    await send(text)
    return try await reply(isHead: isHead)
  }

  func get(_ path: String, _ headers: String = "") async throws -> Reply {
    try await ask("GET \(path) HTTP/1.1\r\nHost: a\r\n\(headers)\r\n")
  }

  func openSocket(_ path: String = "/ws", _ headers: String = "") async throws -> Reply {
    try await ask(
      "GET \(path) HTTP/1.1\r\nHost: a\r\nUpgrade: websocket\r\nConnection: keep-alive, Upgrade\r\n"
        + "Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n"
        + "Sec-WebSocket-Protocol: chat, tandem.v1\r\n\(headers)\r\n")
  }
}
