// What the store tells an operator about itself: trouble with the disk lasts until a commit succeeds, a lost
// write shows for a minute. Fed by the writer, read from any thread.

import Observe
import Synchronization
import Values

final class StoreHealth: Sendable {
  private struct State {
    var trouble: String?
    var probedAt: ContinuousClock.Instant?
    var lost: (sentence: String, at: ContinuousClock.Instant)?
  }
  private let state = Mutex(State())
  private let log = Log("store")

  func failed(_ failure: StoreFailure) {
    let isNew = state.withLock { state in
      defer { state.trouble = failure.message }
      return state.trouble == nil
    }
    if isNew { log.error("writing failed", ["reason": .string(failure.message)]) }
  }

  func succeeded() {
    let wasInTrouble = state.withLock { state in
      defer { state.trouble = nil }
      return state.trouble != nil
    }
    if wasInTrouble { log.info("writing works again") }
  }

  /// A write that nobody waited for is gone.
  func lost(_ failure: StoreFailure) {
    let now = ContinuousClock.now
    let isFirst = state.withLock { state in
      let isFirst = state.lost.map { now - $0.at > .seconds(1) } ?? true
      if isFirst { state.lost = ("a write was lost: \(failure.message)", now) }
      return isFirst
    }
    // One line a second at most: a full disk loses thousands.
    if isFirst { log.error("a write was lost", ["reason": .string(failure.message)]) }
  }

  var sentence: String? {
    let now = ContinuousClock.now
    return state.withLock { state in
      if let trouble = state.trouble { return trouble }
      return state.lost.flatMap { now - $0.at < Limits.lossShown ? $0.sentence : nil }
    }
  }

  /// Whether it is time to try a write just to see if the trouble is over: otherwise a server that is taken
  /// out of service for its trouble would never learn.
  func shouldProbe() -> Bool {
    let now = ContinuousClock.now
    return state.withLock { state in
      guard state.trouble != nil, state.probedAt.map({ now - $0 > .seconds(1) }) ?? true else { return false }
      state.probedAt = now
      return true
    }
  }
}

extension StoreFailure {
  /// Whether an operator has something to mend, as opposed to a caller.
  var isTrouble: Bool {
    switch self {
    case .full, .damaged: true
    case .unavailable, .conflict, .incompatible: false
    }
  }
}
