// Broken inputs made from right ones, by a seed: for the short fuzzing that every test run does.

struct SeededBytes: RandomNumberGenerator {
  private var state: UInt64

  init(seed: UInt64) { state = seed }

  mutating func next() -> UInt64 {
    state &+= 0x9E37_79B9_7F4A_7C15
    var mixed = state
    mixed = (mixed ^ (mixed >> 30)) &* 0xBF58_476D_1CE4_E5B9
    mixed = (mixed ^ (mixed >> 27)) &* 0x94D0_49BB_1331_11EB
    return mixed ^ (mixed >> 31)
  }

  /// One of the seeds with a few bytes changed, removed, doubled or put in.
  mutating func broken(_ seeds: [[UInt8]]) -> [UInt8] {
    var bytes = seeds[Int.random(in: seeds.indices, using: &self)]
    for _ in 0..<Int.random(in: 1...4, using: &self) {
      let at = Int.random(in: 0...bytes.count, using: &self)
      let end = min(bytes.count, at + Int.random(in: 1...24, using: &self))
      switch Int.random(in: 0..<5, using: &self) {
      case 0: if at < bytes.count { bytes[at] = UInt8.random(in: .min ... .max, using: &self) }
      case 1: bytes.removeSubrange(at..<end)
      case 2: bytes.insert(contentsOf: bytes[at..<end], at: at)
      case 3: bytes.insert(UInt8.random(in: .min ... .max, using: &self), at: at)
      default: bytes.removeSubrange(end...)
      }
    }
    return bytes
  }
}
