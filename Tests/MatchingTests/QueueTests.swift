// What becomes of people in the queue, one behaviour a test.

import Matching
import Testing
import Values

@Suite("Matching: queue")
struct QueueTests {
  private func queue(_ change: (inout MatchingRules) -> Void = { _ in }) -> MatchQueue {
    var rules = MatchingRules()
    change(&rules)
    return MatchQueue(rules)
  }

  private func offers(_ events: [MatchEvent]) -> [Offer] { events.compactMap(\.offer) }

  @Test("a student and a mentor of the subject are offered to each other, with reasons")
  func offered() throws {
    var queue = queue()
    _ = try queue.apply(.enter(People.student("s")), at: 0)
    _ = try queue.apply(.enter(People.mentor("m")), at: 10)
    _ = try queue.apply(.enter(People.mentor("other", ["guitar"])), at: 10)
    let offer = try #require(offers(queue.apply(.tick, at: 20)).first)
    #expect(offer.mentor == "m" && offer.students.map(\.person) == ["s"] && offer.subject == "algebra")
    #expect(offer.students[0].reasons[0].words == "teaches algebra, fits by 100 %")
    #expect(offer.expiresAt == 30_020)
    #expect(try queue.apply(.tick, at: 30).isEmpty)
  }

  @Test("both say yes, and only then is it a match; the seat is free again when the session ends")
  func accepted() throws {
    var queue = queue()
    _ = try queue.apply(.enter(People.mentor("m")), at: 0)
    _ = try queue.apply(.enter(People.student("s")), at: 0)
    _ = try queue.apply(.enter(People.student("next")), at: 1)
    let offer = try #require(offers(queue.apply(.tick, at: 2)).first)
    #expect(try queue.apply(.accept(offer: offer.number, ticket: "t-m"), at: 3).isEmpty)
    let events = try queue.apply(.accept(offer: offer.number, ticket: "t-s"), at: 4)
    guard case .matched = events.first else { throw QueueRefusal.unknownMatch }
    #expect(throws: QueueRefusal.alreadyMatched) { try queue.apply(.enter(People.student("s")), at: 5) }
    #expect(try queue.apply(.tick, at: 5).isEmpty)
    _ = try queue.apply(.ended(match: offer.number), at: 6)
    #expect(offers(try queue.apply(.tick, at: 7)).map { $0.students[0].person } == ["next"])
  }

  @Test("who declines is back at the old place, and not offered the same person for a while")
  func declined() throws {
    var queue = queue()
    _ = try queue.apply(.enter(People.student("s")), at: 0)
    _ = try queue.apply(.enter(People.student("later")), at: 5)
    _ = try queue.apply(.enter(People.mentor("m")), at: 10)
    let offer = try #require(offers(queue.apply(.tick, at: 10)).first)
    #expect(offer.students[0].person == "s")
    let events = try queue.apply(.decline(offer: offer.number, ticket: "t-s"), at: 20)
    #expect(events.contains(.requeued(ticket: "t-s")) && events.contains(.requeued(ticket: "t-m")))
    #expect(queue.estimate("t-s")?.position == 1)
    #expect(offers(try queue.apply(.tick, at: 21)).map { $0.students[0].person } == ["later"])
    _ = try queue.apply(.leave(ticket: "t-later"), at: 22)
    #expect(offers(try queue.apply(.tick, at: 23)).isEmpty)
    #expect(offers(try queue.apply(.tick, at: 600_020)).map { $0.students[0].person } == ["s"])
  }

  @Test("no answer: the offer ends in time, who answered is back, and the third silence ends the ticket")
  func unanswered() throws {
    var queue = queue { $0.declinedPairSeconds = 1 }
    _ = try queue.apply(.enter(People.student("s")), at: 0)
    _ = try queue.apply(.enter(People.mentor("m")), at: 0)
    var time: Int64 = 0
    var departed: [MatchEvent] = []
    for _ in 0..<3 {
      let offer = try #require(offers(queue.apply(.tick, at: time)).first)
      _ = try queue.apply(.accept(offer: offer.number, ticket: "t-m"), at: time + 1)
      #expect(throws: QueueRefusal.unknownOffer) {
        try queue.apply(.accept(offer: offer.number, ticket: "t-s"), at: offer.expiresAt)
      }
      departed = try queue.apply(.tick, at: offer.expiresAt)
      time = offer.expiresAt + 1_000
    }
    #expect(departed.contains(.departed(ticket: "t-s", .unanswered)))
    #expect(queue.freeMentors == 1 && queue.waitingStudents == 0)
  }

  @Test("criteria widen with waiting, and not before")
  func widening() throws {
    var queue = queue()
    _ = try queue.apply(.enter(People.mentor("m", level: 3)), at: 0)
    _ = try queue.apply(.enter(People.student("s", level: 4)), at: 0)
    #expect(offers(try queue.apply(.tick, at: 1)).isEmpty)
    #expect(queue.estimate("t-s")?.widening.first?.kind == .lowerLevel)
    #expect(offers(try queue.apply(.tick, at: 59_999)).isEmpty)
    #expect(offers(try queue.apply(.tick, at: 60_000)).count == 1)
  }

  @Test("a group: those who may be together and want the same, in one room")
  func groups() throws {
    var queue = queue { $0.consent = .automatic }
    _ = try queue.apply(
      .enter(
        People.mentor("m") { ticket in
          ticket.groupSize = 3
          ticket.seats = 2
          ticket.profile.safeguarding.isClearedForMinors = true
        }), at: 0)
    for name in ["a", "b", "alone", "minor"] {
      _ = try queue.apply(
        .enter(
          People.student(name) { ticket in
            ticket.acceptsGroup = name != "alone"
            ticket.profile.safeguarding.isMinor = name == "minor"
          }), at: 1)
    }
    let rooms = offers(try queue.apply(.tick, at: 2)).map { $0.students.map(\.person) }
    #expect(rooms == [["a", "b"], ["alone"]])
    #expect(queue.waitingStudents == 1)
  }

  @Test("a person is in the queue once; a profile that changes takes back what it forbids")
  func updates() throws {
    var queue = queue()
    _ = try queue.apply(.enter(People.student("s")), at: 0)
    #expect(throws: QueueRefusal.alreadyWaiting) { try queue.apply(.enter(People.student("s")), at: 0) }
    _ = try queue.apply(.enter(People.mentor("m")), at: 0)
    let offer = try #require(offers(queue.apply(.tick, at: 1)).first)
    var profile = People.student("s").profile
    profile.blocked = ["m"]
    let events = try queue.apply(.update(ticket: "t-s", profile), at: 2)
    #expect(events.contains(.withdrawn(offer: offer.number, ticket: "t-m")))
    #expect(offers(try queue.apply(.tick, at: 700_000)).isEmpty)
  }

  @Test("an outside score decides between equals")
  func refinement() throws {
    var queue = queue()
    _ = try queue.apply(.enter(People.mentor("m1")), at: 0)
    _ = try queue.apply(.enter(People.mentor("m2")), at: 0)
    _ = try queue.apply(.refine(Pair(mentor: "m2", student: "s"), 0.5), at: 0)
    _ = try queue.apply(.enter(People.student("s")), at: 0)
    #expect(offers(try queue.apply(.tick, at: 1)).map(\.mentor) == ["m2"])
  }

  @Test("an estimate stands on measured matches, or there is none")
  func estimates() throws {
    var queue = queue { $0.consent = .automatic }
    _ = try queue.apply(.enter(People.student("first")), at: 0)
    #expect(queue.estimate("t-first")?.position == 1)
    #expect(queue.estimate("t-first")?.seconds == nil)
    for number in 0..<10 {
      let time = Int64(number) * 60_000
      _ = try queue.apply(.enter(People.mentor("m\(number)")), at: time)
      _ = try queue.apply(.enter(People.student("s\(number)")), at: time)
      _ = try queue.apply(.tick, at: time + 1)
    }
    let estimate = try #require(queue.estimate("t-s9"))
    #expect(estimate.position == 1)
    let seconds = try #require(estimate.seconds)
    #expect((50...70).contains(seconds), "one match a minute was measured")
    #expect((estimate.secondsAtMost ?? 0) > seconds)
  }

  @Test("lists longer than a tick looks through: everybody who can be matched is, within a few ticks")
  func longLists() throws {
    var queue = queue { $0.consent = .automatic }
    for number in 0..<300 { _ = try queue.apply(.enter(People.mentor("m\(number)")), at: 0) }
    for number in 0..<300 { _ = try queue.apply(.enter(People.student("s\(number)")), at: 1) }
    var matched = 0
    for beat in 0..<40 where queue.wantsTick {
      matched += offers(try queue.apply(.tick, at: 250 * Int64(beat))).count
    }
    #expect(matched == 300 && queue.freeMentors == 0 && queue.waitingStudents == 0)
  }

  @Test("the one fitting student behind hundreds that do not is found, and then it is quiet")
  func behindOthers() throws {
    var queue = queue { $0.consent = .automatic }
    for number in 0..<500 {
      _ = try queue.apply(
        .enter(People.student("s\(number)") { $0.profile.blocked = number == 400 ? [] : ["m"] }), at: 0)
    }
    _ = try queue.apply(.tick, at: 1)
    _ = try queue.apply(.enter(People.mentor("m")), at: 2)
    var matched: [String] = []
    for beat in 0..<20 {
      matched += offers(try queue.apply(.tick, at: 3 + Int64(beat))).map { $0.students[0].person }
    }
    #expect(matched == ["s400"] && !queue.wantsTick)
  }
}
