// A request's body from the bytes of the connection: by length or in chunks (RFC 9112, 6 and 7), never more than
// the limit, whatever was promised.

struct BodyReader: Sendable {
  private enum State: Equatable {
    case counted(left: Int)
    case sizeLine
    case chunk(left: Int)
    case chunkEnd
    case trailer
    case done
  }

  private(set) var body: [UInt8] = []
  private let limit: Int
  private var state: State
  private var line: [UInt8] = []
  private var trailerBytes = 0

  init(_ framing: RequestHead.Framing, limit: Int) throws(Malformed) {
    self.limit = limit
    switch framing {
    case .none: state = .done
    case .length(let count):
      guard count <= limit else { throw Self.tooLarge(limit) }
      state = .counted(left: count)
    case .chunked: state = .sizeLine
    }
  }

  var isDone: Bool { state == .done }

  /// Takes what belongs to the body and returns how much that was.
  mutating func read(_ bytes: ArraySlice<UInt8>) throws(Malformed) -> Int {
    var index = bytes.startIndex
    while index < bytes.endIndex {
      switch state {
      case .counted(let left):
        let count = min(left, bytes.endIndex - index)
        body.append(contentsOf: bytes[index..<index + count])
        index += count
        state = left == count ? .done : .counted(left: left - count)
      case .chunk(let left):
        let count = min(left, bytes.endIndex - index)
        body.append(contentsOf: bytes[index..<index + count])
        index += count
        state = left == count ? .chunkEnd : .chunk(left: left - count)
      case .sizeLine, .chunkEnd, .trailer:
        line.append(bytes[index])
        index += 1
        if line.last == 0x0a { try endOfLine() } else { try checkLine() }
      case .done: return index - bytes.startIndex
      }
    }
    return index - bytes.startIndex
  }

  private func checkLine() throws(Malformed) {
    guard line.count <= (state == .trailer ? Limits.trailerBytes : Limits.chunkLineBytes) else {
      throw Malformed("a chunk's line is too long")
    }
  }

  private mutating func endOfLine() throws(Malformed) {
    guard line.count >= 2, line[line.count - 2] == 0x0d, !line.dropLast(2).contains(0x0d) else {
      throw Malformed("a chunk's line must end with CR LF")
    }
    let text = line.dropLast(2)
    switch state {
    case .sizeLine:
      let count = try Self.chunkSize(text)
      guard count <= limit - body.count else { throw Self.tooLarge(limit) }
      state = count == 0 ? .trailer : .chunk(left: count)
    case .chunkEnd:
      guard text.isEmpty else { throw Malformed("a chunk is longer than it said") }
      state = .sizeLine
    case .trailer:
      trailerBytes += line.count
      guard trailerBytes <= Limits.trailerBytes else { throw Malformed("the trailer is too long") }
      if text.isEmpty { state = .done }
    case .counted, .chunk, .done: break
    }
    line.removeAll(keepingCapacity: true)
  }

  /// Hexadecimal digits, then perhaps an extension, which nobody needs.
  private static func chunkSize(_ text: some Collection<UInt8>) throws(Malformed) -> Int {
    let digits = text.prefix { $0 != UInt8(ascii: ";") }
    guard (1...15).contains(digits.count),
      digits.allSatisfy({ Character(UnicodeScalar($0)).isHexDigit && $0 < 0x80 }),
      let count = Int(String(decoding: digits, as: UTF8.self), radix: 16)
    else { throw Malformed("a chunk's size is not a hexadecimal number") }
    return count
  }

  private static func tooLarge(_ limit: Int) -> Malformed {
    Malformed(
      limit == 0 ? "this request takes no body" : "the body may have at most \(limit) bytes", status: 413)
  }

  /// For the fuzzers: the same bytes in one piece and byte by byte must give the same body.
  static func fuzz(_ bytes: Span<UInt8>) {
    var copy: [UInt8] = []
    for index in bytes.indices { copy.append(bytes[index]) }
    func run(_ pieces: [ArraySlice<UInt8>]) -> [UInt8]? {
      guard var reader = try? BodyReader(.chunked, limit: 4096) else { return nil }
      for piece in pieces { guard (try? reader.read(piece)) != nil else { return nil } }
      return reader.body
    }
    let whole = run([copy[...]])
    let split = run(copy.indices.map { copy[$0..<$0 + 1] })
    precondition(whole == split, "a body doesn't depend on how it was cut")
  }
}
