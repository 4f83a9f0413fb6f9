// One wish to be matched: a student who waits, or a mentor who has time. Made from JSON by Ticket+JSON.swift.

package struct Ticket: Sendable, Equatable {
  package let id: String
  package var profile: Profile
  /// The ticket expires after this many seconds without a match; nil: the rules' default.
  package var maximumWaitSeconds: Int?
  /// Higher goes before, as if it had waited longer by what the rules say.
  package var priority = 0
  /// A mentor's: how many rooms at a time.
  package var seats = 1
  /// A mentor's: how many students in one room. 1: only one to one.
  package var groupSize = 1
  /// A student's: whether others may be in the room.
  package var acceptsGroup = false

  package init(id: String, profile: Profile) {
    self.id = id
    self.profile = profile
  }
}

/// What the two did together before.
package struct PairHistory: Sendable, Equatable {
  package var sessions: Int
  /// 0 bad to 1 good, the mean of what both said.
  package var mean: Double

  package init(sessions: Int, mean: Double) {
    self.sessions = sessions
    self.mean = mean
  }
}

/// Two people by their profiles' ids.
package struct Pair: Sendable, Hashable {
  package let mentor: String
  package let student: String

  package init(mentor: String, student: String) {
    self.mentor = mentor
    self.student = student
  }
}
