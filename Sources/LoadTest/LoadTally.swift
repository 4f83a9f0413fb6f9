// How far everybody has come, how long each step took, and what went wrong, by its code.

package import Control
package import Generator

@Control package final class LoadTally {
  package private(set) var stages: [LoadStage: Int] = [:]
  /// From opening the connection to `joined`.
  package var connectToJoined = LatencyHistogram()
  /// From sending `join` to `joined`.
  package var joined = LatencyHistogram()
  /// From sending `join` until media is encrypted both ways.
  package var connected = LatencyHistogram()
  /// From sending `join` to the first packet from somebody who was there.
  package var firstMedia = LatencyHistogram()
  /// From the moment that somebody else's stream was announced to its first packet.
  package var announced = LatencyHistogram()
  package var reconnected = LatencyHistogram()
  /// From taking another address to the server's answer there.
  package var roamed = LatencyHistogram()
  package private(set) var failures: [String: Int] = [:]
  /// A sentence on the first of each kind.
  package private(set) var explanations: [String: String] = [:]
  package var roams = 0
  package var reconnects = 0

  package init() {}

  package func move(from old: LoadStage, to new: LoadStage) {
    stages[old, default: 0] -= 1
    stages[new, default: 0] += 1
  }

  package func begin(_ count: Int) { stages[.waiting] = count }

  package subscript(stage: LoadStage) -> Int { stages[stage] ?? 0 }

  /// At this stage or beyond it, and still there.
  package func count(from stage: LoadStage) -> Int {
    stages.reduce(0) { $0 + ($1.key >= stage && $1.key < .left ? $1.value : 0) }
  }

  package func fail(_ code: String, _ explanation: String = "") {
    failures[code, default: 0] += 1
    if explanations[code] == nil, !explanation.isEmpty { explanations[code] = explanation }
  }

  package var failureCount: Int { failures.values.reduce(0, +) }
}
