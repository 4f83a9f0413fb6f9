// What a session remembers of each SSRC: the highest packet index and which of those below were seen (RFC 3711
// section 3.3). Looked up for every packet, changed only after it has proved authentic.

/// A bitmask over the newest indices, as a ring: the bit of an index never moves.
struct ReplayWindow<let wordCount: Int>: Sendable {
  private var seen: InlineArray<wordCount, UInt64>
  private(set) var highest: UInt64

  static var size: UInt64 { UInt64(wordCount) * 64 }

  /// The first packet of a stream.
  init(first index: UInt64) {
    seen = InlineArray(repeating: 0)
    highest = index
    mark(index)
  }

  func check(_ index: UInt64) throws(SRTPFailure) {
    guard index <= highest else { return }
    guard highest - index < Self.size else { throw .tooOld }
    let place = Int(index % Self.size)
    guard seen[place / 64] >> UInt64(place % 64) & 1 == 0 else { throw .replay }
  }

  mutating func accept(_ index: UInt64) {
    if index > highest {
      if index - highest >= Self.size {
        seen = InlineArray(repeating: 0)
      } else {
        // The places of what was skipped still hold what was seen one round ago.
        var skipped = highest + 1
        while skipped < index {
          let place = Int(skipped % Self.size)
          seen[place / 64] &= ~(1 << UInt64(place % 64))
          skipped += 1
        }
      }
      highest = index
    }
    mark(index)
  }

  private mutating func mark(_ index: UInt64) {
    let place = Int(index % Self.size)
    seen[place / 64] |= 1 << UInt64(place % 64)
  }

  /// The 48-bit index that a sequence number most likely stands for (RFC 3711 appendix A); nil where the roll-over
  /// counter would itself roll over, which no key may live to see. A stream that is still in its first round has no
  /// round before it.
  func index(of sequence: UInt16) -> UInt64? {
    let round = highest >> 16
    let last = Int(highest & 0xFFFF)
    let sequence = Int(sequence)
    if last < 0x8000 {
      let isOfRoundBefore = sequence - last > 0x8000 && round > 0
      return (isOfRoundBefore ? round - 1 : round) << 16 | UInt64(sequence)
    }
    guard last - 0x8000 > sequence else { return round << 16 | UInt64(sequence) }
    return round < 0xFFFF_FFFF ? (round + 1) << 16 | UInt64(sequence) : nil
  }
}

/// The windows of a session by SSRC: open addressing over positions in a dense list, so that an idle session is small.
/// When the limit is reached, packets of further SSRCs are refused; none is forgotten to make room, since a
/// forgotten stream could be replayed from its start.
struct SRTPStreams<let wordCount: Int>: ~Copyable {
  private var sources: [UInt32] = []
  private var windows: [ReplayWindow<wordCount>] = []
  /// Position + 1, or 0 for free; a power of two, at most half full.
  private var places: [UInt16] = [UInt16](repeating: 0, count: 8)
  private let limit: Int

  init(limit: Int) {
    precondition(limit < Int(UInt16.max), "positions have 16 bits")
    self.limit = limit
  }

  var count: Int { sources.count }
  var isFull: Bool { sources.count >= limit }

  func position(of source: UInt32) -> Int? {
    let mask = places.count - 1
    var place = Self.hash(source) & mask
    while places[place] != 0 {
      let position = Int(places[place]) - 1
      if sources[position] == source { return position }
      place = (place + 1) & mask
    }
    return nil
  }

  // Methods and not a subscript: its coroutine would take memory for each access where it is not inlined.

  func index(of sequence: UInt16, at position: Int) -> UInt64? { windows[position].index(of: sequence) }

  func check(_ index: UInt64, at position: Int) throws(SRTPFailure) { try windows[position].check(index) }

  mutating func accept(_ index: UInt64, at position: Int) { windows[position].accept(index) }

  /// The source is new, and there is room.
  mutating func insert(_ source: UInt32, first index: UInt64) {
    precondition(!isFull, "a full table was asked to take one more stream")
    sources.append(source)
    windows.append(ReplayWindow(first: index))
    if sources.count * 2 > places.count {
      places = [UInt16](repeating: 0, count: places.count * 2)
      for position in sources.indices { enter(position) }
    } else {
      enter(sources.count - 1)
    }
  }

  private mutating func enter(_ position: Int) {
    let mask = places.count - 1
    var place = Self.hash(sources[position]) & mask
    while places[place] != 0 { place = (place + 1) & mask }
    places[place] = UInt16(position + 1)
  }

  private static func hash(_ source: UInt32) -> Int { Int((source &* 0x9E37_79B1) >> 12) }
}
