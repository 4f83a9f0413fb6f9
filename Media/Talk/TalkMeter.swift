// How long somebody has talked, while it happens: fed with the loudness of each packet and asked now and then. Time comes
// as the number of a tenth of a second, so that a silent line costs nothing at all.

package struct TalkMeter: Equatable, Sendable {
  private var detector = TalkDetector()
  /// The step that is being heard, and the loudest in it; nil before the first packet.
  private var step: Int64?
  private var loudest = TalkDetector.silent
  /// Talk that nobody has asked for yet, and up to which of the detector's steps it goes.
  private var fresh = 0
  private var countedUntil = 0

  package init() {}

  package static let stepMilliseconds: Int64 = 100

  package var isTalking: Bool { detector.isTalking }
  /// Whether there is anything to ask for.
  package var isEmpty: Bool { fresh == 0 && !detector.isTalking }

  /// A packet's loudness in decibels below full scale.
  package mutating func heard(_ level: UInt8, at now: Int64) {
    if let step, now == step {
      loudest = min(loudest, level)
      return
    }
    advance(to: now)
    loudest = level
  }

  /// All steps before this one are over.
  package mutating func advance(to now: Int64) {
    guard let last = step else {
      step = now
      return
    }
    guard now > last else { return }
    take(loudest)
    loudest = TalkDetector.silent
    var silent = min(now - last - 1, Limits.meterSilence)
    while silent > 0 {
      take(TalkDetector.silent)
      silent -= 1
    }
    step = now
  }

  private mutating func take(_ level: UInt8) {
    if case .began(let start) = detector.heard(level) { countedUntil = start }
    guard detector.isTalking, detector.talkedUntil > countedUntil else { return }
    fresh += detector.talkedUntil - countedUntil
    countedUntil = detector.talkedUntil
  }

  /// Milliseconds of talk since it was asked last.
  package mutating func take() -> Int64 {
    defer { fresh = 0 }
    return Int64(fresh) * Self.stepMilliseconds
  }
}
