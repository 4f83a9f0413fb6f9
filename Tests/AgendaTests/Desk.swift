// Rooms, a store and an agenda over a clock that is moved by hand; the machine may die at any time and start again.

import Access
import Control
import Glibc
@testable import Sessions
import Store
import Values

@testable import Agenda

@Control final class Desk {
  @Control final class Hand {
    var now = Moment(instant: .now, time: Timestamp(seconds: 1_700_000_000))
  }

  @Control final class Line: ParticipantConnection {
    private(set) var frames: [String] = []
    func deliver(_ frame: [UInt8], latestKey: String?) {
      frames.append(String(decoding: frame, as: UTF8.self))
    }
    func close(_ reason: CloseReason) {}
  }

  let directory: String
  let hand: Hand
  let store: SQLiteStore
  let rooms: Rooms
  let agenda: Agenda
  private(set) var remembered: [PairRatings] = []
  private(set) var rated: [String] = []
  var signs = true

  init(
    _ directory: String? = nil, hand: Hand? = nil, _ change: (inout LessonOptions) -> Void = { _ in }
  ) async throws {
    var random = SystemRandomNumberGenerator()
    self.directory = directory ?? "/tmp/tandem-agenda-" + Identifier.random(count: 12, using: &random)
    let hand = hand ?? Hand()
    self.hand = hand
    store = try await SQLiteStore.open(directory: self.directory)
    var options = SessionsOptions()
    change(&options.lessons)
    rooms = Rooms(
      store: store, journal: nil, options: options, revocations: Revocations(store: store),
      clock: { hand.now },
      encode: { EncodedEvent(head: Array("\($0) ".utf8), tail: []) })
    agenda = Agenda(store: store, rooms: rooms, clock: { hand.now.time })
    agenda.sign = { [unowned self] statement in
      signs ? .success(.init(jws: "signed", key: "key")) : .failure(Refusal(.unavailable, "no key"))
    }
    agenda.remember = { [unowned self] in remembered.append($0) }
    agenda.rated = { [unowned self] in rated.append($0) }
    _ = try await rooms.restore()
  }

  func restarted(_ change: (inout LessonOptions) -> Void = { _ in }) async throws -> Desk {
    await store.close()
    return try await Desk(directory, hand: hand, change)
  }

  func close() async {
    await store.close()
    for name in ["tandem.db", "tandem.db-wal", "tandem.db-shm", "tandem.lock"] {
      unlink(directory + "/" + name)
    }
    rmdir(directory)
  }

  /// Time passes, and whoever watches it looks.
  func pass(_ wait: Duration) async throws {
    hand.now = Moment(instant: hand.now.instant + wait, time: hand.now.time + wait)
    rooms.expire()
    try await settle()
    await agenda.look()
  }

  /// A write waits for all that were asked for before it.
  func settle() async throws { try await store.write(.process) { _ throws(StoreFailure) in } }

  func book(startsIn wait: Duration? = .seconds(3600), duration: Duration? = .seconds(1800)) async throws
    -> SessionDetail
  {
    try await rooms.book(
      Booking(
        mentor: .init(identity: "m", name: "Mia"), student: .init(identity: "s"),
        startsAt: wait.map { hand.now.time + $0 }, duration: duration))
  }

  @discardableResult
  func join(
    _ identity: String, _ role: Role, _ session: SessionDetail, admin: Bool = false
  ) async throws -> (seat: Seat, line: Line) {
    let line = Line()
    var rights = Rights.of(role)
    rights.admin = admin
    let grant = Grant(
      identity: identity, name: nil, role: role, rooms: .one(session.room), rights: rights, keyID: "k",
      tokenID: nil, issuedAtSeconds: 1, expiresAtSeconds: 2_000_000_000)
    guard
      case .joined(let seat, _) = try await rooms.join(
        JoinRequest(room: session.room), grant: grant, connection: line)
    else { throw Refusal(.internal, "\(identity) waits") }
    return (seat, line)
  }

  /// The events about sessions so far.
  func told() async throws -> [(type: String, body: JSON)] {
    try await settle()
    let rows = try await store.read { connection throws(StoreFailure) in
      try EventLog.after(0, limit: 1_000, connection)
    }
    return try rows.filter { $0.type.hasPrefix("session.") }.map { ($0.type, try JSON(parsing: $0.body)) }
  }

  func names() async throws -> [String] { try await told().map { String($0.type.dropFirst(8)) } }

  func row(_ session: SessionDetail) async throws -> SessionRow? {
    try await settle()
    return try await store.read { connection throws(StoreFailure) in
      try SessionRow.find(session.id, connection)
    }
  }

  func rate(
    _ session: String, by rater: String, _ stars: Int, of ratee: String? = nil, _ comment: String? = nil
  )
    async -> Refusal.Code?
  {
    do throws(Refusal) {
      _ = try await agenda.rate(
        RatingWish(session: session, rater: rater, ratee: ratee, stars: stars, comment: comment))
      return nil
    } catch {
      return error.code
    }
  }
}

func refusal(
  isolation: isolated (any Actor)? = #isolation, _ body: () async throws -> some Any
) async -> Refusal.Code? {
  do {
    _ = try await body()
    return nil
  } catch {
    return (error as? Refusal)?.code
  }
}
