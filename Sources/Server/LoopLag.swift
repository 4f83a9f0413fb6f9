// How late the control loop is: a timer that should fire every 100 ms, and by how much it doesn't.

import Control
import Observe

@Control final class LoopLag {
  private var timer: Timer?
  private var due = ContinuousClock.now
  /// The latest delays, newest last: what readiness looks at.
  private var recent: [Duration] = []

  private static let interval = Duration.milliseconds(100)
  private static let remembered = 20

  init() {
    timer = Timer { [weak self] in self?.fired() }
    arm()
  }

  /// The worst delay of the last two seconds.
  var worst: Duration { recent.max() ?? .zero }

  private func arm() {
    due = .now + Self.interval
    timer?.start(after: Self.interval)
  }

  private func fired() {
    let late = max(.zero, ContinuousClock.now - due)
    Metrics.loopLag.observe(late)
    if recent.count == Self.remembered { recent.removeFirst() }
    recent.append(late)
    arm()
  }
}
