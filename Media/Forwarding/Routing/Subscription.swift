// A track on its way to one receiver: decides for each packet whether it goes out, and under which numbers. Sequence
// numbers have no gap and timestamps go on, whatever the source does; a picture begins with a key frame.

import Bandwidth
import Link
import Structures
import Wire

struct Subscription {
  enum Placement {
    /// Goes out at this place.
    case send(sequence: Int64, Stretch, payloadType: UInt8, Copy.Redundancy)
    /// Padding that came late: its number was given, and something has to bear it.
    case fill(sequence: Int64, Stretch, payloadType: UInt8)
    /// Does not go out. `isWaiting`: because a key frame has to come first.
    case nothing(isWaiting: Bool)
  }

  let handle: SubscriptionHandle
  /// Negative: nobody's; the number is free.
  let peer: Int32
  /// The publication of the track, by which commands know it: that of its first layer.
  let track: Int32
  /// The layer that is sent, or waited for while there is none.
  var publication: Int32
  /// The layer that it goes over to with the next key frame of it; negative for none.
  var next: Int32 = -1
  let ssrc: UInt32
  private(set) var mid: StreamName?
  private(set) var retransmissionSSRC: UInt32?
  private(set) var extensions: ExtensionMap
  private(set) var canonicalName: [UInt8] = []
  private var payloads: [PayloadMapping] = []
  private var recent: PayloadMapping?
  private(set) var redundancyType: UInt8?
  /// Until then it gets each packet of sound twice.
  var redundantUntil: Instant?

  var wish: LayerWish
  var layers = LayerFilter()
  var allowance = LayerAllowance()
  var hold = UpgradeHold()
  /// The link bears nothing of it.
  var isHeldBack = false
  var delivery = Delivery.full
  /// The receiver's transport is ready.
  var isConnected = false
  /// Since when its receiver cannot go on with the picture it had.
  var stoodSince: Instant?
  /// Began with what was kept, which may have overtaken the keys: one request of it does not wait for its turn.
  var mayHurry = false
  /// What comes next begins a new stretch, for pictures at a key frame.
  private(set) var isWaiting = true
  private(set) var map: SequenceMap

  private(set) var packetCount: UInt32 = 0
  private(set) var payloadByteCount: UInt32 = 0
  private var newestTimestamp: UInt32 = 0
  /// Of the layer that comes next, by the publisher's reports; taken when it begins.
  var expectedShift: UInt32?
  private var newestAt = Instant(nanoseconds: 0)
  private var picture: (id: UInt16, layer: UInt8) = (0, 0)
  private var frameNumber: UInt16 = 0

  var retransmissionSequence: UInt16
  var resends = ResendMemory()
  var reports = SentReports()
  /// Packets that the last sender report told of.
  var reportedPacketCount: UInt32 = 0

  init(
    _ setup: SubscriptionSetup, peer: Int32, track: Int32, publication: Int32, _ numbers: inout StartNumbers
  ) {
    handle = setup.subscription
    self.peer = peer
    self.track = track
    self.publication = publication
    ssrc = setup.ssrc
    extensions = ExtensionMap()
    wish = setup.wish
    map = SequenceMap(first: numbers.sequence())
    retransmissionSequence = UInt16(truncatingIfNeeded: numbers.sequence())
    change(setup)
  }

  mutating func change(_ setup: SubscriptionSetup) {
    mid = setup.mid
    retransmissionSSRC = setup.retransmissionSSRC
    redundancyType = setup.redundancy
    payloads = Array(setup.payloads.prefix(Limits.mappingsPerSubscription))
    recent = nil
    extensions = setup.extensions.within14
    canonicalName = Array(setup.canonicalName.utf8.prefix(255))
  }

  /// What stands under a number that is free.
  static let vacant = {
    var numbers = StartNumbers(seed: 0)
    let setup = SubscriptionSetup(
      subscription: SubscriptionHandle(0), track: TrackHandle(0), mid: nil, ssrc: 0, payloads: [],
      extensions: ExtensionMap(), canonicalName: "")
    return Subscription(setup, peer: -1, track: -1, publication: -1, &numbers)
  }()

  /// Somebody would see it if it came.
  var wants: Bool { isConnected && wish.quality != .off }
  var takes: Bool { wants && !isHeldBack }

  var retransmissionType: UInt8? { (recent ?? payloads.first)?.retransmission }
  var timestamp: UInt32 { newestTimestamp }

  /// What comes is left out until there is a place to begin again.
  mutating func pause() { isWaiting = true }

  func mapping(_ payloadType: UInt8) -> PayloadMapping? {
    if let recent, recent.from == payloadType { return recent }
    var index = 0
    while index < payloads.count {
      if payloads[index].from == payloadType { return payloads[index] }
      index += 1
    }
    return nil
  }

  /// What the receiver's format is for a packet, and what of its redundancy it gets; nil for none.
  func treatment(_ incoming: Incoming, isFresh: Bool) -> (PayloadMapping, Copy.Redundancy)? {
    if let mapping = mapping(incoming.header.payloadType) {
      return (mapping, isFresh ? .newestOnly : .asItCame)
    }
    guard let red = incoming.primary, let mapping = mapping(red.primary.payloadType) else { return nil }
    return (mapping, .without)
  }

  /// What comes next from there begins a new stretch.
  func begins(with epoch: UInt32) -> Bool { isWaiting || map.current?.epoch != epoch }

  mutating func place(_ incoming: Incoming, isFresh: Bool, at now: Instant) -> Placement {
    guard takes else { return .nothing(isWaiting: false) }
    guard let (mapping, redundancy) = treatment(incoming, isFresh: isFresh) else {
      _ = map.skip(incoming.count, epoch: incoming.epoch)
      return .nothing(isWaiting: false)
    }
    if begins(with: incoming.epoch) {
      // A key frame that comes late may be older than what was shown: nobody goes back to it.
      let isPast = map.current?.epoch == incoming.epoch && incoming.count <= map.newestSource
      guard !isPast, incoming.isVideo ? incoming.isStart : incoming.isNewest else {
        return .nothing(isWaiting: incoming.isVideo)
      }
      begin(incoming, at: now)
    }
    guard let stretch = map.stretch(of: incoming.count, epoch: incoming.epoch) else {
      return .nothing(isWaiting: false)
    }
    recent = mapping
    guard layers.takes(incoming) else { return leaveOut(incoming, stretch, payloadType: mapping.to) }
    map.pass(incoming.count, stretch)
    let sequence = incoming.count + stretch.sequenceShift
    if sequence == map.newestOut {
      newestTimestamp = incoming.header.timestamp.value &+ stretch.timestampShift
      newestAt = now
      let (id, layer) = incoming.picture
      picture = (id &+ stretch.pictureShift, layer &+ stretch.layerShift)
      if let number = incoming.frameNumber { frameNumber = number &+ stretch.frameShift }
    }
    return .send(sequence: sequence, stretch, payloadType: mapping.to, redundancy)
  }

  /// A packet of a layer that this receiver does not get.
  private mutating func leaveOut(
    _ incoming: Incoming, _ stretch: Stretch, payloadType: UInt8
  ) -> Placement {
    // Each picture has one first packet, whatever the order in which they come.
    let closes = incoming.closesNumbers && incoming.layers.isFrameStart
    if map.skip(incoming.count, epoch: incoming.epoch, pictures: closes ? 1 : 0) {
      return .nothing(isWaiting: false)
    }
    guard let stretch = map.stretch(of: incoming.count, epoch: incoming.epoch) else {
      return .nothing(isWaiting: false)
    }
    map.pass(incoming.count, stretch)
    return .fill(sequence: incoming.count + stretch.sequenceShift, stretch, payloadType: payloadType)
  }

  /// A packet without media: its number is left out, or filled where that is too late.
  mutating func placePadding(
    _ header: RTPHeader, count: Int64, epoch: UInt32, isNewest: Bool
  ) -> Placement {
    guard takes, !isWaiting, map.current?.epoch == epoch, !map.skip(count, epoch: epoch),
      let stretch = map.stretch(of: count, epoch: epoch), let mapping = recent ?? payloads.first
    else { return .nothing(isWaiting: false) }
    map.pass(count, stretch)
    return .fill(sequence: count + stretch.sequenceShift, stretch, payloadType: mapping.to)
  }

  private mutating func begin(_ incoming: Incoming, at now: Instant) {
    isWaiting = false
    layers.begin()
    let (id, layer) = incoming.picture
    guard let before = map.current else {
      _ = map.begin(epoch: incoming.epoch, at: incoming.count, timestampShift: 0)
      return
    }
    var timestampShift = before.timestampShift
    if before.epoch != incoming.epoch {
      // Another clock: goes on by as much as time has passed.
      let ticks = NTPClock.ticks(
        nanoseconds: now.nanoseconds(since: newestAt), clockRate: incoming.format.clockRate)
      let shift = newestTimestamp &+ max(1, ticks) &- incoming.header.timestamp.value
      timestampShift = likelyShift(incoming, near: shift) ?? shift
      expectedShift = nil
    }
    let hasPicture = incoming.rewrittenByteCount > 0
    _ = map.begin(
      epoch: incoming.epoch, at: incoming.count, timestampShift: timestampShift,
      pictureShift: hasPicture ? picture.id &+ 1 &- id : 0,
      layerShift: hasPicture ? picture.layer &+ 1 &- layer : 0,
      frameShift: incoming.frameNumber.map { frameNumber &+ 1 &- $0 } ?? 0)
  }

  /// What the publisher's own reports say about the clocks of two layers, as long as it agrees with how they arrive.
  private func likelyShift(_ incoming: Incoming, near shift: UInt32) -> UInt32? {
    guard let expectedShift else { return nil }
    let difference = Int32(bitPattern: expectedShift &- shift).magnitude
    let ahead = Int32(bitPattern: incoming.header.timestamp.value &+ expectedShift &- newestTimestamp)
    let bound = UInt64(incoming.format.clockRate) * UInt64(Limits.layerClockMilliseconds) / 1_000
    return ahead > 0 && UInt64(difference) < bound ? expectedShift : nil
  }

  mutating func reported(_ facts: SenderFacts, at now: Instant) {
    reports.sent(facts, at: now)
    reportedPacketCount = packetCount
  }

  mutating func sent(payloadByteCount byteCount: Int) {
    packetCount &+= 1
    payloadByteCount &+= UInt32(truncatingIfNeeded: byteCount)
  }
}

extension ExtensionMap {
  /// Without ids that an element of one byte cannot bear.
  var within14: ExtensionMap {
    func kept(_ id: UInt8) -> UInt8 { id <= 14 ? id : 0 }
    var map = self
    map.mid = kept(mid)
    map.rid = kept(rid)
    map.repairedRid = kept(repairedRid)
    map.audioLevel = kept(audioLevel)
    map.transportSequence = kept(transportSequence)
    map.absoluteSendTime = kept(absoluteSendTime)
    map.orientation = kept(orientation)
    map.playoutDelay = kept(playoutDelay)
    map.dependencyDescriptor = kept(dependencyDescriptor)
    return map
  }
}
