// Says when somebody talks, from nothing but the loudness that each packet tells (RFC 6464), in steps of a tenth of a
// second. Rooms differ, so the threshold follows the noise of the line; it takes more to begin than to go on, so that a
// voice near the threshold does not flicker. Works live, step by step, and on a finished envelope alike.

package struct TalkDetector: Equatable, Sendable {
  /// What a step decided.
  package enum Change: Equatable, Sendable {
    case none
    /// Talk began with this step.
    case began(Int)
    /// It had ended before this step; the silence had to last to be sure.
    case ended(Int)
  }

  /// Nothing was heard in a step.
  package static let silent: UInt8 = 127

  /// The background, in decibels below full scale: 70 is a quiet room.
  private var floor = Limits.floor
  /// How loud the present talk is.
  private var voice = 0.0
  private var step = 0
  private var beganAt: Int?
  private var lastLoud = 0
  package private(set) var isTalking = false

  package init() {}

  /// Up to which step the present talk is certain: behind it may be its end.
  package var talkedUntil: Int { lastLoud + 1 }

  /// The next tenth of a second.
  package mutating func heard(_ level: UInt8) -> Change {
    let loudness = min(Double(level), Limits.floor)
    defer { step += 1 }
    if loudness > floor {
      floor += (loudness - floor) * Limits.floorFalls
    } else if !isTalking {
      floor += (loudness - floor) * Limits.floorRises
    }
    let bound =
      isTalking
      ? min(min(Limits.ends, floor - 4), voice + Limits.falls) : min(Limits.begins, floor - 8)
    guard loudness <= bound else { return quiet() }
    lastLoud = step
    voice = beganAt == nil ? loudness : voice + (loudness - voice) * Limits.voiceFollows
    if isTalking { return .none }
    let start = beganAt ?? step
    beganAt = start
    guard step - start + 1 >= Limits.stepsMin else { return .none }
    isTalking = true
    return .began(start)
  }

  private mutating func quiet() -> Change {
    guard isTalking else {
      beganAt = nil
      return .none
    }
    guard step - lastLoud >= Limits.hangover else { return .none }
    isTalking = false
    beganAt = nil
    return .ended(lastLoud + 1)
  }

  /// All that was said in a finished envelope, in steps.
  package static func segments(_ levels: [UInt8]) -> [Range<Int>] {
    var detector = TalkDetector()
    var found: [Range<Int>] = []
    var start: Int?
    for level in levels + Array(repeating: silent, count: Limits.hangover + 1) {
      switch detector.heard(level) {
      case .none: break
      case .began(let step): start = step
      case .ended(let step):
        if let start { found.append(start..<step) }
        start = nil
      }
    }
    return found
  }
}
