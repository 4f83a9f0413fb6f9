// Inputs that look nearly right: seeds cut, spliced, doubled, with bytes and interesting tokens put in. Seeded, so
// that a case is found again by its number.

struct SplitMix: RandomNumberGenerator {
  private var state: UInt64
  init(seed: UInt64) { state = seed }
  mutating func next() -> UInt64 {
    state &+= 0x9E37_79B9_7F4A_7C15
    var mixed = state
    mixed = (mixed ^ (mixed >> 30)) &* 0xBF58_476D_1CE4_E5B9
    mixed = (mixed ^ (mixed >> 27)) &* 0x94D0_49BB_1331_11EB
    return mixed ^ (mixed >> 31)
  }
}

struct Mutator {
  private let seeds: [[UInt8]]
  private let seed: UInt64

  /// Long enough for every bound in the parsers, short enough for a million cases.
  private static let longest = 4_096

  private static let tokens: [[UInt8]] =
    [
      "\"", "\\", "\\u", "\\ud83d", "\\ude00", "{", "}", "[", "]", ":", ",", "null", "true", "1e999", "-0",
      "99999999999999999999",
      "0", ".", "..", "/", "%", "%2e", "%2F", "%00", "%zz", "\u{0}", "\u{7F}", "\u{85}", "é", "😀", "\r\n",
      "\n", "\t", " ", "  - ", "- ",
      "&a", "*a", "!!", "<<", "|", ">", "'", "#", "---", "...", "::ffff:", "255", "256", "/33", "/129",
      "bytes=", "-", "W/", "*",
      "PROXY ", "TCP4 ", "UNKNOWN", ";q=0", "eyJ", "==", "=", "+",
    ].map { Array($0.utf8) } + [
      [0xFF], [0xC0, 0x80], [0xED, 0xA0, 0x80], [0xF4, 0x90, 0x80, 0x80], [0x0D, 0x0A, 0x0D, 0x0A, 0x00],
    ]

  init(seeds: [[UInt8]], seed: UInt64) {
    self.seeds = seeds.isEmpty ? [[]] : seeds
    self.seed = seed
  }

  func input(_ number: Int) -> [UInt8] {
    var random = SplitMix(seed: seed &+ UInt64(number) &* 0xD134_2543_DE82_EF95)
    var bytes = seeds[Int.random(in: 0..<seeds.count, using: &random)]
    for _ in 0..<Int.random(in: 0...6, using: &random) { mutate(&bytes, &random) }
    return Array(bytes.prefix(Self.longest))
  }

  private func mutate(_ bytes: inout [UInt8], _ random: inout SplitMix) {
    let at = Int.random(in: 0...bytes.count, using: &random)
    switch Int.random(in: 0..<8, using: &random) {
    case 0: bytes.insert(UInt8.random(in: .min ... .max, using: &random), at: at)
    case 1: if at < bytes.count { bytes[at] = UInt8.random(in: .min ... .max, using: &random) }
    case 2: if at < bytes.count { bytes[at] ^= 1 << UInt8.random(in: 0..<8, using: &random) }
    case 3:
      if at < bytes.count {
        bytes.removeSubrange(at..<min(bytes.count, at + Int.random(in: 1...16, using: &random)))
      }
    case 4:
      bytes.insert(contentsOf: Self.tokens[Int.random(in: 0..<Self.tokens.count, using: &random)], at: at)
    case 5: bytes.removeSubrange(at...)
    case 6:
      let other = seeds[Int.random(in: 0..<seeds.count, using: &random)]
      bytes.replaceSubrange(at..., with: other.suffix(Int.random(in: 0...other.count, using: &random)))
    default:
      guard bytes.count < Self.longest, at < bytes.count else { return }
      let piece = Array(bytes[at..<min(bytes.count, at + Int.random(in: 1...64, using: &random))])
      for _ in 0..<Int.random(in: 1...40, using: &random) { bytes.insert(contentsOf: piece, at: at) }
    }
  }
}
