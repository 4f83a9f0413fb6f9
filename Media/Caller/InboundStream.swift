// One stream that a caller receives: which packets came, which are missing and have to be asked for, whether the
// pictures in them follow each other. The caller hands it each packet in the clear, retransmissions as what they repeat.

import Link
import Structures
import Wire

struct InboundStream: Sendable {
  struct Missing: Sendable {
    var count: Int64
    var since: Instant
    var asked: Instant?
    var requests = 0
  }

  /// What is remembered of a packet; `count` says whether the place is this packet's.
  struct Seen: Sendable {
    var count: Int64
    var number: UInt32
    var hasStamp: Bool
    var pictureID: UInt16
    var isStart: Bool
    var isKey: Bool
    var marker: Bool
    var isPadding = false
  }

  let expected: ExpectedStream
  var figures = StreamFigures()
  var missing: [Missing] = []
  private(set) var highest: Int64?
  private(set) var first: Int64 = 0
  private(set) var senderReport: (middleOfTime: UInt32, at: Instant)?
  private(set) var isKeyFrameWanted: Bool
  private var seen: [Seen]
  /// As many as are remembered, less one.
  private let mask: Int64
  private var unwrapper = SequenceUnwrapper()
  /// Of video: the packet that the next frame to be shown begins with; nil until a key frame.
  private var next: Int64?
  private var keyFrameAsked: Instant?
  private var lastTransit: Int64?
  private var reportedExpected: Int64 = 0
  private var reportedReceived: Int64 = 0

  init(_ expected: ExpectedStream) {
    self.expected = expected
    isKeyFrameWanted = expected.isVideo
    let none = Seen(
      count: .min, number: 0, hasStamp: false, pictureID: 0, isStart: false, isKey: false, marker: false)
    let remembered = expected.isVideo ? Limits.receivedPackets : Limits.receivedAudioPackets
    mask = Int64(remembered - 1)
    seen = Array(repeating: none, count: remembered)
  }

  private func place(_ count: Int64) -> Int { Int(count & mask) }

  private func at(_ count: Int64) -> Seen? {
    let entry = seen[place(count)]
    return entry.count == count ? entry : nil
  }

  /// Takes a packet in the clear; nil for one that was there before, or that tells nothing.
  mutating func receive(
    _ header: RTPHeader, in packet: Span<UInt8>, isRepeat: Bool, at now: Instant
  ) -> HeardPacket? {
    guard let format = expected.format(header.payloadType) else {
      figures.unknownFormats += 1
      return nil
    }
    let count = unwrapper.peek(header.sequence)
    if let highest, at(count) != nil || highest - count > mask {
      if isRepeat { figures.uselessRepeats += 1 } else { figures.duplicated += 1 }
      return nil
    }
    _ = unwrapper.unwrap(header.sequence)
    follow(count, isRepeat: isRepeat, at: now)
    figures.received += 1
    figures.firstPacket = figures.firstPacket ?? now
    figures.lastPacket = now
    if !isRepeat { measureJitter(header, clockRate: format.clockRate, at: now) }
    var entry = Seen(
      count: count, number: 0, hasStamp: false, pictureID: 0, isStart: false, isKey: false,
      marker: header.marker)
    if header.payload.isEmpty {
      figures.padding += 1
      entry.isPadding = true
    }
    let stamp = read(&entry, header, format, in: packet, at: now)
    seen[place(count)] = entry
    if expected.isVideo { judgePictures(count, at: now) }
    return HeardPacket(
      ssrc: header.ssrc, count: count, payloadType: header.payloadType, marker: header.marker,
      isRepeat: isRepeat, stamp: stamp)
  }

  /// Keeps the list of what is missing.
  private mutating func follow(_ count: Int64, isRepeat: Bool, at now: Instant) {
    guard let last = highest else {
      highest = count
      first = count
      return
    }
    guard count > last else {
      if let index = missing.firstIndex(where: { $0.count == count }) {
        missing.remove(at: index)
        if isRepeat { figures.recovered += 1 } else { figures.reordered += 1 }
      } else if count >= first {
        // Given up, and here after all.
        figures.lost -= 1
        if isRepeat { figures.recovered += 1 } else { figures.reordered += 1 }
      } else {
        first = count
      }
      figures.missing = missing.count
      return
    }
    highest = count
    if count - last > Int64(Limits.missingPackets) {
      figures.jumps += 1
      figures.lost += missing.count + Int(clamping: count - last - 1)
      missing.removeAll(keepingCapacity: true)
      if expected.isVideo { loseTrack() }
    } else {
      var gap = last + 1
      while gap < count {
        if missing.count == Limits.missingPackets {
          missing.removeFirst()
          figures.lost += 1
        }
        missing.append(Missing(count: gap, since: now))
        gap += 1
      }
    }
    figures.missing = missing.count
  }

  private mutating func read(
    _ entry: inout Seen, _ header: RTPHeader, _ format: PayloadFormat, in packet: Span<UInt8>,
    at now: Instant
  ) -> PayloadStamp? {
    var payload = header.payload
    guard !payload.isEmpty else { return nil }
    var front = payload.lowerBound + SentPacket.audioFrontByteCount
    switch format.codec {
    case .vp8:
      guard let descriptor = try? VP8Descriptor(packet, payload) else {
        figures.wrongStamps += 1
        return nil
      }
      entry.pictureID = descriptor.pictureID ?? 0
      entry.isStart = descriptor.isFrameStart
      entry.isKey = descriptor.isKeyFrame
      front = payload.lowerBound + SentPacket.videoFrontByteCount
    case .red:
      guard let redundant = try? REDPayload(packet, payload) else {
        figures.wrongStamps += 1
        return nil
      }
      payload = redundant.primary.data
      front = payload.lowerBound + SentPacket.audioFrontByteCount
      if payload.count <= 1 { return nil }
    default:
      // Silence carries no stamp.
      if payload.count <= 1 { return nil }
    }
    guard let stamp = PayloadStamp(packet, payload, at: front) else {
      figures.wrongStamps += 1
      return nil
    }
    entry.number = stamp.number
    entry.hasStamp = true
    if let source = expected.source, source != stamp.source { figures.foreign += 1 }
    let latency = max(0, now.nanoseconds(since: stamp.sent))
    figures.latencyCount += 1
    figures.latencySumNanoseconds += latency
    figures.latencyMaxNanoseconds = max(figures.latencyMaxNanoseconds, latency)
    return stamp
  }

  // MARK: Pictures

  private mutating func judgePictures(_ count: Int64, at now: Instant) {
    guard let entry = at(count) else { return }
    for (earlier, later) in [(at(count - 1), entry), (entry, at(count + 1))] {
      guard let earlier, let later, earlier.hasStamp, later.hasStamp else { continue }
      // A source that begins anew may have left its last picture without an end.
      let expected = later.isStart ? (earlier.pictureID + 1) & 0x7FFF : earlier.pictureID
      if later.pictureID != expected { figures.pictureBreaks += 1 }
    }
    if !entry.isPadding, let (start, _) = frame(around: count) {
      figures.completeFrames += 1
      if at(start)?.isKey == true {
        figures.keyFrames += 1
        figures.firstKeyFrame = figures.firstKeyFrame ?? now
        // A decoder goes on from any key frame.
        next = max(next ?? start, start)
        isKeyFrameWanted = false
        keyFrameAsked = nil
      }
    }
    while let start = next, let entry = at(start) {
      if entry.isPadding {
        next = start + 1
      } else if entry.isStart, let (_, end) = frame(around: start) {
        figures.shownFrames += 1
        next = end + 1
      } else {
        break
      }
    }
  }

  /// From its first to its last packet, if all of them are here. Padding in between belongs to no frame and ends none.
  private func frame(around count: Int64) -> (start: Int64, end: Int64)? {
    var start = count
    while let entry = at(start), !entry.isStart {
      if start < count, entry.marker { return nil }
      start -= 1
    }
    guard at(start) != nil else { return nil }
    var end = count
    while let entry = at(end), !entry.marker { end += 1 }
    guard at(end) != nil else { return nil }
    return (start, end)
  }

  /// What comes can't be shown until the next key frame.
  private mutating func loseTrack() {
    next = nil
    isKeyFrameWanted = true
  }

  /// Whether a key frame has to be asked for now.
  mutating func takeKeyFrameRequest(at now: Instant) -> Bool {
    guard expected.isVideo, isKeyFrameWanted, highest != nil else { return false }
    if let keyFrameAsked, now.milliseconds(since: keyFrameAsked) < Limits.keyFrameMilliseconds {
      return false
    }
    keyFrameAsked = now
    figures.keyFrameRequests += 1
    return true
  }

  // MARK: Loss

  /// The packets that are due to be asked for, oldest first.
  mutating func takeRequests(at now: Instant, into lost: inout [SequenceNumber]) {
    lost.removeAll(keepingCapacity: true)
    var index = 0
    while index < missing.count {
      let entry = missing[index]
      if now.milliseconds(since: entry.since) >= Limits.repairForMilliseconds
        || !expected.takesLossRequests && now.milliseconds(since: entry.since) >= 200
      {
        missing.remove(at: index)
        figures.lost += 1
        if let next, entry.count >= next { loseTrack() }
        continue
      }
      if expected.takesLossRequests, entry.requests < Limits.requestsOfAPacket,
        lost.count < Limits.requestedAtOnce,
        now.milliseconds(since: entry.since) >= Limits.reorderMilliseconds,
        entry.asked.map({ now.milliseconds(since: $0) >= Limits.requestAgainMilliseconds }) ?? true
      {
        missing[index].asked = now
        missing[index].requests += 1
        lost.append(SequenceNumber(UInt16(truncatingIfNeeded: entry.count)))
        figures.requests += 1
      }
      index += 1
    }
    figures.missing = missing.count
  }

  // MARK: Reports

  mutating func heard(_ facts: SenderFacts, at now: Instant) {
    figures.senderReports += 1
    senderReport = (facts.middleOfTime, now)
  }

  private mutating func measureJitter(_ header: RTPHeader, clockRate: UInt32, at now: Instant) {
    let arrival = now.microseconds * Int64(clockRate) / 1_000_000
    let transit = arrival - Int64(header.timestamp.value)
    if let lastTransit {
      let difference = abs(Int64(Int32(truncatingIfNeeded: transit - lastTransit)))
      figures.jitterTicks += (Double(difference) - figures.jitterTicks) / 16
    }
    lastTransit = transit
  }

  mutating func reportBlock(at now: Instant) -> ReportBlock? {
    guard let highest else { return nil }
    var block = ReportBlock(ssrc: expected.ssrc)
    let expectedCount = highest - first + 1
    let receivedCount = Int64(figures.received)
    let newExpected = expectedCount - reportedExpected
    let newLost = newExpected - (receivedCount - reportedReceived)
    reportedExpected = expectedCount
    reportedReceived = receivedCount
    if newExpected > 0, newLost > 0 { block.lostOf256 = UInt8(clamping: newLost * 256 / newExpected) }
    block.lostPacketCount = Int32(clamping: expectedCount - receivedCount)
    block.highestSequence = UInt32(truncatingIfNeeded: highest)
    block.jitterTicks = UInt32(figures.jitterTicks)
    if let senderReport {
      block.lastSenderReport = senderReport.middleOfTime
      block.delaySinceSenderReport = UInt32(
        clamping: now.microseconds(since: senderReport.at) * 65_536 / 1_000_000)
    }
    return block
  }
}
