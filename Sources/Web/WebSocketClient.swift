// The client's end of a WebSocket (RFC 6455), with or without TLS, on the control loop: for the load test, which plays
// thousands of them. One connection, from the TCP handshake to the close.

import CSystem
package import Control
import Crypto
import Glibc
import Values

@Control package final class WebSocketClient {
  package enum End: Equatable, Sendable {
    /// The server's close frame.
    case closed(code: Int?)
    /// The server answered the upgrade with something else; the status, if it was HTTP.
    case refused(status: Int?)
    /// In words for an operator.
    case broken(String)
  }

  private enum State { case connecting, securing, upgrading, open, ended }

  package var opened: () -> Void = {}
  package var received: ([UInt8]) -> Void = { _ in }
  package var ended: (End) -> Void = { _ in }

  private let target: WebSocketTarget
  private let subprotocol: String
  private let key: String
  private var descriptor: Int32 = -1
  private var readable: DescriptorWatch?
  private var writable: DescriptorWatch?
  private var deadline: Timer?
  private var state = State.connecting
  private var tls: TLSClient?
  private var outgoing: [UInt8] = []
  private var head: [UInt8] = []
  private var reader: FrameReader

  package init(_ target: WebSocketTarget, subprotocol: String, limitBytes: Int = 1 << 20) {
    self.target = target
    self.subprotocol = subprotocol
    key = Base64.encode(SecureRandom.bytes(16), .standard)
    reader = FrameReader(limitBytes: limitBytes, isFromClient: false)
  }

  isolated deinit { closeDescriptor() }

  package var isOpen: Bool { state == .open }

  /// Once. What becomes of it comes as a call, never within this one.
  package func connect(timeout: Duration = .seconds(10)) {
    deadline = Timer(after: timeout) { [unowned self] in end(.broken("the server did not answer in time")) }
    descriptor = socket(
      Int32(target.address.ss_family),
      Int32(SOCK_STREAM.rawValue | SOCK_NONBLOCK.rawValue | SOCK_CLOEXEC.rawValue), 0)
    var status: Int32 = -1
    if descriptor >= 0 {
      var on: Int32 = 1
      setsockopt(descriptor, Int32(IPPROTO_TCP), TCP_NODELAY, &on, socklen_t(MemoryLayout<Int32>.size))
      var address = target.address
      status = withUnsafePointer(to: &address) {
        $0.withMemoryRebound(to: sockaddr.self, capacity: 1) {
          Glibc.connect(descriptor, $0, target.addressBytes)
        }
      }
    }
    guard status == 0 || errno == EINPROGRESS else {
      let reason = String(cString: strerror(errno))
      deadline = Timer(after: .zero) { [unowned self] in end(.broken(reason)) }
      return
    }
    readable = DescriptorWatch(descriptor) { [unowned self] in read() }
    writable = DescriptorWatch(descriptor, .writable) { [unowned self] in canWrite() }
  }

  /// A text message.
  package func send(_ text: [UInt8]) { if state == .open { write(frame: FrameHead.text, text) } }

  /// Says goodbye; `ended` is not called any more.
  package func close() {
    if state == .open {
      write(frame: FrameHead.close, [UInt8(1000 >> 8), UInt8(1000 & 0xFF)])
    }
    state = .ended
    closeDescriptor()
  }

  /// As if the network had gone: not a word.
  package func abandon() {
    state = .ended
    closeDescriptor()
  }

  private func closeDescriptor() {
    readable = nil
    writable = nil
    deadline = nil
    if descriptor >= 0 { Glibc.close(descriptor) }
    descriptor = -1
  }

  private func end(_ end: End) {
    guard state != .ended else { return }
    state = .ended
    closeDescriptor()
    ended(end)
  }

  // MARK: Out

  private func write(frame first: UInt8, _ payload: [UInt8]) {
    var bytes = [UInt8](repeating: 0, count: FrameHead.longest)
    let size = bytes.withUnsafeMutableBytes { FrameHead.write(first, payload: payload.count, into: $0) }
    bytes.removeLast(bytes.count - size)
    bytes[1] |= 0x80
    let mask = SecureRandom.bytes(4)
    bytes += mask
    bytes.reserveCapacity(bytes.count + payload.count)
    for index in payload.indices { bytes.append(payload[index] ^ mask[index & 3]) }
    write(bytes)
  }

  private func write(_ bytes: [UInt8]) {
    if tls != nil {
      tls?.send(bytes)
      flushTLS()
    } else {
      outgoing += bytes
      flush()
    }
  }

  private func flushTLS() {
    while let bytes = tls?.takeOutgoing() { outgoing += bytes }
    flush()
  }

  private func flush() {
    while !outgoing.isEmpty, descriptor >= 0 {
      let count = outgoing.withUnsafeBytes {
        Glibc.send(descriptor, $0.baseAddress, $0.count, Int32(MSG_NOSIGNAL))
      }
      guard count > 0 else {
        if errno != EAGAIN && errno != EINTR { end(.broken(String(cString: strerror(errno)))) }
        break
      }
      outgoing.removeFirst(count)
    }
    if outgoing.isEmpty { writable?.pause() } else { writable?.resume() }
  }

  private func canWrite() {
    guard state == .connecting else { return flush() }
    var (error, size): (Int32, socklen_t) = (0, socklen_t(MemoryLayout<Int32>.size))
    getsockopt(descriptor, SOL_SOCKET, SO_ERROR, &error, &size)
    guard error == 0 else { return end(.broken(String(cString: strerror(error)))) }
    if let context = target.tls {
      state = .securing
      tls = TLSClient(context, host: target.host)
      flushTLS()
    } else {
      upgrade()
    }
  }

  private func upgrade() {
    state = .upgrading
    write(
      Array(
        ("GET \(target.path) HTTP/1.1\r\nHost: \(target.authority)\r\nUpgrade: websocket\r\n"
          + "Connection: Upgrade\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Key: \(key)\r\n"
          + "Sec-WebSocket-Protocol: \(subprotocol)\r\n\r\n").utf8))
  }

  // MARK: In

  private func read() {
    withUnsafeTemporaryAllocation(byteCount: 65_536, alignment: 16) { buffer in
      let count = recv(descriptor, buffer.baseAddress, buffer.count, 0)
      guard count > 0 else {
        if count < 0, errno == EAGAIN || errno == EINTR { return }
        end(.broken(count == 0 ? "the server closed the connection" : String(cString: strerror(errno))))
        return
      }
      let bytes = UnsafeRawBufferPointer(rebasing: buffer[..<count])
      if tls == nil { take(bytes) } else { takeSafe(bytes) }
    }
  }

  private func takeSafe(_ bytes: UnsafeRawBufferPointer) {
    tls?.receive(Array(bytes))
    while let plain = tls?.takePlain() { plain.withUnsafeBytes { take($0) } }
    if let failure = tls?.failure { return end(.broken(failure)) }
    guard state != .ended else { return }
    flushTLS()
    if state == .securing, tls?.isReady == true { upgrade() }
  }

  private func take(_ bytes: UnsafeRawBufferPointer) {
    var offset = 0
    if state == .upgrading {
      while offset < bytes.count, state == .upgrading {
        head.append(bytes[offset])
        offset += 1
        if head.suffix(4).elementsEqual([13, 10, 13, 10]) { judgeUpgrade() }
        if head.count > 16_384 { return end(.refused(status: nil)) }
      }
    }
    do throws(FrameFailure) {
      while state == .open, let event = try reader.next(bytes, &offset) { happened(event) }
    } catch { end(.broken("the server's frames are not right: \(error.reason)")) }
  }

  private func judgeUpgrade() {
    let lines = String(decoding: head, as: UTF8.self).split(separator: "\r\n")
    let status = lines.first?.split(separator: " ").dropFirst().first.flatMap { Int($0) }
    let fields = lines.dropFirst().reduce(into: [String: String]()) { fields, line in
      guard let colon = line.firstIndex(of: ":") else { return }
      let value = line[line.index(after: colon)...].drop { $0 == " " }
      fields[line[..<colon].lowercased()] = String(value)
    }
    guard status == 101, fields["sec-websocket-accept"] == Handshake.accept(key: key),
      fields["sec-websocket-protocol"] == subprotocol
    else { return end(.refused(status: lines.first?.hasPrefix("HTTP/1") == true ? status : nil)) }
    state = .open
    head = []
    deadline = nil
    opened()
  }

  private func happened(_ event: FrameReader.Event) {
    switch event {
    case .text(let text): received(text)
    case .ping(let payload): write(frame: FrameHead.pong, payload)
    case .pong, .binary: break
    case .close(let code): end(.closed(code: code))
    }
  }
}
