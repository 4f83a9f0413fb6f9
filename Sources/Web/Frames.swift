// WebSocket frames (RFC 6455): reading the other side's, whole messages out of fragments, and the heads of our own.
// Pure. A client's frames must be masked and a server's must not, text must be UTF-8, a message has a limit.

import Values

/// Why a peer's frames end the connection, with the close code that tells it so.
struct FrameFailure: Error, Equatable {
  let code: Int
  let reason: String

  static func malformed(_ reason: String) -> FrameFailure { FrameFailure(code: 1002, reason: reason) }
}

struct FrameReader: Sendable {
  enum Event: Equatable {
    case text([UInt8])
    case binary
    case ping([UInt8])
    case pong
    case close(code: Int?)
  }

  private enum Kind: UInt8 {
    case continuation = 0
    case text = 1
    case binary = 2
    case close = 8
    case ping = 9
    case pong = 10

    var isControl: Bool { rawValue >= 8 }
  }

  private struct Frame {
    let kind: Kind
    let isLast: Bool
    let key: UInt32
    let length: Int
    var read = 0
  }

  private let limitBytes: Int
  private var head: [UInt8] = []
  private var frame: Frame?
  /// The message so far; and, apart from it, a control frame that may come between its fragments.
  private var message: [UInt8] = []
  private var control: [UInt8] = []
  private var messageKind: Kind?

  private let isFromClient: Bool

  init(limitBytes: Int, isFromClient: Bool = true) {
    self.limitBytes = limitBytes
    self.isFromClient = isFromClient
  }

  /// Reads on from `offset`; nil if all bytes are used up and nothing is whole yet.
  mutating func next(_ bytes: UnsafeRawBufferPointer, _ offset: inout Int) throws(FrameFailure) -> Event? {
    while true {
      if frame == nil {
        while frame == nil {
          guard offset < bytes.count else { return nil }
          head.append(bytes[offset])
          offset += 1
          frame = try frameOfHead()
        }
        head.removeAll(keepingCapacity: true)
      }
      guard var current = frame else { return nil }
      let count = min(current.length - current.read, bytes.count - offset)
      if count > 0 {
        let piece = UnsafeRawBufferPointer(rebasing: bytes[offset..<offset + count])
        if current.kind.isControl {
          Self.unmask(piece, current.key, from: current.read, into: &control)
        } else {
          Self.unmask(piece, current.key, from: current.read, into: &message)
        }
        offset += count
        current.read += count
      }
      frame = current
      guard current.read == current.length else { return nil }
      frame = nil
      if let event = try finished(current) { return event }
    }
  }

  private mutating func frameOfHead() throws(FrameFailure) -> Frame? {
    guard head.count >= 2 else { return nil }
    if head.count == 2 { try checkStart() }
    let short = Int(head[1] & 0x7f)
    let lengthBytes = short == 126 ? 2 : short == 127 ? 8 : 0
    guard head.count == 2 + lengthBytes + (isFromClient ? 4 : 0) else { return nil }
    let long = head[2..<2 + lengthBytes].reduce(UInt64(0)) { $0 << 8 | UInt64($1) }
    let length = lengthBytes == 0 ? UInt64(short) : long
    guard lengthBytes == 0 || long > (lengthBytes == 2 ? 125 : 65_535) else {
      throw .malformed("a frame's length is not in its shortest form")
    }
    guard let kind = Kind(rawValue: head[0] & 15) else { throw .malformed("unknown kind of frame") }
    guard kind.isControl || length <= UInt64(max(0, limitBytes - message.count)) else {
      throw FrameFailure(code: 1009, reason: "a message may have at most \(limitBytes) bytes")
    }
    let key = head[(2 + lengthBytes)...].reduce(UInt32(0)) { $0 << 8 | UInt32($1) }
    return Frame(kind: kind, isLast: head[0] & 0x80 != 0, key: key, length: Int(length))
  }

  /// What the first two bytes tell, so that nobody has to wait for a wrong frame's end.
  private func checkStart() throws(FrameFailure) {
    guard head[0] & 0x70 == 0 else { throw .malformed("a reserved bit is set") }
    guard let kind = Kind(rawValue: head[0] & 15) else { throw .malformed("unknown kind of frame") }
    guard (head[1] & 0x80 != 0) == isFromClient else {
      throw .malformed("a client's frames must be masked, and a server's must not")
    }
    if kind.isControl {
      guard head[0] & 0x80 != 0 else { throw .malformed("a control frame is fragmented") }
      guard head[1] & 0x7f <= 125 else { throw .malformed("a control frame is too long") }
    } else if kind == .continuation {
      guard messageKind != nil else { throw .malformed("a fragment continues nothing") }
    } else {
      guard messageKind == nil else { throw .malformed("a message begins before the last one's end") }
    }
  }

  private mutating func finished(_ frame: Frame) throws(FrameFailure) -> Event? {
    switch frame.kind {
    case .ping:
      defer { control = [] }
      return .ping(control)
    case .pong:
      control = []
      return .pong
    case .close:
      defer { control = [] }
      return .close(code: try Self.closeCode(control))
    case .text, .binary, .continuation:
      let kind = messageKind ?? frame.kind
      guard frame.isLast else {
        messageKind = kind
        return nil
      }
      messageKind = nil
      defer { message = [] }
      guard kind == .text else { return .binary }
      guard Self.isUTF8(message) else { throw FrameFailure(code: 1007, reason: "the text is not UTF-8") }
      return .text(message)
    }
  }

  private static func closeCode(_ payload: [UInt8]) throws(FrameFailure) -> Int? {
    guard !payload.isEmpty else { return nil }
    guard payload.count >= 2 else { throw .malformed("a close code has two bytes") }
    let code = Int(payload[0]) << 8 | Int(payload[1])
    switch code {
    case 1000...1003, 1007...1014, 3000...4999: break
    default: throw .malformed("this close code must not be sent")
    }
    guard isUTF8(Array(payload.dropFirst(2))) else {
      throw FrameFailure(code: 1007, reason: "the reason is not UTF-8")
    }
    return code
  }

  private static func isUTF8(_ bytes: [UInt8]) -> Bool { (try? UTF8Span(validating: bytes.span)) != nil }

  private static func unmask(
    _ bytes: UnsafeRawBufferPointer, _ key: UInt32, from position: Int, into target: inout [UInt8]
  ) {
    let start = target.count
    target.append(contentsOf: bytes)
    let keys = (0..<4).map { UInt8(truncatingIfNeeded: key >> (24 - 8 * UInt32($0))) }
    // The key as it lies over eight bytes that begin at this place of the frame.
    var wide: UInt64 = 0
    for index in 0..<8 { wide |= UInt64(keys[(position + index) & 3]) << (8 * UInt64(index)) }
    target.withUnsafeMutableBytes { buffer in
      var index = start
      while index + 8 <= buffer.count {
        let word = buffer.loadUnaligned(fromByteOffset: index, as: UInt64.self)
        buffer.storeBytes(of: word ^ wide.littleEndian, toByteOffset: index, as: UInt64.self)
        index += 8
      }
      while index < buffer.count {
        buffer[index] ^= keys[(position + index - start) & 3]
        index += 1
      }
    }
  }

  /// For the fuzzers: the same bytes in one piece and byte by byte must give the same events.
  static func fuzz(_ bytes: Span<UInt8>) {
    var copy: [UInt8] = []
    for index in bytes.indices { copy.append(bytes[index]) }
    func run(_ pieces: [ArraySlice<UInt8>]) -> ([Event], FrameFailure?) {
      var reader = FrameReader(limitBytes: 1024)
      var events: [Event] = []
      for piece in pieces {
        let failure = Array(piece).withUnsafeBytes { bytes -> FrameFailure? in
          var offset = 0
          do throws(FrameFailure) {
            while let event = try reader.next(bytes, &offset) { events.append(event) }
          } catch { return error }
          return nil
        }
        if let failure { return (events, failure) }
      }
      return (events, nil)
    }
    let (whole, wholeFailure) = run([copy[...]])
    let (split, splitFailure) = run(copy.indices.map { copy[$0..<$0 + 1] })
    precondition(whole == split && wholeFailure == splitFailure, "frames don't depend on how they were cut")
  }
}

/// The first bytes of our own frames, which are never masked and never fragmented.
enum FrameHead {
  static let longest = 10
  static let text: UInt8 = 0x81
  static let close: UInt8 = 0x88
  static let ping: UInt8 = 0x89
  static let pong: UInt8 = 0x8a

  static func size(payload count: Int) -> Int { count < 126 ? 2 : count < 65_536 ? 4 : 10 }

  static func write(_ first: UInt8, payload count: Int, into bytes: UnsafeMutableRawBufferPointer) -> Int {
    bytes[0] = first
    let size = size(payload: count)
    switch size {
    case 2: bytes[1] = UInt8(count)
    case 4:
      bytes[1] = 126
      bytes[2] = UInt8(count >> 8)
      bytes[3] = UInt8(count & 255)
    default:
      bytes[1] = 127
      for index in 0..<8 { bytes[2 + index] = UInt8(truncatingIfNeeded: count >> (56 - 8 * index)) }
    }
    return size
  }

  static func closePayload(code: Int, reason: String) -> [UInt8] {
    // 1005 and 1006 mean that there was no code; a close frame may hold 125 bytes.
    [UInt8(code >> 8 & 255), UInt8(code & 255)] + shortened(reason, to: 123)
  }

  private static func shortened(_ text: String, to limit: Int) -> [UInt8] {
    var bytes: [UInt8] = []
    for character in text.unicodeScalars {
      let next = Array(String(character).utf8)
      guard bytes.count + next.count <= limit else { break }
      bytes += next
    }
    return bytes
  }
}
