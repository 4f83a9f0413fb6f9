// People and days for the tests.

import Matching

enum People {
  static let subjects = ["algebra", "chemistry", "essays", "guitar", "swift", "spanish"]
  static let tongues = ["en", "de", "es"]

  static func mentor(
    _ id: String, _ skills: [String] = ["algebra"], level: Int = 4,
    _ change: (inout Ticket) -> Void = { _ in }
  ) -> Ticket {
    var profile = Profile(id: id, side: .mentor)
    profile.skills = skills.map { Skill($0, level: level) }
    profile.languages = [SpokenLanguage("en", level: 6)]
    profile.rating = Rating(mean: 0.9, sessions: 40)
    var ticket = Ticket(id: "t-\(id)", profile: profile)
    change(&ticket)
    return ticket
  }

  static func student(
    _ id: String, _ subjects: [String] = ["algebra"], level: Int = 2,
    _ change: (inout Ticket) -> Void = { _ in }
  ) -> Ticket {
    var profile = Profile(id: id, side: .student)
    profile.subjects = subjects.map { Subject($0, level: level) }
    profile.languages = [SpokenLanguage("en", level: 5)]
    var ticket = Ticket(id: "t-\(id)", profile: profile)
    change(&ticket)
    return ticket
  }

  /// Anybody: with a bit of everything that the rules look at.
  static func anybody(_ number: Int, _ side: Side, _ random: inout Seeded) -> Ticket {
    let id = "\(side.rawValue)\(number)"
    let subject = subjects[random.below(subjects.count)]
    var ticket =
      side == .mentor
      ? mentor(id, [subject, subjects[0]].uniqued, level: 2 + random.below(5))
      : student(id, [subject], level: 1 + random.below(5))
    ticket.profile.languages = [SpokenLanguage(tongues[random.below(3)], level: 2 + random.below(5))]
    if random.below(3) == 0 { ticket.profile.languages.append(SpokenLanguage("fr", level: 3)) }
    if random.below(8) == 0 { ticket.profile.requiredLanguages = [SpokenLanguage("en", level: 3)] }
    ticket.profile.safeguarding = Safeguarding(
      isMinor: side == .student && random.below(4) == 0, isClearedForMinors: random.below(2) == 0)
    if random.below(5) == 0 {
      let other = side == .mentor ? "student" : "mentor"
      ticket.profile.blocked = ["\(other)\(random.below(60))"]
    }
    ticket.profile.attributes = [Attribute("pace", random.below(2) == 0 ? "slow" : "fast")]
    if random.below(10) == 0 { ticket.profile.requiredAttributes = [Attribute("pace", "slow")] }
    ticket.profile.embedding = Embedding((0..<16).map { _ in Float(random.unit()) - 0.4 })
    if side == .mentor {
      ticket.seats = 1 + random.below(2)
      ticket.groupSize = random.below(3) == 0 ? 3 : 1
    } else {
      ticket.acceptsGroup = random.below(2) == 0
      ticket.priority = random.below(10) == 0 ? 2 : 0
    }
    return ticket
  }
}

extension Array where Element: Hashable {
  var uniqued: [Element] {
    var seen: Set<Element> = []
    return filter { seen.insert($0).inserted }
  }
}

extension MatchEvent {
  var offer: Offer? {
    switch self {
    case .offered(let offer), .matched(let offer): offer
    default: nil
    }
  }
}
