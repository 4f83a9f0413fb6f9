// The formula by numbers, as the offers show it.

import Matching
import Testing

@Suite("Matching: score")
struct ScoreTests {
  private func offer(
    _ mentor: Ticket, _ student: Ticket, _ commands: [QueueCommand] = []
  ) throws -> Offer? {
    var rules = MatchingRules()
    rules.widening = [WideningStep(afterSeconds: 0, overlapMinutes: 60)]
    var queue = MatchQueue(rules)
    for command in commands { _ = try queue.apply(command, at: 0) }
    _ = try queue.apply(.enter(mentor), at: 0)
    _ = try queue.apply(.enter(student), at: 0)
    return try queue.apply(.tick, at: 0).first?.offer
  }

  private func part(_ name: String, _ offer: Offer?) -> Double? {
    offer?.students.first?.reasons.first { $0.part == name }?.value
  }

  @Test("the score is the weighted mean of its parts")
  func mean() throws {
    let made = try offer(People.mentor("m"), People.student("s"))
    let offer = try #require(made)
    let reasons = offer.students[0].reasons.filter { $0.part != "refinement" }
    let sum = reasons.reduce(0) { $0 + $1.value * $1.weight } / reasons.reduce(0) { $0 + $1.weight }
    #expect(abs(sum - offer.students[0].score) < 1e-12)
    #expect(part("skill", offer) == 1)
    #expect(part("language", offer) == 5.0 / 6)
    #expect(part("availability", offer) == 0.5)
  }

  @Test("few good ratings count for less than many")
  func rating() throws {
    func bound(_ mean: Double, _ sessions: Int) throws -> Double {
      let mentor = People.mentor("m") { $0.profile.rating = Rating(mean: mean, sessions: sessions) }
      let made = try offer(mentor, People.student("s"))
      return try #require(part("rating", made))
    }
    #expect(try bound(1, 2) < bound(0.9, 100))
    #expect(try bound(0.9, 10) < bound(0.9, 100))
    #expect(try bound(0, 0) == bound(1, 0))
  }

  @Test("times are compared in UTC, across the end of the week")
  func availability() throws {
    // Monday 00:00 to 02:00 in UTC+2 is Sunday 22:00 to 24:00 in UTC.
    let mentor = People.mentor("m") {
      $0.profile.utcOffsetMinutes = 120
      $0.profile.availability = [WeekSpan(start: 0, end: 120)]
    }
    func student(_ start: Int) -> Ticket {
      People.student("s") { $0.profile.availability = [WeekSpan(start: start, end: 7 * 1_440)] }
    }
    #expect(try part("availability", offer(mentor, student(7 * 1_440 - 60))) == 0.5)
    #expect(try part("availability", offer(mentor, student(7 * 1_440 - 240))) == 1)
    #expect(try offer(mentor, student(7 * 1_440 - 59)) == nil)
  }

  @Test("what the pair said of each other counts more the more often they met")
  func history() throws {
    func value(_ sessions: Int, _ mean: Double) throws -> Double? {
      let remembered = QueueCommand.remember(
        Pair(mentor: "m", student: "s"), PairHistory(sessions: sessions, mean: mean))
      return try part("history", offer(People.mentor("m"), People.student("s"), [remembered]))
    }
    #expect(try value(1, 1) == 0.75)
    #expect(try value(3, 0) == 0.125)
  }

  @Test("embeddings: the same direction is 1, the opposite 0")
  func embedding() throws {
    func value(_ left: [Float], _ right: [Float]) throws -> Double? {
      let mentor = People.mentor("m") { $0.profile.embedding = Embedding(left) }
      let student = People.student("s") { $0.profile.embedding = Embedding(right) }
      return try part("embedding", offer(mentor, student))
    }
    #expect(abs((try value([1, 2, 3], [2, 4, 6]) ?? 0) - 1) < 1e-4)
    #expect((try value([1, 2, 3], [-1, -2, -3]) ?? 1) < 1e-4)
    #expect(try value([1, 2, 3], [1, 2]) == 0.5)
  }
}
