// When the packets of one publisher arrived, whatever their stream, and when it is told so: the receiver's half of
// transport-wide congestion control (draft-holmer-rmcat-transport-wide-cc-extensions-01). Fed by the router.

package import Structures
package import Wire

package struct ArrivalLog: Equatable, Sendable {
  private static var none: Int64 { .min }
  private static var mask: Int64 { Int64(Limits.arrivals - 1) }
  /// How many arrivals are laid out at once.
  private static var batchCount: Int { 256 }
  private static var fresh: Continuity {
    Continuity(ahead: Int64(Limits.arrivals), behind: Int64(Limits.arrivals - 1))
  }

  /// Ticks by the low bits of a packet's count. Takes memory with the first packet. What lies behind the newest by less
  /// than its length is true; told arrivals stay, so that a late packet can be told with its neighbours.
  private var ring: [Int64] = []
  private var unwrapper = SequenceUnwrapper()
  private var continuity = fresh
  /// Where the next feedback begins.
  private var next: Int64 = 0
  private var untoldCount = 0
  private var number: UInt8 = 0
  private var lastAt: Instant?
  package private(set) var deadline: Instant?

  package init() {}

  /// Notes a packet by its transport-wide number; a second of the same number is not heard.
  package mutating func received(_ sequence: SequenceNumber, at now: Instant) {
    var count = unwrapper.peek(sequence)
    let newest = continuity.newest ?? count
    switch continuity.judge(count) {
    case .strange: return
    case .first, .restarted:
      restart()
      count = unwrapper.peek(sequence)
      _ = continuity.judge(count)
      next = count
    case .onward: clear(after: newest, before: count)
    case .late:
      guard slot(count) == Self.none else { return }
      next = min(next, count)
    }
    _ = unwrapper.unwrap(sequence)
    ring[Int(count & Self.mask)] = now.microseconds / ArrivalTicks.microseconds
    next = max(next, (continuity.newest ?? count) - Int64(Limits.arrivals - 1))
    untoldCount += 1
    schedule(at: now)
  }

  private func slot(_ count: Int64) -> Int64 { ring[Int(count & Self.mask)] }

  private mutating func clear(after newest: Int64, before count: Int64) {
    var lost = newest + 1
    while lost < count {
      ring[Int(lost & Self.mask)] = Self.none
      lost += 1
    }
  }

  /// The numbers begin anew; what was not told of the old ones never is.
  private mutating func restart() {
    if ring.isEmpty {
      ring = Array(repeating: Self.none, count: Limits.arrivals)
    } else {
      for index in ring.indices { ring[index] = Self.none }
    }
    unwrapper = SequenceUnwrapper()
    continuity = Self.fresh
    untoldCount = 0
    deadline = nil
  }

  private mutating func schedule(at now: Instant) {
    let isSparse = lastAt.map { now.milliseconds(since: $0) >= Limits.sparseMilliseconds } ?? false
    lastAt = now
    let wait =
      untoldCount >= Limits.arrivalsAtOnce
      ? 0
      : untoldCount >= Limits.arrivalsMany
        ? Limits.feedbackManyMilliseconds
        : isSparse ? Limits.feedbackSparseMilliseconds : Limits.feedbackMilliseconds
    let due = now.adding(milliseconds: wait)
    deadline = min(deadline ?? due, due)
  }

  /// Writes one feedback for what is not told yet; zero when there is nothing, or no room. What did not fit stays due.
  package mutating func write(
    sender: UInt32, media: UInt32, into out: inout MutableSpan<UInt8>, at offset: Int = 0
  ) -> Int {
    guard let newest = continuity.newest, untoldCount > 0 else { return 0 }
    var batch = InlineArray<256, TransportArrival>(repeating: TransportArrival(count: 0, ticks: 0))
    var count = 0
    var position = next
    while position <= newest, count < Self.batchCount {
      if case let ticks = slot(position), ticks != Self.none {
        batch[count] = TransportArrival(count: position, ticks: ticks)
        count += 1
      }
      position += 1
    }
    let written = TransportFeedbackWriter.write(
      sender: sender, media: media, number: number, from: next, batch.span.extracting(first: count),
      into: &out, at: offset)
    guard let written else { return 0 }
    number &+= 1
    next = written.nextCount
    untoldCount = next > newest ? 0 : max(1, untoldCount - written.arrivalCount)
    if untoldCount == 0 { deadline = nil }
    return written.byteCount
  }
}
