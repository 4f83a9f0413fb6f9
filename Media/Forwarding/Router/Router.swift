// All publications and subscriptions of one worker: plain packets and time in, plain packets and facts out. What it
// holds, and how it is found; what it does stands in the files beside this one. The worker's loop calls it.

import Bandwidth
package import Link
package import Structures
import Wire

package struct RouterOptions: Sendable {
  /// Random: for the tables' hashing, and for the numbers that streams begin with.
  package var seed: (UInt64, UInt64)
  /// Peers have numbers below it.
  package var peersMax: Int
  /// Our time of day, for reports.
  package var clock: NTPClock
  /// What may be held for repetitions.
  package var historyByteMax: Int

  package init(
    seed: (UInt64, UInt64), peersMax: Int = 16_384, clock: NTPClock = NTPClock(offsetNanoseconds: 0),
    historyByteMax: Int = 256 << 20
  ) {
    self.seed = seed
    self.peersMax = peersMax
    self.clock = clock
    self.historyByteMax = historyByteMax
  }
}

/// Who is heard together.
struct Room {
  var handle = RoomHandle(0)
  var peerCount = 0
  var speakers = Speakers()
  /// Publications of people who talk, or whose talk is still to be told.
  var talkers: [Int32] = []
  var talkAt: Instant?
  var talkToldAt = Instant(nanoseconds: 0)
  /// What its timer is set to.
  var wakeAt = Instant.distantFuture
}

package struct Router: ~Copyable {
  let options: RouterOptions
  var startNumbers: StartNumbers

  // By number. Entries of numbers that are free hold nothing.
  var peers: [Peer] = []
  var rooms: [Room] = []
  var publications: [Publication] = []
  var subscriptions: [Subscription] = []
  var roomNumbers = Numbers()
  var publicationNumbers = Numbers()
  var subscriptionNumbers = Numbers()

  /// Of peers who get pictures, by their number for it.
  var links: [LinkEstimate?] = []
  var linkNumbers = Numbers()
  /// How much of the pictures' quality is given up because the worker has too much to do: 0 nothing, then sizes, frames,
  /// pictures.
  var pressure = 0
  var pressedAt = Instant(nanoseconds: 0)

  // For commands only.
  var roomsByHandle: [RoomHandle: Int32] = [:]
  var publicationsByHandle: [TrackHandle: Int32] = [:]
  var subscriptionsByHandle: [SubscriptionHandle: Int32] = [:]

  /// Roles of publishers' SSRCs, packed.
  var sources: IndexTable<StreamKey>
  /// Subscriptions by the SSRCs under which receivers know them.
  var sinks: IndexTable<StreamKey>

  /// Peers' timers, and behind them those of rooms.
  var wheel: TimerWheel
  var pool: PacketPool
  var figures = WorkerFigures()
  var connectedCount = 0
  /// Of the source that began last.
  var newestEpoch: UInt32 = 0
  /// Requests for repetition without a stream of their own to answer in.
  package var unansweredCount = 0
  /// Of those who receive, read for the estimate of their downlink.
  package var transportFeedbackCount = 0

  // Lent to whoever writes, so that nothing is allocated for a packet.
  var head: [UInt8]
  var scratch: [UInt8]
  var overtaker: [UInt8]
  var compound: [UInt8]
  var qualities: [PeerQuality] = []
  var candidates: [Candidate] = []

  package init(_ options: RouterOptions) {
    self.options = options
    startNumbers = StartNumbers(seed: options.seed.0 &+ options.seed.1)
    sources = IndexTable(seed: options.seed)
    sinks = IndexTable(seed: options.seed)
    wheel = TimerWheel(capacity: options.peersMax * 2, atMilliseconds: 0)
    pool = PacketPool(byteMax: options.historyByteMax)
    head = Array(repeating: 0, count: Limits.headByteCount)
    scratch = Array(repeating: 0, count: Limits.packetByteCount)
    overtaker = Array(repeating: 0, count: Limits.packetByteCount)
    compound = Array(repeating: 0, count: CompoundWriter.byteCountMax)
  }

  /// Adds what is held and was counted to figures that are zero, or another part's.
  package func count(into figures: inout WorkerFigures) {
    figures.tracks += publicationsByHandle.count
    figures.subscriptions += subscriptionsByHandle.count
    figures.forwarded += self.figures.forwarded
    figures.retransmissionsIn += self.figures.retransmissionsIn
    figures.retransmissionsOut += self.figures.retransmissionsOut
    figures.lossRequestsIn += self.figures.lossRequestsIn
    figures.lossRequestsOut += self.figures.lossRequestsOut
    figures.pictureRequestsIn += self.figures.pictureRequestsIn
    figures.pictureRequestsOut += self.figures.pictureRequestsOut
    figures.packetsLost += self.figures.packetsLost
    figures.droppedUnknown += self.figures.droppedUnknown
    figures.droppedMalformed += self.figures.droppedMalformed
    figures.droppedMuted += self.figures.droppedMuted
    figures.droppedReplayed += self.figures.droppedReplayed
  }

  func isThere(_ peer: Int32) -> Bool {
    peer >= 0 && Int(peer) < peers.count && peers[Int(peer)].isThere
  }

  package var deadline: Instant? {
    wheel.wakeAtMilliseconds.map { Instant(nanoseconds: Int64(clamping: $0) &* 1_000_000) }
  }

  /// The timer of a peer goes off by then.
  mutating func wake(_ peer: Int, by time: Instant) {
    guard time < peers[peer].wakeAt else { return }
    peers[peer].wakeAt = time
    wheel.arm(peer, atMilliseconds: time.roundedUpMilliseconds)
  }
}

extension Router {
  /// The timer of a room, which is due when somebody may have begun or ended to speak, or has talked for another second.
  mutating func wakeRoom(_ room: Int) {
    let time = min(rooms[room].speakers.deadline ?? .distantFuture, rooms[room].talkAt ?? .distantFuture)
    guard time < rooms[room].wakeAt else { return }
    rooms[room].wakeAt = time
    wheel.arm(options.peersMax + room, atMilliseconds: time.roundedUpMilliseconds)
  }
}

extension Instant {
  /// A timer of milliseconds must not go off before it.
  var roundedUpMilliseconds: UInt64 { UInt64(max(0, nanoseconds) &+ 999_999) / 1_000_000 }
}
