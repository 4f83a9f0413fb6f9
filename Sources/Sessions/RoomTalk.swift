// Who has talked for how long in the running session, for the meter that the room sees. By identity: who comes back as
// another participant is the same person.

struct RoomTalk: Sendable, Equatable {
  struct Heard: Sendable, Equatable {
    var identity: String
    var milliseconds: Int64
    var isTalking: Bool
  }

  private struct Talker: Sendable, Equatable {
    var milliseconds: Int64 = 0
    /// Of the present turn, which a pause does not end, but somebody else's talk does.
    var turn: Int64 = 0
  }

  private var talkers: [String: Talker] = [:]
  private var total: Int64 = 0

  mutating func take(_ heard: [Heard]) {
    let talking = Set(heard.filter(\.isTalking).map(\.identity))
    for one in heard {
      talkers[one.identity, default: Talker()].milliseconds += one.milliseconds
      talkers[one.identity, default: Talker()].turn += one.milliseconds
      total += one.milliseconds
    }
    guard !talking.isEmpty else { return }
    for identity in talkers.keys where !talking.contains(identity) { talkers[identity]?.turn = 0 }
  }

  /// Nil for who has said nothing.
  func share(of identity: String, as participant: String) -> TalkShare? {
    guard let talker = talkers[identity] else { return nil }
    return TalkShare(
      participant: participant, milliseconds: talker.milliseconds, turnMilliseconds: talker.turn,
      share: total > 0 ? Double(talker.milliseconds) / Double(total) : 0)
  }
}

extension Room {
  /// Observers are named to nobody; who has left counts into the shares of the others.
  mutating func talked(_ heard: [RoomTalk.Heard]) -> [Action] {
    talk.take(heard)
    let shares = roster.all.filter { $0.isAnnounced && $0.presence != .joining }.compactMap {
      talk.share(of: $0.identity, as: $0.id)
    }
    return shares.isEmpty ? [] : [.tell(.talk(shares), .everyone)]
  }
}
