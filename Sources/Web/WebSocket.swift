// A connection that has become a WebSocket: frames to messages and back, pings, the closing handshake, and what
// happens to a client that reads too slowly.

import Control
import Observe
import Values

@Control final class WebSocket: Socket {
  private enum State {
    case open
    /// Our close frame is queued or sent; the peer's is awaited.
    case closing
    /// The handler has been told.
    case closed
  }

  let address: String
  private weak var connection: Connection?
  private let handler: any SocketHandler
  private var reader: FrameReader
  private var state = State.open
  private var peerCode: Int?
  /// Milliseconds of `Uptime`.
  private var heardAt = Uptime.now
  private var pingedAt: Int?
  private var closeDeadline = Int.max

  /// The latest pong is the only one that counts (RFC 6455, 5.5.3): so a flood of pings queues one answer.
  private static let pongKey = "\u{0}pong"

  init(_ connection: Connection, address: String, handler: any SocketHandler) {
    self.connection = connection
    self.address = address
    self.handler = handler
    reader = FrameReader(limitBytes: connection.server.options.maxFrameBytes)
  }

  func open(_ early: [UInt8]) {
    Metrics.webSockets.add(1)
    handler.opened(self)
    if !early.isEmpty { early.withUnsafeBytes { received($0) } }
  }

  var queuedBytes: Int { connection?.queuedBytes ?? 0 }

  // MARK: - In

  func received(_ bytes: UnsafeRawBufferPointer) {
    heardAt = Uptime.now
    pingedAt = nil
    var offset = 0
    do throws(FrameFailure) {
      while state != .closed, let event = try reader.next(bytes, &offset) { handle(event) }
    } catch {
      fail(error)
    }
  }

  private func handle(_ event: FrameReader.Event) {
    switch event {
    case .text(let text):
      guard state == .open else { return }
      Metrics.webSocketMessagesIn.add()
      handler.received(text, on: self)
    case .binary:
      guard state == .open else { return }
      Metrics.webSocketMessagesIn.add()
      handler.receivedBinary(on: self)
    case .ping(let payload):
      guard state == .open, let connection else { return }
      if !connection.outbox.replace(payload, key: Self.pongKey) {
        connection.send(payload, as: .frame(FrameHead.pong), .latest(Self.pongKey))
      }
    case .pong: break
    case .close(let code):
      peerCode = code
      if state == .open { sendClose(code: code ?? 1000, reason: "") }
      connection?.closeWhenSent()
      tellClosed()
    }
  }

  private func fail(_ failure: FrameFailure) {
    if state == .open { sendClose(code: failure.code, reason: failure.reason) }
    connection?.closeWhenSent()
    tellClosed()
  }

  // MARK: - Out

  func send(_ text: [UInt8], _ importance: Importance) {
    guard state == .open, let connection else { return }
    if case .latest(let key) = importance, connection.outbox.replace(text, key: key) {
      Metrics.webSocketMessagesDropped.add()
      return
    }
    let options = connection.server.options
    let size = FrameHead.size(payload: text.count) + text.count
    if queuedBytes + size > options.socketQueueSoftBytes {
      // Perhaps the kernel just hasn't been asked in this turn.
      connection.flush()
      guard makesRoom(for: size, importance, connection, options) else { return }
    }
    Metrics.webSocketMessagesOut.add()
    connection.send(text, as: .frame(FrameHead.text), importance)
  }

  /// Only for a queue over its soft limit. A message on its own always fits, however long.
  private func makesRoom(
    for size: Int, _ importance: Importance, _ connection: Connection, _ options: WebServer.Options
  ) -> Bool {
    guard queuedBytes > 0, queuedBytes + size > options.socketQueueSoftBytes else { return true }
    Metrics.webSocketMessagesDropped.add(connection.outbox.removeDroppable())
    if importance == .droppable {
      Metrics.webSocketMessagesDropped.add()
      return false
    }
    guard queuedBytes > 0, queuedBytes + size > options.socketQueueBytes else { return true }
    guard importance == .required else {
      Metrics.webSocketMessagesDropped.add()
      return false
    }
    // 1013, try again later: it may come back and resume. It probably never reads this.
    Metrics.webSocketSlowClosed.add()
    connection.outbox.removeUnbegun()
    sendClose(code: 1013, reason: "the client reads too slowly")
    return false
  }

  func close(code: Int, reason: String) {
    guard state == .open else { return }
    sendClose(code: code, reason: reason)
  }

  private func sendClose(code: Int, reason: String) {
    state = .closing
    closeDeadline = Uptime.now + Int(Limits.closeWait.milliseconds)
    connection?.send(FrameHead.closePayload(code: code, reason: reason), as: .frame(FrameHead.close))
  }

  // MARK: - Time and the end

  func checkTime(_ now: Int) {
    guard let connection else { return }
    if state == .closing, now >= closeDeadline {
      connection.breakOff()
      return
    }
    guard state == .open else { return }
    let options = connection.server.options
    if let pingedAt {
      if now >= pingedAt + Int(options.pongTimeout.milliseconds) { connection.breakOff() }
    } else if now >= heardAt + Int(options.pingInterval.milliseconds) {
      pingedAt = now
      connection.send([], as: .frame(FrameHead.ping), .droppable)
    }
  }

  func lineClosed() {
    tellClosed()
    connection = nil
  }

  private func tellClosed() {
    guard state != .closed else { return }
    state = .closed
    Metrics.webSockets.add(-1)
    handler.closed(self, code: peerCode)
  }
}
