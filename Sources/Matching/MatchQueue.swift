// The queue: who waits, who is asked, who sits with whom. A value: commands and times in, events out, nothing else. The
// times are milliseconds since 1970 and never go backwards: an earlier one counts as the last. Entering and leaving are in
// MatchQueue+Entering.swift, the tick in +Tick.swift and +Edges.swift, answers in +Answers.swift, the written form in
// +State.swift.

package struct MatchQueue: Sendable {
  /// Where a student stands; a mentor's seats are counted instead.
  enum Standing: Sendable, Equatable {
    case waiting
    case offered(UInt64)
  }

  struct Cooled: Sendable, Equatable {
    let person: String
    let until: Int64
  }

  /// A ticket in the queue: what changes about it.
  struct Entry: Sendable {
    let sequence: UInt64
    let enteredAt: Int64
    let side: Side
    var standing = Standing.waiting
    /// A mentor's open offers and running matches.
    var rooms: [UInt64] = []
    var isDirty = false
    /// How far long lists have been looked through.
    var cursor = 0
    var step = 0
    var unanswered = 0
    var served = 0
    var cooled: [Cooled] = []
    /// Waits as if it had come so much earlier.
    var priorityMilliseconds: Int64 = 0
  }

  /// A match that runs.
  struct Running: Sendable, Equatable {
    let mentorTicket: String
    let mentor: String
    let students: [String]
  }

  package private(set) var rules: MatchingRules
  private(set) var scorer: Scorer
  var names = Vocabulary()
  /// From this many on, those that nobody uses any more are forgotten.
  private(set) var namesAllowed: Int
  private let namesAtLeast: Int

  var entries: [Entry?] = []
  var tickets: [Ticket?] = []
  var candidates: [Candidate?] = []
  var freeSlots: [Int32] = []
  var slotOfTicket: [String: Int32] = [:]
  var slotOfSequence: [UInt64: Int32] = [:]
  /// Everybody with a ticket, and every student in a running match.
  var waitingPeople: Set<String> = []
  var matchedStudents: Set<String> = []
  /// Mentors in running matches, and in how many.
  var busyMentors: [String: Int] = [:]

  var students = CandidateIndex()
  var mentors = CandidateIndex()
  /// Those whose candidates have to be looked at in the next tick.
  var dirty: [CandidateIndex.Member] = []
  var alarms = Alarms()

  var offers: [UInt64: Offer] = [:]
  var matches: [UInt64: Running] = [:]
  var histories: [Pair: PairHistory] = [:]
  var refinements: [Pair: Double] = [:]
  var rates = RateBook()

  var now: Int64 = 0
  var nextSequence: UInt64 = 1
  var nextOffer: UInt64 = 1
  /// Pairs scored since the start, for figures.
  package internal(set) var scoredPairs = 0
  /// The work of the last tick's assignment, and how many in it were served greedily.
  package internal(set) var lastRelaxations = 0
  package internal(set) var lastGreedy = 0

  package init(_ rules: MatchingRules, namesAllowed: Int = Limits.names) {
    self.rules = rules
    self.namesAllowed = namesAllowed
    namesAtLeast = namesAllowed
    scorer = Scorer(rules)
  }

  /// Other rules count from now on; as after a new start with another configuration.
  package mutating func adopt(_ new: MatchingRules) {
    guard new != rules else { return }
    rules = new
    scorer = Scorer(new)
    for slot in entries.indices where entries[slot] != nil {
      let step = entries[slot]?.step ?? 0
      entries[slot]?.step = min(step, new.widening.count - 1)
      if let profile = tickets[slot]?.profile { candidates[slot] = Candidate(profile, new, &names) }
      reindex(slot)
    }
  }

  package var ticketCount: Int { slotOfTicket.count }
  package var waitingStudents: Int { students.all.count }
  package var freeMentors: Int { mentors.all.count }
  package var openOffers: Int { offers.count }
  package var runningMatches: Int { matches.count }
  /// Whether a tick would have something to do before its usual time.
  package var wantsTick: Bool { !dirty.isEmpty }
  /// When a tick is due at the latest.
  package var nextAlarm: Int64? { alarms.next }

  /// One command at its time. What it changes beyond itself are the events, in order.
  package mutating func apply(_ command: QueueCommand, at time: Int64) throws(QueueRefusal) -> [MatchEvent] {
    now = max(now, time)
    switch command {
    case .enter(let ticket):
      try enter(ticket)
      return []
    case .leave(let ticket): return try leave(ticket)
    case .update(let ticket, let profile): return try update(ticket, profile)
    case .accept(let offer, let ticket): return try accept(offer, by: ticket)
    case .decline(let offer, let ticket): return try decline(offer, by: ticket)
    case .ended(let match):
      try ended(match)
      return []
    case .remember(let pair, let history) where history.sessions == 0:
      histories[pair] = nil
      return []
    case .remember(let pair, let history):
      if histories.count < Limits.histories || histories[pair] != nil { histories[pair] = history }
      return []
    case .refine(let pair, let score):
      if score == 0 {
        refinements[pair] = nil
      } else if refinements.count < Limits.histories || refinements[pair] != nil {
        refinements[pair] = max(-1, min(1, score))
      }
      return []
    case .tick: return tick()
    }
  }

  func slot(_ ticket: String) throws(QueueRefusal) -> Int {
    guard let slot = slotOfTicket[ticket] else { throw .unknownTicket }
    return Int(slot)
  }

  func freeSeats(_ slot: Int) -> Int {
    guard let entry = entries[slot], let ticket = tickets[slot] else { return 0 }
    return max(0, ticket.seats - entry.rooms.count)
  }

  mutating func markDirty(_ slot: Int) {
    guard let entry = entries[slot], !entry.isDirty else { return }
    entries[slot]?.isDirty = true
    dirty.append(.init(sequence: entry.sequence, slot: Int32(slot)))
  }

  /// Gives names to those anew who are here. Numbers decide nothing, so no decision changes.
  mutating func forgetNames() {
    names = Vocabulary()
    students = CandidateIndex()
    mentors = CandidateIndex()
    for slot in entries.indices {
      guard let entry = entries[slot], let ticket = tickets[slot] else { continue }
      let candidate = Candidate(ticket.profile, rules, &names)
      candidates[slot] = candidate
      let member = CandidateIndex.Member(sequence: entry.sequence, slot: Int32(slot))
      switch entry.side {
      case .student: if entry.standing == .waiting { students.insert(member, candidate.topics) }
      case .mentor: if freeSeats(slot) > 0 { mentors.insert(member, candidate.topics) }
      }
    }
    namesAllowed = max(namesAtLeast, 2 * names.names.count)
  }

  /// Puts a ticket into the index if it may be matched, or takes it out; and has it looked at if it may.
  mutating func reindex(_ slot: Int) {
    guard let entry = entries[slot], let candidate = candidates[slot] else { return }
    let member = CandidateIndex.Member(sequence: entry.sequence, slot: Int32(slot))
    switch entry.side {
    case .student:
      if entry.standing == .waiting {
        students.insert(member, candidate.topics)
        markDirty(slot)
      } else {
        students.remove(member, candidate.topics)
      }
    case .mentor:
      if freeSeats(slot) > 0 {
        mentors.insert(member, candidate.topics)
        markDirty(slot)
      } else {
        mentors.remove(member, candidate.topics)
      }
    }
  }
}
