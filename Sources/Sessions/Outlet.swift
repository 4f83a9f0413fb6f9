// What Rooms keeps of a participant beside the room's own view of it: its connection, the number of its last
// event, and what it was told lately. One small object each; no timer and no closure.

import Control
import Link

@Control final class Outlet {
  let room: String
  let participant: String
  /// Nil while its connection is lost.
  var connection: (any ParticipantConnection)?
  /// A resume is being written down: events are numbered and kept, and go out with its reply.
  var isHeld = false
  /// In the lobby: no place yet that could be taken again.
  var isWaiting: Bool
  private(set) var seq: UInt64 = 0
  /// Where the numbers stood when the connection was lost.
  private(set) var seqAtLoss: UInt64 = 0
  /// Where the numbers stood after a restart, until the client is back.
  private var restoredSeq: UInt64?
  private var replay = ReplayBuffer()
  var secret: SecretHash?
  /// The secret before the last resume: good until the client shows that it has the new one.
  var formerSecret: (hash: SecretHash, until: ContinuousClock.Instant)?
  /// When it asked to join, until the first media goes out to it; only if there was some to send.
  var joinAsked: ContinuousClock.Instant?

  /// How its media travelled when its worker told last.
  var quality: PeerQuality?

  init(room: String, participant: String, connection: (any ParticipantConnection)?, isWaiting: Bool) {
    self.room = room
    self.participant = participant
    self.connection = connection
    self.isWaiting = isWaiting
  }

  /// Numbers the event and keeps it; the whole frame, if anybody needs it now.
  /// What is momentary is nothing to who is not there to hear it, and only its number is kept.
  func tell(
    _ event: EncodedEvent, keeping options: SessionsOptions, journal: Bool, isMomentary: Bool = false,
    latestKey: String? = nil
  ) -> [UInt8]? {
    let live = isHeld ? nil : connection
    if isMomentary && live == nil { return nil }
    seq += 1
    if !isWaiting {
      replay.append(
        isMomentary ? .whole([]) : .encoded(event), eventsAtMost: options.replayEvents,
        bytesAtMost: options.replayBytes)
    }
    guard live != nil || journal else { return nil }
    let frame = event.frame(seq: seq)
    live?.deliver(frame, latestKey: latestKey)
    return isMomentary ? [] : frame
  }

  /// A resume: what happens from now on goes out with its reply.
  func replaceConnection(by newer: any ParticipantConnection) {
    let older = connection
    if older != nil { seqAtLoss = seq }
    connection = newer
    isHeld = true
    older?.close(.replaced)
  }

  func lost() {
    connection = nil
    isHeld = false
    seqAtLoss = seq
  }

  /// The frames that a client has missed who says how far it got, or, if it doesn't, those since the connection
  /// was lost. A client that got further than we know has outlived a crash of ours: we go on from its number.
  func missed(lastSeq claimed: UInt64?) -> [[UInt8]] {
    let lastSeq = claimed.flatMap { $0 <= Limits.highestSeq ? $0 : nil }
    if let lastSeq, lastSeq > restoredSeq ?? seq {
      // Nobody has seen the numbers of what happened since the restart.
      let sinceRestart = restoredSeq.map { seq - $0 } ?? 0
      replay.keepNewest(Int(min(sinceRestart, UInt64(replay.count))))
      seq = lastSeq + sinceRestart
    }
    restoredSeq = nil
    return replay.frames(after: lastSeq ?? seqAtLoss, newest: seq)
  }

  /// After a restart.
  func restore(seq: UInt64, frames: [[UInt8]], options: SessionsOptions) {
    self.seq = seq
    seqAtLoss = seq
    restoredSeq = seq
    for frame in frames {
      replay.append(.whole(frame), eventsAtMost: options.replayEvents, bytesAtMost: options.replayBytes)
    }
  }
}
