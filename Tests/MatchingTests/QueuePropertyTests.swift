// What must hold whatever people do: random days, each from its seed.

import Matching
import Testing
import Values

/// Plays people who come, answer as they like, and go, and checks every event against rules of its own.
private struct RandomDay {
  var queue: MatchQueue
  var random: Seeded
  var time: Int64 = 0
  var log: [RecordedCommand] = []
  var digest = DecisionDigest()
  var people: [String: Profile] = [:]
  var tickets: [String] = []
  var open: [UInt64: Offer] = [:]
  var running: [UInt64: Offer] = [:]

  init(_ seed: UInt64) {
    random = Seeded(seed)
    var rules = MatchingRules()
    rules.consent = seed % 3 == 0 ? .automatic : .both
    rules.maximumWaitSeconds = 900
    queue = MatchQueue(rules)
  }

  mutating func say(_ command: QueueCommand) {
    log.append(RecordedCommand(time: time, command: command))
    guard let events = try? queue.apply(command, at: time) else { return }
    if case .enter(let ticket) = command {
      people[ticket.profile.id] = ticket.profile
      tickets.append(ticket.id)
    }
    if case .ended(let match) = command { running[match] = nil }
    digest.add(events)
    for event in events { check(event) }
  }

  mutating func check(_ event: MatchEvent) {
    switch event {
    case .offered(let offer):
      checkHardRules(offer)
      #expect(offer.expiresAt == time + 30_000)
      open[offer.number] = offer
    case .matched(let offer):
      checkHardRules(offer)
      open[offer.number] = nil
      running[offer.number] = offer
    case .withdrawn(let number, let ticket):
      guard let offer = open[number] else { return }
      if ticket == offer.mentorTicket || offer.students.count == 1 {
        open[number] = nil
      } else {
        open[number]?.students.removeAll { $0.ticket == ticket }
      }
    case .requeued: break
    case .departed(let ticket, _): tickets.removeAll { $0 == ticket }
    }
    checkLeases()
  }

  func checkHardRules(_ offer: Offer) {
    guard let mentor = people[offer.mentor] else { return }
    for seat in offer.students {
      guard let student = people[seat.person] else { continue }
      #expect(!mentor.blocked.contains(student.id) && !student.blocked.contains(mentor.id))
      #expect(!student.safeguarding.isMinor || mentor.safeguarding.isClearedForMinors)
      let required = student.requiredLanguages + mentor.requiredLanguages
      for wish in required where !wish.tag.isEmpty {
        let other = student.requiredLanguages.contains(wish) ? mentor : student
        #expect(other.languages.contains { $0.tag == wish.tag && $0.level >= wish.level })
      }
      for wish in student.requiredAttributes { #expect(mentor.attributes.contains(wish)) }
      for wish in mentor.requiredAttributes { #expect(student.attributes.contains(wish)) }
    }
  }

  func checkLeases() {
    var seen: Set<String> = []
    for offer in Array(open.values) + Array(running.values) {
      for seat in offer.students { #expect(seen.insert(seat.person).inserted, "\(seat.person) twice") }
    }
    for offer in open.values { #expect(offer.expiresAt >= time - 250) }
  }

  mutating func step(_ number: Int) {
    time += Int64(random.below(250))
    switch random.below(10) {
    case 0...2: say(.enter(People.anybody(number, .student, &random)))
    case 3: say(.enter(People.anybody(number, .mentor, &random)))
    case 4:
      if !tickets.isEmpty, random.below(3) == 0 { say(.leave(ticket: tickets[random.below(tickets.count)])) }
    case 5:
      if let match = running.keys.min() { say(.ended(match: match)) }
    default:
      guard let number = open.keys.min(), let offer = open[number] else { break }
      let all = [offer.mentorTicket] + offer.students.map(\.ticket)
      let ticket = all[random.below(all.count)]
      say(
        random.below(6) == 0
          ? .decline(offer: number, ticket: ticket) : .accept(offer: number, ticket: ticket))
    }
    say(.tick)
  }
}

@Suite("Matching: whatever people do")
struct QueuePropertyTests {
  @Test(
    "hard rules hold, nobody is leased twice, no lease outlives its time",
    arguments: 1...12 as ClosedRange<UInt64>)
  func properties(seed: UInt64) {
    var day = RandomDay(seed)
    for number in 0..<400 { day.step(number) }
    #expect(!day.running.isEmpty || !day.open.isEmpty)
  }

  @Test(
    "the same commands give the same decisions, bit for bit, also from their written form",
    arguments: [1, 2, 3])
  func replay(seed: UInt64) throws {
    var day = RandomDay(seed)
    let start = MatchQueue(day.queue.rules).json
    for number in 0..<300 { day.step(number) }
    var again = MatchQueue(day.queue.rules)
    #expect(again.replay(day.log) == day.digest)
    // Forgetting names that nobody uses any more changes nothing.
    var forgetful = MatchQueue(day.queue.rules, namesAllowed: 20)
    #expect(forgetful.replay(day.log) == day.digest)
    let written = try day.log.map { try RecordedCommand(Fields(JSON(parsing: $0.json.text))) }
    #expect(written == day.log)
    var restored = try MatchQueue(restoring: start)
    #expect(restored.replay(written) == day.digest)
    #expect(restored.json == day.queue.json)
  }

  @Test(
    "a queue that was written down and read goes on as the other one does",
    arguments: 4...9 as ClosedRange<UInt64>)
  func restart(seed: UInt64) throws {
    var day = RandomDay(seed)
    for number in 0..<200 { day.step(number) }
    let written = try JSON(parsing: day.queue.json.encoded())
    var restored = try MatchQueue(restoring: written)
    #expect(restored.json == day.queue.json)
    let before = day.log.count
    day.digest = DecisionDigest()
    for number in 200..<400 { day.step(number) }
    #expect(restored.replay(day.log[before...]) == day.digest)
    #expect(restored.json == day.queue.json)
  }

  @Test("nobody starves: with one mentor and better fitting newcomers all the time, the old one has its turn")
  func ageing() throws {
    var rules = MatchingRules()
    rules.consent = .automatic
    rules.maximumWaitSeconds = 86_400
    rules.widening = [WideningStep(afterSeconds: 0)]
    var queue = MatchQueue(rules)
    _ = try queue.apply(.enter(People.mentor("m", level: 3)), at: 0)
    _ = try queue.apply(
      .enter(
        People.student("poor", ["algebra", "guitar", "swift", "essays"]) {
          $0.profile.languages[0] = SpokenLanguage("en", level: 1)
        }), at: 0)
    var time: Int64 = 0
    var matchedAt: Int64?
    for number in 0..<400 where matchedAt == nil {
      _ = try queue.apply(.enter(People.student("new\(number)")), at: time)
      _ = try queue.apply(.enter(People.student("too\(number)")), at: time)
      let offers = try queue.apply(.tick, at: time).compactMap(\.offer)
      #expect(offers.count == 1)
      if offers.first?.students[0].person == "poor" { matchedAt = time }
      time += 60_000
      if let offer = offers.first { _ = try queue.apply(.ended(match: offer.number), at: time) }
    }
    // The largest difference of two scores is 1, a minute is worth 0.05: after 20 minutes only who came within those is
    // in front, two a minute, and one a minute is served.
    let waited = try #require(matchedAt)
    #expect(waited > 0 && waited <= 60 * 60_000)
  }
}
