// The opening handshake of a WebSocket (RFC 6455, 4.2): what a client must have sent, and the accept key.

import Values

enum Handshake {
  /// Whether this request wants to become a WebSocket at all.
  static func isWanted(_ head: RequestHead) -> Bool {
    head.method == .get && RequestHead.list(head.headers, "upgrade").contains("websocket")
  }

  /// The value for `Sec-WebSocket-Accept`.
  static func accept(_ head: RequestHead) throws(Malformed) -> String {
    guard head.isVersion1_1, RequestHead.list(head.headers, "connection").contains("upgrade") else {
      throw Malformed("a WebSocket needs HTTP/1.1 and Connection: Upgrade")
    }
    guard head.framing == .none else { throw Malformed("a WebSocket's request has no body") }
    guard head.headers["sec-websocket-version"] == "13" else {
      throw Malformed("only WebSocket version 13 is spoken here", status: 426)
    }
    guard let key = head.headers["sec-websocket-key"], key.utf8.count == 24,
      Base64.decode(key, .standard)?.count == 16
    else { throw Malformed("the Sec-WebSocket-Key is not 16 bytes of base64") }
    return accept(key: key)
  }

  static func accept(key: String) -> String {
    Base64.encode(SHA1.digest(Array((key + "258EAFA5-E914-47DA-95CA-C5AB0DC85B11").utf8)), .standard)
  }

  static func subprotocols(_ headers: Headers) -> [String] {
    headers.list.filter { $0.name == "sec-websocket-protocol" }.flatMap { $0.value.split(separator: ",") }
      .map { RequestHead.trimmed($0.utf8) }.filter { !$0.isEmpty }
  }

  /// Browsers say where the page came from: the same host may always, others only if they are listed.
  static func isAllowed(origin: String, host: String?, origins: [String]) -> Bool {
    if origins.contains("*") || origins.contains(origin) { return true }
    guard let host, let slashes = origin.firstRange(of: "://") else { return false }
    return origin[slashes.upperBound...].lowercased() == host.lowercased()
  }
}

/// SHA-1 (FIPS 180-4), for the handshake only: there it proves that a server speaks WebSocket, and nothing else.
enum SHA1 {
  static func digest(_ message: [UInt8]) -> [UInt8] {
    var bytes = message + [0x80]
    while bytes.count % 64 != 56 { bytes.append(0) }
    for shift in stride(from: 56, through: 0, by: -8) {
      bytes.append(UInt8(truncatingIfNeeded: (message.count * 8) >> shift))
    }
    var state: [UInt32] = [0x6745_2301, 0xefcd_ab89, 0x98ba_dcfe, 0x1032_5476, 0xc3d2_e1f0]
    for start in stride(from: 0, to: bytes.count, by: 64) { block(bytes[start..<start + 64], &state) }
    return state.flatMap { word in (0..<4).map { UInt8(truncatingIfNeeded: word >> (24 - 8 * UInt32($0))) } }
  }

  private static func block(_ bytes: ArraySlice<UInt8>, _ state: inout [UInt32]) {
    func rotated(_ word: UInt32, _ count: UInt32) -> UInt32 { word << count | word >> (32 - count) }
    var words: [UInt32] = []
    for index in stride(from: bytes.startIndex, to: bytes.endIndex, by: 4) {
      words.append(bytes[index..<index + 4].reduce(0) { $0 << 8 | UInt32($1) })
    }
    for index in 16..<80 {
      words.append(rotated(words[index - 3] ^ words[index - 8] ^ words[index - 14] ^ words[index - 16], 1))
    }
    var (a, b, c, d, e) = (state[0], state[1], state[2], state[3], state[4])
    for index in 0..<80 {
      let (mix, constant): (UInt32, UInt32) =
        switch index {
        case 0..<20: (b & c | ~b & d, 0x5a82_7999)
        case 20..<40: (b ^ c ^ d, 0x6ed9_eba1)
        case 40..<60: (b & c | b & d | c & d, 0x8f1b_bcdc)
        default: (b ^ c ^ d, 0xca62_c1d6)
        }
      let next = rotated(a, 5) &+ mix &+ e &+ constant &+ words[index]
      (e, d, c, b, a) = (d, c, rotated(b, 30), a, next)
    }
    for (index, word) in [a, b, c, d, e].enumerated() { state[index] = state[index] &+ word }
  }
}
