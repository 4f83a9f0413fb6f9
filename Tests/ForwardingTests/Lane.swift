// A road that loses, delays and doubles packets, for the tests of this target: from a seed, so that it can be gone again.

import Structures
import Wire

struct Lane {
  struct Packet: Equatable {
    /// Endless, as the sender counts.
    var count: Int64
    var at: Instant

    var sequence: SequenceNumber { SequenceNumber(UInt16(truncatingIfNeeded: count)) }
  }

  var lossOf100 = 0
  var lateOf100 = 0
  var doubledOf100 = 0
  var everyMicroseconds: Int64 = 2_000
  var lateMicroseconds: Int64 = 30_000

  /// In the order of arrival.
  func packets(_ counts: Range<Int64>, from start: Instant, _ random: inout Seeded) -> [Packet] {
    var packets: [Packet] = []
    var at = start
    for count in counts {
      at = at.adding(microseconds: Int64.random(in: 1...everyMicroseconds * 2, using: &random))
      if Int.random(in: 0..<100, using: &random) < lossOf100 { continue }
      let isLate = Int.random(in: 0..<100, using: &random) < lateOf100
      let delay = isLate ? Int64.random(in: 0...lateMicroseconds, using: &random) : 0
      packets.append(Packet(count: count, at: at.adding(microseconds: delay)))
      if Int.random(in: 0..<100, using: &random) < doubledOf100 {
        let again = Int64.random(in: 0...lateMicroseconds, using: &random)
        packets.append(Packet(count: count, at: at.adding(microseconds: again)))
      }
    }
    return packets.sorted { ($0.at, $0.count) < ($1.at, $1.count) }
  }
}
