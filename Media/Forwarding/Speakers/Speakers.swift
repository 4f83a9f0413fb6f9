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
    let index = candidates.firstIndex { $0.track == track }
    let margin = index.map { candidates[$0].isSpeaking } == true ? Limits.speakingMargin : 0
    let isLoud = level <= (hasVoice ? Limits.voiceLevel : Limits.speakingLevel) + margin
    guard let index else {
      if isLoud { add(track, level: Int(level) * 16, at: now) }
      return
    }
    candidates[index].level += (Int(level) * 16 - candidates[index].level) / 8
    guard isLoud else { return }
    if now.milliseconds(since: candidates[index].loudLast) > Limits.syllableMilliseconds {
      candidates[index].loudSince = now
    }
    candidates[index].loudLast = now
  }

  private mutating func add(_ track: Int32, level: Int, at now: Instant) {
    let candidate = Candidate(track: track, level: level, loudSince: now, loudLast: now)
    if candidates.count < Limits.speakerCandidates {
      candidates.append(candidate)
    } else {
      // The place of the quietest who does not speak, if he is quieter.
      var quietest: Int?
      for index in candidates.indices where !candidates[index].isSpeaking {
        if candidates[index].level > quietest.map({ candidates[$0].level }) ?? level { quietest = index }
      }
      guard let quietest else { return }
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
    for index in candidates.indices {
      if candidates[index].isSpeaking { continue }
      let loud = candidates[index].loudLast.milliseconds(since: candidates[index].loudSince)
      let quiet = now.milliseconds(since: candidates[index].loudLast)
      candidates[index].isSpeaking =
        loud >= Limits.speakingStartMilliseconds / 2 && quiet <= Limits.speakingStartMilliseconds
        && now.milliseconds(since: candidates[index].loudSince) >= Limits.speakingStartMilliseconds
    }
    candidates.removeAll { now.milliseconds(since: $0.loudLast) >= Limits.speakingStopMilliseconds }
    order()
    let isTold = tell(at: now)
    let isSilent = candidates.isEmpty && told.isEmpty
    self.deadline = isSilent ? nil : now.adding(milliseconds: Limits.speakersTickMilliseconds)
    return isTold
  }

  /// Speakers first, and a louder one before a quieter one if the difference can be heard.
  private mutating func order() {
    for index in candidates.indices.dropFirst() {
      var place = index
      while place > 0, isAhead(candidates[place], of: candidates[place - 1]) {
        candidates.swapAt(place, place - 1)
        place -= 1
      }
    }
  }

  private func isAhead(_ candidate: Candidate, of other: Candidate) -> Bool {
    if candidate.isSpeaking != other.isSpeaking { return candidate.isSpeaking }
    return candidate.level + Limits.louderSixteenths < other.level
  }

  private mutating func tell(at now: Instant) -> Bool {
    let speaking = candidates.prefix(Limits.speakers).count { $0.isSpeaking }
    let isOther =
      speaking != told.count || (0..<speaking).contains { told[$0].track != candidates[$0].track }
    let isDifferent = (0..<speaking).contains { isOther || told[$0] != candidates[$0].speaker }
    let wait = isOther ? Limits.speakersChangeMilliseconds : Limits.speakersRefreshMilliseconds
    let passed = toldAt.map { now.milliseconds(since: $0) } ?? .max
    guard isOther || isDifferent, passed >= wait else { return false }
    told.removeAll(keepingCapacity: true)
    for candidate in candidates.prefix(speaking) { told.append(candidate.speaker) }
    toldAt = now
    return true
  }
}
