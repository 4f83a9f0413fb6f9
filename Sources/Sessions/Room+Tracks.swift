// What may be done to tracks: muted by their owner, by moderators and by operators; wanted in this quality or that by
// those who get them.

import Access
import Link
import Store
import Values

extension Room {
  enum MuteAsker: Sendable, Equatable {
    case owner
    /// Who it is.
    case moderator(String)
    /// From outside.
    case operation
  }

  /// Moderators silence; only the owner, or an operator, lets be heard again.
  mutating func mute(
    _ id: String, track: String, _ isMuted: Bool, by asker: MuteAsker
  ) throws(Refusal) -> [Action] {
    switch asker {
    case .owner: _ = try member(id)
    case .moderator(let moderator):
      try checkMember(id, knownTo: try member(moderator))
      guard isMuted || moderator == id else {
        throw Refusal(.forbidden, "Only its owner may unmute a track.")
      }
    case .operation: try checkMember(id, knownTo: nil)
    }
    guard let (muted, changed) = negotiations[id]?.mute(track, isMuted) else {
      throw Refusal(
        .unknownTrack,
        asker == .owner ? "You have no track \(track)." : "This participant has no track \(track).")
    }
    guard changed else { return [] }
    _ = roster.update(id) { one in
      for index in one.tracks.indices where one.tracks[index].id == track {
        one.tracks[index].muted = isMuted
      }
    }
    let by: String =
      switch asker {
      case .owner: id
      case .moderator(let moderator): moderator
      case .operation: "operator"
      }
    return traced(
      id, isMuted ? .muted : .unmuted, ["source": .string(muted.source.rawValue), "by": .string(by)]
    ) + [
      .media([.mute(muted.handle, isMuted)], participant: id),
      .tell(.trackUpdated(participant: id, track: muted.view), .everyone),
    ]
  }

  mutating func subscribe(_ id: String, track: String, _ wish: TrackWish) throws(Refusal) -> [Action] {
    let one = try member(id)
    guard one.subscribes else { throw Refusal(.forbidden, "The token allows to receive nothing.") }
    guard let wanted = tracks.first(where: { $0.id == track }), wanted.owner != id else {
      throw Refusal(.unknownTrack, "There is no track \(track) of others in this room.")
    }
    let commands = negotiations[id]?.wish(track, wish) ?? []
    let told = commands.isEmpty ? [] : traced(id, .wished, wish.traced(of: wanted))
    return told + (commands.isEmpty ? [] : [.media(commands, participant: id)]) + [.renegotiate]
  }

  /// The first packets of a track have come, in this format.
  mutating func receiving(_ id: String, _ handle: TrackHandle, _ codec: MediaCodec) -> [Action] {
    guard let changed = negotiations[id]?.receiving(handle, codec) else { return [] }
    _ = roster.update(id) { one in
      for index in one.tracks.indices where one.tracks[index].id == changed.id {
        one.tracks[index].codec = changed.codec
      }
    }
    return [.tell(.trackUpdated(participant: id, track: changed.view), .everyone)]
  }
}

extension Room {
  /// What goes out to somebody of a track has become less than is wished, or all of it again.
  func delivered(
    _ id: String, _ subscription: SubscriptionHandle, _ delivery: Delivery, _ reason: DeliveryReason
  ) -> [Action] {
    let lines = negotiations[id]?.lines ?? []
    guard let sent = lines.lazy.compactMap(\.sent).first(where: { $0.setup.subscription == subscription })
    else { return [] }
    let source = tracks.first { $0.id == sent.track }?.source ?? .camera
    return [
      .tell(
        .delivery(
          track: sent.track, state: delivery.rawValue, reason: delivery == .full ? nil : reason.rawValue),
        .one(id))
    ]
      + traced(
        id, .sending,
        [
          "from": .string(sent.owner), "source": .string(source.rawValue), "how": .string(delivery.rawValue),
          "why": .string(delivery == .full ? "recovered" : reason.rawValue),
        ])
  }
}

extension Negotiation {
  /// Nil if it is known so already.
  fileprivate mutating func receiving(_ handle: TrackHandle, _ codec: MediaCodec) -> Track? {
    guard let index = lines.firstIndex(where: { $0.received?.handle == handle }),
      var track = lines[index].received, track.codec != codec.name
    else { return nil }
    track.codec = codec.name
    lines[index].received = track
    return track
  }
}
