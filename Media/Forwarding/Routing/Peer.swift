// One peer as forwarding sees it: what it publishes and receives, what its extensions mean, and what is measured of its
// transport as a whole.

import Bandwidth
import Link
import Structures
import Wire

/// An SSRC of a layer that is not published any more. Clients name their layers in packets only until they have heard that
/// we know them, so whoever publishes the same again is known by what was learned before.
struct RememberedSource {
  var mid: StreamName
  var rid: StreamName
  var ssrc: UInt32
  /// Of repetitions: what they repeat.
  var media: UInt32?
}

struct Peer {
  var remembered: [RememberedSource] = []
  var isThere = false
  var handle = PeerHandle(0)
  /// The worker's number for its room.
  var room: Int32 = -1
  var isConnected = false
  /// Somebody else's media has gone out to it.
  var hasMedia = false
  var publications: [Int32] = []
  var subscriptions: [Int32] = []
  var kinds = ExtensionKinds()
  /// SSRCs of it in the router's table.
  var sourceCount = 0

  /// Ours towards this peer, for reports about what it sends.
  var reportSSRC: UInt32 = 1
  /// Of all packets to it.
  var transportSequence: UInt16 = 0
  var arrivals = ArrivalLog()
  var roundTrip = RoundTrip()
  var receiverTime = ReceiverTime()
  /// One of its streams has told the time on its own clock.
  var hasTold = false
  var resendsLeft = 0
  /// The last shares of our packets that its report blocks named: of how many blocks, and their sum.
  var reportedLoss = 0.0
  var reportedLossCount = 0
  var lossUp = 0.0
  var lossUpCount = 0

  /// How long pictures stood still for it.
  var stoodMilliseconds: Int64 = 0
  var bytesUp = 0
  var bytesDown = 0
  /// Something came in or went out since the last report.
  var isActive = false
  var reportAt = Instant.distantFuture
  var reportedAt = Instant(nanoseconds: 0)
  var qualityAt = Instant.distantFuture
  var qualitySince = Instant(nanoseconds: 0)
  /// Of its measured link; negative: it has none.
  var link: Int32 = -1
  var probe: ProbeTask?
  var allocateAt = Instant.distantFuture
  /// What was shared out last; zero: whatever is wished.
  var allocatedBits = 0.0
  var ratesAt = Instant(nanoseconds: 0)
  var soundBytes = 0
  var pictureBytes = 0
  var soundBits = 0.0
  var pictureBits = 0.0
  /// When its layers are looked at again.
  var layersAt = Instant.distantFuture
  /// What the timer is set to.
  var wakeAt = Instant.distantFuture
}
