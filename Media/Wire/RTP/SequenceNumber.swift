// Numbers that start again at zero: the sequence of packets (16 bits) and the media clock (32 bits), how far two of
// them are apart, and the endless count behind them.

/// The number of a packet in its stream. Which of two is newer is told by the shorter way round the circle, so that
/// there is no order that `Comparable` could promise.
package struct SequenceNumber: Hashable, Sendable {
  package var value: UInt16

  package init(_ value: UInt16) { self.value = value }

  /// How many packets later this is than the other, from -32,768 to 32,767.
  package func distance(since other: SequenceNumber) -> Int {
    Int(Int16(bitPattern: value &- other.value))
  }

  package func isNewer(than other: SequenceNumber) -> Bool { distance(since: other) > 0 }

  package static func + (sequence: SequenceNumber, count: Int) -> SequenceNumber {
    SequenceNumber(sequence.value &+ UInt16(truncatingIfNeeded: count))
  }
}

/// A reading of the media clock, whose rate is the codec's.
package struct RTPTimestamp: Hashable, Sendable {
  package var value: UInt32

  package init(_ value: UInt32) { self.value = value }

  /// How many ticks later this is than the other, the shorter way round.
  package func ticks(since other: RTPTimestamp) -> Int {
    Int(Int32(bitPattern: value &- other.value))
  }

  package static func + (timestamp: RTPTimestamp, ticks: Int) -> RTPTimestamp {
    RTPTimestamp(timestamp.value &+ UInt32(truncatingIfNeeded: ticks))
  }
}

/// Counts a stream's packets on beyond 65,535. The count follows the newest number seen: a late packet gets the count
/// it had, and one from before the first gets a negative one.
package struct SequenceUnwrapper: Equatable, Sendable {
  /// The count of the newest packet; nil before the first.
  package private(set) var newest: Int64?

  package init() {}

  /// What the number stands for, without taking it as seen.
  package func peek(_ sequence: SequenceNumber) -> Int64 {
    guard let newest else { return Int64(sequence.value) }
    let last = SequenceNumber(UInt16(truncatingIfNeeded: newest))
    return newest + Int64(sequence.distance(since: last))
  }

  package mutating func unwrap(_ sequence: SequenceNumber) -> Int64 {
    let count = peek(sequence)
    newest = max(newest ?? count, count)
    return count
  }
}

/// The same for the media clock.
package struct TimestampUnwrapper: Equatable, Sendable {
  package private(set) var newest: Int64?

  package init() {}

  package mutating func unwrap(_ timestamp: RTPTimestamp) -> Int64 {
    guard let last = newest else {
      newest = Int64(timestamp.value)
      return Int64(timestamp.value)
    }
    let ticks = timestamp.ticks(since: RTPTimestamp(UInt32(truncatingIfNeeded: last)))
    let count = last + Int64(ticks)
    newest = max(last, count)
    return count
  }
}
