// Who speaks in a room, loudest first, from the loudness that clients tell with each packet (RFC 6464). Only who is loud
// is looked at, so that a room of thousands costs as much as one of a few. Fed by the router, asked when it is due.

package import Structures

package struct Speakers: Equatable, Sendable {
  package struct Speaker: Equatable, Sendable {
    package var track: Int32
    /// 0 the loudest, -127 silence.
    package var levelDecibels: Int
  }

  private struct Candidate: Equatable, Sendable {
    var track: Int32
    /// Below full scale, in sixteenths of a decibel, smoothed.
    var level: Int
    var loudSince: Instant
    var loudLast: Instant
    var isSpeaking = false

    var speaker: Speaker { Speaker(track: track, levelDecibels: -level / 16) }
  }

  /// In the order in which they were told; who was not told stands behind.
  private var candidates: [Candidate] = []
  /// What was told last.
  private var told: [Speaker] = []
  private var toldAt: Instant?
  /// When somebody is to be looked at again; nil in a silent room.
  package private(set) var deadline: Instant?

  package init() {
    candidates.reserveCapacity(Limits.speakerCandidates)
    told.reserveCapacity(Limits.speakers)
  }

  /// Who speaks, as it was told last.
  package var count: Int { told.count }
  package subscript(_ index: Int) -> Speaker { told[index] }

  /// One packet of a track. `level` is in decibels below full scale, 127 silence.
  package mutating func heard(_ track: Int32, level: UInt8, hasVoice: Bool, at now: Instant) {
    let limit = hasVoice ? Limits.voiceLevel : Limits.speakingLevel
    var index = 0
    while index < candidates.count, candidates[index].track != track { index += 1 }
    guard index < candidates.count else {
      if level <= limit { add(track, level: Int(level) * 16, at: now) }
      return
    }
    var candidate = candidates[index]
    candidate.level += (Int(level) * 16 - candidate.level) / 8
    if level <= limit + (candidate.isSpeaking ? Limits.speakingMargin : 0) {
      if now.milliseconds(since: candidate.loudLast) > Limits.syllableMilliseconds {
        candidate.loudSince = now
      }
      candidate.loudLast = now
    }
    candidates[index] = candidate
  }

  private mutating func add(_ track: Int32, level: Int, at now: Instant) {
    let candidate = Candidate(track: track, level: level, loudSince: now, loudLast: now)
    if candidates.count < Limits.speakerCandidates {
      candidates.append(candidate)
    } else {
      // The place of the quietest who does not speak, if he is quieter.
      var quietest = -1
      var quietestLevel = level
      for index in 0..<candidates.count
      where !candidates[index].isSpeaking && candidates[index].level > quietestLevel {
        quietest = index
        quietestLevel = candidates[index].level
      }
      guard quietest >= 0 else { return }
      candidates[quietest] = candidate
    }
    let due = now.adding(milliseconds: Limits.speakingStartMilliseconds)
    deadline = min(deadline ?? due, due)
  }

  /// The track is muted or gone: whoever it was does not speak any more.
  package mutating func silenced(_ track: Int32, at now: Instant) {
    candidates.removeAll { $0.track == track }
    if told.contains(where: { $0.track == track }) { deadline = min(deadline ?? now, now) }
  }

  /// Looks at the room when it is due. True when who speaks is to be told: it has changed, or the levels are old.
  package mutating func timeout(at now: Instant) -> Bool {
    guard let deadline, deadline <= now else { return false }
    var kept = 0
    for index in 0..<candidates.count {
      var candidate = candidates[index]
      let quiet = now.milliseconds(since: candidate.loudLast)
      if quiet >= Limits.speakingStopMilliseconds { continue }
      if !candidate.isSpeaking {
        // Since long enough, and with more than one packet.
        candidate.isSpeaking =
          now.milliseconds(since: candidate.loudSince) >= Limits.speakingStartMilliseconds
          && candidate.loudLast.milliseconds(since: candidate.loudSince) >= Limits.speakingStartMilliseconds
            / 2
          && quiet <= Limits.speakingStartMilliseconds
      }
      candidates[kept] = candidate
      kept += 1
    }
    candidates.removeLast(candidates.count - kept)
    order()
    let isTold = tell(at: now)
    let isSilent = candidates.isEmpty && told.isEmpty
    self.deadline = isSilent ? nil : now.adding(milliseconds: Limits.speakersTickMilliseconds)
    return isTold
  }

  /// Speakers first, and a louder one before a quieter one if the difference can be heard.
  private mutating func order() {
    guard candidates.count > 1 else { return }
    for index in 1..<candidates.count {
      let candidate = candidates[index]
      var place = index
      while place > 0, isAhead(candidate, of: candidates[place - 1]) {
        candidates[place] = candidates[place - 1]
        place -= 1
      }
      candidates[place] = candidate
    }
  }

  private func isAhead(_ candidate: Candidate, of other: Candidate) -> Bool {
    if candidate.isSpeaking != other.isSpeaking { return candidate.isSpeaking }
    return candidate.level + Limits.louderSixteenths < other.level
  }

  private mutating func tell(at now: Instant) -> Bool {
    var speaking = 0
    while speaking < min(candidates.count, Limits.speakers), candidates[speaking].isSpeaking { speaking += 1 }
    var isOther = speaking != told.count
    var isDifferent = isOther
    for index in 0..<min(speaking, told.count) {
      isOther = isOther || told[index].track != candidates[index].track
      isDifferent = isDifferent || told[index] != candidates[index].speaker
    }
    let wait = isOther ? Limits.speakersChangeMilliseconds : Limits.speakersRefreshMilliseconds
    if let toldAt, now.milliseconds(since: toldAt) < wait { return false }
    guard isOther || isDifferent else { return false }
    told.removeLast(told.count)
    for index in 0..<speaking { told.append(candidates[index].speaker) }
    toldAt = now
    return true
  }
}
