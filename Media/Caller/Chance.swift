// A caller's own numbers from a seed that it is given (SplitMix64): the sizes of packets, the names of checks. Nothing
// secret hangs on them.

package struct Chance: RandomNumberGenerator, Sendable {
  private var state: UInt64

  package init(seed: UInt64) { state = seed }

  package mutating func next() -> UInt64 {
    state &+= 0x9E37_79B9_7F4A_7C15
    var value = state
    value = (value ^ value >> 30) &* 0xBF58_476D_1CE4_E5B9
    value = (value ^ value >> 27) &* 0x94D0_49BB_1331_11EB
    return value ^ value >> 31
  }

  /// From 0 to below 1.
  package mutating func share() -> Double { Double(next() >> 11) / Double(UInt64(1) << 53) }
}
