// Which packets of a publisher's stream are new: the endless count of each, second copies, and whether the stream has
// started again under the same SSRC. Nothing passes twice, because the same number must never be sent with other bytes.

import Wire

struct SourceWindow {
  enum Verdict: Equatable {
    case fresh(count: Int64, isNewest: Bool)
    /// The numbers have jumped, and the jump was confirmed by a second packet.
    case restarted(count: Int64)
    case duplicate, tooOld
    /// A jump that a second packet has to confirm.
    case doubtful
  }

  /// Whether the packet of each of the last counts came, by its lowest bits.
  private var seen = InlineArray<16, UInt64>(repeating: 0)
  private(set) var newest: Int64?
  private var confirmation: SequenceNumber?

  /// A repetition belongs to what was there; it never starts anything.
  mutating func note(_ sequence: SequenceNumber, isRepeat: Bool) -> Verdict {
    guard let newest else {
      // A repetition alone does not tell where the stream is.
      if isRepeat { return .tooOld }
      return .fresh(count: start(sequence), isNewest: true)
    }
    let distance = sequence.distance(since: SequenceNumber(UInt16(truncatingIfNeeded: newest)))
    if distance > Limits.sequenceStepMax || distance <= -Limits.windowPackets {
      if isRepeat { return .tooOld }
      if sequence == confirmation {
        // The count jumps as well: no packet of before has a place in it.
        return .restarted(count: start(sequence))
      }
      confirmation = sequence + 1
      return .doubtful
    }
    let count = newest + Int64(distance)
    guard distance > 0 else {
      if isSeen(count) { return .duplicate }
      mark(count)
      return .fresh(count: count, isNewest: false)
    }
    forget(from: newest + 1, through: count)
    mark(count)
    self.newest = count
    confirmation = nil
    return .fresh(count: count, isNewest: true)
  }

  func isSeen(_ count: Int64) -> Bool { seen[word(count)] & bit(count) != 0 }

  private mutating func start(_ sequence: SequenceNumber) -> Int64 {
    let count = Int64(sequence.value) + 0x1_0000
    seen = InlineArray(repeating: 0)
    mark(count)
    newest = count
    confirmation = nil
    return count
  }

  private mutating func mark(_ count: Int64) { seen[word(count)] |= bit(count) }

  private mutating func forget(from first: Int64, through last: Int64) {
    if last - first >= Int64(Limits.windowPackets) {
      seen = InlineArray(repeating: 0)
      return
    }
    var count = first
    while count <= last {
      seen[word(count)] &= ~bit(count)
      count += 1
    }
  }

  private func word(_ count: Int64) -> Int { Int(count & Int64(Limits.windowPackets - 1)) >> 6 }
  private func bit(_ count: Int64) -> UInt64 { 1 << UInt64(count & 63) }
}
