// Bytes into a JSON tree. Strict: RFC 8259 and nothing else, UTF-8 checked, lone surrogates refused,
// nesting bounded, so that no text from outside can exhaust the stack.

extension JSON {
  /// Why a text is not JSON, and at which byte.
  package struct Malformed: Error, Equatable, CustomStringConvertible {
    package let offset: Int
    package let problem: String
    package var description: String { "\(problem) at byte \(offset)" }
  }

  /// Deepest nesting that is accepted; the protocol itself needs six.
  package static let deepestNesting = 32

  package init(parsing bytes: Span<UInt8>) throws(Malformed) {
    var parser = Parser(bytes: bytes)
    self = try parser.document()
  }

  package init(parsing bytes: [UInt8]) throws(Malformed) { try self.init(parsing: bytes.span) }

  package init(parsing text: String) throws(Malformed) { try self.init(parsing: Array(text.utf8).span) }

  /// For the fuzzers: any bytes at all, and what was read must survive being written and read again.
  package static func fuzz(_ bytes: Span<UInt8>) {
    guard let value = try? JSON(parsing: bytes) else { return }
    let again = try? JSON(parsing: value.encoded().span)
    precondition(again == value, "a parsed value must survive writing and reading")
  }

  private struct Parser: ~Escapable {
    let bytes: Span<UInt8>
    var offset = 0
    var depth = 0

    @_lifetime(copy bytes)
    init(bytes: Span<UInt8>) { self.bytes = bytes }

    func malformed(_ problem: String) -> Malformed { Malformed(offset: offset, problem: problem) }

    mutating func document() throws(Malformed) -> JSON {
      let result = try value()
      skipSpace()
      guard offset == bytes.count else { throw malformed("text after the value") }
      return result
    }

    mutating func skipSpace() {
      while offset < bytes.count {
        switch bytes[offset] {
        case 0x20, 0x09, 0x0A, 0x0D: offset += 1
        default: return
        }
      }
    }

    mutating func value() throws(Malformed) -> JSON {
      skipSpace()
      guard offset < bytes.count else { throw malformed("the text ends early") }
      switch bytes[offset] {
      case UInt8(ascii: "{"): return try object()
      case UInt8(ascii: "["): return try array()
      case UInt8(ascii: "\""): return .string(try string())
      case UInt8(ascii: "t"): return try word("true", .bool(true))
      case UInt8(ascii: "f"): return try word("false", .bool(false))
      case UInt8(ascii: "n"): return try word("null", .null)
      case UInt8(ascii: "-"), UInt8(ascii: "0")...UInt8(ascii: "9"): return try number()
      default: throw malformed("unexpected character")
      }
    }

    mutating func word(_ word: StaticString, _ value: JSON) throws(Malformed) -> JSON {
      for byte in word.description.utf8 {
        guard offset < bytes.count, bytes[offset] == byte else { throw malformed("unexpected character") }
        offset += 1
      }
      return value
    }

    mutating func object() throws(Malformed) -> JSON {
      try enter()
      var result = Object()
      skipSpace()
      if take(UInt8(ascii: "}")) {
        depth -= 1
        return .object(result)
      }
      while true {
        skipSpace()
        guard offset < bytes.count, bytes[offset] == UInt8(ascii: "\"") else {
          throw malformed("a member's name is missing")
        }
        let name = try string()
        skipSpace()
        guard take(UInt8(ascii: ":")) else { throw malformed("':' is missing") }
        result.append(name, try value())
        skipSpace()
        if take(UInt8(ascii: ",")) { continue }
        guard take(UInt8(ascii: "}")) else { throw malformed("',' or '}' is missing") }
        depth -= 1
        return .object(result)
      }
    }

    mutating func array() throws(Malformed) -> JSON {
      try enter()
      var result: [JSON] = []
      skipSpace()
      if take(UInt8(ascii: "]")) {
        depth -= 1
        return .array(result)
      }
      while true {
        result.append(try value())
        skipSpace()
        if take(UInt8(ascii: ",")) { continue }
        guard take(UInt8(ascii: "]")) else { throw malformed("',' or ']' is missing") }
        depth -= 1
        return .array(result)
      }
    }

    mutating func enter() throws(Malformed) {
      guard depth < JSON.deepestNesting else { throw malformed("nested too deep") }
      depth += 1
      offset += 1
    }

    mutating func take(_ byte: UInt8) -> Bool {
      guard offset < bytes.count, bytes[offset] == byte else { return false }
      offset += 1
      return true
    }

    mutating func number() throws(Malformed) -> JSON {
      let start = offset
      var isWhole = true
      _ = take(UInt8(ascii: "-"))
      if !take(UInt8(ascii: "0")) { try digits() }
      if take(UInt8(ascii: ".")) {
        isWhole = false
        try digits()
      }
      if offset < bytes.count, bytes[offset] | 0x20 == UInt8(ascii: "e") {
        isWhole = false
        offset += 1
        if !take(UInt8(ascii: "+")) { _ = take(UInt8(ascii: "-")) }
        try digits()
      }
      let text = try plain(start..<offset)
      if isWhole, let whole = Int64(text) { return .integer(whole) }
      guard let value = Double(text), value.isFinite else { throw malformed("the number is out of range") }
      return .number(value)
    }

    mutating func digits() throws(Malformed) {
      let start = offset
      while offset < bytes.count, bytes[offset] &- UInt8(ascii: "0") < 10 { offset += 1 }
      guard offset > start else { throw malformed("a digit is missing") }
    }

    /// The string that starts at the quote under the cursor.
    mutating func string() throws(Malformed) -> String {
      offset += 1
      let start = offset
      var unescaped: [UInt8]? = nil
      while offset < bytes.count {
        let byte = bytes[offset]
        switch byte {
        case UInt8(ascii: "\""):
          defer { offset += 1 }
          guard let unescaped else { return try plain(start..<offset) }
          guard let text = try? UTF8Span(validating: unescaped.span) else { throw malformed("not UTF-8") }
          return String(copying: text)
        case UInt8(ascii: "\\"):
          var buffer = unescaped ?? copy(start..<offset)
          try escape(into: &buffer)
          unescaped = buffer
        case 0..<0x20:
          throw malformed("a control character inside a string")
        default:
          unescaped?.append(byte)
          offset += 1
        }
      }
      throw malformed("a string without an end")
    }

    func copy(_ range: Range<Int>) -> [UInt8] {
      var result: [UInt8] = []
      result.reserveCapacity(max(64, bytes.count - range.lowerBound))
      for index in range { result.append(bytes[index]) }
      return result
    }

    func plain(_ range: Range<Int>) throws(Malformed) -> String {
      guard let text = try? UTF8Span(validating: bytes.extracting(range)) else {
        throw malformed("not UTF-8")
      }
      return String(copying: text)
    }

    mutating func escape(into buffer: inout [UInt8]) throws(Malformed) {
      offset += 1
      guard offset < bytes.count else { throw malformed("a string without an end") }
      let byte = bytes[offset]
      offset += 1
      switch byte {
      case UInt8(ascii: "\""), UInt8(ascii: "\\"), UInt8(ascii: "/"): buffer.append(byte)
      case UInt8(ascii: "b"): buffer.append(0x08)
      case UInt8(ascii: "f"): buffer.append(0x0C)
      case UInt8(ascii: "n"): buffer.append(0x0A)
      case UInt8(ascii: "r"): buffer.append(0x0D)
      case UInt8(ascii: "t"): buffer.append(0x09)
      case UInt8(ascii: "u"): buffer.append(contentsOf: Array(String(Character(try scalar())).utf8))
      default: throw malformed("an unknown escape")
      }
    }

    mutating func scalar() throws(Malformed) -> Unicode.Scalar {
      let first = try fourHex()
      if let scalar = Unicode.Scalar(first) { return scalar }
      guard (0xD800..<0xDC00).contains(first), take(UInt8(ascii: "\\")), take(UInt8(ascii: "u")) else {
        throw malformed("half of a surrogate pair")
      }
      let second = try fourHex()
      guard (0xDC00..<0xE000).contains(second),
        let scalar = Unicode.Scalar(0x10000 + (first - 0xD800) << 10 + (second - 0xDC00))
      else { throw malformed("half of a surrogate pair") }
      return scalar
    }

    mutating func fourHex() throws(Malformed) -> UInt32 {
      var result: UInt32 = 0
      for _ in 0..<4 {
        guard offset < bytes.count, let digit = Character(Unicode.Scalar(bytes[offset])).hexDigitValue else {
          throw malformed("four hexadecimal digits are missing")
        }
        result = result << 4 | UInt32(digit)
        offset += 1
      }
      return result
    }
  }
}
