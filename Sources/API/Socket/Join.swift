// `join`: a new seat, or with `resume` the old one. The reply waits for the commit of the seat, because it
// promises that the seat can be taken again even after a restart.

import Access
import Control
import Sessions
import Values

extension Client {
  func join(_ message: Message) throws(Refusal) {
    joinFromQueue()
    guard case .fresh(let deadline) = state else {
      throw Refusal(
        .alreadyJoined, "this connection has joined; leave and connect again to join another room")
    }
    let resume = try message.read { fields throws(InvalidField) in
      try fields.optionalString("resume", length: 1...128)
    }
    do throws(Refusal) {
      if let resume {
        let (lastSeq, grant) = try resumption(message)
        let offer = try message.read { fields throws(InvalidField) in
          try fields.optionalFields("offer").map(MediaOffer.init)
        }
        deadline.cancel()
        take(resume, lastSeq, grant, offer, message)
      } else {
        let (request, grant) = try request(message)
        deadline.cancel()
        enter(request, grant, message)
      }
    } catch {
      refuse(error, id: message.id)
      closeAfter(error)
    }
  }

  /// The join came to nothing: whoever waited behind it learns so, and may try another one.
  func turnedAway(_ refusal: Refusal, _ message: Message) {
    refuse(refusal, id: message.id)
    guard socket != nil, case .joining(let behind) = state else { return }
    awaitJoin()
    for waiting in behind { refuse(Refusal(.notJoined, "the join before was refused"), id: waiting.id) }
    closeAfter(refusal)
  }

  /// What a wrong token or a missing right leads to: there is nothing more to say on this connection.
  func closeAfter(_ refusal: Refusal) {
    switch refusal.code {
    case .unauthorized, .tokenExpired: close(code: 4401, refusal.code.rawValue)
    case .forbidden: close(code: 4403, refusal.code.rawValue)
    default: break
    }
  }

  private func request(_ message: Message) throws(Refusal) -> (JoinRequest, Grant) {
    guard !service.draining else {
      throw Refusal(.draining, "this server is being drained; connect again", retryAfter: .seconds(1))
    }
    let token = try message.read { fields throws(InvalidField) in try fields.string("token", length: 1...8192)
    }
    let grant = try service.authenticate(token, address: address)
    try service.checkRate(of: grant)
    let request = try message.read { fields throws(InvalidField) -> JoinRequest in
      let room: String
      if let named = try fields.optionalString("room", length: 1...128) {
        room = named
      } else if case .one(let only) = grant.rooms {
        room = only
      } else {
        throw fields.invalid("room", "is required, because the token is not for one room")
      }
      guard Identifier.isAcceptable(room) else {
        throw fields.invalid("room", "may have letters, digits and - _ . ~ : @ + only")
      }
      let attributes = try fields.optionalFreeObject("attributes", bytesAtMost: Limits.attributesBytes)
      return JoinRequest(
        room: room, name: try fields.optionalString("name", length: 1...Limits.nameBytes),
        attributes: attributes ?? .object([:]),
        offer: try fields.optionalFields("offer").map(MediaOffer.init))
    }
    try ActionTable.require(.joinRoom, grant, room: request.room)
    return (request, grant)
  }

  private func enter(_ request: JoinRequest, _ grant: Grant, _ message: Message) {
    guard service.identities.enter(grant.identity, atMost: service.options.connectionsPerIdentity) else {
      refuse(Refusal(.rateLimited, "too many connections of this identity"), id: message.id)
      awaitJoin()
      return
    }
    state = .joining(behind: [])
    Task.immediate {
      do throws(Refusal) {
        let outcome = try await service.rooms.join(request, grant: grant, connection: self)
        joined(outcome, grant, message)
      } catch {
        service.identities.leave(grant.identity)
        turnedAway(error, message)
      }
    }
  }

  private func joined(_ outcome: JoinOutcome, _ grant: Grant, _ message: Message) {
    let seat: Seat
    switch outcome {
    case .joined(let taken, let view):
      seat = taken
      reply(message, "joined", service.joined(view))
    case .waiting(let taken, let view):
      seat = taken
      reply(message, "waiting", ["self": view.json])
    }
    service.rooms.settled(seat)
    sit(seat, grant.identity)
  }

  private func resumption(_ message: Message) throws(Refusal) -> (lastSeq: UInt64?, Grant?) {
    let (token, lastSeq) = try message.read { fields throws(InvalidField) in
      (
        try fields.optionalString("token", length: 1...8192),
        try fields.optionalInteger("lastSeq", in: 0...Int(Int32.max)).map(UInt64.init)
      )
    }
    guard let token else { return (lastSeq, nil) }
    do throws(Refusal) {
      return (lastSeq, try service.authenticate(token, address: address))
    } catch {
      // The secret is proof enough; the token may have run out while the connection was down.
      guard error.code == .tokenExpired else { throw error }
      return (lastSeq, nil)
    }
  }

  private func take(
    _ secret: String, _ lastSeq: UInt64?, _ grant: Grant?, _ offer: MediaOffer?, _ message: Message
  ) {
    state = .joining(behind: [])
    Task.immediate {
      do throws(Refusal) {
        let place = try await service.rooms.resume(
          secret: secret, lastSeq: lastSeq, grant: grant, offer: offer, connection: self)
        let identity = place.view.me.identity
        // Counted, but never refused: whoever has a place may take it.
        _ = service.identities.enter(identity, atMost: 0)
        var fields = service.joined(place.view)
        fields.append("missed", .array(place.missed.compactMap { try? JSON(parsing: $0.span) }))
        reply(message, "joined", fields)
        service.rooms.settled(place.seat)
        sit(place.seat, identity)
      } catch {
        turnedAway(error, message)
      }
    }
  }

  private func sit(_ seat: Seat, _ identity: String) {
    guard socket != nil else {
      // Gone while the join was on its way: the seat waits for a resume like after any other loss.
      service.identities.leave(identity)
      service.rooms.connectionLost(seat, self)
      return
    }
    settle(.seated(seat, identity: identity))
  }
}

extension Service {
  /// The fields of `joined`, and of `admitted`.
  func joined(_ view: JoinedView) -> JSON.Object {
    var fields = view.fields
    fields.append("iceServers", options.iceServers.json(for: view.me.identity, at: .now))
    fields.append("server", presentation)
    return fields
  }

  /// What this server says of itself.
  var presentation: JSON {
    [
      "version": .string(Version.current), "node": .string(options.node),
      "region": .string(options.region ?? ""),
    ]
  }
}
