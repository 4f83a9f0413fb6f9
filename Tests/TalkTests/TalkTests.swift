// Talk by loudness alone, against conversations whose turns are known.

import Testing

@testable import Talk

@Suite("Who talked when")
struct TalkTests {
  typealias Segment = TalkSummary.Segment

  /// Levels of a voice in these steps, over a background.
  static func levels(
    _ turns: [Range<Int>], steps: Int, voice: UInt8 = 30, noise: UInt8 = 65, seed: UInt64 = 1
  ) -> [UInt8] {
    var chance = Chance(seed: seed)
    return (0..<steps).map { step in
      let base = turns.contains { $0.contains(step) } ? voice : noise
      return UInt8(clamping: Int(base) + Int(chance.next() * 9) - 4)
    }
  }

  @Test(
    "turns of a scripted talk are found within 0.2 s on quiet and on noisy lines",
    arguments: [
      (30, 65), (40, 75), (25, 127), (28, 50), (35, 127),
    ] as [(UInt8, UInt8)])
  func segments(voice: UInt8, noise: UInt8) {
    let truth = [20..<55, 80..<120, 200..<210, 300..<340]
    for seed in 1...10 {
      let found = TalkDetector.segments(
        Self.levels(truth, steps: 400, voice: voice, noise: noise, seed: UInt64(seed)))
      #expect(found.count == truth.count, "\(found)")
      for (one, other) in zip(found, truth) {
        #expect(abs(one.lowerBound - other.lowerBound) <= 2 && abs(one.upperBound - other.upperBound) <= 2)
      }
    }
  }

  @Test("a breath within a sentence ends nothing, a click begins nothing")
  func hysteresis() {
    #expect(TalkDetector.segments(Self.levels([10..<30, 33..<50], steps: 100)).count == 1)
    #expect(TalkDetector.segments(Self.levels([10..<11, 60..<61], steps: 100)).isEmpty)
  }

  @Test("live and afterwards say the same", arguments: 1...20)
  func live(seed: UInt64) {
    var chance = Chance(seed: seed)
    let levels = (0..<2_000).map { _ in UInt8(chance.next() * 127) }
    var detector = TalkDetector()
    var found: [Range<Int>] = []
    var start = 0
    for level in levels {
      switch detector.heard(level) {
      case .none: break
      case .began(let step): start = step
      case .ended(let step): found.append(start..<step)
      }
    }
    let all = TalkDetector.segments(levels)
    #expect(all.starts(with: found) && all.count - found.count <= 1)
    #expect(zip(all, all.dropFirst()).allSatisfy { $0.upperBound < $1.lowerBound })
  }

  @Test("a meter counts what the finished envelope has, whatever the packets' pace", arguments: 1...20)
  func meter(seed: UInt64) {
    let levels = Self.levels([20..<55, 80..<120, 200..<210, 300..<340], steps: 400, seed: seed)
    var meter = TalkMeter()
    var chance = Chance(seed: seed)
    var milliseconds: Int64 = 0
    for (step, level) in levels.enumerated() {
      // DTX: a quiet line may send nothing at all.
      if level > 55, chance.next() < 0.7 { continue }
      for _ in 0..<5 { meter.heard(level, at: Int64(step)) }
      if chance.next() < 0.1 { milliseconds += meter.take() }
    }
    meter.advance(to: 500)
    milliseconds += meter.take()
    #expect(meter.isEmpty && !meter.isTalking)
    let truth = TalkDetector.segments(levels).reduce(0) { $0 + $1.count } * 100
    #expect(abs(milliseconds - Int64(truth)) <= 400)
  }

  @Test("who says nothing for a year costs a meter nothing")
  func longSilence() {
    var meter = TalkMeter()
    for step in 0..<Int64(30) { meter.heard(30, at: step) }
    #expect(meter.isTalking)
    meter.advance(to: 315_360_000)
    #expect(!meter.isTalking && meter.take() == 3_000 && meter.take() == 0)
    meter.heard(30, at: 5)
    #expect(meter.isEmpty)
  }

  @Test("shares, turns, interruptions, pauses and answers of a known conversation")
  func summary() {
    let summary = TalkSummary(
      [
        Segment(speaker: 0, start: 0, end: 10_000),
        // A remark while the other talks: neither a turn nor an interruption.
        Segment(speaker: 1, start: 4_000, end: 4_600),
        Segment(speaker: 1, start: 10_400, end: 14_000),
        // Breaks in, and the other gives way after a second.
        Segment(speaker: 0, start: 13_000, end: 20_000),
        Segment(speaker: 0, start: 20_500, end: 22_000),
        // After a long pause.
        Segment(speaker: 1, start: 25_000, end: 27_000),
      ], speakerCount: 2)
    #expect(summary.speakers.map(\.milliseconds) == [18_500, 6_200])
    #expect(abs(summary.speakers[0].share - 18_500 / 24_700) < 0.000_1)
    #expect(summary.turns.map(\.speaker) == [0, 1, 0, 1])
    #expect(summary.speakers[0].interrupted == 1 && summary.speakers[1].wasInterrupted == 1)
    #expect(summary.speakers[1].interrupted == 0)
    #expect(summary.speakers[1].responseMilliseconds == 3_000)
    #expect(summary.speakers[0].responseMilliseconds == -1_000)
    #expect(summary.pauses == 1 && summary.pauseMilliseconds == 3_000)
    #expect(summary.overlapMilliseconds == 1_600)
    #expect(summary.speakers[0].longestTurn == 10_000)
  }

  @Test("nobody, or one alone, makes no trouble")
  func empty() {
    #expect(TalkSummary([], speakerCount: 2).speakers.map(\.share) == [0, 0])
    let alone = TalkSummary([Segment(speaker: 1, start: 5, end: 900)], speakerCount: 2)
    #expect(alone.speakers[1].share == 1)
    #expect(alone.pauses == 0)
  }
}

/// Small and seeded (SplitMix64).
struct Chance {
  private var state: UInt64
  init(seed: UInt64) { state = seed &* 0x9E37_79B9_7F4A_7C15 }

  /// From 0 up to 1.
  mutating func next() -> Double {
    state &+= 0x9E37_79B9_7F4A_7C15
    var mixed = state
    mixed = (mixed ^ (mixed >> 30)) &* 0xBF58_476D_1CE4_E5B9
    mixed = (mixed ^ (mixed >> 27)) &* 0x94D0_49BB_1331_11EB
    return Double((mixed ^ (mixed >> 31)) >> 11) / Double(1 << 53)
  }
}
