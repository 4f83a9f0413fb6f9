// An RTP packet of a peer: whose track it is, whether it is new, what it says about its stream, and on to the receivers.

import Link
package import Structures
import Wire

extension Router {
  package mutating func receiveRTP(
    _ packet: Span<UInt8>, from peer: Int32, at now: Instant, into outlet: inout some PacketOutlet & ~Copyable
  ) {
    guard isThere(peer) else {
      figures.droppedUnknown += 1
      return
    }
    guard packet.count <= Limits.packetByteCount, let header = try? RTPHeader(packet) else {
      figures.droppedMalformed += 1
      return
    }
    let found = FoundExtensions(packet, header, peers[Int(peer)].kinds)
    note(packet, found, from: Int(peer), at: now)
    guard let role = role(packet, header, found, from: peer) else {
      figures.droppedUnknown += 1
      return
    }
    switch role.kind {
    case .media:
      accept(packet, header, found, of: Int(role.publication), isRepeat: false, at: now, into: &outlet)
    case .repeats: recover(packet, header, found, of: Int(role.publication), at: now, into: &outlet)
    case .unused: break
    }
  }

  /// What any packet says about the transport.
  private mutating func note(
    _ packet: Span<UInt8>, _ found: FoundExtensions, from peer: Int, at now: Instant
  ) {
    peers[peer].bytesUp += packet.count
    noteActivity(of: peer, at: now)
    guard found.transportSequence.isThere,
      let sequence = TransportSequence.read(packet, found.transportSequence.range)
    else { return }
    peers[peer].arrivals.received(sequence, at: now)
    if let deadline = peers[peer].arrivals.deadline { wake(peer, by: deadline) }
  }

  /// Something to report about. A peer that is silent both ways costs no timer.
  mutating func noteActivity(of peer: Int, at now: Instant) {
    peers[peer].isActive = true
    guard peers[peer].reportAt == .distantFuture else { return }
    if peers[peer].link >= 0 { wakeForAllocation(of: peer, at: now) }
    peers[peer].reportAt = now.adding(milliseconds: Limits.reportMilliseconds)
    wake(peer, by: peers[peer].reportAt)
  }

  /// A repetition: turned into the packet it repeats.
  private mutating func recover(
    _ packet: Span<UInt8>, _ header: RTPHeader, _ found: FoundExtensions, of number: Int, at now: Instant,
    into outlet: inout some PacketOutlet & ~Copyable
  ) {
    guard !header.payload.isEmpty, let payloadType = publications[number].repeated(header.payloadType) else {
      return
    }
    guard let ssrc = publications[number].media(ofRepeating: header.ssrc), ssrc == publications[number].ssrc
    else {
      figures.droppedUnknown += 1
      return
    }
    var bytes: [UInt8] = []
    swap(&bytes, &scratch)
    defer { swap(&bytes, &scratch) }
    var span = bytes.mutableSpan
    for index in 0..<packet.count { span[index] = packet[index] }
    guard let start = RTX.unwrap(&span, header, payloadType: payloadType, ssrc: ssrc) else { return }
    let original = bytes.span.extracting(start..<packet.count)
    guard let header = try? RTPHeader(original) else {
      figures.droppedMalformed += 1
      return
    }
    figures.retransmissionsIn += 1
    // The header has moved as a whole: extensions stand where they stood from its beginning.
    accept(original, header, found, of: number, isRepeat: true, at: now, into: &outlet)
  }

  /// A packet of the track itself, whichever way it came.
  private mutating func accept(
    _ packet: Span<UInt8>, _ header: RTPHeader, _ found: FoundExtensions, of number: Int, isRepeat: Bool,
    at now: Instant, into outlet: inout some PacketOutlet & ~Copyable
  ) {
    guard let format = publications[number].format(header.payloadType) else {
      figures.droppedUnknown += 1
      return
    }
    guard
      let (count, isNewest) = count(packet, header, found, format, of: number, isRepeat: isRepeat, at: now)
    else { return }
    measure(header, count, of: number, format, isRepeat: isRepeat, at: now)
    let isNewPicture = header.timestamp != publications[number].newestTimestamp
    if isNewest {
      publications[number].newestTimestamp = header.timestamp
      publications[number].newestAt = now
    }
    publications[number].isQuiet = false
    if publications[number].recordedSince != nil {
      record(packet, header, found, format, count, of: number, isRepeat: isRepeat, at: now, into: &outlet)
    }
    guard !publications[number].isMuted else {
      figures.droppedMuted += 1
      return
    }
    if header.payload.isEmpty {
      leaveOut(header, count, isNewest: isNewest, of: number, at: now, into: &outlet)
      return
    }
    tellReceiving(number, format, into: &outlet)
    let isVideo = publications[number].isVideo
    guard
      var incoming = Incoming(
        packet, header, found, format, isVideo: isVideo, isNewPicture: isNewPicture)
    else {
      figures.droppedMalformed += 1
      leaveOut(header, count, isNewest: isNewest, of: number, at: now, into: &outlet)
      return
    }
    incoming.epoch = publications[number].epoch
    incoming.count = count
    incoming.isNewest = isNewest
    if incoming.frameNumber != nil { readLayers(packet, &incoming, of: number) }
    if isVideo { gauge(packet, incoming, isNewPicture: isNewPicture, of: number, at: now) }
    if publications[number].repeatingSubscribers > 0 {
      publications[number].history.store(packet, sequence: count, at: now, in: &pool)
    }
    if isVideo, incoming.isStart { keyframeCame(incoming, to: number, at: now) }
    if !isVideo { hear(packet, found, of: number, at: now) }
    forward(packet, incoming, of: number, at: now, into: &outlet)
    if publications[number].losses.wantsKeyframe, publications[number].losses.takeKeyframeWish() {
      askForPictureIfUsed(of: number, at: now, into: &outlet)
    }
  }

  /// Where the packet stands in the source that is forwarded, which it may begin; nil when it has no place.
  private mutating func count(
    _ packet: Span<UInt8>, _ header: RTPHeader, _ found: FoundExtensions, _ format: PayloadFormat,
    of number: Int, isRepeat: Bool, at now: Instant
  ) -> (Int64, isNewest: Bool)? {
    if publications[number].ssrc != header.ssrc {
      guard !isRepeat, publications[number].yields(to: header.ssrc, at: now) else { return nil }
      switchSource(of: number, to: header.ssrc, format, keepsWindow: false)
      if !publications[number].isNamed {
        publications[number].rid = found.rid.isThere ? StreamName(packet, found.rid.range) : nil
      }
    }
    switch publications[number].window.note(header.sequence, isRepeat: isRepeat) {
    case .fresh(let fresh, let isAhead): return (fresh, isAhead)
    case .restarted(let fresh):
      switchSource(of: number, to: header.ssrc, format, keepsWindow: true)
      return (fresh, true)
    case .duplicate, .tooOld, .doubtful:
      figures.droppedReplayed += 1
      return nil
    }
  }

  private mutating func switchSource(
    of number: Int, to ssrc: UInt32, _ format: PayloadFormat, keepsWindow: Bool
  ) {
    countLosses(of: number)
    if publications[number].ssrc != nil, publications[number].ssrc != ssrc {
      forgetLearnedRepeats(of: number)
    }
    newestEpoch &+= 1
    publications[number].restart(
      ssrc, epoch: newestEpoch, clockRate: format.clockRate, keepsWindow: keepsWindow)
    publications[number].history.removeAll(in: &pool)
    // A repetition may have been seen first.
    for index in publications[number].repeating.indices
    where publications[number].repeating[index].isLearned {
      publications[number].repeating[index].media = ssrc
    }
  }

  private mutating func measure(
    _ header: RTPHeader, _ count: Int64, of number: Int, _ format: PayloadFormat, isRepeat: Bool,
    at now: Instant
  ) {
    if !isRepeat { publications[number].reception.received(count, timestamp: header.timestamp, at: now) }
    // Nothing of a muted track is missed.
    guard format.takesLossRequests, !publications[number].isMuted else { return }
    _ = publications[number].losses.received(count, at: now)
    if let deadline = publications[number].losses.deadline {
      wake(Int(publications[number].peer), by: deadline)
    }
  }

  private mutating func keyframeCame(_ incoming: Incoming, to number: Int, at now: Instant) {
    publications[number].keyframes.keyframeCame(at: now)
    let timestamp = incoming.header.timestamp
    // Some codecs have several packets that a picture can begin with: the first counts.
    if let known = publications[number].newestStart {
      guard known.timestamp != timestamp, incoming.count > known.count else { return }
    }
    publications[number].newestStart = (incoming.count, timestamp, now)
  }

  mutating func countLosses(of number: Int) {
    let lost = max(0, Int(publications[number].reception.lostPacketCount))
    figures.packetsLost += max(0, lost - publications[number].countedLost)
    publications[number].countedLost = max(lost, publications[number].countedLost)
  }

  /// A change of codec begins with a key frame for everybody.
  private mutating func tellReceiving(
    _ number: Int, _ format: PayloadFormat, into outlet: inout some PacketOutlet & ~Copyable
  ) {
    guard publications[number].codec != format.codec else { return }
    if publications[number].isVideo, publications[number].codec != nil {
      for subscription in publications[number].subscribers
      where subscriptions[Int(subscription)].publication == number {
        subscriptions[Int(subscription)].pause()
      }
    }
    publications[number].codec = format.codec
    let lead = Int(publications[number].lead)
    guard !publications[lead].isTold else { return }
    publications[lead].isTold = true
    outlet.tell(.receiving(publications[number].handle, format.codec))
  }
}
