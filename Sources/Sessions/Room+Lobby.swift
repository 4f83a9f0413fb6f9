// The lobby: who does not moderate waits, unseen by all but the moderators, until one of them lets it in or
// sends it away. Nobody is let in by the passing of time.

import Access
import Values

extension Room {
  mutating func wait(_ newcomer: Participant, at now: Moment) throws(Refusal) -> [Action] {
    var actions: [Action] = []
    if let older = waiting.firstIndex(where: { $0.identity == newcomer.identity }) {
      let gone = waiting.remove(at: older)
      actions = leftLobby(gone.id, .replaced)
    }
    guard waiting.count < Limits.waiting else {
      throw Refusal(.roomFull, "The lobby is full.", retryAfter: .seconds(30))
    }
    waiting.append(newcomer)
    if !isKept { actions.append(.keep(.roomOpened(row))) }
    return actions + [.tell(.waiting(newcomer.view(.waiting)), .moderators), .arm]
  }

  /// Takes a place for one who waits; `complete` then lets it in, or `abandon` sends it back to nowhere.
  mutating func admit(
    _ id: String, resume: SecretHash, session newSessionID: String, at now: Moment
  ) throws(Refusal) -> [Action] {
    guard let position = waiting.firstIndex(where: { $0.id == id }) else {
      throw Refusal(.unknownParticipant, "Nobody of that id waits in the lobby.")
    }
    try checkCapacity(
      for: waiting[position], instead: roster.first { $0.identity == waiting[position].identity })
    var admitted = waiting.remove(at: position)
    admitted.resume = resume
    return reserve(admitted, session: newSessionID, at: now)
  }

  mutating func deny(_ id: String, at now: Moment) throws(Refusal) -> [Action] {
    guard waiting.contains(where: { $0.id == id }) else {
      throw Refusal(.unknownParticipant, "Nobody of that id waits in the lobby.")
    }
    return [.tell(.denied, .one(id))] + stopWaiting(id, .denied, at: now)
  }

  mutating func stopWaiting(_ id: String, _ reason: LeaveReason, at now: Moment) -> [Action] {
    guard let position = waiting.firstIndex(where: { $0.id == id }) else { return [] }
    waiting.remove(at: position)
    if waiting.isEmpty && roster.isEmpty { isEmpty(from: now) }
    return leftLobby(id, reason) + [.arm]
  }

  private func leftLobby(_ id: String, _ reason: LeaveReason) -> [Action] {
    [
      .tell(.participantLeft(participant: id, reason: reason), .moderators),
      .dismiss(participant: id, reason.closeReason),
    ]
  }
}
