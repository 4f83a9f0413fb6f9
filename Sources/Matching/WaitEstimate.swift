// What somebody who waits is told: the place, how long it will take, and what would make it shorter. From measured rates
// alone; where too little was measured there is no estimate rather than a friendly one.

package struct WaitEstimate: Sendable, Equatable {
  /// What the student could settle for, and what that would bring.
  package struct Widening: Sendable, Equatable {
    package enum Kind: String, CaseIterable, Sendable {
      case lowerLevel, otherSubjects, otherTimes
    }

    package let kind: Kind
    /// Mentors with a free seat who would do then and do not now.
    package let mentorsMore: Int
  }

  /// 1: the next for these subjects.
  package let position: Int
  /// Who wants the same and is in front, and how many matches a minute there were for it.
  package let matchesPerMinute: Double?
  package let arrivalsPerMinute: Double?
  /// As likely sooner as later; nil if too little was measured.
  package let seconds: Int?
  /// What nine of ten do not exceed.
  package let secondsAtMost: Int?
  package let widening: [Widening]
}

extension MatchQueue {
  /// Nil for a ticket that is not waiting, and for a mentor's.
  package func estimate(_ ticketID: String) -> WaitEstimate? {
    guard let slot = slotOfTicket[ticketID].map(Int.init), let entry = entries[slot],
      let candidate = candidates[slot], let ticket = tickets[slot], entry.side == .student
    else { return nil }
    // The longest of the lists it stands in: whoever is in front in it takes a mentor of the same subject.
    var position = 0
    for topic in candidate.topics {
      position = max(position, CandidateIndex.position(entry.sequence, in: students.members(topic.name)))
    }
    if candidate.topics.isEmpty { position = CandidateIndex.position(entry.sequence, in: students.all) }
    position += 1
    var rate: Double?
    var arrivals: Double?
    for name in candidate.topics.isEmpty ? [""] : ticket.profile.subjects.map(\.name) {
      guard let meters = rates.subjects[name] else { continue }
      let matched = meters.matches.window(at: now)
      let minutes = max(matched.minutes, meters.arrivals.window(at: now).minutes)
      if matched.count >= Limits.matchesForEstimate, minutes > 0 {
        rate = max(rate ?? 0, Double(matched.count) / minutes)
      }
      let came = meters.arrivals.window(at: now)
      if came.minutes > 0 { arrivals = max(arrivals ?? 0, Double(came.count) / came.minutes) }
    }
    let ahead = Double(position)
    // The time to that many matches at that rate: its mean, and 1.28 of its standard deviations more.
    let seconds = rate.map { Int((ahead / $0 * 60).rounded(.up)) }
    let atMost = rate.map { Int(((ahead + 1.28 * ahead.squareRoot()) / $0 * 60).rounded(.up)) }
    return WaitEstimate(
      position: position, matchesPerMinute: rate, arrivalsPerMinute: arrivals, seconds: seconds,
      secondsAtMost: atMost, widening: wideningChoices(slot, entry, candidate))
  }

  private func wideningChoices(
    _ slot: Int, _ entry: Entry, _ candidate: Candidate
  ) -> [WaitEstimate.Widening] {
    let current = rules.widening[entry.step]
    let fit = fitting(candidate, current)
    var lower = current
    lower.levelSlack = Limits.highestLevel
    lower.minimumScore = 0
    var other = current
    other.otherSubjects = true
    other.minimumScore = 0
    var times = current
    times.overlapMinutes = 0
    times.minimumScore = 0
    let choices: [(WaitEstimate.Widening.Kind, WideningStep)] = [
      (.lowerLevel, lower), (.otherSubjects, other), (.otherTimes, times),
    ]
    return choices.compactMap { kind, step in
      let more = fitting(candidate, step) - fit
      return more > 0 ? .init(kind: kind, mentorsMore: more) : nil
    }
  }

  /// Mentors with a free seat who would do; of very many only the first are asked.
  private func fitting(_ student: Candidate, _ step: WideningStep) -> Int {
    mentors.all.prefix(Limits.mentorsAsked).count { member in
      guard let mentor = candidates[Int(member.slot)] else { return false }
      return scorer.score(mentor: mentor, student: student, step: step, PairContext()) != nil
    }
  }
}
