// One participant's sound on its way into an Ogg Opus file (RFC 7845): packets come as they arrived, pages go out as they
// are full or due. The payloads stay as they were. What it decides is their place: every track of a recording begins at
// the recording's beginning and moves by the server's clock, so that all of them are in step.
//
// Times are samples since the recording's beginning. Decoders throw away the first `preSkip` samples, which is just what
// encoders delay: a packet that was spoken at `t` begins at sample `t` of the file.

import Link
import Wire

package struct TrackWriter: ~Copyable {
  private let description: TrackDescription
  private var stream: OggStream
  private var reorder = ReorderBuffer()
  private var clock = TrackClock()
  private var unwrapper = TimestampUnwrapper()
  private var epoch: UInt32?
  /// From media times to the file's, of the stream at hand; nil until its first packet is written.
  private var shift: Int64?
  /// Samples in the file, also those on the page at hand.
  private var written: Int64 = 0
  private var hasHeaders = false
  private var last: LastPacket?
  private var page: PageAtHand?
  private var stalled = 0
  private var longestSpan = 0.0
  package private(set) var figures = TrackFigures()
  package private(set) var levels = LevelEnvelope()

  private struct LastPacket {
    var head: UInt8
    var samplesPerFrame: Int64
    var isDiscontinuous: Bool
  }

  private struct PageAtHand {
    /// When its first packet was put on it.
    var openedAt: Int64
    var segments = 0
  }

  package init(_ description: TrackDescription) {
    self.description = description
    stream = OggStream(serial: description.serial)
  }

  // MARK: What comes in

  package mutating func receive(_ packet: TapePacket, into pages: inout [UInt8]) {
    if epoch != packet.epoch { begin(packet.epoch, at: packet.arrival, into: &pages) }
    let mediaTime = unwrapper.unwrap(RTPTimestamp(packet.timestamp))
    if packet.kind != .empty, !packet.isRepeat { read(mediaTime, at: packet.arrival) }
    switch reorder.insert(packet) {
    case .kept: break
    case .late: figures.late += 1
    case .duplicate: return
    }
    drain(at: packet.arrival, into: &pages)
  }

  /// Another stream of the same track: what waited of the one before goes first.
  private mutating func begin(_ next: UInt32, at now: Int64, into pages: inout [UInt8]) {
    drain(at: now, ends: true, into: &pages)
    keepDrift()
    reorder.restart()
    clock = TrackClock()
    unwrapper = TimestampUnwrapper()
    shift = nil
    stalled = 0
    epoch = next
    figures.streams += 1
  }

  /// A sender whose clock stood still while it was silent comes with times that are too early by as long. One whose clock
  /// jumps ahead has another clock: none of the old one's readings is worth anything.
  private mutating func read(_ mediaTime: Int64, at arrival: Int64) {
    let excess = clock.offset.map { arrival - mediaTime - $0 } ?? 0
    stalled = excess > Limits.stallSamples ? stalled + 1 : 0
    if stalled >= Limits.stallPackets || excess < -Limits.stallSamples {
      keepDrift()
      clock = TrackClock()
      stalled = 0
    }
    clock.received(mediaTime, at: arrival)
  }

  private mutating func keepDrift() {
    guard clock.spanSamples >= longestSpan, let drift = clock.driftPartsPerMillion else { return }
    longestSpan = clock.spanSamples
    figures.driftPartsPerMillion = drift
  }

  /// Time has passed: waits end, silence is filled in, pages are due.
  package mutating func advance(to now: Int64, into pages: inout [UInt8]) {
    drain(at: now, into: &pages)
    // Nobody sends, so that the file would stand still: it keeps up with the others, at a distance that a late packet
    // may still need.
    let silentUntil = now - Limits.comfortSamples - Limits.reorderSamples
    if reorder.isEmpty, silentUntil - written > Limits.comfortSamples {
      fill(through: roundedDown(silentUntil), lostCount: 0, at: now, into: &pages)
    }
    flushIfDue(at: now, into: &pages)
  }

  /// The recording ends here: the file gets as long as it, and is closed.
  package mutating func finish(at end: Int64, into pages: inout [UInt8]) {
    drain(at: end, ends: true, into: &pages)
    keepDrift()
    writeHeaders(into: &pages)
    let target = end + Limits.preSkip
    // The last packet may reach beyond the end: decoders cut it where the last page says.
    fill(through: roundedDown(target - 1), lostCount: 0, at: end, into: &pages)
    let closing = Filler.silence(Limits.packetSamples)
    // What players cut off must lie within this one packet.
    let granule = max(written, target)
    stream.append(closing.bytes.span, granule: granule, isLast: true)
    written = granule
    flush(into: &pages)
  }

  // MARK: From the buffer to the file

  private mutating func drain(at now: Int64, ends: Bool = false, into pages: inout [UInt8]) {
    while let taken = reorder.take(at: now, ends: ends) {
      figures.lost += Int(min(taken.lostCount, Int64(Limits.reorderPackets)))
      place(taken, at: now, into: &pages)
    }
  }

  private mutating func place(_ taken: ReorderBuffer.Taken, at now: Int64, into pages: inout [UInt8]) {
    let packet = taken.packet
    guard packet.kind != .empty else { return }
    let payload = packet.payload.span
    var red: REDPayload?
    var range = 0..<payload.count
    if packet.kind == .red || packet.kind == .redWithoutCopies {
      guard let found = try? REDPayload(payload, range) else {
        figures.malformed += 1
        return
      }
      red = packet.kind == .red ? found : nil
      range = found.primary.data
    }
    guard let opus = try? OpusPayload(payload, range) else {
      figures.malformed += 1
      return
    }
    writeHeaders(into: &pages)
    guard let position = position(of: packet, opus) else { return }
    // Nothing was said later than now: clocks of two streams got mixed up.
    guard position <= now + Limits.reorderSamples else {
      figures.malformed += 1
      return
    }
    if taken.lostCount > 0 {
      if let red { restore(red, payload, from: position, lostCount: taken.lostCount, at: now, into: &pages) }
      if opus.hasForwardCorrection, position > written { figures.correctable += 1 }
    }
    levels.heard(packet.level, at: position, samples: opus.sampleCount)
    write(payload, range, opus, at: position, lostCount: taken.lostCount, now: now, into: &pages)
  }

  /// Where it belongs in the file; nil if it is left out, because its sender's clock is ahead of ours.
  private mutating func position(of packet: TapePacket, _ opus: OpusPayload) -> Int64? {
    var unwrapped = unwrapper
    let mediaTime = unwrapped.unwrap(RTPTimestamp(packet.timestamp))
    guard let offset = clock.offset else { return written }
    guard let shift, abs(mediaTime + shift - written) < Limits.recordingSamples else {
      self.shift = offset
      return roundedDown(mediaTime + offset)
    }
    let samples = Int64(opus.sampleCount)
    let error = offset - shift
    let isQuiet = opus.isDiscontinuous || packet.level.map { $0 >= Limits.quietLevel } ?? false
    let bound = isQuiet ? Limits.quietDriftSamples : Limits.driftSamples
    let isGap = mediaTime + shift - written > Int64(opus.samplesPerFrame)
    if abs(error) > (isGap ? Limits.grain : bound) {
      if isGap || abs(error) > 2 * samples {
        self.shift = offset
      } else if error > 0 {
        self.shift = shift + Int64(opus.samplesPerFrame)
      } else {
        self.shift = shift - samples
        figures.skipped += 1
        return nil
      }
    }
    return roundedDown(mediaTime + (self.shift ?? offset))
  }

  /// Copies of lost packets, each where it belongs.
  private mutating func restore(
    _ red: REDPayload, _ payload: Span<UInt8>, from position: Int64, lostCount: Int64, at now: Int64,
    into pages: inout [UInt8]
  ) {
    var cursor: (index: Int, offset: Int)?
    while let block = red.next(after: &cursor, in: payload) {
      let place = roundedDown(position - Int64(block.ticksEarlier))
      guard place >= written, !block.data.isEmpty, let opus = try? OpusPayload(payload, block.data) else {
        continue
      }
      figures.restored += 1
      write(payload, block.data, opus, at: place, lostCount: lostCount, now: now, into: &pages)
    }
  }

  private mutating func write(
    _ payload: Span<UInt8>, _ range: Range<Int>, _ opus: OpusPayload, at position: Int64, lostCount: Int64,
    now: Int64, into pages: inout [UInt8]
  ) {
    let samples = Int64(opus.sampleCount)
    if written - position > samples / 2 {
      figures.skipped += 1
      return
    }
    if position > written { fill(through: position, lostCount: lostCount, at: now, into: &pages) }
    append(payload.extracting(range), samples: samples, at: now, into: &pages)
    figures.packets += 1
    figures.payloadBytes += range.count
    last = LastPacket(
      head: payload[range.lowerBound], samplesPerFrame: Int64(opus.samplesPerFrame),
      isDiscontinuous: opus.isDiscontinuous)
  }

  // MARK: The file

  /// Up to `end`: as the decoder would go on after a loss or in discontinuous transmission, for as long as that sounds like
  /// anything, then silence.
  private mutating func fill(
    through end: Int64, lostCount: Int64, at now: Int64, into pages: inout [UInt8]
  ) {
    writeHeaders(into: &pages)
    var continued: Int64 = 0
    let isLoss = lostCount > 0
    let bound =
      isLoss ? Limits.concealSamples : last?.isDiscontinuous == true ? Limits.comfortSamples : 0
    while let last, continued < bound,
      let filler = Filler.concealment(
        min(end - written, bound - continued), like: last.head, samplesPerFrame: last.samplesPerFrame)
    {
      append(filler.bytes.span, samples: filler.samples, at: now, into: &pages)
      continued += filler.samples
    }
    if isLoss { figures.concealedSamples += continued } else { figures.comfortSamples += continued }
    if end - written >= Limits.grain, continued >= bound { last = nil }
    while end - written >= Limits.grain {
      let filler = Filler.silence(end - written)
      append(filler.bytes.span, samples: filler.samples, at: now, into: &pages)
      figures.silentSamples += filler.samples
    }
  }

  private mutating func writeHeaders(into pages: inout [UInt8]) {
    guard !hasHeaders else { return }
    hasHeaders = true
    let head = OpusHeaders.identification(channels: description.channels, preSkip: Limits.preSkip)
    stream.append(head.span, granule: 0)
    stream.flush(into: &pages)
    let tags = OpusHeaders.tags(vendor: description.vendor, description.comments)
    stream.append(tags.span, granule: 0)
    stream.flush(into: &pages)
  }

  private mutating func append(
    _ packet: Span<UInt8>, samples: Int64, at now: Int64, into pages: inout [UInt8]
  ) {
    let segments = packet.count / 255 + 1
    if let page, page.segments + segments > Limits.pageSegments { flush(into: &pages) }
    written += samples
    stream.append(packet, granule: written)
    var page = page ?? PageAtHand(openedAt: now)
    page.segments += segments
    self.page = page
  }

  private mutating func flushIfDue(at now: Int64, into pages: inout [UInt8]) {
    guard let page, now - page.openedAt >= Limits.pageSamples else { return }
    flush(into: &pages)
  }

  private mutating func flush(into pages: inout [UInt8]) {
    stream.flush(into: &pages)
    page = nil
  }

  private func roundedDown(_ samples: Int64) -> Int64 { max(0, samples) / Limits.grain * Limits.grain }
}
