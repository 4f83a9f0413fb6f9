// All rooms of this server, and the only one who performs what they decide: tells participants, closes
// connections, writes facts down, watches the time. API calls it for every message and request; by subject:
// +Joining, +Members, +Moderation, +Operations (HTTP), +Performing, +Restoring, +Media, +MediaEvents, +Tracks,
// +Recording.

package import Access
package import Control
import Crypto
import Observe
package import Store
import Values

@Control package final class Rooms {
  let store: any Store
  let journal: ReplayJournal?
  /// Nil or without workers: this server forwards no media.
  let media: MediaPlane?
  /// Nil: this server records nothing.
  package weak var recorder: (any Recorder)?
  /// Told of each session that is over.
  package var onSessionEnded: @Control (String) -> Void = { _ in }
  /// A reload changes what new rooms get, and the bounds of all.
  package var options: SessionsOptions
  let revocations: Revocations
  let encode: EventEncoding
  let clock: @Control () -> Moment
  let log = Log("sessions")

  var rooms: [String: OpenRoom] = [:]
  /// By participant.
  var outlets: [String: Outlet] = [:]
  /// Who may take a place again: the participant by the hash of its secret.
  var secrets: [SecretHash: String] = [:]
  var ended = EndedRooms()
  var deadlines = Deadlines()
  var deadlineTimer: Timer?
  var deadlineTimerInstant: ContinuousClock.Instant?
  var checkpointTimer: Timer?
  var drainDeadline: Timestamp?
  /// The process ends: connections that close now are no news.
  var isStopping = false
  private var generator = SecureRandom()

  /// `clock` is for tests, which make time pass.
  package init(
    store: any Store, journal: ReplayJournal?, options: SessionsOptions, revocations: Revocations,
    media: MediaPlane? = nil,
    clock: @escaping @Control () -> Moment = { Moment(instant: .now, time: .now) },
    encode: @escaping EventEncoding
  ) {
    self.store = store
    self.journal = journal
    self.media = media
    self.options = options
    self.revocations = revocations
    self.clock = clock
    self.encode = encode
    deadlineTimer = Timer { [unowned self] in
      deadlineTimerInstant = nil
      expire()
    }
    checkpointTimer = Timer { [unowned self] in
      checkpointPresence()
      checkpointTimer?.start(after: Limits.presenceCheckpoint)
    }
    checkpointTimer?.start(after: Limits.presenceCheckpoint)
  }

  /// One room and when it next wants to be looked at.
  @Control final class OpenRoom {
    var room: Room
    var scheduled: ContinuousClock.Instant?
    init(_ room: consuming Room) { self.room = room }
  }

  /// Rooms with somebody in them.
  package var activeRooms: Int { rooms.values.reduce(0) { $0 + ($1.room.roster.isEmpty ? 0 : 1) } }

  func identifier(_ kind: Identifier.Kind) -> String { Identifier.make(kind, using: &generator) }

  func newSecret() -> (text: String, hash: SecretHash) {
    let text = Identifier.random(count: Limits.resumeSecretLength, using: &generator)
    return (text, SecretHash(of: text))
  }

  /// The room that a seat is in.
  func open(_ seat: Seat) throws(Refusal) -> OpenRoom {
    guard let open = rooms[seat.room], let outlet = outlets[seat.participant], outlet.room == seat.room else {
      throw Refusal(.notJoined, "This connection has no place in a room.")
    }
    // A message on the new connection: its client has the new secret.
    if let former = outlet.formerSecret { forget(former.hash, of: outlet) }
    return open
  }

  func existing(_ id: String) throws(Refusal) -> OpenRoom {
    guard let open = rooms[id] else { throw Refusal(.roomNotFound, "There is no open room \(id).") }
    return open
  }

  func forget(_ former: SecretHash, of outlet: Outlet) {
    outlet.formerSecret = nil
    if secrets[former] == outlet.participant { secrets[former] = nil }
  }
}

extension SecretHash {
  init(of secret: String) {
    guard let hash = SecretHash(SHA256.digest(Array(secret.utf8))) else {
      preconditionFailure("a SHA-256 has 32 bytes")
    }
    self = hash
  }
}
