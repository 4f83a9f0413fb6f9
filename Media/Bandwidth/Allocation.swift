// Who gets how much of what a link bears: everybody a little first, in the order of importance, and then more in turns. What
// somebody has is kept as long as it fits; more is given only with a margin, and not soon after it had to be taken away.

package import Structures

/// One picture on its way to the receiver, and in which forms it can go.
package struct Candidate: Sendable {
  package struct Form: Equatable, Sendable {
    package var layer: UInt8
    package var temporal: UInt8
    package var bitsPerSecond: Int

    package init(layer: UInt8, temporal: UInt8, bitsPerSecond: Int) {
      self.layer = layer
      self.temporal = temporal
      self.bitsPerSecond = bitsPerSecond
    }
  }

  /// At most so many forms.
  package static let formsMax = 12

  package let id: Int32
  /// Smaller goes first.
  package let rank: Int
  /// From the least to the most.
  private var forms = InlineArray<12, Form>(repeating: Form(layer: 0, temporal: 0, bitsPerSecond: 0))
  package private(set) var formCount = 0
  /// What goes out at present; negative for nothing.
  package var present: Int
  package var hold: UpgradeHold
  /// What it should be; negative: it has to wait.
  package internal(set) var choice = -1

  package init(id: Int32, rank: Int, present: Int = -1, hold: UpgradeHold) {
    self.id = id
    self.rank = rank
    self.present = present
    self.hold = hold
  }

  package mutating func add(_ form: Form) {
    // What costs no less than the next better one is never chosen.
    while formCount > 0, forms[formCount - 1].bitsPerSecond >= form.bitsPerSecond { formCount -= 1 }
    guard formCount < Self.formsMax else { return }
    forms[formCount] = form
    formCount += 1
  }

  /// What goes out at present is the best of the forms that it says so of.
  package mutating func sends(_ isSent: (Form) -> Bool) {
    present = -1
    var index = 0
    while index < formCount {
      if isSent(forms[index]) { present = index }
      index += 1
    }
  }

  package func form(_ index: Int) -> Form { forms[index] }

  func cost(_ index: Int) -> Int { index < 0 ? 0 : forms[index].bitsPerSecond }
}

/// After a step down, for how long none goes up.
package struct UpgradeHold: Equatable, Sendable {
  private var until = Instant(nanoseconds: 0)
  private var length = Limits.holdMilliseconds
  private var upAt: Instant?
  private var downAt: Instant?

  package init() {}

  func isOver(at now: Instant) -> Bool { now >= until }

  /// A picture that is not there at all comes back sooner than a small one becomes large.
  func mayBegin(at now: Instant) -> Bool {
    downAt.map { now.milliseconds(since: $0) >= Limits.beginMilliseconds } ?? true
  }

  package mutating func went(up: Bool, at now: Instant) {
    if up {
      upAt = now
      return
    }
    if let upAt, now.milliseconds(since: upAt) < Limits.provenMilliseconds {
      length = min(2 * length, Limits.holdMaxMilliseconds)
    } else {
      length = Limits.holdMilliseconds
    }
    downAt = now
    until = now.adding(milliseconds: length)
  }
}

package enum Allocation {
  /// Sets each one's choice; the candidates stand in the order of their rank. Returns how much the link would have to bear
  /// for the next step up; nil when everybody has all they wish.
  package static func share(
    _ bitsPerSecond: Int, among candidates: inout MutableSpan<Candidate>, at now: Instant
  ) -> Int? {
    var spent = 0
    for index in candidates.indices {
      candidates[index].choice = -1
      guard candidates[index].formCount > 0 else { continue }
      let cost = candidates[index].cost(0)
      let isHeld = candidates[index].present >= 0
      let mayBegin = candidates[index].hold.mayBegin(at: now)
      guard fits(spent, cost, bitsPerSecond, isHeld, mayBegin) else { continue }
      candidates[index].choice = 0
      spent += cost
    }
    var isMoving = true
    while isMoving {
      isMoving = false
      for index in candidates.indices where candidates[index].choice >= 0 {
        // The first in rank goes up by two steps where the others go by one.
        for _ in 0..<(index == candidates.indices.lowerBound ? 2 : 1) {
          let next = candidates[index].choice + 1
          guard next < candidates[index].formCount else { break }
          let more = candidates[index].cost(next) - candidates[index].cost(next - 1)
          let isHeld = next <= candidates[index].present
          let mayGrow = candidates[index].hold.isOver(at: now)
          guard fits(spent, more, bitsPerSecond, isHeld, mayGrow) else { break }
          candidates[index].choice = next
          spent += more
          isMoving = true
        }
      }
    }
    return wanted(candidates.span, spent)
  }

  private static func fits(
    _ spent: Int, _ more: Int, _ bitsPerSecond: Int, _ isHeld: Bool, _ mayGrow: Bool
  ) -> Bool {
    if isHeld { return spent + more <= bitsPerSecond }
    return mayGrow && Double(spent + more) * Limits.upgradeMargin <= Double(bitsPerSecond)
  }

  private static func wanted(_ candidates: Span<Candidate>, _ spent: Int) -> Int? {
    var least: Int?
    for index in candidates.indices {
      let candidate = candidates[index]
      let next = candidate.choice + 1
      guard next < candidate.formCount else { continue }
      let total = spent + candidate.cost(next) - candidate.cost(candidate.choice)
      least = min(least ?? total, total)
    }
    return least.map { Int(Double($0) * Limits.upgradeMargin) + 1 }
  }
}
