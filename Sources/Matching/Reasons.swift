// Why two people were matched, in words and numbers: what a person is shown, an operator reads and a replay compares.

package import Values

package struct Reason: Sendable, Equatable {
  package let part: String
  package let value: Double
  package let weight: Double
  package let words: String
}

extension ScoreParts {
  func reasons(_ rules: MatchingRules, _ names: Vocabulary) -> [Reason] {
    let weights = rules.weights
    func reason(_ part: String, _ value: Double, _ weight: Double, _ words: String) -> Reason {
      Reason(part: part, value: value, weight: weight, words: words)
    }
    let percent = { (value: Double) in "\(Int((value * 100).rounded())) %" }
    return [
      reason(
        "skill", skill, weights.skill,
        subject < 0
          ? "none of the subjects asked for"
          : "teaches \(names.names[Int(subject)]), fits by \(percent(skill))"),
      reason("embedding", embedding, weights.embedding, "texts are alike by \(percent(embedding))"),
      reason(
        "language", language, weights.language,
        tongue < 0
          ? "languages are not known" : "both speak \(names.names[Int(tongue)]), level \(percent(language))"),
      reason("rating", rating, weights.rating, "rated at least \(percent(rating))"),
      reason(
        "availability", availability, weights.availability,
        overlapMinutes.map { "\($0) minutes a week in common" } ?? "times are not known"),
      reason(
        "history", history, weights.history,
        history == 0.5 ? "nothing from earlier sessions" : "earlier sessions: \(percent(history))"),
      reason("fairness", fairness, weights.fairness, "the mentor's turn by \(percent(fairness))"),
      reason(
        "refinement", refinement, weights.refinement,
        refinement == 0 ? "no outside score" : "outside score \(Int((refinement * 100).rounded())) of 100"),
    ]
  }
}

extension Reason {
  package var json: JSON {
    ["part": .string(part), "value": .number(value), "weight": .number(weight), "words": .string(words)]
  }
}
