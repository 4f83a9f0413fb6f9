// Sending a response: head, then the body in the form that the request asked for, never further ahead of the
// client than the outbox's bound.

import Control
import Observe
import Values

extension Connection {
  /// One task for each request: handlers wait for stores and disks.
  func answer(
    _ exchange: Exchange, _ response: @escaping @Control (any WebHandler) async -> Response
  ) {
    let handler = server.handler
    exchange.task = Task { @Control in
      let response = await response(handler)
      guard self.isOpen else { return }
      Metrics.httpDuration.observe(ContinuousClock.now - exchange.receivedAt)
      await self.transmit(response, exchange)
      exchange.task = nil
      if self.exchange === exchange { self.ended(exchange) }
    }
  }

  private func transmit(_ response: Response, _ exchange: Exchange) async {
    switch response.body {
    case .empty: sendWhole(response, [], exchange)
    case .bytes(let bytes): await transmit(response, bytes, exchange)
    case .file(let path, let contentType):
      guard let file = await Files.open(path) else {
        sendRefusal(404, "there is no such file", exchange)
        return
      }
      defer { Files.close(file) }
      guard isOpen else { return }
      var response = response
      if response.headers["content-type"] == nil { response.headers["content-type"] = contentType }
      await transmit(response, file, exchange)
    case .content(let content): await transmit(response, content, exchange)
    case .stream(let next): await transmit(response, next, exchange)
    }
  }

  private func sendRefusal(_ status: Int, _ detail: String, _ exchange: Exchange) {
    let refusal = server.handler.refusal(status: status, detail: detail, requestID: exchange.id)
    if case .bytes(let bytes) = refusal.body {
      sendWhole(refusal, bytes, exchange)
    } else {
      sendWhole(refusal, [], exchange)
    }
  }

  // MARK: - Head

  /// `length` nil: not known yet.
  private func sendHead(_ response: Response, length: Int?, _ exchange: Exchange) {
    var headers = response.headers
    headers["x-request-id"] = exchange.id
    ResponseHead.addSafety(&headers, isSecure: exchange.isSecure)
    exchange.addOriginHeaders(&headers)
    let hasNoBody = response.status < 200 || response.status == 204 || response.status == 304
    if let length, !hasNoBody { headers["content-length"] = String(length) }
    if !exchange.keepsAlive {
      headers["connection"] = "close"
    } else if exchange.head?.isVersion1_1 == false {
      headers["connection"] = "keep-alive"
    }
    exchange.status = response.status
    send(ResponseHead.encode(status: response.status, headers: headers, date: .now), as: .plain)
  }

  private func sendBody(_ bytes: [UInt8], _ exchange: Exchange) {
    guard !bytes.isEmpty else { return }
    exchange.sentBytes += bytes.count
    send(bytes, as: .plain)
  }

  private func sendWhole(_ response: Response, _ body: [UInt8], _ exchange: Exchange) {
    sendHead(response, length: body.count, exchange)
    let hasNoBody = response.status < 200 || response.status == 204 || response.status == 304
    if !exchange.isHead && !hasNoBody { sendBody(body, exchange) }
  }

  /// 304 in place of a body that the client has already.
  private func sentNotModified(_ response: Response, tag: String?, _ exchange: Exchange) -> Bool {
    guard let tag, response.status == 200, exchange.method == .get,
      EntityTag.matches(exchange.head?.headers["if-none-match"], tag)
    else { return false }
    var response = response
    response.status = 304
    response.headers["etag"] = tag
    response.headers["content-type"] = nil
    sendWhole(response, [], exchange)
    return true
  }

  // MARK: - Bodies

  private func transmit(_ response: Response, _ bytes: [UInt8], _ exchange: Exchange) async {
    var response = response
    let isPackable =
      Encoding.isText(response.headers["content-type"])
      && response.headers["content-encoding"] == nil && bytes.count > Limits.compressionFloorBytes
    if isPackable { Exchange.vary(&response.headers, "Accept-Encoding") }
    if sentNotModified(response, tag: response.headers["etag"], exchange) { return }
    guard let part = part(of: bytes.count, tag: response.headers["etag"], &response, exchange) else { return }
    if response.status == 206 {
      sendWhole(response, Array(bytes[part]), exchange)
      return
    }
    guard isPackable, Encoding.acceptsGzip(exchange.head?.headers["accept-encoding"]),
      let packed = await packed(bytes, Gzip(), isLast: true)
    else {
      sendWhole(response, bytes, exchange)
      return
    }
    guard isOpen else { return }
    response.headers["content-encoding"] = "gzip"
    response.headers["etag"] = response.headers["etag"].map(EntityTag.packed)
    sendWhole(response, packed, exchange)
  }

  private func packed(_ bytes: [UInt8], _ gzip: Gzip, isLast: Bool) async -> [UInt8]? {
    if bytes.count <= Limits.compressionOnLoopBytes { return gzip.pack(bytes, isLast: isLast) }
    return try? await Files.thread.run { gzip.pack(bytes, isLast: isLast) }
  }

  private func transmit(_ response: Response, _ file: Files.Opened, _ exchange: Exchange) async {
    var response = response
    response.headers["etag"] = response.headers["etag"] ?? file.tag
    let content = Content(size: file.size, type: response.headers["content-type"] ?? "") { offset, count in
      await Files.read(file, at: offset, count: count)
    }
    await transmit(response, content, exchange)
  }

  private func transmit(_ response: Response, _ content: Content, _ exchange: Exchange) async {
    var response = response
    let tag = response.headers["etag"]
    if response.headers["content-type"] == nil { response.headers["content-type"] = content.type }
    if tag != nil { response.headers["accept-ranges"] = "bytes" }
    if sentNotModified(response, tag: tag, exchange) { return }
    guard let part = part(of: content.size, tag: tag, &response, exchange) else { return }
    sendHead(response, length: part.count, exchange)
    guard !exchange.isHead else { return }
    await send(part, of: content, exchange)
  }

  /// What of so many bytes is wanted, and the response's head to fit; nil if it was refused. Only what has a tag
  /// can be asked for in parts: else nobody could tell whether they belong together.
  private func part(
    of size: Int, tag: String?, _ response: inout Response, _ exchange: Exchange
  ) -> Range<Int>? {
    guard let tag, response.status == 200 else { return 0..<size }
    response.headers["accept-ranges"] = "bytes"
    let headers = exchange.head?.headers
    guard exchange.head?.method == .get, headers?["if-range"].map({ EntityTag.isSame($0, tag) }) ?? true
    else { return 0..<size }
    switch ByteRange(headers?["range"], size: size) {
    case .whole: return 0..<size
    case .part(let wanted):
      response.status = 206
      response.headers["content-range"] = "bytes \(wanted.lowerBound)-\(wanted.upperBound)/\(size)"
      return wanted.lowerBound..<wanted.upperBound + 1
    case .unsatisfiable:
      var refusal = server.handler.refusal(
        status: 416, detail: "there are \(size) bytes", requestID: exchange.id)
      refusal.headers["content-range"] = "bytes */\(size)"
      if case .bytes(let bytes) = refusal.body {
        sendWhole(refusal, bytes, exchange)
      } else {
        sendWhole(refusal, [], exchange)
      }
      return nil
    }
  }

  private func send(_ part: Range<Int>, of content: Content, _ exchange: Exchange) async {
    var offset = part.lowerBound
    while offset < part.upperBound {
      let count = min(Limits.fileReadBytes, part.upperBound - offset)
      guard let bytes = await content.read(offset, count) else {
        // The length is promised: only a broken connection can say that it wasn't kept.
        breakOff()
        return
      }
      sendBody(bytes, exchange)
      offset += count
      guard await hasRoom() else { return }
    }
  }

  private func transmit(
    _ response: Response, _ next: @Sendable () async throws -> [UInt8]?, _ exchange: Exchange
  ) async {
    var response = response
    let isChunked = exchange.head?.isVersion1_1 ?? false
    var gzip: Gzip?
    if Encoding.isText(response.headers["content-type"]), response.headers["content-encoding"] == nil {
      Exchange.vary(&response.headers, "Accept-Encoding")
      if !exchange.isHead, Encoding.acceptsGzip(exchange.head?.headers["accept-encoding"]) {
        gzip = Gzip()
        response.headers["content-encoding"] = "gzip"
        response.headers["etag"] = response.headers["etag"].map(EntityTag.packed)
      }
    }
    if isChunked { response.headers["transfer-encoding"] = "chunked" } else { exchange.keepsAlive = false }
    sendHead(response, length: nil, exchange)
    guard !exchange.isHead else { return }
    do {
      while let bytes = try await next() {
        guard isOpen else { return }
        guard let bytes = gzip == nil ? bytes : await packed(bytes, gzip ?? Gzip(), isLast: false) else {
          breakOff()
          return
        }
        sendPart(bytes, isChunked, exchange)
        guard await hasRoom() else { return }
      }
      guard isOpen else { return }
      if let gzip, let rest = gzip.pack([], isLast: true) { sendPart(rest, isChunked, exchange) }
      if isChunked { send(Array("0\r\n\r\n".utf8), as: .plain) }
    } catch {
      // A body that ends early must not look whole.
      breakOff()
    }
  }

  private func sendPart(_ bytes: [UInt8], _ isChunked: Bool, _ exchange: Exchange) {
    guard !bytes.isEmpty else { return }
    if isChunked { send(Array((String(bytes.count, radix: 16) + "\r\n").utf8), as: .plain) }
    sendBody(bytes, exchange)
    if isChunked { send([0x0d, 0x0a], as: .plain) }
  }

  // MARK: - WebSocket

  /// From a request to a WebSocket, if origin and handler agree.
  func upgrade(_ exchange: Exchange) throws(Malformed) {
    guard let head = exchange.head else { return }
    let accept = try Handshake.accept(head)
    if let origin = head.headers["origin"],
      !Handshake.isAllowed(origin: origin, host: head.headers["host"], origins: server.options.corsOrigins)
    {
      throw Malformed("pages of this origin may not connect", status: 403)
    }
    guard !server.isStopping else { throw Malformed("this server is shutting down", status: 503) }
    let offered = Handshake.subprotocols(head.headers)
    switch server.handler.openSocket(exchange.request, subprotocols: offered) {
    case .refuse(let response):
      exchange.keepsAlive = false
      phase = .answering
      answer(exchange) { _ in response }
    case .accept(let subprotocol, let handler):
      var headers = Headers([
        ("upgrade", "websocket"), ("connection", "Upgrade"), ("sec-websocket-accept", accept),
        ("x-request-id", exchange.id),
      ])
      if !subprotocol.isEmpty { headers["sec-websocket-protocol"] = subprotocol }
      send(ResponseHead.encode(status: 101, headers: headers, date: .now), as: .plain)
      exchange.status = 101
      exchange.finish()
      let socket = WebSocket(self, address: exchange.address, handler: handler)
      becameSocket(socket)
      socket.open(takeInput())
    }
  }
}
