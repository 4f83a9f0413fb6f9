// JSON as it comes from outside and goes out again, and the small values that every floor speaks.

import Testing
import Values

@Suite("JSON") struct JSONTests {
  @Test(
    "what is not JSON is refused, with the place",
    arguments: [
      ("", 0), ("{", 1), ("[1,]", 3), ("{\"a\":1,}", 7), ("01", 1), ("1.", 2), ("+1", 0), ("nul", 3),
      ("\"\u{1}\"", 1),
      ("\"\\x\"", 3), ("\"\\ud800\"", 7), ("1 2", 2), ("{a:1}", 1), ("[1 2]", 3), ("1e400", 5),
    ])
  func refused(text: String, offset: Int) {
    let failure = #expect(throws: JSON.Malformed.self) { try JSON(parsing: text) }
    #expect(failure?.offset == offset)
  }

  @Test(
    "a value is the same after writing and reading",
    arguments: [
      "null", "true", "[]", "{}", "-12", "1.5", "\"a\\n\\u00e9\\ud83d\\ude00\"",
      "{\"a\":[{\"b\":null}],\"c\":\"\\u0001\"}",
    ])
  func survives(text: String) throws {
    let value = try JSON(parsing: text)
    #expect(try JSON(parsing: value.encoded()) == value)
  }

  @Test("escapes and surrogate pairs become characters")
  func escapes() throws {
    #expect(try JSON(parsing: #""a\u00e9\ud83d\ude00\/\t""#) == .string("aé😀/\t"))
  }

  @Test("bytes that are no UTF-8 are refused")
  func utf8() { #expect(throws: JSON.Malformed.self) { try JSON(parsing: [0x22, 0xC3, 0x28, 0x22]) } }

  @Test("nesting is accepted to its bound and refused one past it")
  func nesting() throws {
    let at = String(repeating: "[", count: 32) + String(repeating: "]", count: 32)
    _ = try JSON(parsing: at)
    #expect(throws: JSON.Malformed.self) { try JSON(parsing: "[" + at + "]") }
  }

  @Test("a wrong field is named with its path")
  func fields() throws {
    let fields = try Fields(JSON(parsing: #"{"offer":{"sdp":7},"list":[{"mid":null}]}"#))
    let failure = #expect(throws: InvalidField.self) { try fields.fields("offer").string("sdp") }
    #expect(failure?.description == "offer.sdp: must be a string")
    let missing = #expect(throws: InvalidField.self) { try fields.list("list", atMost: 1)[0].string("mid") }
    #expect(missing?.description == "list[0].mid: is required")
  }
}

@Suite("Times and encodings") struct ValueTests {
  @Test(
    "a time survives its text",
    arguments: [
      ("1970-01-01T00:00:00Z", 0), ("2026-11-21T09:00:00.250Z", 1_795_251_600_250),
      ("2024-02-29T23:59:59Z", 1_709_251_199_000),
      ("1969-12-31T23:59:59.999Z", -1),
    ])
  func times(text: String, milliseconds: Int64) {
    #expect(Timestamp(rfc3339: text)?.milliseconds == milliseconds)
    #expect(Timestamp(milliseconds: milliseconds).rfc3339 == text)
  }

  @Test("offsets are taken, nonsense is not")
  func offsets() {
    #expect(Timestamp(rfc3339: "2026-11-21T10:00:00+01:00") == Timestamp(rfc3339: "2026-11-21T09:00:00Z"))
    for text in [
      "", "2026-02-29T00:00:00Z", "2026-11-21", "2026-11-21T25:00:00Z", "2026-11-21T09:00:00",
      "2026-11-21T09:00:00Zx",
    ] {
      #expect(Timestamp(rfc3339: text) == nil)
    }
  }

  @Test("base64 follows RFC 4648, and one sequence of bytes has one text")
  func base64() {
    for (bytes, text) in [("", ""), ("f", "Zg=="), ("fo", "Zm8="), ("foo", "Zm9v"), ("foob", "Zm9vYg==")] {
      #expect(Base64.encode(Array(bytes.utf8), .standard) == text)
      #expect(Base64.decode(text, .standard) == Array(bytes.utf8))
    }
    #expect(Base64.decode("Zh") == nil)
    #expect(Base64.decode("Z") == nil)
    #expect(Base64.decode("Zm9v+w") == nil)
  }
}
