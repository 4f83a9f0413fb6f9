// Moderation, by participants over their connection and by operators over HTTP.

package import Access
import Control
import Observe
import Store
import Values

extension Rooms {
  package func moderate(_ seat: Seat, _ moderation: Moderation) async throws(Refusal) {
    let open = try open(seat)
    let asker = try open.room.moderator(seat.participant)
    switch moderation {
    case .mute(let participant, let track, let muted):
      settle(try open.room.mute(participant, track: track, muted, by: .moderator(asker.id)), in: open)
    case .kick(let participant): try await kick(participant, open, by: asker.identity)
    case .lock: try await settleKept(open.room.lock(true), in: open)
    case .unlock: try await settleKept(open.room.lock(false), in: open)
    case .admit(let participant): try await admit(participant, open)
    case .deny(let participant):
      try await settleKept(try open.room.deny(participant, at: clock()), in: open)
    case .end: try await end(open, .ended, by: asker.identity)
    case .extend(let more):
      let actions = try open.room.extend(
        .by(more), by: asker.identity, inAll: options.lessons.mentorExtension, event: nil, at: clock())
      try await settleKept(actions, in: open)
    }
  }

  package func kick(room: String, participant: String, by actor: Operator) async throws(Refusal) {
    try await kick(participant, try existing(room), by: actor.name)
  }

  package func mute(
    room: String, participant: String, track: String, muted: Bool, by actor: Operator
  ) async throws(Refusal) {
    let open = try existing(room)
    settle(try open.room.mute(participant, track: track, muted, by: .operation), in: open)
  }

  private func kick(_ participant: String, _ open: OpenRoom, by name: String) async throws(Refusal) {
    let now = clock()
    let actions = try open.room.kick(participant, at: now)
    let facts = perform(actions, in: open)
    log.info(
      "kicked", ["room": .string(open.room.id), "participant": .string(participant), "by": .string(name)])
    for case .banish(let identity, let issued) in actions {
      // In force at once, written down next: the kicked one's client may be joining again already.
      do throws(StoreFailure) {
        keepLater(facts, .disk)
        try await revocations.revoke(
          identity: identity, room: open.room.id, at: now.time, until: now.time + Limits.kickWindow,
          issuedAtSeconds: issued)
      } catch {
        log.error("a kick could not be written down", ["reason": .string(error.message)])
        throw Refusal(
          .unavailable, "The participant is out, but the server cannot write that down right now.")
      }
    }
  }

  /// Lets one in from the lobby. Its connection is there already: it gets the event `admitted`.
  private func admit(_ participant: String, _ open: OpenRoom) async throws(Refusal) {
    let secret = newSecret()
    let actions = try open.room.admit(
      participant, resume: secret.hash, session: identifier(.session), at: clock())
    guard let newcomer = open.room.roster[participant], let outlet = outlets[participant] else {
      preconditionFailure("who waits has an outlet")
    }
    do throws(Refusal) {
      try await enter(newcomer, open, actions)
    } catch {
      dismiss(participant, error.code == .unavailable ? .restart : .left)
      throw error
    }
    outlets[participant] = nil
    finish(newcomer, open)
    if let view = open.room.joinedView(of: participant, resume: secret.text, lastSeq: outlet.seq + 1) {
      // Before it takes its place: what is told with a secret in it is not kept to be told again.
      tell(encode(.admitted(view)), outlet, isSecret: true)
    }
    take(outlet, secret: secret.hash)
    // Its connection broke while it was let in.
    if outlet.connection == nil {
      settle(open.room.connectionLost(participant, window: options.resumeWindow, at: clock()), in: open)
    }
  }

  func end(_ open: OpenRoom, _ reason: RoomEnd, by name: String) async throws(Refusal) {
    let actions = open.room.end(reason, at: clock())
    guard !actions.isEmpty else { throw Room.closed }
    let facts = perform(actions, in: open)
    discard(open)
    log.info(
      "room closed", ["room": .string(open.room.id), "reason": .string(reason.rawValue), "by": .string(name)])
    do throws(StoreFailure) {
      try await keep(facts, .disk)
    } catch {
      log.error("a room's end could not be written down", ["reason": .string(error.message)])
      throw Refusal(.unavailable, "The room is closed, but the server cannot write that down right now.")
    }
  }
}
