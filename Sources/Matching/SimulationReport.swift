// What a day came to: waits, quality, and what went wrong, as lines for people and as JSON.

package import Values

package struct SimulationReport: Sendable, Equatable {
  package var students = 0
  package var matches = 0
  package var offers = 0
  package var ticks = 0
  package var requeued = 0
  package var expired = 0
  package var unanswered = 0
  package var stillWaiting = 0
  package var scoredPairs = 0
  package var mentoredSeconds: Int64 = 0
  /// Of each student who was matched: milliseconds from coming to the match, and the score.
  package var waits: [Int64] = []
  package var scores: [Double] = []

  package init() {}

  /// The wait in seconds that this share of the matched did not exceed.
  package func waitSeconds(_ share: Double) -> Double {
    let sorted = waits.sorted()
    guard !sorted.isEmpty else { return 0 }
    return Double(sorted[min(sorted.count - 1, Int(Double(sorted.count) * share))]) / 1_000
  }

  package var meanScore: Double {
    scores.isEmpty ? 0 : scores.reduce(0, +) / Double(scores.count)
  }

  package var json: JSON {
    [
      "students": .integer(Int64(students)), "matched": .integer(Int64(waits.count)),
      "matches": .integer(Int64(matches)), "offers": .integer(Int64(offers)),
      "expired": .integer(Int64(expired)), "unanswered": .integer(Int64(unanswered)),
      "stillWaiting": .integer(Int64(stillWaiting)), "requeued": .integer(Int64(requeued)),
      "waitSeconds": [
        "p50": .number(waitSeconds(0.5)), "p90": .number(waitSeconds(0.9)), "p99": .number(waitSeconds(0.99)),
        "longest": .number(waitSeconds(1)),
      ],
      "meanScore": .number(meanScore), "mentoredSeconds": .integer(mentoredSeconds),
      "scoredPairs": .integer(Int64(scoredPairs)), "ticks": .integer(Int64(ticks)),
    ]
  }

  package var lines: [String] {
    func tenths(_ value: Double) -> String { String((value * 10).rounded() / 10) }
    return [
      "students        \(students), of whom \(waits.count) were matched",
      "matches         \(matches) from \(offers) offers; \(requeued) times somebody went back into the queue",
      "gone unmatched  \(expired) waited too long, \(unanswered) did not answer, \(stillWaiting) are left",
      "wait            half within \(tenths(waitSeconds(0.5))) s, nine of ten within "
        + "\(tenths(waitSeconds(0.9))) s, 99 of 100 within \(tenths(waitSeconds(0.99))) s",
      "score           \(String((meanScore * 1_000).rounded() / 1_000)) on average, of 1",
      "mentors         talked for \(mentoredSeconds / 3_600) hours",
    ]
  }
}
