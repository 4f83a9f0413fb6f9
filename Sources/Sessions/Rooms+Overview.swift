// What an operator sees of all rooms at one glance: figures alone, cheap enough for once a second while somebody looks.

import Access
import Control
import Link

/// One person's connection as it was told last.
package struct ConnectionGlance: Sendable, Equatable {
  package var score: Double
  /// What spoils it most; nil where nothing is worth a word.
  package var fault: String?
  package var kbpsUp: Int
  package var kbpsDown: Int
}

package struct PersonGlance: Sendable, Equatable {
  package var id: String
  package var identity: String
  package var name: String
  package var role: String
  package var state: ParticipantView.State
  package var tracks: Int
  package var mutedTracks: Int
  /// Nil: without media, or not told yet.
  package var connection: ConnectionGlance?
}

package struct RoomGlance: Sendable, Equatable {
  package var view: RoomView
  package var session: String?
  /// Observers included, those in the lobby not.
  package var count: Int
  /// Not all of them in a large room.
  package var people: [PersonGlance]
}

package struct WorkerGlance: Sendable, Equatable {
  package var number: Int
  package var load: Double
  package var peers: Int
  package var tracks: Int
  package var subscriptions: Int
  package var packetsIn: Int
  package var packetsOut: Int
  package var bytesIn: Int
  package var bytesOut: Int
  package var packetsLost: Int

  init(_ number: Int, _ figures: WorkerFigures) {
    self.number = number
    load = figures.load
    peers = figures.peers
    tracks = figures.tracks
    subscriptions = figures.subscriptions
    packetsIn = figures.packetsIn
    packetsOut = figures.packetsOut
    bytesIn = figures.bytesIn
    bytesOut = figures.bytesOut
    packetsLost = figures.packetsLost
  }
}

package struct Overview: Sendable, Equatable {
  /// Those with somebody in them, the worst connections first, as many as were asked for.
  package var rooms: [RoomGlance]
  package var roomCount: Int
  package var activeRoomCount: Int
  package var participantCount: Int
  package var workers: [WorkerGlance]
  /// From this load on a worker takes no new room.
  package var loadBound: Double
}

extension Rooms {
  /// `roomsAtMost` rooms, with `peopleAtMost` people in all of them together.
  package func overview(roomsAtMost: Int, peopleAtMost: Int) -> Overview {
    var ranked: [(score: Double, id: String)] = []
    var participants = 0
    for (id, open) in rooms {
      let count = open.room.roster.count
      guard count > 0 else { continue }
      participants += count
      ranked.append((worstScore(in: open), id))
    }
    let active = ranked.count
    ranked.sort { ($0.score, $0.id) < ($1.score, $1.id) }
    var glances: [RoomGlance] = []
    var left = peopleAtMost
    for (_, id) in ranked.prefix(roomsAtMost) where left > 0 {
      guard let glance = glance(at: id, peopleAtMost: min(left, Limits.glancedPeople)) else { continue }
      left -= glance.people.count
      glances.append(glance)
    }
    return Overview(
      rooms: glances, roomCount: rooms.count, activeRoomCount: active, participantCount: participants,
      workers: media?.workers ?? [], loadBound: media?.loadBound ?? 1)
  }

  private func worstScore(in open: OpenRoom) -> Double {
    var worst = 6.0
    open.room.roster.forEach { worst = min(worst, outlets[$0.id]?.quality?.score ?? 6) }
    return worst
  }

  private func glance(at id: String, peopleAtMost: Int) -> RoomGlance? {
    guard let open = rooms[id] else { return nil }
    var people: [PersonGlance] = []
    open.room.roster.forEach { one in
      guard people.count < peopleAtMost, one.presence != .joining else { return }
      people.append(
        PersonGlance(
          id: one.id, identity: one.identity, name: one.name, role: one.grant.role.rawValue,
          state: one.isActive ? .active : .reconnecting, tracks: one.tracks.count,
          mutedTracks: one.tracks.count { $0.muted }, connection: outlets[one.id]?.quality?.glance))
    }
    return RoomGlance(
      view: open.room.view, session: open.room.session?.id, count: open.room.roster.count, people: people)
  }
}

extension PeerQuality {
  fileprivate var glance: ConnectionGlance {
    ConnectionGlance(
      score: score, fault: worstFault?.rawValue, kbpsUp: Int(bitsPerSecondUp / 1_000),
      kbpsDown: Int(bitsPerSecondDown / 1_000))
  }
}
