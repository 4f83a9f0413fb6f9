// What API asks of rooms and what it gets: values without behaviour. The checks that need no room (lengths,
// shapes) are done where the bytes are read; those that need one are the Room's.

package import Values

/// Who a joined client is: every later message of its connection names it.
package struct Seat: Sendable, Hashable {
  package let room: String
  package let participant: String

  package init(room: String, participant: String) {
    self.room = room
    self.participant = participant
  }
}

package struct JoinRequest: Sendable, Equatable {
  package var room: String
  /// Overrides the token's name.
  package var name: String?
  /// An object.
  package var attributes: JSON
  /// So that joining and negotiating is one round trip.
  package var offer: MediaOffer?

  package init(room: String, name: String? = nil, attributes: JSON = [:], offer: MediaOffer? = nil) {
    self.room = room
    self.name = name
    self.attributes = attributes
    self.offer = offer
  }
}

package enum JoinOutcome: Sendable, Equatable {
  case joined(Seat, JoinedView)
  /// In the lobby: the event `admitted` or `denied` follows.
  case waiting(Seat, ParticipantView)
}

/// A place taken again.
package struct Resumption: Sendable, Equatable {
  package let seat: Seat
  package let view: JoinedView
  /// Whole frames, oldest first: the events since the client's `lastSeq`.
  package let missed: [[UInt8]]
}

package enum Moderation: Sendable, Equatable {
  case mute(participant: String, track: String, muted: Bool)
  case kick(participant: String)
  case lock
  case unlock
  case admit(participant: String)
  case deny(participant: String)
  case end
  /// The booked session becomes so much longer.
  case extend(Duration)
}

/// How the planned length of a session changes.
package enum SessionChange: Sendable, Equatable {
  case by(Duration)
  case to(Duration)
}

/// Who moderates from outside a room; goes into the log and the events.
package struct Operator: Sendable, Equatable {
  package let name: String
  package init(_ name: String) { self.name = name }
}

/// What two participants tell each other through the relay to talk directly. Untouched, unread.
package enum Signal: Sendable, Equatable {
  case offer(sdp: String, tracks: JSON?)
  case answer(sdp: String)
  case candidate(JSON, mid: JSON?)
}

/// A room to be; what is nil takes the configured default.
package struct RoomSpecification: Sendable, Equatable {
  package var id: String?
  package var name: String?
  package var topology: Topology?
  package var maxParticipants: Int?
  package var emptyTimeout: Duration?
  package var recording: RecordingPolicy?
  package var lobby: Bool?
  /// An object of the platform's own.
  package var metadata: JSON?

  package init() {}
}

/// What a PATCH changes; nil: stays.
package struct RoomChanges: Sendable, Equatable {
  package var name: String?
  package var topology: Topology?
  package var maxParticipants: Int?
  package var emptyTimeout: Duration?
  package var recording: RecordingPolicy?
  package var lobby: Bool?
  package var locked: Bool?
  package var metadata: JSON?

  package init() {}
}

/// A room as operators see it: nobody is hidden.
package struct RoomDetail: Sendable, Equatable {
  package var view: RoomView
  package var maxParticipants: Int
  package var emptyTimeout: Duration
  package var recording: RecordingPolicy
  package var lobby: Bool
  package var metadata: JSON
  /// The session that runs in it, or is booked for it.
  package var session: String?
  package var participantCount: Int
  /// Observers included, those in the lobby with state `waiting`. Empty in lists.
  package var participants: [ParticipantView]
}

package struct Booking: Sendable, Equatable {
  package struct Person: Sendable, Equatable {
    package var identity: String
    package var name: String?
    package init(identity: String, name: String? = nil) {
      self.identity = identity
      self.name = name
    }
  }

  package var mentor: Person
  package var student: Person
  package var startsAt: Timestamp?
  package var duration: Duration?
  /// Of the room to be; nil: the configured one.
  package var topology: Topology?
  package var metadata: JSON

  package init(
    mentor: Person, student: Person, startsAt: Timestamp? = nil, duration: Duration? = nil,
    topology: Topology? = nil, metadata: JSON = [:]
  ) {
    self.mentor = mentor
    self.student = student
    self.startsAt = startsAt
    self.duration = duration
    self.topology = topology
    self.metadata = metadata
  }

  /// The ids of what is made, where the caller chooses them, so that a repetition finds it.
  package struct Identifiers: Sendable, Equatable {
    package let session: String
    package let room: String
    package init(session: String, room: String) {
      self.session = session
      self.room = room
    }
  }
}

package struct SessionDetail: Sendable, Equatable {
  package var id: String
  package var room: String
  package var booking: Booking
  package var createdAt: Timestamp
}

/// Why a room came to its end; the raw value is the event's `reason`.
package enum RoomEnd: String, Sendable, CaseIterable {
  case empty
  /// A moderator ended it.
  case ended
  case closedByAPI = "closed_by_api"
}
