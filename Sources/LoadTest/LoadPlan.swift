// What a load test plays: how many, what they send, how they come and what happens to them. Pure values; the command line
// fills them in, the bench as well.

package import Caller

package struct LoadPlan: Sendable {
  package enum Audio: String, Sendable, CaseIterable {
    case off, on
    /// Turns of speech and silence, as people talk: silence costs a packet every 400 ms.
    case dtx
    /// Silence alone.
    case silent
  }

  package enum Video: String, Sendable, CaseIterable { case off, vp8 }

  package var rooms = 1
  package var participants = 2
  /// The share of each room that only listens; at least one sends.
  package var listeners = 0.0
  package var audio = Audio.on
  package var audioBytes = 80
  package var video = Video.off
  package var videoPacketsPerSecond: Int64 = 100
  package var videoBytes = 1_100
  /// Over which all join, evenly; zero is a storm.
  package var ramp = Duration.seconds(10)
  package var hold = Duration.seconds(60)
  /// Between the last join and the window that is measured.
  package var settle = Duration.seconds(2)
  /// Shares of datagrams lost on purpose, each way.
  package var loss = 0.0
  /// Shares of all participants a minute.
  package var roaming = 0.0
  package var reconnects = 0.0
  /// Each caller at a socket of its own also where the server is on this machine and one socket could do for all.
  package var hasOwnSockets = false
  /// Threads that play media.
  package var threads = 1
  /// The rooms are recorded, and all consent.
  package var isRecorded = false
  package var seed: UInt64 = 1
  package var roomPrefix = "load"

  package init() {}

  package var total: Int { rooms * participants }

  /// How many of a room send; the first ones.
  package var sendersPerRoom: Int {
    max(1, participants - Int((listeners * Double(participants)).rounded()))
  }

  package var audioLooks: AudioLooks? {
    guard audio != .off else { return nil }
    var looks = AudioLooks()
    looks.payloadByteCount = audioBytes
    switch audio {
    case .dtx: looks.talk = (4_000, 4_000)
    case .silent: looks.talk = (20, 86_400_000)
    case .on, .off: break
    }
    return looks
  }

  package var videoLooks: VideoLooks? {
    guard video != .off else { return nil }
    var looks = VideoLooks()
    looks.packetByteCount = videoBytes
    looks.packetsPerSecond = videoPacketsPerSecond
    looks.spread = 0.4
    return looks
  }

  /// In the order in which they join: the first of each room, then the second of each, so that a ramp fills all rooms.
  package func people() -> [ParticipantPlan] {
    (0..<participants).flatMap { place in
      (0..<rooms).map { room in
        ParticipantPlan(
          index: place * rooms + room, room: room, place: place, sends: place < sendersPerRoom)
      }
    }
  }
}

package struct ParticipantPlan: Sendable {
  /// From 0, in the order of joining.
  package let index: Int
  package let room: Int
  /// Within its room.
  package let place: Int
  package let sends: Bool
}
