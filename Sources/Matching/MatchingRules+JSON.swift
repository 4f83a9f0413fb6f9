// Rules from JSON and into it; what is absent keeps its default.

package import Values

extension MatchingRules {
  package init(_ fields: Fields) throws(InvalidField) {
    self.init()
    if let object = try fields.optionalFields("weights") { weights = try ScoreWeights(object) }
    if fields["widening"] != nil { widening = try Self.widening(fields) }
    ageingPerMinute = try fields.optionalNumber("ageingPerMinute", in: 0.0001...10) ?? ageingPerMinute
    let seconds = 1...Limits.longestWait
    prioritySeconds = try fields.optionalInteger("prioritySeconds", in: 0...3_600) ?? prioritySeconds
    consent = try fields.optionalChoice("consent") ?? consent
    offerSeconds = try fields.optionalInteger("offerSeconds", in: 1...3_600) ?? offerSeconds
    unansweredOffers = try fields.optionalInteger("unansweredOffers", in: 1...100) ?? unansweredOffers
    declinedPairSeconds =
      try fields.optionalInteger("declinedPairSeconds", in: seconds) ?? declinedPairSeconds
    maximumWaitSeconds = try fields.optionalInteger("maximumWaitSeconds", in: seconds) ?? maximumWaitSeconds
    priorMean = try fields.optionalNumber("priorMean", in: 0...1) ?? priorMean
    priorSessions = try fields.optionalNumber("priorSessions", in: 0.1...1_000) ?? priorSessions
    ratingDeviations = try fields.optionalNumber("ratingDeviations", in: 0...5) ?? ratingDeviations
    enoughOverlapMinutes =
      try fields.optionalInteger("enoughOverlapMinutes", in: 1...Limits.weekMinutes) ?? enoughOverlapMinutes
  }

  private static func widening(_ fields: Fields) throws(InvalidField) -> [WideningStep] {
    var steps: [WideningStep] = []
    for entry in try fields.list("widening", atMost: Limits.wideningSteps) {
      let after = try entry.integer("afterSeconds", in: 0...Limits.longestWait)
      if let last = steps.last, last.afterSeconds >= after {
        throw entry.invalid("afterSeconds", "must be later than that of the step before")
      }
      steps.append(
        WideningStep(
          afterSeconds: after, minimumScore: try entry.optionalNumber("minimumScore", in: 0...1) ?? 0,
          levelSlack: try entry.optionalInteger("levelSlack", in: 0...Limits.highestLevel) ?? 0,
          overlapMinutes: try entry.optionalInteger("overlapMinutes", in: 0...Limits.weekMinutes) ?? 0,
          otherSubjects: try entry.optionalBool("otherSubjects") ?? false))
    }
    guard steps.first?.afterSeconds == 0 else {
      throw fields.invalid("widening", "must start with a step after 0 seconds")
    }
    return steps
  }

  package var json: JSON {
    let steps = widening.map { step -> JSON in
      [
        "afterSeconds": .integer(Int64(step.afterSeconds)), "minimumScore": .number(step.minimumScore),
        "levelSlack": .integer(Int64(step.levelSlack)),
        "overlapMinutes": .integer(Int64(step.overlapMinutes)),
        "otherSubjects": .bool(step.otherSubjects),
      ]
    }
    return [
      "weights": weights.json, "widening": .array(steps), "ageingPerMinute": .number(ageingPerMinute),
      "prioritySeconds": .integer(Int64(prioritySeconds)), "consent": .string(consent.rawValue),
      "offerSeconds": .integer(Int64(offerSeconds)), "unansweredOffers": .integer(Int64(unansweredOffers)),
      "declinedPairSeconds": .integer(Int64(declinedPairSeconds)),
      "maximumWaitSeconds": .integer(Int64(maximumWaitSeconds)), "priorMean": .number(priorMean),
      "priorSessions": .number(priorSessions), "ratingDeviations": .number(ratingDeviations),
      "enoughOverlapMinutes": .integer(Int64(enoughOverlapMinutes)),
    ]
  }
}

extension ScoreWeights {
  package init(_ fields: Fields) throws(InvalidField) {
    self.init()
    let range = 0.0...1_000
    skill = try fields.optionalNumber("skill", in: range) ?? skill
    embedding = try fields.optionalNumber("embedding", in: range) ?? embedding
    language = try fields.optionalNumber("language", in: range) ?? language
    rating = try fields.optionalNumber("rating", in: range) ?? rating
    availability = try fields.optionalNumber("availability", in: range) ?? availability
    history = try fields.optionalNumber("history", in: range) ?? history
    fairness = try fields.optionalNumber("fairness", in: range) ?? fairness
    refinement = try fields.optionalNumber("refinement", in: 0...1) ?? refinement
    guard sum > 0 else { throw fields.invalid("skill", "or another weight must be above 0") }
  }

  package var json: JSON {
    [
      "skill": .number(skill), "embedding": .number(embedding), "language": .number(language),
      "rating": .number(rating), "availability": .number(availability), "history": .number(history),
      "fairness": .number(fairness), "refinement": .number(refinement),
    ]
  }
}
