// A WebSocket client that costs next to nothing, so that one core can play ten thousand people. It trusts its
// server: this is for measuring, not for the world.

import Control
import Glibc
import Values

@Control final class BenchSocket {
  private let descriptor: Int32
  private var watch: DescriptorWatch?
  private var input: [UInt8] = []
  private var upgraded = false
  /// The text of each message, as it comes.
  var received: (@Control (ArraySlice<UInt8>) -> Void)?
  var broken: (@Control (String) -> Void)?

  init?(port: Int, opened: @escaping @Control (BenchSocket) -> Void) {
    descriptor = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
    guard descriptor >= 0 else { return nil }
    var address = sockaddr_in()
    address.sin_family = sa_family_t(AF_INET)
    address.sin_port = in_port_t(UInt16(port).bigEndian)
    address.sin_addr.s_addr = inet_addr("127.0.0.1")
    let status = withUnsafePointer(to: &address) {
      $0.withMemoryRebound(to: sockaddr.self, capacity: 1) {
        connect(descriptor, $0, socklen_t(MemoryLayout<sockaddr_in>.size))
      }
    }
    guard status == 0 else {
      close(descriptor)
      return nil
    }
    var on: Int32 = 1
    setsockopt(descriptor, Int32(IPPROTO_TCP), TCP_NODELAY, &on, socklen_t(MemoryLayout<Int32>.size))
    _ = fcntl(descriptor, F_SETFL, O_NONBLOCK)
    watch = DescriptorWatch(descriptor) { [weak self] in
      guard let self else { return }
      self.readable(opened)
    }
    let request =
      "GET /v1/ws HTTP/1.1\r\nHost: 127.0.0.1\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
      + "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Version: 13\r\n"
      + "Sec-WebSocket-Protocol: tandem.v1\r\n\r\n"
    write(Array(request.utf8))
  }

  isolated deinit {
    watch = nil
    close(descriptor)
  }

  private func write(_ bytes: [UInt8]) {
    let count = Glibc.send(descriptor, bytes, bytes.count, Int32(MSG_NOSIGNAL))
    if count != bytes.count { broken?("a short write of \(count) of \(bytes.count): \(errno)") }
  }

  /// A masked text frame; the mask is zero, so the payload stays as it is.
  func send(_ text: [UInt8]) {
    var frame: [UInt8] = [0x81]
    frame.reserveCapacity(text.count + 14)
    if text.count < 126 {
      frame.append(0x80 | UInt8(text.count))
    } else {
      frame.append(0x80 | 126)
      frame.append(UInt8(text.count >> 8))
      frame.append(UInt8(text.count & 255))
    }
    frame.append(contentsOf: [0, 0, 0, 0])
    frame.append(contentsOf: text)
    write(frame)
  }

  private func readable(_ opened: @Control (BenchSocket) -> Void) {
    var buffer = [UInt8](repeating: 0, count: 16_384)
    let count = recv(descriptor, &buffer, buffer.count, 0)
    guard count > 0 else {
      if count < 0, errno == EAGAIN { return }
      watch = nil
      broken?(count == 0 ? "closed by the server" : String(cString: strerror(errno)))
      return
    }
    input.append(contentsOf: buffer.prefix(count))
    if !upgraded {
      guard let end = headEnd() else { return }
      guard input.starts(with: Array("HTTP/1.1 101".utf8)) else {
        broken?("refused: \(String(decoding: input.prefix(60), as: UTF8.self))")
        return
      }
      input.removeFirst(end)
      upgraded = true
      opened(self)
    }
    frames()
  }

  private func headEnd() -> Int? {
    guard input.count >= 4 else { return nil }
    for index in 3..<input.count
    where input[index] == 10 && input[index - 1] == 13 && input[index - 2] == 10 && input[index - 3] == 13 {
      return index + 1
    }
    return nil
  }

  private func frames() {
    var offset = 0
    while input.count - offset >= 2 {
      let opcode = input[offset] & 15
      var length = Int(input[offset + 1] & 127)
      var start = offset + 2
      if length == 126 {
        guard input.count - offset >= 4 else { break }
        length = Int(input[offset + 2]) << 8 | Int(input[offset + 3])
        start = offset + 4
      } else if length == 127 {
        guard input.count - offset >= 10 else { break }
        length = input[offset + 2..<offset + 10].reduce(0) { $0 << 8 | Int($1) }
        start = offset + 10
      }
      guard input.count - start >= length else { break }
      let payload = input[start..<start + length]
      offset = start + length
      switch opcode {
      case 1: received?(payload)
      case 9: pong(payload)
      case 8: broken?("closed: \(payload.prefix(2).reduce(0) { $0 << 8 | Int($1) })")
      default: break
      }
    }
    if offset > 0 { input.removeFirst(offset) }
  }

  private func pong(_ payload: ArraySlice<UInt8>) {
    write([0x8A, 0x80 | UInt8(payload.count), 0, 0, 0, 0] + payload)
  }
}
