// A ticket made ready for comparing: names as numbers, availability in UTC, the rating's lower bound. Derived, never
// written down; made by the queue when a ticket enters or changes. Numbers are given in order of appearance and decide
// nothing by themselves.

/// Names to numbers, for comparing them quickly.
struct Vocabulary: Sendable {
  private var numbers: [String: Int32] = [:]
  private(set) var names: [String] = []

  mutating func number(_ name: String) -> Int32 {
    if let number = numbers[name] { return number }
    let number = Int32(names.count)
    numbers[name] = number
    names.append(name)
    return number
  }
}

/// A class, because many arrays in one are then held by one reference; nothing in it changes.
final class Candidate: Sendable {
  struct Topic: Sendable {
    let name: Int32
    let level: Int32
    let weight: Double
  }

  let person: Int32
  let isMinor: Bool
  let isCleared: Bool
  /// A mentor's skills, or the subjects that a student wants.
  let topics: [Topic]
  let topicWeight: Double
  let languages: [Topic]
  let requiredLanguages: [Topic]
  let blocked: [Int32]
  let attributes: [Topic]
  let requiredAttributes: [Topic]
  /// In minutes of the UTC week, in order, none across its end.
  let spans: [WeekSpan]
  let embedding: Embedding?
  let ratingBound: Double

  init(_ profile: Profile, _ rules: MatchingRules, _ names: inout Vocabulary) {
    person = names.number(profile.id)
    isMinor = profile.safeguarding.isMinor
    isCleared = profile.safeguarding.isClearedForMinors
    topics =
      profile.side == .mentor
      ? profile.skills.map { Topic(name: names.number($0.name), level: Int32($0.level), weight: $0.weight) }
      : profile.subjects.map { Topic(name: names.number($0.name), level: Int32($0.level), weight: $0.weight) }
    topicWeight = topics.reduce(0) { $0 + $1.weight }
    func spoken(_ list: [SpokenLanguage]) -> [Topic] {
      list.map { Topic(name: names.number($0.tag), level: Int32($0.level), weight: 1) }
    }
    languages = spoken(profile.languages)
    requiredLanguages = spoken(profile.requiredLanguages)
    blocked = profile.blocked.map { names.number($0) }
    func pairs(_ list: [Attribute]) -> [Topic] {
      list.map { Topic(name: names.number($0.name), level: names.number($0.value), weight: 1) }
    }
    attributes = pairs(profile.attributes)
    requiredAttributes = pairs(profile.requiredAttributes)
    spans = Self.utc(profile.availability, offset: profile.utcOffsetMinutes)
    embedding = profile.embedding
    ratingBound = rules.ratingBound(profile.rating)
  }

  static func utc(_ spans: [WeekSpan], offset: Int) -> [WeekSpan] {
    let week = Limits.weekMinutes
    var result: [WeekSpan] = []
    for span in spans {
      let start = ((span.start - offset) % week + week) % week
      let end = start + span.end - span.start
      result.append(WeekSpan(start: start, end: min(end, week)))
      if end > week { result.append(WeekSpan(start: 0, end: end - week)) }
    }
    result.sort { ($0.start, $0.end) < ($1.start, $1.end) }
    var merged: [WeekSpan] = []
    for span in result {
      if let last = merged.last, span.start <= last.end {
        merged[merged.count - 1] = WeekSpan(start: last.start, end: max(last.end, span.end))
      } else {
        merged.append(span)
      }
    }
    return merged
  }

  /// Minutes of the week in which both have time.
  static func overlap(_ left: [WeekSpan], _ right: [WeekSpan]) -> Int {
    var minutes = 0
    var (i, j) = (0, 0)
    while i < left.count, j < right.count {
      minutes += max(0, min(left[i].end, right[j].end) - max(left[i].start, right[j].start))
      if left[i].end < right[j].end { i += 1 } else { j += 1 }
    }
    return minutes
  }
}
