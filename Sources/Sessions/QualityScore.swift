// How good somebody's connection is, from 1 to 5, and what it is that makes it worse. Of one interval from what the worker
// measured, and of a whole stay from the intervals.

import Link
import Values

/// What spoils a connection most.
enum ConnectionFault: String, Sendable, CaseIterable {
  case lossUp = "loss_up"
  case lossDown = "loss_down"
  case delay, jitter, freezes
}

extension PeerQuality {
  /// What goes of a connection without a fault, as shares of it: all by a fifth of the packets lost, on the worse way; by a
  /// round trip of 1.1 s, of which the first 100 ms are free; by 200 ms of jitter; by pictures that stand still for half of
  /// the time.
  var faults: [(fault: ConnectionFault, share: Double)] {
    let (up, down) = (lossUp ?? 0, lossDown ?? 0)
    return [
      (.lossUp, up >= down ? up * 5 : 0), (.lossDown, down > up ? down * 5 : 0),
      (.delay, max(0, (roundTripMilliseconds ?? 0) - 100) / 1_000),
      (.jitter, (jitterMilliseconds ?? 0) / 200), (.freezes, 2 * (frozenShare ?? 0)),
    ]
  }

  /// Never under 1; in tenths.
  var score: Double {
    let lost = faults.reduce(0) { $0 + $1.share }
    return ((1 + 4 * max(0, 1 - lost)) * 10).rounded() / 10
  }

  /// Nil where nothing is worth a word.
  var worstFault: ConnectionFault? {
    guard score < Limits.goodScore else { return nil }
    return faults.max { $0.share < $1.share }?.fault
  }

  var traced: JSON.Object {
    func rounded(_ value: Double?, _ places: Double) -> JSON {
      value.map { .number(($0 * places).rounded() / places) } ?? .null
    }
    return [
      "score": .number(score), "fault": .optional(worstFault?.rawValue), "lossUp": rounded(lossUp, 1_000),
      "lossDown": rounded(lossDown, 1_000), "roundTripMs": rounded(roundTripMilliseconds, 10),
      "jitterMs": rounded(jitterMilliseconds, 10), "frozenShare": rounded(frozenShare, 1_000),
      "kbpsUp": .integer(Int64(bitsPerSecondUp / 1_000)),
      "kbpsDown": .integer(Int64(bitsPerSecondDown / 1_000)),
    ]
  }
}

/// Of one participant since it joined; in tenths, so that it can be added up without error.
struct QualityTally: Sendable, Equatable {
  var sumTenths: Int64 = 0
  var count: Int64 = 0
  var lowestTenths: Int64?
  /// What the trace says at present, and since when.
  private var traced: (score: Double, fault: ConnectionFault?, at: Timestamp)?

  init() {}

  init(sumTenths: Int64, count: Int64, lowestTenths: Int64?) {
    self.sumTenths = sumTenths
    self.count = count
    self.lowestTenths = lowestTenths
  }

  /// Whether it is worth a line in the trace: the first, what differs, and one a minute.
  mutating func took(_ quality: PeerQuality, at now: Timestamp) -> Bool {
    let tenths = Int64((quality.score * 10).rounded())
    sumTenths += tenths
    count += 1
    lowestTenths = min(lowestTenths ?? tenths, tenths)
    if let traced, abs(traced.score - quality.score) < Limits.scoreStep, traced.fault == quality.worstFault,
      now.milliseconds - traced.at.milliseconds < Limits.scoreTraceMilliseconds
    {
      return false
    }
    traced = (quality.score, quality.worstFault, now)
    return true
  }

  static func == (one: QualityTally, other: QualityTally) -> Bool {
    one.sumTenths == other.sumTenths && one.count == other.count && one.lowestTenths == other.lowestTenths
  }
}
