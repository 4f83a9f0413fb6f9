// A room: who is in it, who waits, what is allowed. A pure machine: every request and every passing of time is a
// function that changes the room and returns what is to be done (Action). Rooms owns it and performs that. It is
// never copied: a message in a large room costs what it does in a small one.
// By subject: +Membership (join, leave, resume), +Lobby, +Moderation, +Conversation, +Relay, +Life (options, end),
// +Media (offers and answers), +Tracks, +Topology, +Recording.

import Access
import Store
import Values

struct Room: ~Copyable, Sendable {
  enum Phase: Sendable, Equatable {
    case open
    case ended(RoomEnd)
  }

  let id: String
  let createdAt: Timestamp
  var name: String
  var options: RoomOptions
  var metadata: JSON
  var locked = false
  var phase = Phase.open
  var roster = Roster()
  /// Who was told to speak last.
  var speakers: [Speaker] = []
  var talk = RoomTalk()
  /// The lobby, oldest first.
  var waiting: [Participant] = []
  /// What runs in it, or is booked for it.
  var session: RoomSession?
  /// Since when nobody has been in it; what a booking's start moves on.
  var emptySince: ContinuousClock.Instant?
  /// False until somebody has seen the room's opening on the disk.
  var isKept = false
  /// Where its media is, from the first offer on.
  var place: MediaPlace?
  /// By participant: of those who have, or had, a PeerConnection with the server.
  var negotiations: [String: Negotiation] = [:]
  var recording: RoomRecording?
  /// By whom a recording is wanted (empty: by the policy): outlives the process.
  var recordingWanted: String?
  /// The last one could not go on: the next try is made when somebody joins.
  var isRecordingRefused = false
  /// The two who were asked to try a direct path (topology `auto`).
  var directPair: [String] = []

  init(
    id: String, name: String? = nil, options: RoomOptions, metadata: JSON = [:], createdAt now: Moment
  ) {
    self.id = id
    self.name = name ?? id
    self.options = options
    self.metadata = metadata
    createdAt = now.time
    emptySince = now.instant
  }

  /// What all in the room see.
  var view: RoomView {
    RoomView(
      id: id, name: name, topology: options.topology, locked: locked,
      recordingState: recording?.state ?? .stopped,
      recording: recording?.id, createdAt: createdAt)
  }

  func detail(withParticipants: Bool) -> RoomDetail {
    var people: [ParticipantView] = []
    if withParticipants {
      people = roster.all.filter { $0.presence != .joining }.map(\.view) + waiting.map { $0.view(.waiting) }
    }
    return RoomDetail(
      view: view, maxParticipants: options.maxParticipants, emptyTimeout: options.emptyTimeout,
      recording: options.recording, lobby: options.lobby, metadata: metadata, session: session?.id,
      participantCount: roster.count, participants: people)
  }

  /// What one of them sees on coming in; nil for who is not in it.
  func joinedView(of id: String, resume: String, lastSeq: UInt64) -> JoinedView? {
    guard let me = roster[id], me.presence != .joining else { return nil }
    return JoinedView(
      me: me.view, room: view, session: session?.view(room: self.id),
      participants: roster.all.filter { $0.id != id && $0.isAnnounced && $0.presence != .joining }.map(
        \.view),
      waiting: me.moderates ? waiting.map { $0.view(.waiting) } : [], resume: resume, lastSeq: lastSeq)
  }

  /// Calls `body` with the id of each one whom an audience means. Who is still joining hears nothing: its first
  /// view of the room is made when it is let in.
  func receivers(of audience: Audience, _ body: (String) -> Void) {
    if case .one(let id) = audience { return body(id) }
    roster.forEachPresent { id, moderates in
      switch audience {
      case .one, .everyone: body(id)
      case .everyoneBut(let other): if id != other { body(id) }
      case .moderators: if moderates { body(id) }
      }
    }
  }

  /// The earliest moment at which `expire` has something to do.
  var deadline: ContinuousClock.Instant? {
    guard phase == .open else { return nil }
    // As long as somebody waits to be let in, a moderator may still come.
    if roster.isEmpty { return waiting.isEmpty ? emptySince.map { $0 + options.emptyTimeout } : nil }
    var earliest: ContinuousClock.Instant?
    for one in roster.all {
      guard case .reconnecting(let until) = one.presence else { continue }
      earliest = min(earliest ?? until, until)
    }
    return earliest
  }

  /// Ends what has waited long enough: places kept for lost connections, and the empty room itself.
  mutating func expire(at now: Moment) -> [Action] {
    guard phase == .open else { return [] }
    var actions: [Action] = []
    for one in roster.all {
      guard case .reconnecting(let until) = one.presence, until <= now.instant else { continue }
      actions += remove(one.id, .timeout, at: now)
    }
    if roster.isEmpty, let deadline, deadline <= now.instant { actions += end(.empty, at: now) }
    return actions + [.arm]
  }

  /// The one who asks; who still waits or has left may not.
  func member(_ id: String) throws(Refusal) -> Standing {
    guard let one = roster.standing(of: id), !one.isJoining else {
      throw Refusal(.notJoined, "This connection has no place in the room.")
    }
    return one
  }

  /// One of whom `asker` may know: observers are nobody's business but the moderators'. Nil asks from outside.
  func checkMember(_ id: String, knownTo asker: Standing?) throws(Refusal) {
    if let one = roster.standing(of: id), !one.isJoining {
      guard let asker, !one.isAnnounced, !asker.moderates, asker.position != one.position else { return }
    }
    throw Refusal(.unknownParticipant, "There is no such participant in this room.")
  }
}
