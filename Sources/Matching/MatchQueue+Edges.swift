// Which pairs a tick considers: for each student and each mentor who changed, those whom the index names. Lists longer than
// the bound are looked through in several ticks.

extension MatchQueue {
  mutating func collectEdges(of changed: [Int], into graph: inout TickGraph) {
    for slot in changed {
      guard let entry = entries[slot], let candidate = candidates[slot] else { continue }
      let before = graph.edges.count
      let wasCut: Bool
      switch entry.side {
      case .student:
        let widensToAll = rules.widening[entry.step].otherSubjects || candidate.topics.isEmpty
        let start = entry.cursor + Int(entry.sequence % 1_009) * 7
        wasCut = visit(
          mentors, candidate, widensToAll, Limits.mentorsPerStudent, from: start
        ) { queue, other in
          queue.consider(student: slot, mentor: other, &graph)
        }
        if wasCut { entries[slot]?.cursor += Limits.mentorsPerStudent }
      case .mentor:
        // A mentor without a list of skills could teach anything; and to some students the subject does not matter.
        let seesAll = candidate.topics.isEmpty || rules.widening.contains(where: \.otherSubjects)
        wasCut = visit(
          students, candidate, seesAll, Limits.studentsPerMentor, from: entry.cursor
        ) { queue, other in
          queue.consider(student: other, mentor: slot, &graph)
        }
        if wasCut { entries[slot]?.cursor += Limits.studentsPerMentor }
      }
      if !wasCut { entries[slot]?.cursor = 0 }
      // There are more to look at, until a whole round found nobody.
      let isRoundOpen = entries[slot]?.cursor ?? 0 < longest(candidate, entry.side)
      if wasCut, isRoundOpen || graph.edges.count > before { graph.cut.append(Int32(slot)) }
    }
  }

  private func longest(_ candidate: Candidate, _ side: Side) -> Int {
    let index = side == .student ? mentors : students
    return candidate.topics.reduce(index.all.count) { max($0, index.count($1.name)) }
  }

  /// Calls for each member of the lists of the candidate's topics, at most `limit` of each, going on where the last tick
  /// stopped. True if a list was longer.
  private mutating func visit(
    _ index: CandidateIndex, _ candidate: Candidate, _ seesAll: Bool, _ limit: Int, from start: Int,
    _ body: (inout MatchQueue, Int) -> Void
  ) -> Bool {
    var wasCut = false
    func walk(_ list: [CandidateIndex.Member], _ queue: inout MatchQueue) {
      let count = min(limit, list.count)
      if list.count > limit { wasCut = true }
      var place = list.count > limit ? start % list.count : 0
      for _ in 0..<count {
        body(&queue, Int(list[place].slot))
        place = place + 1 == list.count ? 0 : place + 1
      }
    }
    for topic in candidate.topics { walk(index.members(topic.name), &self) }
    if seesAll { walk(index.all, &self) }
    return wasCut
  }

  private mutating func consider(student: Int, mentor: Int, _ graph: inout TickGraph) {
    guard let left = candidates[mentor], let right = candidates[student], let step = entries[student]?.step
    else { return }
    scoredPairs += 1
    var context = PairContext()
    context.served = entries[mentor]?.served ?? 0
    if entries[student]?.cooled.isEmpty == false || !histories.isEmpty || !refinements.isEmpty {
      guard let pair = pair(mentor, student), let entry = entries[student] else { return }
      if entry.cooled.contains(where: { $0.person == pair.mentor && $0.until > now }) { return }
      context.history = histories.isEmpty ? nil : histories[pair]
      context.refinement = refinements.isEmpty ? 0 : refinements[pair] ?? 0
    }
    guard
      let parts = scorer.score(mentor: left, student: right, step: rules.widening[step], context),
      let entry = entries[student], let other = entries[mentor]
    else { return }
    let waited = now - entry.enteredAt + entry.priorityMilliseconds
    graph.edges.append(
      .init(
        student: Int32(student), mentor: Int32(mentor), studentSequence: entry.sequence,
        mentorSequence: other.sequence,
        weight: 1 + Scorer.whole(scorer.total(parts)) + waited * scorer.ageingPerMinute / 60_000, parts: parts
      ))
  }

  private func pair(_ mentor: Int, _ student: Int) -> Pair? {
    guard let left = tickets[mentor]?.profile.id, let right = tickets[student]?.profile.id else { return nil }
    return Pair(mentor: left, student: right)
  }
}
