// One client's connection: its requests one after the other, or its WebSocket. Everything is on the control loop;
// answering is in Connection+Response.swift, the WebSocket in WebSocket.swift.

import Control
import Glibc
import Observe
import Values

@Control final class Connection: Transport.Client {
  enum Phase {
    /// Between requests, or within the head of one.
    case head
    case body
    case answering
    case socket
    /// All is said; what the client still sends is read away, so that no reset overtakes our last words.
    case lingering
    case closed
  }

  let server: WebServer
  let address: NetworkAddress
  var line: Transport.Line?
  var phase = Phase.head
  var exchange: Exchange?
  var socket: WebSocket?
  /// In the server's list of those to settle in this turn.
  var isUnsettled = false
  var outbox = Outbox()
  /// Who waits for the outbox to shrink.
  var waiting: CheckedContinuation<Bool, Never>?

  private var input: [UInt8] = []
  private var scanned = 0
  private var lingeredBytes = 0
  private var isReading = true
  private var closesWhenSent = false
  private var isBroken = false
  /// Milliseconds of `Uptime`; `.max`: none.
  private var deadline: Int
  private var writeDeadline = Int.max

  init(server: WebServer, address: NetworkAddress) {
    self.server = server
    self.address = address
    deadline = Uptime.now + Int(server.options.headTimeout.milliseconds)
  }

  var isOpen: Bool { phase != .closed && !isBroken }
  var isIdle: Bool { phase == .head && input.isEmpty }
  var queuedBytes: Int { outbox.bytes + (line?.parkedBytes ?? 0) }

  // MARK: - Bytes in

  func received(_ bytes: UnsafeRawBufferPointer) {
    switch phase {
    case .socket:
      socket?.received(bytes)
      flush()
    case .lingering:
      lingeredBytes += bytes.count
      if lingeredBytes > Limits.lingerBytes { breakOff() }
    case .closed: break
    case .head, .body, .answering:
      if isIdle { deadline = Uptime.now + Int(server.options.headTimeout.milliseconds) }
      input.append(contentsOf: bytes)
      readOn()
    }
  }

  /// As far as the input reaches.
  func readOn() {
    while isOpen {
      do throws(Malformed) {
        switch phase {
        case .head: guard try readHead() else { return }
        case .body: guard try readBody() else { return }
        case .answering:
          setReading(input.count < Limits.pipelinedBytes)
          return
        case .socket, .lingering, .closed: return
        }
      } catch {
        refuse(error)
        return
      }
    }
  }

  private func readHead() throws(Malformed) -> Bool {
    if scanned == 0 {
      for _ in 0..<Limits.leadingEmptyLines where input.starts(with: [0x0d, 0x0a]) { input.removeFirst(2) }
    }
    guard !input.isEmpty else {
      input = []
      return false
    }
    switch RequestHead.end(input, from: scanned) {
    case .malformed: throw Malformed("a line must end with CR LF")
    case .unknown:
      scanned = input.count
      guard input.count <= Limits.headBytes else { throw Malformed("the head is too large", status: 431) }
      return false
    case .at(let end):
      guard end <= Limits.headBytes else { throw Malformed("the head is too large", status: 431) }
      let head = try RequestHead(input[..<end])
      consume(end)
      scanned = 0
      try begin(head)
      return true
    }
  }

  private func begin(_ head: RequestHead) throws(Malformed) {
    let exchange = Exchange(head, connection: self)
    self.exchange = exchange
    exchange.keepsAlive = head.keepsAlive && !server.isStopping
    if Handshake.isWanted(head) {
      try upgrade(exchange)
      return
    }
    if head.method == .options && !exchange.asksHandler {
      exchange.keepsAlive = exchange.keepsAlive && head.framing == .none
      phase = .answering
      answer(exchange) { _ in exchange.optionsResponse }
      return
    }
    let limit = server.handler.bodyLimit(exchange.method, path: head.target.rawPath)
    exchange.body = try BodyReader(head.framing, limit: limit)
    if head.expectsContinue { send(Array("HTTP/1.1 100 Continue\r\n\r\n".utf8), as: .plain) }
    deadline = Uptime.now + Int(server.options.bodyTimeout.milliseconds)
    phase = .body
  }

  private func readBody() throws(Malformed) -> Bool {
    guard let exchange else { return false }
    let count = try exchange.body?.read(input[...]) ?? 0
    consume(count)
    exchange.receivedBytes += count
    guard exchange.body?.isDone ?? true else {
      deadline =
        exchange.startedAt + Int(server.options.bodyTimeout.milliseconds) + exchange.receivedBytes * 1000
        / Limits.bodyBytesPerSecond
      return false
    }
    phase = .answering
    deadline = .max
    exchange.receivedAt = .now
    let request = exchange.request
    answer(exchange) { handler in await handler.respond(to: request) }
    return true
  }

  private func consume(_ count: Int) {
    if count == input.count { input = [] } else { input.removeFirst(count) }
  }

  private func setReading(_ isOn: Bool) {
    guard isOn != isReading else { return }
    isReading = isOn
    line?.setReading(isOn)
  }

  /// Turns down what cannot be read any further: the connection ends with that answer.
  func refuse(_ problem: Malformed) {
    let exchange = exchange ?? Exchange(connection: self)
    self.exchange = exchange
    exchange.keepsAlive = false
    exchange.receivedAt = .now
    phase = .answering
    deadline = .max
    input = []
    var response = server.handler.refusal(
      status: problem.status, detail: problem.detail, requestID: exchange.id)
    if problem.status == 426 { response.headers["sec-websocket-version"] = "13" }
    answer(exchange) { _ in response }
  }

  // MARK: - The end of an exchange

  /// The response is in the outbox.
  func ended(_ exchange: Exchange) {
    exchange.finish()
    self.exchange = nil
    guard isOpen else { return }
    guard exchange.keepsAlive, !server.isStopping else {
      closeWhenSent()
      return
    }
    phase = .head
    scanned = 0
    deadline = Uptime.now + Int(server.options.idleTimeout.milliseconds)
    if !input.isEmpty { deadline = Uptime.now + Int(server.options.headTimeout.milliseconds) }
    setReading(true)
    readOn()
  }

  /// Sends what is queued, then says goodbye.
  func closeWhenSent() {
    guard isOpen else { return }
    phase = .lingering
    closesWhenSent = true
    deadline = Uptime.now + Int(server.options.writeTimeout.milliseconds)
    setReading(true)
    server.needsFlush(self)
  }

  /// Ends the connection in this turn of the loop, whatever is queued.
  func breakOff() {
    guard isOpen else { return }
    isBroken = true
    server.needsFlush(self)
  }

  // MARK: - Bytes out

  func send(_ bytes: [UInt8], as form: Outbox.Form, _ importance: Importance = .required) {
    guard isOpen else { return }
    if outbox.isEmpty && writeDeadline == .max {
      writeDeadline = Uptime.now + Int(server.options.writeTimeout.milliseconds)
    }
    outbox.append(bytes, as: form, importance)
    server.needsFlush(self)
  }

  func becameWritable() {
    // Room in the kernel means that the client has read.
    writeDeadline = Uptime.now + Int(server.options.writeTimeout.milliseconds)
    flush()
  }

  /// Hands the kernel what it takes. Safe within any callback: the end itself waits for `settle`.
  func flush() {
    guard let line, isOpen else { return }
    var rounds = 0
    while !outbox.isEmpty, !line.isBlocked, rounds < Limits.writesPerTurn {
      rounds += 1
      guard line.write({ outbox.take(into: $0) }) != nil else {
        breakOff()
        return
      }
    }
    if outbox.isEmpty && !line.isBlocked {
      writeDeadline = .max
      if closesWhenSent { server.needsFlush(self) }
    } else {
      line.askWhenWritable()
    }
    if outbox.bytes <= Limits.responseAheadBytes / 2 { wake(true) }
  }

  /// The loop's last word of a turn on this connection, outside all of libwebsockets' callbacks.
  func settle() {
    flush()
    if isBroken {
      line?.cut()
    } else if closesWhenSent, outbox.isEmpty, line?.isBlocked == false {
      closesWhenSent = false
      line?.finishWriting()
      let wait = socket == nil ? Limits.lingerWait : Limits.closeWait
      deadline = Uptime.now + Int(wait.milliseconds)
    }
  }

  /// Until the outbox has room again; false if the connection is gone.
  func hasRoom() async -> Bool {
    guard isOpen else { return false }
    guard outbox.bytes > Limits.responseAheadBytes else { return true }
    return await withCheckedContinuation { waiting = $0 }
  }

  private func wake(_ isOpen: Bool) {
    guard let continuation = waiting else { return }
    waiting = nil
    continuation.resume(returning: isOpen)
  }

  func lineClosed() {
    guard phase != .closed else { return }
    phase = .closed
    line = nil
    outbox = Outbox()
    input = []
    wake(false)
    let (socket, exchange) = (socket, exchange)
    self.socket = nil
    socket?.lineClosed()
    exchange?.task?.cancel()
    server.removed(self)
  }

  // MARK: - Time

  func checkTime(_ now: Int) {
    if now >= writeDeadline {
      breakOff()
      return
    }
    socket?.checkTime(now)
    guard now >= deadline else { return }
    deadline = .max
    switch phase {
    case .head where input.isEmpty: breakOff()
    case .head: refuse(Malformed("the request's head took too long", status: 408))
    case .body: refuse(Malformed("the request's body took too long", status: 408))
    case .lingering: breakOff()
    case .answering, .socket, .closed: break
    }
  }

  func becameSocket(_ socket: WebSocket) {
    self.socket = socket
    exchange = nil
    phase = .socket
    deadline = .max
  }

  /// What came in the same packet as the handshake; a client may only do that once it has our answer, but
  /// the bytes belong to the socket all the same.
  func takeInput() -> [UInt8] {
    defer { input = [] }
    return input
  }
}

/// Milliseconds since the machine started, for deadlines.
enum Uptime {
  static var now: Int {
    var time = timespec()
    clock_gettime(CLOCK_MONOTONIC, &time)
    return time.tv_sec * 1000 + time.tv_nsec / 1_000_000
  }
}
