// One track of a mix: its file's bytes go in as they are read, its sound comes out in order. What was lost on the way is
// taken from the packet after it where that brings a copy along (Opus in-band FEC); the file itself cannot say so to
// ordinary players.

import Wire

final class MixTrack {
  /// Where a track is heard.
  let pan: Pan
  private(set) var peaks = WavePeaks()
  private var reader = OggReader()
  private var decoder: OpusDecoder?
  private var channels = 1
  /// Samples still to be thrown away at the start.
  private var skips: Int64 = 0
  private var headerCount = 0
  private var isEnded = false
  private var waiting: OggReader.Packet?
  /// Decoded, channels by turns, from `next` on.
  private var sound: [Float] = []
  private var next = 0
  private var block = [Float](repeating: 0, count: Int(Limits.packetSamples) * 2)

  init(_ pan: Pan) { self.pan = pan }

  func feed(_ bytes: Span<UInt8>) { reader.feed(bytes) }
  func end() { isEnded = true }

  /// Adds the next `count` samples to a stereo block; false while bytes of the file are missing for it. After the file's
  /// end there is silence.
  func add(_ count: Int, to mix: inout [Float]) throws(OpusFailure) -> Bool {
    while (sound.count - next) / channels < count {
      guard try decodeNext() else {
        if isEnded { break }
        return false
      }
    }
    let available = min(count, (sound.count - next) / channels)
    for index in 0..<available {
      let left = sound[next + index * channels]
      let right = channels == 2 ? sound[next + index * channels + 1] : left
      peaks.heard(max(abs(left), abs(right)))
      switch pan {
      case .left: mix[index * 2] += (left + right) / 2
      case .right: mix[index * 2 + 1] += (left + right) / 2
      case .centre:
        mix[index * 2] += left
        mix[index * 2 + 1] += right
      }
    }
    for _ in available..<count { peaks.heard(0) }
    next += available * channels
    if next > Int(Limits.packetSamples) * 4 {
      sound.removeFirst(next)
      next = 0
    }
    return true
  }

  private func decodeNext() throws(OpusFailure) -> Bool {
    guard let packet = waiting ?? reader.next() else { return false }
    waiting = nil
    if headerCount < 2 {
      try readHeader(packet.bytes)
      return true
    }
    guard let payload = try? OpusPayload(packet.bytes.span, 0..<packet.bytes.count) else { return true }
    if payload.isDiscontinuous, payload.firstFrame.isEmpty {
      // The packet after it may bring the last of what is missing along.
      guard let after = reader.next() else {
        guard isEnded else {
          waiting = packet
          return false
        }
        decode(packet.bytes)
        return true
      }
      waiting = after
      conceal(packet.bytes, payload, before: after.bytes)
      return true
    }
    decode(packet.bytes)
    return true
  }

  private func readHeader(_ bytes: [UInt8]) throws(OpusFailure) {
    headerCount += 1
    guard headerCount == 1, bytes.count >= 19 else { return }
    channels = bytes[9] == 2 ? 2 : 1
    skips = Int64(bytes[10]) | Int64(bytes[11]) << 8
    decoder = try OpusDecoder(channels: channels)
  }

  private func conceal(
    _ bytes: [UInt8], _ payload: OpusPayload, before next: [UInt8]
  ) {
    guard let after = try? OpusPayload(next.span, 0..<next.count), after.hasForwardCorrection,
      after.samplesPerFrame <= payload.sampleCount
    else { return decode(bytes) }
    let rest = Int64(payload.sampleCount - after.samplesPerFrame)
    if rest > 0, let head = bytes.first,
      let filler = Filler.concealment(rest, like: head, samplesPerFrame: Int64(payload.samplesPerFrame))
    {
      decode(filler.bytes)
    }
    decode(next, recovering: after.samplesPerFrame)
  }

  /// A packet that libopus turns down is as long as it says, and silent.
  private func decode(_ bytes: [UInt8], recovering: Int? = nil) {
    let count = decoded(bytes, recovering) ?? silence(bytes, recovering)
    let dropped = min(skips, Int64(count))
    skips -= dropped
    sound += block[Int(dropped) * channels..<count * channels]
  }

  private func decoded(_ bytes: [UInt8], _ recovering: Int?) -> Int? {
    var span = block.mutableSpan
    return try? decoder?.decode(bytes.span, recovering: recovering, into: &span)
  }

  private func silence(_ bytes: [UInt8], _ recovering: Int?) -> Int {
    let count = recovering ?? (try? OpusPayload(bytes.span, 0..<bytes.count).sampleCount) ?? 0
    for index in 0..<count * channels { block[index] = 0 }
    return count
  }
}

/// Where in a mix a track is heard.
package enum Pan: String, Equatable, Sendable { case left, right, centre }

/// What a player draws: the highest sample of each tenth of a second.
package struct WavePeaks: Equatable, Sendable {
  package static var samplesPerStep: Int64 { Limits.levelSamples }
  package private(set) var steps: [Float] = []
  /// The sum of squares, for loudness.
  package private(set) var energy = 0.0
  private var highest: Float = 0
  private var count = 0

  package init() {}

  mutating func heard(_ sample: Float) {
    highest = max(highest, sample)
    energy += Double(sample) * Double(sample)
    count += 1
    if count == Int(Limits.levelSamples) {
      steps.append(highest)
      highest = 0
      count = 0
    }
  }
}
