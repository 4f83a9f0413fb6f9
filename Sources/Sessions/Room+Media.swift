// Descriptions back and forth between a participant and the server, and what of them concerns the others. Whoever's
// tracks change leaves `renegotiate` behind; that is done last, once, for all.

import Access
import Link
import Values

extension Room {
  /// All that is published, by the order of joining.
  var tracks: [Track] {
    guard !negotiations.isEmpty else { return [] }
    return roster.all.flatMap { negotiations[$0.id]?.tracks ?? [] }
  }

  /// What may come to one of them.
  private func wanted(by id: String, of all: [Track]) -> [Track] {
    guard roster.standing(of: id)?.subscribes == true else { return [] }
    return all.filter { $0.owner != id }
  }

  /// An offer has come, whatever comes of it: until its reply is out, the client ignores ours.
  mutating func offerArrived(_ id: String) {
    negotiations[id]?.dropProposal()
    negotiations[id]?.isHeld = true
  }

  mutating func offer(
    _ id: String, _ offered: OfferedSession, names: inout MediaNames
  ) throws(Refusal) -> (answer: AnswerView, actions: [Action]) {
    let one = try member(id)
    guard let place else { preconditionFailure("a room has its place before its first negotiation") }
    var negotiation = negotiations[id] ?? Negotiation(participant: id, place: place, names: &names)
    // An observer is announced to nobody, so nobody could be told whose track it is.
    let (answer, change) = try negotiation.offer(
      offered, publishes: one.publishes && one.isAnnounced, wanted: wanted(by: id, of: tracks), names: &names)
    negotiations[id] = negotiation
    var actions = perform(change, of: id)
    // To oneself behind the reply: see `settled`.
    actions += change.added.map { .tell(.trackAdded(participant: id, track: $0.view), .everyoneBut(id)) }
    return (answer, actions + [.renegotiate])
  }

  mutating func answer(_ id: String, _ answered: OfferedSession) throws(Refusal) -> [Action] {
    _ = try member(id)
    guard var negotiation = negotiations[id] else {
      throw Refusal(.invalidMessage, "There is no offer of the server's that waits for an answer.")
    }
    let change = try negotiation.answer(answered, wanted: wanted(by: id, of: tracks))
    negotiations[id] = negotiation
    return perform(change, of: id) + [.renegotiate]
  }

  /// What comes of a negotiation's step for the worker and for the others.
  private mutating func perform(_ change: Negotiation.Change, of id: String) -> [Action] {
    var commands = change.commands
    for track in change.reformatted {
      for one in Array(negotiations.keys) where one != id {
        commands += negotiations[one]?.remap(track) ?? []
      }
    }
    showTracks(of: id)
    var actions: [Action] = commands.isEmpty ? [] : [.media(commands, participant: id)]
    actions += change.removed.map { .tell(.trackRemoved(participant: id, track: $0.id), .everyone) }
    actions += change.updated.map { .tell(.trackUpdated(participant: id, track: $0.view), .everyone) }
    return actions
  }

  /// The reply to an offer, a join or a resume is out: what belongs behind it is told now.
  mutating func settled(_ id: String) -> [Action] {
    guard let negotiation = negotiations[id] else { return [] }
    var actions: [Action] = []
    for track in negotiation.tracks where negotiation.unannounced.contains(track.id) {
      actions.append(.tell(.trackAdded(participant: id, track: track.view), .one(id)))
    }
    if let pending = negotiation.pending {
      // It was on its way when the connection broke, or was made while there was none.
      actions.append(.tell(.offer(sdp: pending.sdp, tracks: pending.places), .one(id)))
    }
    // Changes alone are told otherwise, and who speaks on and on makes none.
    if !speakers.isEmpty { actions.append(.tell(.speakers(speakers), .one(id))) }
    negotiations[id]?.unannounced = []
    negotiations[id]?.isHeld = false
    return actions + [.renegotiate]
  }

  /// Ends what is gone and offers what is new, to all who have a PeerConnection.
  mutating func renegotiate(_ names: inout MediaNames, at now: Moment) -> [Action] {
    guard phase == .open, !negotiations.isEmpty else { return settleTopology() }
    var actions = settleRecording(at: now)
    let all = tracks
    for one in roster.all where negotiations[one.id] != nil {
      let wanted = wanted(by: one.id, of: all)
      let commands = negotiations[one.id]?.release(keeping: Set(wanted.map(\.id))) ?? []
      if !commands.isEmpty { actions.append(.media(commands, participant: one.id)) }
      guard let proposal = negotiations[one.id]?.propose(wanted, names: &names) else { continue }
      actions.append(.tell(.offer(sdp: proposal.sdp, tracks: proposal.places), .one(one.id)))
    }
    return actions + settleTopology()
  }

  /// One's media ends with its stay.
  mutating func dropMedia(of id: String) -> [Action] {
    guard var negotiation = negotiations.removeValue(forKey: id) else { return [] }
    let change = negotiation.lose(disconnecting: true)
    return [.media(change.commands, participant: id)]
      + change.removed.map { .tell(.trackRemoved(participant: id, track: $0.id), .everyone) } + [.renegotiate]
  }

  /// The room ends, and nobody needs to hear of single tracks.
  mutating func endMedia(of id: String) -> [Action] {
    dropMedia(of: id).filter { if case .media = $0 { true } else { false } }
  }

  /// The worker has lost the client: its place stays, and it may offer anew.
  mutating func mediaFailed(_ id: String, _ peer: PeerHandle) -> [Action] {
    guard var negotiation = negotiations[id], negotiation.peer == peer else { return [] }
    let change = negotiation.lose(disconnecting: true)
    negotiations[id] = negotiation
    return perform(change, of: id) + [.renegotiate]
  }

  private mutating func showTracks(of id: String) {
    let views = negotiations[id]?.tracks.map(\.view) ?? []
    _ = roster.update(id) { $0.tracks = views }
  }
}
