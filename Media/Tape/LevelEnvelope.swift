// How loud a track was, step by step: the loudest of each tenth of a second, as its sender told it (RFC 6464). Talk is
// read from it without decoding anything.

import Talk

package struct LevelEnvelope: Equatable, Sendable {
  /// One for each step since the recording's beginning, below full scale.
  package private(set) var steps: [UInt8] = []
  /// Whether any packet told its level: otherwise the sound itself has to be looked at.
  package private(set) var isTold = false

  package init() {}

  mutating func heard(_ level: UInt8?, at position: Int64, samples: Int) {
    guard let level else { return }
    isTold = true
    guard level < TalkDetector.silent else { return }
    let first = Int(position / Limits.levelSamples)
    let last = Int((position + Int64(max(1, samples)) - 1) / Limits.levelSamples)
    while steps.count <= last { steps.append(TalkDetector.silent) }
    for step in first...last { steps[step] = min(steps[step], level) }
  }
}
