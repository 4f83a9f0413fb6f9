// Deadlines of thousands of peers, each a number from 0 up, one deadline a number. Arming, moving and cancelling cost the
// same however many there are, and memory grows only with the highest number. Time is an argument: a worker's loop asks for
// what is due once a turn. Eight rings of 64 slots, by the highest six bits in which a deadline differs from now.

package struct TimerWheel: ~Copyable {
  private static let levels = 8
  private static let slotsPerLevel = 64
  private static let none: Int32 = -1

  /// Heads and tails of the slots' lists, `level * 64 + slot`.
  private var heads: [Int32]
  private var tails: [Int32]
  /// One bit a slot that holds something.
  private var occupied: [UInt64]
  private let capacity: Int
  private var nexts: [Int32] = []
  private var previous: [Int32] = []
  /// The list that a timer is in; -1 if it is not armed.
  private var places: [Int32] = []
  private var deadlines: [UInt64] = []
  /// All that was due up to and including this millisecond has been moved to the current slot or handed out.
  private var current: UInt64

  package private(set) var armedCount = 0

  package init(capacity: Int, atMilliseconds now: UInt64) {
    let lists = Self.levels * Self.slotsPerLevel
    heads = Array(repeating: Self.none, count: lists)
    tails = Array(repeating: Self.none, count: lists)
    occupied = Array(repeating: 0, count: Self.levels)
    self.capacity = capacity
    current = now
  }

  package func isArmed(_ index: Int) -> Bool {
    guard index < places.count else { return false }
    return places[index] >= 0
  }

  /// Memory for numbers up to this one. A wheel for twenty thousand peers costs an idle server nothing.
  private mutating func make(roomFor index: Int) {
    precondition(index >= 0 && index < capacity, "a timer beyond the wheel's numbers")
    let more = min(capacity, max(64, 2 * places.count, index + 1)) - places.count
    nexts.append(contentsOf: repeatElement(Self.none, count: more))
    previous.append(contentsOf: repeatElement(Self.none, count: more))
    places.append(contentsOf: repeatElement(Self.none, count: more))
    deadlines.append(contentsOf: repeatElement(0, count: more))
  }

  /// Sets or moves a timer. A deadline that has passed is due in the next millisecond, so that a turn that arms timers
  /// for "now" comes to an end.
  package mutating func arm(_ index: Int, atMilliseconds deadline: UInt64) {
    if index >= places.count { make(roomFor: index) }
    cancel(index)
    deadlines[index] = min(max(deadline, current + 1), current | 0xFFFF_FFFF_FFFF)
    insert(Int32(index))
    armedCount += 1
  }

  package mutating func cancel(_ index: Int) {
    guard isArmed(index) else { return }
    remove(Int32(index))
    armedCount -= 1
  }

  /// The next timer that is due, disarmed; nil when all are handed out. Earlier deadlines come first, and of equal ones
  /// the one that was armed first.
  package mutating func next(dueAtMilliseconds now: UInt64) -> Int? {
    while true {
      let slot = Int(current & 63)
      let head = heads[slot]
      if head >= 0 {
        remove(head)
        armedCount -= 1
        return Int(head)
      }
      guard current < now, step(to: now) else { return nil }
    }
  }

  /// When to ask next: never later than the earliest deadline; earlier only where timers wait in a coarser ring.
  package var wakeAtMilliseconds: UInt64? {
    if heads[Int(current & 63)] >= 0 { return current }
    return nextOccupied().map(\.start)
  }

  /// Moves on to the next slot that holds something, or to `now` if that is earlier. False if there was nothing.
  private mutating func step(to now: UInt64) -> Bool {
    guard let (level, slot, start) = nextOccupied(), start <= now else {
      current = now
      return false
    }
    current = start
    guard level > 0 else { return true }
    let list = level * Self.slotsPerLevel + slot
    var index = heads[list]
    heads[list] = Self.none
    tails[list] = Self.none
    occupied[level] &= ~(1 << UInt64(slot))
    while index >= 0 {
      let following = nexts[Int(index)]
      insert(index)
      index = following
    }
    return true
  }

  /// The finest ring holds the earliest deadlines, because each ring begins where the one below ends.
  private func nextOccupied() -> (level: Int, slot: Int, start: UInt64)? {
    for level in 0..<Self.levels {
      let shift = UInt64(6 * level)
      let digit = (current >> shift) & 63
      let later = occupied[level] & (digit == 63 ? 0 : ~0 << (digit + 1))
      guard later != 0 else { continue }
      let slot = UInt64(later.trailingZeroBitCount)
      let start = (current >> (shift + 6)) << (shift + 6) | slot << shift
      return (level, Int(slot), start)
    }
    return nil
  }

  private mutating func insert(_ index: Int32) {
    let deadline = deadlines[Int(index)]
    let difference = deadline ^ current
    let level = difference == 0 ? 0 : (63 - difference.leadingZeroBitCount) / 6
    let slot = Int((deadline >> UInt64(6 * level)) & 63)
    let list = level * Self.slotsPerLevel + slot
    let last = tails[list]
    nexts[Int(index)] = Self.none
    previous[Int(index)] = last
    if last >= 0 { nexts[Int(last)] = index } else { heads[list] = index }
    tails[list] = index
    places[Int(index)] = Int32(list)
    occupied[level] |= 1 << UInt64(slot)
  }

  private mutating func remove(_ index: Int32) {
    let list = Int(places[Int(index)])
    let before = previous[Int(index)]
    let after = nexts[Int(index)]
    if before >= 0 { nexts[Int(before)] = after } else { heads[list] = after }
    if after >= 0 { previous[Int(after)] = before } else { tails[list] = before }
    if heads[list] < 0 {
      occupied[list / Self.slotsPerLevel] &= ~(1 << UInt64(list % Self.slotsPerLevel))
    }
    places[Int(index)] = Self.none
  }
}
