// Decides when a publisher is asked for a key frame: however many ask for one, at most once per `spacing`, and again
// until one comes. In the way the publisher takes it: PLI (RFC 4585), or FIR (RFC 5104) where it takes nothing else.

package import Structures

package struct KeyframeRequests: Equatable, Sendable {
  package enum Action: Equatable, Sendable {
    case none
    case sendPictureLoss
    case sendFullIntra(number: UInt8)
  }

  private enum State: Equatable, Sendable {
    case idle
    /// Asked so many times, and nothing came so far.
    case waiting(sent: Instant, tries: Int)
    /// It came; nobody has asked since.
    case rested(sent: Instant)
    /// It came, and somebody wants another one sooner than the publisher should be asked.
    case postponed(sent: Instant)
  }

  private enum Means: Equatable, Sendable { case none, pictureLoss, fullIntra }

  private var state = State.idle
  private var number: UInt8 = 0
  private let means: Means
  private let spacingMilliseconds: Int64
  package private(set) var gaveUpCount = 0

  /// `spacingMilliseconds` only where it is not the usual.
  package init(takesPictureLoss: Bool, takesFullIntra: Bool, spacingMilliseconds: Int64? = nil) {
    means = takesPictureLoss ? .pictureLoss : takesFullIntra ? .fullIntra : .none
    self.spacingMilliseconds = spacingMilliseconds ?? Limits.keyframeSpacingMilliseconds
  }

  /// Somebody cannot go on without one. `isUrgent`: has just come, and what was kept for it was lost on the way.
  package mutating func requested(at now: Instant, isUrgent: Bool = false) -> Action {
    switch state {
    case .idle: return send(tries: 1, at: now)
    case .waiting, .postponed: return .none
    case .rested(let sent):
      let spacing = isUrgent ? Limits.urgentKeyframeSpacingMilliseconds : spacingMilliseconds
      if now >= sent.adding(milliseconds: spacing) { return send(tries: 1, at: now) }
      state = .postponed(sent: sent)
      return .none
    }
  }

  /// The first packet of one, whether it was asked for or not.
  package mutating func keyframeCame(at now: Instant) {
    switch state {
    case .idle, .rested: break
    case .waiting(let sent, _), .postponed(let sent): state = .rested(sent: sent)
    }
  }

  package var deadline: Instant? {
    switch state {
    case .idle, .rested: nil
    case .waiting(let sent, _), .postponed(let sent): sent.adding(milliseconds: spacingMilliseconds)
    }
  }

  package mutating func timeout(at now: Instant) -> Action {
    guard let deadline, deadline <= now else { return .none }
    switch state {
    case .idle, .rested: return .none
    case .postponed: return send(tries: 1, at: now)
    case .waiting(_, let tries):
      if tries < Limits.keyframeTries { return send(tries: tries + 1, at: now) }
      gaveUpCount += 1
      state = .idle
      return .none
    }
  }

  /// Nobody waits any more: the last receiver has left, or the source is muted.
  package mutating func forget() {
    switch state {
    case .idle, .rested: break
    case .waiting(let sent, _), .postponed(let sent): state = .rested(sent: sent)
    }
  }

  private mutating func send(tries: Int, at now: Instant) -> Action {
    switch means {
    case .none: return .none
    case .pictureLoss:
      state = .waiting(sent: now, tries: tries)
      return .sendPictureLoss
    case .fullIntra:
      state = .waiting(sent: now, tries: tries)
      // A new number each time: the key frame may have been lost after the request was heard.
      number &+= 1
      return .sendFullIntra(number: number)
    }
  }
}
