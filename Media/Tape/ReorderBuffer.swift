// Puts the packets of one stream into their order, and waits a bounded time for those that are missing: a retransmission
// is on its way. A new stream waits as a whole for a moment, so that its clock can be read from more than one packet.

struct ReorderBuffer: Sendable {
  struct Taken: Equatable {
    var packet: TapePacket
    /// How many before it never came.
    var lostCount: Int64
  }

  enum Verdict: Equatable { case kept, late, duplicate }

  /// By number, lowest first.
  private var waiting: [TapePacket] = []
  /// The number that is due; nil while the stream is new.
  private var next: Int64?
  /// While the stream is new: when it begins to give packets out.
  private var opensAt: Int64?

  var isEmpty: Bool { waiting.isEmpty }

  /// A stream begins: what waited of the one before has to be taken first.
  mutating func restart() {
    precondition(waiting.isEmpty, "a stream ends before its packets are taken")
    next = nil
    opensAt = nil
  }

  mutating func insert(_ packet: TapePacket) -> Verdict {
    if let next, packet.count < next { return .late }
    if opensAt == nil { opensAt = packet.arrival + Limits.anchorSamples }
    var index = waiting.count
    while index > 0, waiting[index - 1].count > packet.count { index -= 1 }
    if index > 0, waiting[index - 1].count == packet.count { return .duplicate }
    waiting.insert(packet, at: index)
    return .kept
  }

  /// The packet whose turn it is, if it is there or the wait for others is over. `ends`: nothing more will come.
  mutating func take(at now: Int64, ends: Bool = false) -> Taken? {
    guard let first = waiting.first else { return nil }
    guard let next else {
      guard ends || now >= opensAt ?? 0 || waiting.count > Limits.reorderPackets else { return nil }
      return pop(lost: 0)
    }
    let missing = first.count - next
    // After so many, nothing that is asked for again can still come.
    guard
      missing == 0 || ends || missing > Int64(Limits.reorderPackets)
        || waiting.count > Limits.reorderPackets || now - first.arrival >= Limits.reorderSamples
    else { return nil }
    return pop(lost: missing)
  }

  private mutating func pop(lost: Int64) -> Taken {
    let packet = waiting.removeFirst()
    next = packet.count + 1
    return Taken(packet: packet, lostCount: lost)
  }
}
