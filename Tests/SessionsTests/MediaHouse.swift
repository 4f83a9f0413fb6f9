// Rooms with a fake worker, and callers whose messages take their time: what a client has sent waits in its outbox, what
// it was sent waits in its inbox, so that offers can cross.

import Access
import Control
import Link
import Values
import Wire

@testable import Sessions

@Control final class Caller: ParticipantConnection {
  enum Received {
    case event(Sessions.Event)
    case answer(AnswerView)
  }
  enum Sent {
    case offer(MediaOffer)
    case answer(String)
  }

  let house: MediaHouse
  let identity: String
  var peer: ModelPeer
  private(set) var seat = Seat(room: "", participant: "")
  private var secret = ""
  private var lastSeq: UInt64 = 0
  var inbox: [Received] = []
  var outbox: [Sent] = []
  private(set) var isConnected = false
  private(set) var refusals: [Refusal] = []
  private(set) var names: [String] = []
  /// Of others and of oneself, by what was told.
  private(set) var tracks: [String: TrackView] = [:]
  private(set) var keys: [String?] = []

  init(_ house: MediaHouse, _ identity: String, _ peer: ModelPeer) {
    self.house = house
    self.identity = identity
    self.peer = peer
  }

  func deliver(_ frame: [UInt8], latestKey: String?) {
    guard let (seq, event) = house.house.codebook.decode(frame) else { return }
    lastSeq = seq
    keys.append(latestKey)
    inbox.append(.event(event))
  }

  func close(_ reason: CloseReason) { isConnected = false }

  func join(_ role: Role = .student, offering: Bool, room: String = "room") async throws {
    let offer = offering ? peer.offer() : nil
    let request = JoinRequest(room: room, offer: offer)
    guard
      case .joined(let seat, let view) = try await house.rooms.join(
        request, grant: grant(identity, role), connection: self)
    else { return }
    take(seat, view)
    if let answer = view.answer { inbox.append(.answer(answer)) }
    house.rooms.settled(seat)
  }

  private func take(_ seat: Seat, _ view: JoinedView) {
    self.seat = seat
    secret = view.resume
    lastSeq = view.lastSeq
    isConnected = true
    tracks = [:]
    for track in (view.participants + [view.me]).flatMap(\.tracks) { tracks[track.id] = track }
  }

  /// The connection breaks with all that was on its way, and is made anew.
  func dropAndResume(offering: Bool = false) async throws {
    house.rooms.connectionLost(seat, self)
    inbox = []
    outbox = []
    let place = try await house.rooms.resume(
      secret: secret, lastSeq: lastSeq, grant: nil, offer: offering ? peer.offer() : nil, connection: self)
    take(place.seat, place.view)
    for frame in place.missed {
      if let (_, event) = house.house.codebook.decode(frame) { inbox.append(.event(event)) }
    }
    if let answer = place.view.answer { inbox.append(.answer(answer)) }
    house.rooms.settled(place.seat)
    if offering { return }
    // Nobody knows whether it arrived.
    if peer.hasOffered { offer() }
  }

  func leave() throws { try house.rooms.leave(seat) }

  func offer() { outbox.append(.offer(peer.offer())) }

  /// Its answer to a server's offer is on the way.
  var isAnswering: Bool { !outbox.isEmpty }

  /// One message reaches the server.
  func send() {
    guard !outbox.isEmpty else { return }
    do throws(Refusal) {
      switch outbox.removeFirst() {
      case .offer(let offer):
        defer { house.rooms.settled(seat) }
        inbox.append(.answer(try house.rooms.offer(seat, offer)))
      case .answer(let sdp): try house.rooms.answer(seat, sdp: sdp)
      }
    } catch {
      refusals.append(error)
    }
  }

  /// One message is read.
  func read() {
    guard !inbox.isEmpty else { return }
    switch inbox.removeFirst() {
    case .answer(let answer): peer.take(answer)
    case .event(let event):
      names.append(event.name)
      switch event {
      case .offer(let sdp, let places):
        if let answer = peer.answer(sdp, places) { outbox.append(.answer(answer)) }
      case .trackAdded(_, let track), .trackUpdated(_, let track): tracks[track.id] = track
      case .trackRemoved(_, let id):
        if tracks.removeValue(forKey: id) == nil { peer.faults.append("removed what was never there") }
      default: break
      }
    }
  }
}

@Control final class MediaHouse {
  let worker = FakeWorker()
  let plane: MediaPlane
  let house: House
  var rooms: Rooms { house.rooms }
  var callers: [Caller] = []
  private var made: UInt32 = 0

  init(_ change: (inout SessionsOptions) -> Void = { _ in }) async throws {
    let worker = worker
    plane = MediaPlane(workers: [
      MediaWorker(
        number: 0,
        candidates: [ICECandidate(foundation: "1", priority: 1, host: "192.0.2.10", port: 7081)],
        fingerprint: FakeWorker.fingerprint, send: { worker.send($0) })
    ])
    house = try await House(House.newDirectory(), change, media: plane)
  }

  func caller(_ browser: String = "chromium", sending sources: [TrackView.Source] = []) throws -> Caller {
    made += 1
    var peer = try ModelPeer(browser, number: made)
    for source in sources { peer.add(source) }
    return Caller(self, "user\(made)", peer)
  }

  /// One who is in, with sound and picture both ways.
  func join(
    _ browser: String = "chromium", _ role: Role = .student,
    sending sources: [TrackView.Source] = [.microphone, .camera]
  ) async throws -> Caller {
    let caller = try caller(browser, sending: sources)
    try await caller.join(role, offering: true)
    callers.append(caller)
    return caller
  }

  /// Until nobody has anything on its way.
  func settle() {
    var turns = 0
    while callers.contains(where: { !$0.inbox.isEmpty || !$0.outbox.isEmpty }), turns < 10_000 {
      turns += 1
      for caller in callers {
        caller.send()
        caller.read()
      }
    }
    if turns == 10_000 { callers.first?.peer.faults.append("they never come to an end") }
  }

  func negotiation(of caller: Caller) -> Negotiation? {
    rooms.rooms[caller.seat.room]?.room.negotiations[caller.seat.participant]
  }

  /// What is wrong about who gets what; nothing, once all is quiet.
  func problems() -> [String] {
    var problems = worker.faults
    let published = callers.flatMap { negotiation(of: $0)?.tracks ?? [] }
    for caller in callers {
      problems += caller.peer.faults.map { "\(caller.identity) \($0)" }
      let others = Set(published.filter { $0.owner != caller.seat.participant }.map(\.id))
      guard let negotiation = negotiation(of: caller), let peer = negotiation.peer else { continue }
      let incoming = Set(caller.peer.incoming.keys)
      if incoming != others { problems.append("\(caller.identity) gets \(incoming) of \(others)") }
      let sent = Set(worker.received(by: peer).map(\.subscription))
      let agreed = Set(negotiation.lines.compactMap { $0.sent?.setup.subscription })
      if sent != agreed { problems.append("\(caller.identity) is sent something else than was agreed") }
      let ssrcs = Set(worker.received(by: peer).map(\.ssrc))
      let known = Set(caller.peer.lines.compactMap(\.incoming).flatMap(\.ssrcs))
      if !ssrcs.isSubset(of: known) { problems.append("\(caller.identity) gets SSRCs that it was not told") }
      if Set(caller.tracks.keys) != Set(published.map(\.id)) {
        problems.append("\(caller.identity) knows of \(caller.tracks.keys) of \(published.map(\.id))")
      }
    }
    return problems
  }
}
