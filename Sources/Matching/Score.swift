// How good a pair is. One formula: the weighted mean of seven parts from 0 to 1, plus what an outside score adds,
//
//   score = (Σ weight × part) / Σ weight + refinement weight × outside score, kept within 0 and 1,
//
// where a part of which nothing is known is 0.5. Only + - * / and square roots, summed in this order, so that a score is
// the same on every machine. Called for each edge of a tick's graph; Reasons.swift puts the parts into words.

/// What a score is made of.
package struct ScoreParts: Sendable, Equatable {
  package var skill = 0.5
  package var embedding = 0.5
  package var language = 0.5
  package var rating = 0.5
  package var availability = 0.5
  package var history = 0.5
  package var fairness = 0.5
  package var refinement = 0.0
  /// Minutes a week; nil if one of the two named none.
  package var overlapMinutes: Int?
  /// The number of the subject that fits best, and of the language.
  var subject: Int32 = -1
  var tongue: Int32 = -1

  package init() {}
}

/// What the score of a pair needs beside the two profiles.
struct PairContext: Sendable {
  var history: PairHistory?
  /// From outside, -1 to 1.
  var refinement = 0.0
  /// Matches that the mentor had since it came.
  var served = 0
}

struct Scorer: Sendable {
  let rules: MatchingRules
  private let weightSum: Double
  /// In parts of a score.
  let ageingPerMinute: Int64

  init(_ rules: MatchingRules) {
    self.rules = rules
    ageingPerMinute = Self.whole(rules.ageingPerMinute)
    weightSum = max(rules.weights.sum, 1e-9)
  }

  /// A score, or what is added to one, in whole parts.
  static func whole(_ value: Double) -> Int64 { Int64(value * Double(Limits.scoreParts) + 0.5) }

  func total(_ parts: ScoreParts) -> Double {
    let weights = rules.weights
    var sum = weights.skill * parts.skill
    sum += weights.embedding * parts.embedding
    sum += weights.language * parts.language
    sum += weights.rating * parts.rating
    sum += weights.availability * parts.availability
    sum += weights.history * parts.history
    sum += weights.fairness * parts.fairness
    return min(1, max(0, sum / weightSum + weights.refinement * parts.refinement))
  }

  /// Nil if a hard rule keeps the two apart or the student does not settle for this yet.
  func score(
    mentor: borrowing Candidate, student: borrowing Candidate, step: WideningStep, _ context: PairContext
  ) -> ScoreParts? {
    guard Candidate.barrier(mentor: mentor, student: student) == nil else { return nil }
    var parts = ScoreParts()
    guard language(mentor, student, &parts), skill(mentor, student, step, &parts),
      availability(mentor, student, step, &parts)
    else { return nil }
    parts.rating = mentor.ratingBound
    if let history = context.history {
      let count = Double(history.sessions)
      parts.history = 0.5 + (history.mean - 0.5) * count / (count + 1)
    }
    parts.fairness = 4 / (4 + Double(context.served))
    parts.refinement = context.refinement
    // The embedding costs more than all the rest: not for a pair that it could not lift high enough.
    parts.embedding = 1
    guard total(parts) >= step.minimumScore else { return nil }
    if let left = mentor.embedding, let right = student.embedding, left.codes.count == right.codes.count {
      parts.embedding = (1 + left.cosine(right)) / 2
    } else {
      parts.embedding = 0.5
    }
    return total(parts) >= step.minimumScore ? parts : nil
  }

  private func language(
    _ mentor: borrowing Candidate, _ student: borrowing Candidate, _ parts: inout ScoreParts
  ) -> Bool {
    guard !mentor.languages.isEmpty, !student.languages.isEmpty else { return true }
    var best: Int32 = 0
    for wanted in student.languages {
      for spoken in mentor.languages where spoken.name == wanted.name {
        let level = min(spoken.level, wanted.level)
        if level > best {
          best = level
          parts.tongue = spoken.name
        }
      }
    }
    parts.language = Double(best) / Double(Limits.highestLevel)
    return best > 0
  }

  /// The weighted mean over the subjects wanted of how far the mentor's level reaches.
  private func skill(
    _ mentor: borrowing Candidate, _ student: borrowing Candidate, _ step: WideningStep,
    _ parts: inout ScoreParts
  ) -> Bool {
    guard !student.topics.isEmpty, student.topicWeight > 0 else { return true }
    var sum = 0.0
    var best = 0.0
    for wanted in student.topics {
      for skill in mentor.topics
      where skill.name == wanted.name && skill.level + Int32(step.levelSlack) >= wanted.level {
        let fit = min(1, Double(skill.level) / Double(max(wanted.level, 1)))
        sum += wanted.weight * fit
        // What the mentor likes to teach decides between subjects, not between mentors.
        let liking = wanted.weight * fit * (1 + skill.weight)
        if liking > best {
          best = liking
          parts.subject = skill.name
        }
      }
    }
    parts.skill = sum / student.topicWeight
    return sum > 0 || step.otherSubjects
  }

  private func availability(
    _ mentor: borrowing Candidate, _ student: borrowing Candidate, _ step: WideningStep,
    _ parts: inout ScoreParts
  ) -> Bool {
    guard !mentor.spans.isEmpty, !student.spans.isEmpty else { return true }
    let minutes = Candidate.overlap(mentor.spans, student.spans)
    parts.overlapMinutes = minutes
    parts.availability = min(1, Double(minutes) / Double(max(1, rules.enoughOverlapMinutes)))
    return minutes >= step.overlapMinutes
  }
}
