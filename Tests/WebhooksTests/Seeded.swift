// Chance that can be had again: a failed case names its seed.

import Store
import Values

/// Numbers from a seed (SplitMix64), so that a failure can be had again.
struct Seeded: RandomNumberGenerator {
  private var state: UInt64
  init(_ seed: UInt64) { state = seed }
  mutating func next() -> UInt64 {
    state &+= 0x9E37_79B9_7F4A_7C15
    var mixed = (state ^ state >> 30) &* 0xBF58_476D_1CE4_E5B9
    mixed = (mixed ^ mixed >> 27) &* 0x94D0_49BB_1331_11EB
    return mixed ^ mixed >> 31
  }
}

extension EventRow {
  static func made(_ seq: Int64, room: String?, at milliseconds: Int64 = 1_000_000_000, type: String = "chat")
    -> EventRow
  {
    EventRow(
      seq: seq, id: "e_\(seq)", room: room, roomSeq: seq, type: type,
      at: Timestamp(milliseconds: milliseconds), body: "{}")
  }
}
