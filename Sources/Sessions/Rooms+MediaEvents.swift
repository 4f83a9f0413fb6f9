// Facts that workers tell: who is connected, who is lost, who speaks, how good connections are. Server hands each one in
// on the control loop. A fact about somebody who has left meanwhile means nothing.

import Control
package import Link
import Observe
import Store
import Values
import Wire

extension Rooms {
  package func mediaHappened(_ event: Link.Event) {
    guard let media else { return }
    switch event {
    case .connected(let peer, let remote):
      note("media connected", peer)
      let now = clock().time
      trace(peer, media) { $0.arrived($1, from: remote, .connected, at: now) }
    case .moved(let peer, let remote):
      note("media moved", peer)
      let now = clock().time
      trace(peer, media) { $0.arrived($1, from: remote, .moved, at: now) }
    case .failed(let peer, let failure):
      note("media failed", peer, ["reason": .string(failure.rawValue)])
      guard let seat = media.seat(of: peer), let open = rooms[seat.room] else { return }
      let told = open.room.traced(seat.participant, .failed, ["reason": .string(failure.rawValue)])
      settle(told + open.room.mediaFailed(seat.participant, peer), in: open)
    case .firstMedia(let peer):
      let now = clock().time
      trace(peer, media) { $0.traced($1, .firstMedia, $0.sinceJoin(of: $1, at: now)) }
      guard let seat = media.seat(of: peer), let outlet = outlets[seat.participant],
        let asked = outlet.joinAsked
      else { return }
      outlet.joinAsked = nil
      Metrics.joinDuration.observe(clock().instant - asked)
    case .receiving(let track, let codec):
      guard let seat = media.seat(of: track), let open = rooms[seat.room] else { return }
      settle(open.room.receiving(seat.participant, track, codec), in: open)
    case .layersIdle(let track, let names):
      guard let seat = media.seat(of: track), let open = rooms[seat.room],
        let id = open.room.negotiations[seat.participant]?.tracks.first(where: { $0.handle == track })?.id
      else { return }
      settle(
        [.tell(.layers(track: id, idle: names.map(\.description)), .one(seat.participant))],
        in: open)
    case .delivery(let peer, let subscription, let delivery, let reason):
      guard let seat = media.seat(of: peer), let open = rooms[seat.room] else { return }
      settle(open.room.delivered(seat.participant, subscription, delivery, reason), in: open)
    case .speakers(let handle, let levels): speak(handle, levels, media)
    case .talk(let handle, let times): talk(handle, times, media)
    case .quality(let qualities): tellQuality(qualities, media)
    case .figures(let worker, let figures): media.took(figures, of: worker)
    }
  }

  private func note(_ what: String, _ peer: PeerHandle, _ more: JSON.Object = [:]) {
    guard let seat = media?.seat(of: peer) else { return }
    var fields = more
    fields.append("room", .string(seat.room))
    fields.append("participant", .string(seat.participant))
    log.debug(what, fields)
  }

  /// Whom all know: observers are named to nobody.
  private func isNamed(_ seat: Seat, in open: OpenRoom) -> Bool {
    seat.room == open.room.id && open.room.roster.standing(of: seat.participant)?.isAnnounced == true
  }

  private func speak(_ handle: RoomHandle, _ levels: [SpeakerLevel], _ media: MediaPlane) {
    guard let id = media.room(of: handle), let open = rooms[id] else { return }
    let speakers = levels.compactMap { level -> Speaker? in
      guard let seat = media.seat(of: level.peer), isNamed(seat, in: open) else { return nil }
      return Speaker(participant: seat.participant, levelDecibels: level.levelDecibels)
    }
    open.room.speakers = speakers
    settle([.tell(.speakers(speakers), .everyone)], in: open)
  }

  /// What a screen plays is nobody's talk.
  private func talk(_ handle: RoomHandle, _ times: [TalkTime], _ media: MediaPlane) {
    guard let id = media.room(of: handle), let open = rooms[id] else { return }
    let heard = times.compactMap { time -> RoomTalk.Heard? in
      guard let seat = media.seat(of: time.track), isNamed(seat, in: open),
        let one = open.room.roster[seat.participant],
        let track = open.room.negotiations[seat.participant]?.tracks.first(where: {
          $0.handle == time.track
        }), track.source != .screenAudio
      else { return nil }
      return RoomTalk.Heard(
        identity: one.identity, milliseconds: time.milliseconds, isTalking: time.isTalking)
    }
    settle(open.room.talked(heard), in: open)
  }

  /// A worker's report has peers of all its rooms.
  private func tellQuality(_ qualities: [PeerQuality], _ media: MediaPlane) {
    var rated: [String: [(participant: String, quality: PeerQuality)]] = [:]
    for quality in qualities {
      guard let seat = media.seat(of: quality.peer), let open = rooms[seat.room] else { continue }
      outlets[seat.participant]?.quality = quality
      guard isNamed(seat, in: open) else { continue }
      rated[seat.room, default: []].append((seat.participant, quality))
    }
    let now = clock().time
    for (id, rated) in rated {
      guard let open = rooms[id] else { continue }
      let scores = rated.map { ConnectionScore(participant: $0.participant, score: $0.quality.score) }
      var actions = [Action.tell(.quality(scores), .everyone)] + open.room.rated(rated, at: now)
      if let recording = open.room.recording, recording.hasBegun {
        actions.append(.record(.quality(scores, recording: recording.id)))
      }
      settle(actions, in: open)
    }
  }

  private func trace(_ peer: PeerHandle, _ media: MediaPlane, _ actions: (borrowing Room, String) -> [Action])
  {
    guard let seat = media.seat(of: peer), let open = rooms[seat.room] else { return }
    settle(actions(open.room, seat.participant), in: open)
  }
}
