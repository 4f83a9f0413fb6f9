// Who is matched: what a mentor can teach or a student wants, when, in which language, and whom never to meet. Made from
// JSON by Profile+JSON.swift; a value that exists is valid. The queue keeps one in each ticket.

/// On which side of a match somebody stands.
package enum Side: String, CaseIterable, Sendable {
  case mentor, student
}

/// What a mentor teaches, or what a student can do already. The weight says how much it matters to the person.
package struct Skill: Sendable, Equatable {
  package let name: String
  package let level: Int
  package let weight: Double

  package init(_ name: String, level: Int, weight: Double = 1) {
    self.name = name
    self.level = level
    self.weight = weight
  }
}

/// What a student wants to learn: from somebody of this level at least.
package struct Subject: Sendable, Equatable {
  package let name: String
  package let level: Int
  package let weight: Double

  package init(_ name: String, level: Int = 1, weight: Double = 1) {
    self.name = name
    self.level = level
    self.weight = weight
  }
}

package struct SpokenLanguage: Sendable, Equatable {
  package let tag: String
  package let level: Int

  package init(_ tag: String, level: Int) {
    self.tag = tag
    self.level = level
  }
}

/// Minutes of the week in the person's own time, from Monday 00:00; the end is not part of it.
package struct WeekSpan: Sendable, Equatable {
  package let start: Int
  package let end: Int

  package init(start: Int, end: Int) {
    self.start = start
    self.end = end
  }
}

/// The mean of all ratings, 0 the worst and 1 the best, and on how many sessions it stands.
package struct Rating: Sendable, Equatable {
  package var mean: Double
  package var sessions: Int

  package init(mean: Double = 0, sessions: Int = 0) {
    self.mean = mean
    self.sessions = sessions
  }

  /// With so many more of that mean.
  package func adding(mean other: Double, sessions more: Int) -> Rating {
    let all = sessions + more
    guard all > 0 else { return self }
    let sum = mean * Double(sessions) + other * Double(more)
    return Rating(mean: min(1, max(0, sum / Double(all))), sessions: min(all, Limits.ratedSessions))
  }
}

/// What protects minors: a minor meets only adults who were cleared for it, and other minors never one to one.
package struct Safeguarding: Sendable, Equatable {
  package var isMinor: Bool
  package var isClearedForMinors: Bool

  package init(isMinor: Bool = false, isClearedForMinors: Bool = false) {
    self.isMinor = isMinor
    self.isClearedForMinors = isClearedForMinors
  }
}

/// A free attribute, or a condition that the other side's attribute of that name has this value.
package struct Attribute: Sendable, Equatable {
  package let name: String
  package let value: String

  package init(_ name: String, _ value: String) {
    self.name = name
    self.value = value
  }
}

package struct Profile: Sendable, Equatable {
  package let id: String
  package var side: Side
  package var skills: [Skill] = []
  package var subjects: [Subject] = []
  package var languages: [SpokenLanguage] = []
  /// Hard: the other side speaks each of these at this level at least.
  package var requiredLanguages: [SpokenLanguage] = []
  package var timeZone: String?
  package var utcOffsetMinutes = 0
  package var availability: [WeekSpan] = []
  package var rating = Rating()
  package var embedding: Embedding?
  /// Hard: never these people, whichever of the two says so.
  package var blocked: [String] = []
  package var safeguarding = Safeguarding()
  package var attributes: [Attribute] = []
  /// Hard: what the other side's attributes must be.
  package var requiredAttributes: [Attribute] = []

  package init(id: String, side: Side) {
    self.id = id
    self.side = side
  }
}
