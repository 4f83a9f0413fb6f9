// What the server tells participants unasked. Typed here; API turns an event into the bytes of the protocol.

package import Values

package enum Event: Sendable, Equatable {
  case participantJoined(ParticipantView)
  case participantUpdated(ParticipantView)
  case participantLeft(participant: String, reason: LeaveReason)
  case chat(from: String, text: String, to: String?, at: Timestamp)
  case hand(participant: String, raised: Bool)
  case consent(participant: String, recording: Bool)
  case recording(RecordingState, recording: String)
  case roomUpdated(RoomView)
  case roomClosed(reason: String)
  case trackAdded(participant: String, track: TrackView)
  case trackUpdated(participant: String, track: TrackView)
  case trackRemoved(participant: String, track: String)
  /// The server's own offer: all that comes to the receiver, by m-line.
  case offer(sdp: String, tracks: [TrackPlace])
  case topology(Topology, reason: String)
  /// Louder first; empty: nobody speaks.
  case speakers([Speaker])
  case quality([ConnectionScore])
  /// The meter: each second while anybody talks.
  case talk([TalkShare])
  /// To who gets a track: how much of what they wish of it goes out.
  case delivery(track: String, state: String, reason: String?)
  /// To the owner of a track that comes in several sizes: those that nobody has may rest.
  case layers(track: String, idle: [String])
  /// p2p: relayed untouched from one participant to another.
  case relayedOffer(from: String, sdp: String, tracks: JSON?)
  case relayedAnswer(from: String, sdp: String)
  case relayedCandidate(from: String, candidate: JSON, mid: JSON?)
  /// Lobby: to the one who waits, and to the moderators.
  case admitted(JoinedView)
  case denied
  case waiting(ParticipantView)
  case token(String)
  case draining(deadline: Timestamp)
  /// The planned length is another now.
  case sessionExtended(SessionView)
  /// The planned end is near.
  case sessionEnding(SessionView, remaining: Duration)

  /// Whether it carries what nobody but its receiver may ever read.
  var isSecret: Bool {
    switch self {
    case .admitted, .token: true
    case .participantJoined, .participantUpdated, .participantLeft, .chat, .hand, .consent, .recording,
      .roomUpdated,
      .roomClosed, .trackAdded, .trackUpdated, .trackRemoved, .offer, .topology, .speakers, .quality, .talk,
      .layers, .delivery, .relayedOffer, .relayedAnswer, .relayedCandidate, .denied, .waiting, .draining,
      .sessionExtended, .sessionEnding:
      false
    }
  }

  /// How things stand right now: told to who listens, and not again to who comes back, since then they stand otherwise.
  /// An unanswered offer is made anew.
  var isMomentary: Bool {
    switch self {
    case .speakers, .quality, .talk, .offer: true
    default: false
    }
  }

  /// Of these a slow reader needs only the newest.
  var latestKey: String? {
    switch self {
    case .speakers: "speakers"
    case .quality: "quality"
    case .talk: "talk"
    case .layers(let track, _): "layers \(track)"
    case .delivery(let track, _, _): "delivery \(track)"
    default: nil
    }
  }
}

package enum LeaveReason: String, Sendable, CaseIterable {
  case left, kicked, timeout, replaced, roomClosed = "room_closed", denied, revoked
}

package struct ParticipantView: Sendable, Equatable {
  package enum State: String, Sendable { case active, reconnecting, waiting }
  package var id: String
  package var identity: String
  package var name: String
  package var role: String
  package var attributes: JSON
  package var state: State
  package var handRaised: Bool
  package var tracks: [TrackView]
}

package struct TrackView: Sendable, Equatable {
  package enum Kind: String, Sendable { case audio, video }
  package enum Source: String, Sendable, CaseIterable {
    case microphone, camera, screen
    case screenAudio = "screen_audio"
  }
  package var id: String
  package var mid: String?
  package var kind: Kind
  package var source: Source
  package var muted: Bool
  package var simulcast: Bool
  package var codec: String
}

package struct Speaker: Sendable, Equatable {
  package var participant: String
  /// Below full scale: 0 the loudest, -127 silence.
  package var levelDecibels: Int
}

package struct ConnectionScore: Sendable, Equatable {
  package var participant: String
  /// From 1, nothing gets through, to 5, nothing is lost.
  package var score: Double
}

package struct TalkShare: Sendable, Equatable {
  package var participant: String
  package var milliseconds: Int64
  package var turnMilliseconds: Int64
  /// Of all that was said in this session, 0 to 1.
  package var share: Double
}

package enum Topology: String, Sendable, CaseIterable { case sfu, p2p, auto }
package enum RecordingPolicy: String, Sendable, CaseIterable {
  case off
  case onDemand = "on_demand"
  case always
}

package struct RoomView: Sendable, Equatable {
  package var id: String
  package var name: String
  package var topology: Topology
  package var locked: Bool
  package var recordingState: RecordingState
  /// The one that runs or waits.
  package var recording: String?
  package var createdAt: Timestamp
}

/// A booked session, as those in its room see it.
package struct SessionView: Sendable, Equatable {
  package var id: String
  package var startsAt: Timestamp?
  package var duration: Duration?
  package var endsAt: Timestamp?
}

/// Everything that `joined` (or `admitted`) tells the one who joined.
package struct JoinedView: Sendable, Equatable {
  package var me: ParticipantView
  package var room: RoomView
  /// Nil: nobody booked what runs here.
  package var session: SessionView?
  package var participants: [ParticipantView]
  /// Who waits in the lobby; only moderators are told.
  package var waiting: [ParticipantView]
  /// The secret with which this participant takes its place again.
  package var resume: String
  /// Where this participant's event numbers stand: the next event carries one more.
  package var lastSeq: UInt64
  /// To the offer that came with the join.
  package var answer: AnswerView?
}
