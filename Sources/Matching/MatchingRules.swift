// What an operator decides about matching: what counts how much, how criteria widen, how long an offer stands. Made from
// JSON by MatchingRules+JSON.swift. The formula that the weights belong to is in Score.swift.

/// How much each part of the score counts. Only their proportions matter, but for `refinement`.
package struct ScoreWeights: Sendable, Equatable {
  package var skill = 0.35
  package var embedding = 0.15
  package var language = 0.15
  package var rating = 0.15
  package var availability = 0.1
  package var history = 0.05
  package var fairness = 0.05
  /// What an outside score from -1 to 1 adds at most.
  package var refinement = 0.2

  package init() {}

  var sum: Double { skill + embedding + language + rating + availability + history + fairness }
}

/// What a student settles for after a time. Hard rules never widen.
package struct WideningStep: Sendable, Equatable {
  package var afterSeconds: Int
  /// Pairs below are not offered.
  package var minimumScore: Double
  /// By how many levels a mentor may be below what was asked for.
  package var levelSlack: Int
  /// Minutes a week that both must have time.
  package var overlapMinutes: Int
  /// Whether a mentor of none of the subjects will do, by language and embedding.
  package var otherSubjects: Bool

  package init(
    afterSeconds: Int, minimumScore: Double = 0, levelSlack: Int = 0, overlapMinutes: Int = 0,
    otherSubjects: Bool = false
  ) {
    self.afterSeconds = afterSeconds
    self.minimumScore = minimumScore
    self.levelSlack = levelSlack
    self.overlapMinutes = overlapMinutes
    self.otherSubjects = otherSubjects
  }
}

/// Whether people are asked before a match counts.
package enum Consent: String, CaseIterable, Sendable {
  case automatic, both
}

package struct MatchingRules: Sendable, Equatable {
  package var weights = ScoreWeights()
  /// In order of `afterSeconds`, the first at 0.
  package var widening = [
    WideningStep(afterSeconds: 0, minimumScore: 0.5),
    WideningStep(afterSeconds: 60, minimumScore: 0.4, levelSlack: 1),
    WideningStep(afterSeconds: 180, minimumScore: 0.25, levelSlack: 2),
  ]
  /// What a minute of waiting adds to the weight of every pair of the student: without bound, so that nobody starves.
  package var ageingPerMinute = 0.05
  /// What one step of priority adds, as so many seconds of waiting.
  package var prioritySeconds = 120
  package var consent = Consent.both
  /// An offer that was not accepted by then is taken back.
  package var offerSeconds = 30
  /// After this many offers without any answer a ticket leaves the queue.
  package var unansweredOffers = 3
  /// A pair of which one declined is not offered again for so long.
  package var declinedPairSeconds = 600
  package var maximumWaitSeconds = 3_600
  /// The rating of somebody without sessions, and how many sessions it weighs against.
  package var priorMean = 0.6
  package var priorSessions = 5.0
  /// How many standard deviations below the mean a rating is taken: 1.28 is what nine of ten exceed.
  package var ratingDeviations = 1.28
  /// Minutes of common time a week that are as good as any more.
  package var enoughOverlapMinutes = 120

  package init() {}

  /// The lower bound of a rating: its Beta posterior's mean, so many standard deviations down.
  package func ratingBound(_ rating: Rating) -> Double {
    let weight = priorSessions + Double(rating.sessions)
    let mean = (priorMean * priorSessions + rating.mean * Double(rating.sessions)) / max(weight, 1e-9)
    let deviation = (mean * (1 - mean) / (weight + 1)).squareRoot()
    return max(0, mean - ratingDeviations * deviation)
  }

  /// What somebody who waited so long settles for.
  func step(afterMilliseconds waited: Int64) -> Int {
    var step = 0
    for index in widening.indices where Int64(widening[index].afterSeconds) * 1_000 <= waited { step = index }
    return step
  }
}
