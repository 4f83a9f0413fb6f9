// What no waiting softens: block lists, what protects minors, required languages and attributes, and that two who both
// name languages have one in common. Asked before any score, and again when a profile changes under an offer.

/// Why two people are never offered to each other.
package enum HardRule: String, CaseIterable, Sendable {
  case blocked, safeguarding, language, attribute
}

extension Candidate {
  /// The first rule that keeps the two apart; nil if none does.
  static func barrier(mentor: borrowing Candidate, student: borrowing Candidate) -> HardRule? {
    if mentor.person == student.person { return .blocked }
    if !mentor.blocked.isEmpty, mentor.blocked.contains(student.person) { return .blocked }
    if !student.blocked.isEmpty, student.blocked.contains(mentor.person) { return .blocked }
    if student.isMinor, mentor.isMinor || !mentor.isCleared { return .safeguarding }
    if mentor.isMinor, !student.isCleared { return .safeguarding }
    guard speaks(student.requiredLanguages, mentor.languages),
      speaks(mentor.requiredLanguages, student.languages)
    else { return .language }
    guard has(student.requiredAttributes, mentor.attributes),
      has(mentor.requiredAttributes, student.attributes)
    else { return .attribute }
    return nil
  }

  /// Whether two students may be in one room: an adult is with minors only if cleared for it.
  static func mayShare(_ left: Candidate, _ right: Candidate) -> Bool {
    if left.blocked.contains(right.person) || right.blocked.contains(left.person) { return false }
    return left.isMinor == right.isMinor || (left.isMinor ? right.isCleared : left.isCleared)
  }

  private static func speaks(_ required: [Topic], _ spoken: [Topic]) -> Bool {
    for wish in required {
      var isSpoken = false
      for language in spoken where language.name == wish.name && language.level >= wish.level {
        isSpoken = true
      }
      if !isSpoken { return false }
    }
    return true
  }

  private static func has(_ required: [Topic], _ attributes: [Topic]) -> Bool {
    for wish in required {
      var isThere = false
      for attribute in attributes where attribute.name == wish.name && attribute.level == wish.level {
        isThere = true
      }
      if !isThere { return false }
    }
    return true
  }
}
