// The YAML reader against random bytes and against damaged configurations: it may refuse, it may not fail.

import Configuration
import Testing

@Suite("The YAML reader against anything")
struct FuzzTests {
  @Test("random bytes and damaged files are refused in good order", arguments: UInt64(1)...8)
  func fuzz(seed: UInt64) {
    var random = SeededGenerator(seed: seed)
    let pieces: [[UInt8]] = [
      "http:", "\n", "  ", "port: ", "- ", "{", "}", "[", "]", "\"", "'", ": ", "&a ", "*a", "!t ", "|\n",
      ">\n", "#", "\t",
      "keys:", "id: k", "---\n", "...", "%YAML 1.1\n", "? ", ",", "\\x", "\u{FEFF}", "99999999999999999999",
      "~", "<<: ",
    ].map { Array($0.utf8) }
    for _ in 0..<300 {
      var bytes: [UInt8] = []
      for _ in 0..<Int.random(in: 0...60, using: &random) {
        if Int.random(in: 0..<5, using: &random) == 0 {
          bytes.append(UInt8.random(in: .min ... .max, using: &random))
        } else if let piece = pieces.randomElement(using: &random) {
          bytes += piece
        }
      }
      YAMLDocument.fuzz(bytes.span)
    }
    let sample = Array(ConfigurationTable.sampleFile.utf8)
    for _ in 0..<20 {
      var bytes = sample
      for _ in 0..<Int.random(in: 1...10, using: &random) {
        let index = Int.random(in: bytes.indices, using: &random)
        bytes[index] = UInt8.random(in: .min ... .max, using: &random)
      }
      YAMLDocument.fuzz(bytes.span)
    }
  }

  @Test("nesting without end and lines without end are refused quickly")
  func depth() throws {
    let deep = String(repeating: "[", count: 200_000)
    #expect(try problems("a: " + deep) == ["tandem.yaml:1: is nested deeper than any setting is"])
    let wide = "a: [" + String(repeating: "1,", count: 100_000) + "]"
    #expect(try problems(wide) == ["tandem.yaml:1: a is no setting"])
  }
}

struct SeededGenerator: RandomNumberGenerator {
  private var state: UInt64
  init(seed: UInt64) { state = seed }
  mutating func next() -> UInt64 {
    state &+= 0x9E37_79B9_7F4A_7C15
    var value = state
    value = (value ^ (value >> 30)) &* 0xBF58_476D_1CE4_E5B9
    value = (value ^ (value >> 27)) &* 0x94D0_49BB_1331_11EB
    return value ^ (value >> 31)
  }
}
