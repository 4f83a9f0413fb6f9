// Who is told to speak, when, and in which order.

import Structures
import Testing

@testable import Forwarding

@Suite("Who speaks in a room")
struct SpeakersTests {
  private let start = Instant(nanoseconds: 1_000_000_000)

  /// A room in virtual time: a packet of each track every 20 ms.
  private struct Room {
    var speakers = Speakers()
    var now: Instant
    var events: [(at: Instant, who: [Int32])] = []
    /// By track; tracks that send nothing are not in it.
    var levels: [Int32: UInt8] = [:]

    var who: [Int32] { (0..<speakers.count).map { speakers[$0].track } }

    mutating func run(milliseconds: Int64, hasVoice: Bool = true) {
      let end = now.adding(milliseconds: milliseconds)
      while now < end {
        for (track, level) in levels.sorted(by: { $0.key < $1.key }) {
          speakers.heard(track, level: level, hasVoice: hasVoice, at: now)
        }
        let next = now.adding(milliseconds: 20)
        while let deadline = speakers.deadline, deadline < next {
          if speakers.timeout(at: deadline) { events.append((deadline, who)) }
        }
        now = next
      }
    }
  }

  @Test("who talks is told within a fifth of a second, and not any more a second after the last word")
  func talks() {
    var room = Room(now: start)
    room.levels = [1: 30, 2: 127, 3: 80]
    room.run(milliseconds: 200)
    #expect(room.who == [1])
    #expect(room.events.count == 1)
    room.levels[1] = 127
    room.run(milliseconds: 700)
    #expect(room.who == [1])
    room.run(milliseconds: 300)
    #expect(room.who == [])
    #expect(room.speakers.deadline == nil)
  }

  @Test("a cough is not speech")
  func cough() {
    var room = Room(now: start)
    room.levels = [1: 10]
    room.run(milliseconds: 40)
    room.levels = [1: 120]
    room.run(milliseconds: 2_000)
    #expect(room.events.isEmpty)
    #expect(room.speakers.deadline == nil)
  }

  @Test("a pause between words does not end speech, silence without packets does")
  func pauses() {
    var room = Room(now: start)
    for _ in 0..<5 {
      room.levels = [1: 30]
      room.run(milliseconds: 500)
      room.levels = [1: 100]
      room.run(milliseconds: 600)
    }
    #expect(room.events.allSatisfy { $0.who == [1] })
    room.levels = [:]
    room.run(milliseconds: 1_000)
    #expect(room.who == [])
  }

  @Test("louder first, but only if one hears the difference")
  func order() {
    var room = Room(now: start)
    room.levels = [1: 30, 2: 32, 3: 20]
    room.run(milliseconds: 1_500)
    #expect(room.who.first == 3)
    let before = room.events.count
    let order = room.who
    // Two decibels to and fro.
    for _ in 0..<10 {
      room.levels[1] = room.levels[1] == 30 ? 32 : 30
      room.levels[2] = room.levels[2] == 30 ? 32 : 30
      room.run(milliseconds: 300)
    }
    #expect(room.events.dropFirst(before).allSatisfy { $0.who == order })
    room.levels[2] = 5
    room.run(milliseconds: 1_000)
    #expect(room.who.first == 2)
  }

  @Test("where the client hears a voice, quieter speech counts; who speaks already may be quieter still")
  func voice() {
    for (level, hasVoice, isHeard) in [
      (Limits.speakingLevel, false, true), (Limits.speakingLevel + 1, false, false),
      (Limits.voiceLevel, true, true), (Limits.voiceLevel + 1, true, false),
    ] {
      var room = Room(now: start)
      room.levels = [1: level]
      room.run(milliseconds: 500, hasVoice: hasVoice)
      #expect(room.who == (isHeard ? [1] : []))
      guard isHeard else { continue }
      room.levels = [1: level + Limits.speakingMargin]
      room.run(milliseconds: 2_000, hasVoice: hasVoice)
      #expect(room.who == [1])
      room.levels = [1: level + Limits.speakingMargin + 1]
      room.run(milliseconds: 2_000, hasVoice: hasVoice)
      #expect(room.who == [])
    }
  }

  @Test("who is muted or leaves is not told any more")
  func muted() {
    var room = Room(now: start)
    room.levels = [1: 30, 2: 40]
    room.run(milliseconds: 500)
    #expect(room.who == [1, 2])
    room.levels = [2: 40]
    room.speakers.silenced(1, at: room.now)
    room.speakers.silenced(77, at: room.now)
    room.run(milliseconds: 220)
    #expect(room.who == [2])
  }

  @Test("three are told of a crowd, and the loudest find their place in it")
  func crowd() {
    var room = Room(now: start)
    for track in Int32(0)..<200 { room.levels[track] = 44 }
    room.levels[150] = 5
    room.levels[199] = 15
    room.run(milliseconds: 3_000)
    #expect(room.who.count == Limits.speakers)
    // As many as are looked at may talk before them; when those end, the loudest are in.
    for track in Int32(0)..<200 where ![150, 199].contains(track) { room.levels[track] = 127 }
    room.run(milliseconds: 1_500)
    #expect(room.who == [150, 199])
  }

  @Test("changes come at most five times a second, levels once, and all ends in silence", arguments: 1...20)
  func always(seed: UInt64) {
    var random = Seeded(state: seed)
    var room = Room(now: start)
    var lastLoud: [Int32: Instant] = [:]
    for _ in 0..<300 {
      let track = Int32.random(in: 0..<12, using: &random)
      switch Int.random(in: 0..<4, using: &random) {
      case 0: room.levels[track] = nil
      case 1:
        room.levels[track] = nil
        room.speakers.silenced(track, at: room.now)
      default: room.levels[track] = UInt8.random(in: 0...127, using: &random)
      }
      room.run(milliseconds: Int64.random(in: 1...15, using: &random) * 20)
      for (track, level) in room.levels where level <= Limits.voiceLevel + Limits.speakingMargin {
        lastLoud[track] = room.now
      }
      for track in room.who {
        let loud = lastLoud[track] ?? start
        #expect(room.now.milliseconds(since: loud) <= 1_300)
      }
    }
    for (event, next) in zip(room.events, room.events.dropFirst()) {
      let passed = next.at.milliseconds(since: event.at)
      #expect(passed >= (event.who == next.who ? 1_000 : 200))
      #expect(next.who.count <= Limits.speakers && Set(next.who).count == next.who.count)
    }
    room.levels = [:]
    room.run(milliseconds: 2_000)
    #expect(room.who == [])
    #expect(room.speakers.deadline == nil)
  }
}
