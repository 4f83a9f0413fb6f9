// A bound by loss: links that lose a little lose it whatever is sent, and a queue that overflows loses much. Without a sign of
// the delay (receivers that report loss alone) it is all there is.

import Structures

struct LossControl {
  /// Nil: none so far.
  private(set) var bound: Double?
  private var lost = 0
  private var expected = 0
  private var since: Instant?
  private(set) var share = 0.0

  mutating func reported(_ isLost: Bool) {
    expected += 1
    if isLost { lost += 1 }
  }

  /// A share that the receiver has counted itself.
  mutating func reported(share: Double, of packets: Int) {
    expected += packets
    lost += Int((share * Double(packets)).rounded())
  }

  mutating func update(_ rate: Double, roundTrip: Double, at now: Instant) {
    let start = since ?? now
    since = start
    let interval = Limits.lossIntervalMilliseconds + Int64(roundTrip * 1_000)
    guard expected >= Limits.lossPackets, now.milliseconds(since: start) >= interval else { return }
    let passed = min(1, Double(now.milliseconds(since: start)) / 1_000)
    share = Double(lost) / Double(expected)
    (lost, expected, since) = (0, 0, now)
    if share > Limits.lossHeeded {
      bound = max(Double(Limits.bitsPerSecondMin), min(rate, bound ?? rate) * (1 - share / 2))
    } else if share < Limits.lossIgnored, let now = bound {
      let raised = now * (1 + (Limits.increasePerSecond - 1) * passed) + 1_000
      bound = raised > 2 * rate ? nil : raised
    }
  }

  /// What was lost so far has nothing to do with what comes.
  mutating func forget() { (lost, expected, since, share) = (0, 0, nil, 0) }

  /// A probe has gone through.
  mutating func found(_ bits: Double) { bound = bound.map { max($0, bits) } }
}
