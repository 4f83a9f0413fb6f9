// Which packets of an incoming stream are missing, and when its sender is asked for them (RFC 4585 section 6.2.1): soon
// after the gap shows, then once a round trip until they come or nobody waits any more. Fed by the router.

package import Structures

package struct LossRequests: Equatable, Sendable {
  private struct Missing: Equatable, Sendable {
    var sequence: Int64
    var since: Instant
    /// After `since`.
    var dueMicroseconds: UInt32
    var tries: UInt8 = 0

    var due: Instant { since.adding(microseconds: Int64(dueMicroseconds)) }
  }

  /// Oldest first. Takes memory with the first loss, and then never again.
  private var missing: [Missing] = []
  private var continuity = Continuity(ahead: Limits.sequenceAhead, behind: Limits.sequenceBehind)
  private let isVideo: Bool
  private let triesMax: UInt8

  /// When something is to be asked for or given up; nil while nothing is missing.
  package private(set) var deadline: Instant?
  /// So much was missing that only a key frame helps; true until it is taken.
  package private(set) var wantsKeyframe = false
  package private(set) var gaveUpCount = 0

  package init(isVideo: Bool) {
    self.isVideo = isVideo
    triesMax = isVideo ? Limits.videoTries : Limits.audioTries
  }

  package var missingCount: Int { missing.count }

  /// Notes a packet, however it came. True when it was one that was missing.
  package mutating func received(_ sequence: Int64, at now: Instant) -> Bool {
    let newest = continuity.newest
    switch continuity.judge(sequence) {
    case .first, .strange: return false
    case .late: return remove(sequence)
    case .restarted:
      giveUp(missing.count)
      deadline = nil
      wantsKeyframe = isVideo
      return false
    case .onward:
      hasten(at: now)
      if let newest, sequence > newest + 1 { miss(newest + 1..<sequence, at: now) }
      return false
    }
  }

  private mutating func remove(_ sequence: Int64) -> Bool {
    guard let index = index(of: sequence) else { return false }
    missing.remove(at: index)
    if missing.isEmpty { deadline = nil }
    return true
  }

  private func index(of sequence: Int64) -> Int? {
    var low = 0
    var high = missing.count
    while low < high {
      let middle = (low + high) / 2
      if missing[middle].sequence < sequence { low = middle + 1 } else { high = middle }
    }
    return low < missing.count && missing[low].sequence == sequence ? low : nil
  }

  /// A second packet that is newer than a gap: what is missing is not only late.
  private mutating func hasten(at now: Instant) {
    var index = missing.count - 1
    while index >= 0, missing[index].tries == 0, missing[index].due > now {
      missing[index].dueMicroseconds = UInt32(clamping: now.microseconds(since: missing[index].since))
      index -= 1
    }
    if index < missing.count - 1 { deadline = min(deadline ?? now, now) }
  }

  private mutating func miss(_ gap: Range<Int64>, at now: Instant) {
    if gap.count > Limits.missing {
      giveUp(missing.count)
      gaveUpCount += gap.count
      deadline = nil
      wantsKeyframe = isVideo
      return
    }
    if missing.capacity < Limits.missing { missing.reserveCapacity(Limits.missing) }
    let excess = missing.count + gap.count - Limits.missing
    if excess > 0 {
      giveUp(excess)
      wantsKeyframe = isVideo
    }
    var sequence = gap.lowerBound
    while sequence < gap.upperBound {
      missing.append(
        Missing(sequence: sequence, since: now, dueMicroseconds: UInt32(Limits.reorderMicroseconds)))
      sequence += 1
    }
    let due = now.adding(microseconds: Limits.reorderMicroseconds)
    deadline = min(deadline ?? due, due)
  }

  private mutating func giveUp(_ count: Int) {
    missing.removeFirst(count)
    gaveUpCount += count
  }

  /// Hands out what is to be asked for at this time, oldest first.
  package mutating func due(
    at now: Instant, roundTrip microseconds: Int64, _ body: (Int64) -> Void
  ) {
    guard let deadline, deadline <= now else { return }
    let roundTrip = min(max(microseconds, 0), Limits.lossMicroseconds)
    let wait = max(Limits.lossRequestMicroseconds, roundTrip * 5 / 4)
    var kept = 0
    var next: Instant?
    for index in missing.indices {
      var entry = missing[index]
      if entry.due <= now {
        let age = now.microseconds(since: entry.since)
        guard entry.tries < triesMax, age < Limits.lossMicroseconds else { continue }
        body(entry.sequence)
        entry.tries += 1
        entry.dueMicroseconds = UInt32(clamping: min(age + wait, Limits.lossMicroseconds))
      }
      next = min(next ?? entry.due, entry.due)
      missing[kept] = entry
      kept += 1
    }
    gaveUpCount += missing.count - kept
    missing.removeLast(missing.count - kept)
    self.deadline = next
  }

  /// Whether a key frame is the only way on, told once.
  package mutating func takeKeyframeWish() -> Bool {
    defer { wantsKeyframe = false }
    return wantsKeyframe
  }

  /// Nothing is asked for any more: the source is muted, or a key frame has come.
  package mutating func forget() {
    missing.removeAll(keepingCapacity: true)
    deadline = nil
    wantsKeyframe = false
  }
}
