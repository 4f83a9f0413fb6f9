// What a conversation was like: who talked how much, whose turn it was when, who broke in on whom, how long it took to
// answer. Made from the segments in which each one talked; nobody's words are looked at.

package struct TalkSummary: Equatable, Sendable {
  /// In milliseconds since the recording's beginning.
  package struct Segment: Equatable, Sendable {
    package var speaker: Int
    package var start: Int64
    package var end: Int64
    package var length: Int64 { end - start }

    package init(speaker: Int, start: Int64, end: Int64) {
      self.speaker = speaker
      self.start = start
      self.end = end
    }
  }

  package struct Speaker: Equatable, Sendable {
    package var milliseconds: Int64 = 0
    /// Of all that was said by anybody.
    package var share = 0.0
    package var turns = 0
    package var longestTurn: Int64 = 0
    /// How often this one broke in on others, and was broken in on.
    package var interrupted = 0
    package var wasInterrupted = 0
    /// The middle one of the pauses before this one's answers; nil where there was none.
    package var responseMilliseconds: Int64?
  }

  package var speakers: [Speaker]
  /// All segments in the order of their beginnings.
  package var segments: [Segment]
  /// Segments of one speaker put together, where nobody else took the floor in between.
  package var turns: [Segment]
  /// Silences of everybody that were longer than breathing.
  package var pauses: Int
  package var pauseMilliseconds: Int64
  package var overlapMilliseconds: Int64

  package init(_ segments: [Segment], speakerCount: Int) {
    self.segments = segments.sorted { ($0.start, $0.end) < ($1.start, $1.end) }
    speakers = Array(repeating: Speaker(), count: speakerCount)
    turns = []
    pauses = 0
    pauseMilliseconds = 0
    overlapMilliseconds = 0
    for segment in self.segments { speakers[segment.speaker].milliseconds += segment.length }
    let total = speakers.reduce(0) { $0 + $1.milliseconds }
    for index in speakers.indices where total > 0 {
      speakers[index].share = Double(speakers[index].milliseconds) / Double(total)
    }
    countSilence()
    countInterruptions()
    takeTurns()
  }

  private mutating func countSilence() {
    var end: Int64?
    for segment in segments {
      if let last = end {
        let gap = segment.start - last
        if gap >= Limits.pauseMilliseconds {
          pauses += 1
          pauseMilliseconds += gap
        }
        if gap < 0 { overlapMilliseconds += min(segment.end, last) - segment.start }
      }
      end = max(end ?? segment.end, segment.end)
    }
  }

  /// Somebody begins while another talks, and the other gives way while this one goes on. A short "yes" is none, nor is
  /// talking at the same time to the end.
  private mutating func countInterruptions() {
    for (index, later) in segments.enumerated() {
      for earlier in segments[..<index] where earlier.speaker != later.speaker {
        guard earlier.start < later.start, earlier.end > later.start + Limits.touchMilliseconds,
          later.end > earlier.end, earlier.end - later.start <= Limits.giveWayMilliseconds
        else { continue }
        speakers[later.speaker].interrupted += 1
        speakers[earlier.speaker].wasInterrupted += 1
        break
      }
    }
  }

  /// What lies within another's segment is a remark and takes no turn.
  private mutating func takeTurns() {
    var responses: [[Int64]] = Array(repeating: [], count: speakers.count)
    for segment in segments {
      guard let last = turns.last else {
        turns.append(segment)
        continue
      }
      if segment.speaker == last.speaker {
        turns[turns.count - 1].end = max(last.end, segment.end)
      } else if segment.end > last.end {
        responses[segment.speaker].append(segment.start - last.end)
        turns.append(segment)
      }
    }
    for turn in turns {
      speakers[turn.speaker].turns += 1
      speakers[turn.speaker].longestTurn = max(speakers[turn.speaker].longestTurn, turn.length)
    }
    for (index, gaps) in responses.enumerated() where !gaps.isEmpty {
      speakers[index].responseMilliseconds = gaps.sorted()[gaps.count / 2]
    }
  }
}
