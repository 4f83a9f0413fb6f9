// An invented day: who comes when, wants or teaches what, and how long sessions last. From a seed, so that a day can be
// had again. The stories of the day are in Simulation.swift.

/// How busy a day is, and with whom.
package struct DayShape: Sendable, Equatable {
  package var students = 2_000
  package var mentors = 150
  package var subjects = 24
  /// How long a session lasts, from and to, in seconds.
  package var sessionSeconds = 900...2_700
  /// How long a mentor stays.
  package var shiftSeconds = 7_200...14_400
  /// One of so many offers is declined, and as many are not answered. 0: none.
  package var declinesOneOf = 25
  /// Share of the day's arrivals in each hour, in any unit.
  package var hours = [1, 1, 1, 1, 1, 2, 4, 6, 8, 8, 7, 7, 8, 8, 9, 11, 13, 15, 16, 14, 11, 8, 5, 3]
  /// Numbers of an embedding; 0: none.
  package var dimensions = 0

  package init() {}
}

package struct Trace: Sendable {
  package struct Arrival: Sendable {
    package let time: Int64
    package let ticket: Ticket
    /// A mentor's: when it goes.
    package let until: Int64?
  }

  package let arrivals: [Arrival]
  package let shape: DayShape
  package let seed: UInt64

  package init(_ shape: DayShape, seed: UInt64, start: Int64 = 0) {
    var random = Seeded(seed)
    var arrivals: [Arrival] = []
    arrivals.reserveCapacity(shape.students + shape.mentors)
    for number in 0..<shape.mentors {
      // Mentors come a little before the students of their hour, so that somebody is there.
      let time = max(0, Self.moment(shape, &random) - 3_600_000)
      let stay = Int64(Int.random(in: shape.shiftSeconds, using: &random)) * 1_000
      arrivals.append(
        .init(time: start + time, ticket: Self.mentor(number, shape, &random), until: start + time + stay))
    }
    for number in 0..<shape.students {
      let time = Self.moment(shape, &random)
      arrivals.append(.init(time: start + time, ticket: Self.student(number, shape, &random), until: nil))
    }
    self.arrivals = arrivals.sorted { ($0.time, $0.ticket.id) < ($1.time, $1.ticket.id) }
    self.shape = shape
    self.seed = seed
  }

  private static func moment(_ shape: DayShape, _ random: inout Seeded) -> Int64 {
    var rest = random.below(max(1, shape.hours.reduce(0, +)))
    var hour = 0
    while hour < shape.hours.count - 1, rest >= shape.hours[hour] {
      rest -= shape.hours[hour]
      hour += 1
    }
    return Int64(hour) * 3_600_000 + Int64(random.below(3_600_000))
  }

  /// Some subjects are wanted much more than others.
  private static func subject(_ shape: DayShape, _ random: inout Seeded) -> String {
    "subject-\(min(random.below(shape.subjects), random.below(shape.subjects)))"
  }

  private static func languages(_ random: inout Seeded) -> [SpokenLanguage] {
    var result = [SpokenLanguage("en", level: 3 + random.below(4))]
    if random.below(4) == 0 { result.append(SpokenLanguage("de", level: 2 + random.below(5))) }
    return result
  }

  private static func embedding(_ shape: DayShape, _ random: inout Seeded) -> Embedding? {
    guard shape.dimensions > 0 else { return nil }
    return Embedding((0..<shape.dimensions).map { _ in Float(random.unit() - 0.5) })
  }

  private static func mentor(_ number: Int, _ shape: DayShape, _ random: inout Seeded) -> Ticket {
    var profile = Profile(id: "mentor-\(number)", side: .mentor)
    var seen: Set<String> = []
    for _ in 0..<3 {
      let name = subject(shape, &random)
      if seen.insert(name).inserted { profile.skills.append(Skill(name, level: 2 + random.below(5))) }
    }
    profile.languages = languages(&random)
    profile.rating = Rating(mean: 0.5 + random.unit() / 2, sessions: random.below(200))
    profile.safeguarding.isClearedForMinors = random.below(3) > 0
    profile.embedding = embedding(shape, &random)
    return Ticket(id: "ticket-\(profile.id)", profile: profile)
  }

  private static func student(_ number: Int, _ shape: DayShape, _ random: inout Seeded) -> Ticket {
    var profile = Profile(id: "student-\(number)", side: .student)
    profile.subjects = [Subject(subject(shape, &random), level: 1 + random.below(4))]
    profile.languages = languages(&random)
    profile.safeguarding.isMinor = random.below(5) == 0
    profile.embedding = embedding(shape, &random)
    return Ticket(id: "ticket-\(profile.id)", profile: profile)
  }
}
