// A client that speaks: its sound is made sample by sample, encoded by libopus, and goes over a bad line in virtual time.
// Also the listener: what a file decodes to.

import Link
import Tape

struct Chance {
  private var state: UInt64
  init(seed: UInt64) { state = seed &* 0x9E37_79B9_7F4A_7C15 | 1 }

  mutating func next() -> Double {
    state ^= state << 13
    state ^= state >> 7
    state ^= state << 17
    return Double(state >> 11) / Double(1 << 53)
  }
}

/// The sound of a speaker: its samples, and when it may be heard at all. Hours of silence are not worked out sample by
/// sample.
struct Sound {
  var isHeard: (Range<Int64>) -> Bool = { _ in true }
  var sample: (Int64) -> Float
}

func tone(_ hertz: Double, amplitude: Float = 0.4, during range: Range<Int64> = 0..<Int64.max) -> Sound {
  Sound(
    isHeard: { $0.overlaps(range) },
    sample: { range.contains($0) ? amplitude * Float(sine(Double($0) * hertz / 48_000)) : 0 })
}

/// One after the other.
func together(_ sounds: [Sound]) -> Sound {
  Sound(
    isHeard: { range in sounds.contains { $0.isHeard(range) } },
    sample: { moment in sounds.reduce(0) { $0 + $1.sample(moment) } })
}

/// A click: a few milliseconds of a high tone.
func click(at sample: Int64) -> Sound { tone(3_000, amplitude: 0.8, during: sample..<sample + 240) }

/// Of a share of a turn, by its series: tests need no C library for it.
func sine(_ turns: Double) -> Double {
  var x = (turns - turns.rounded()) * 2 * Double.pi
  if x > .pi / 2 { x = .pi - x }
  if x < -.pi / 2 { x = -.pi - x }
  let square = x * x
  return x * (1 - square / 6 * (1 - square / 20 * (1 - square / 42 * (1 - square / 72 * (1 - square / 110)))))
}

struct Line {
  var seed: UInt64 = 1
  var loss = 0.0
  /// Of the lost, those that come again, 120 ms later.
  var repeated = 0.0
  var delaySamples: Int64 = 20 * 48
  var jitterSamples: Int64 = 0
}

struct Speaker {
  var sound: Sound
  var options = OpusEncoder.Options()
  var line = Line()
  var epoch: UInt32 = 1
  var firstTimestamp: UInt32 = 1_000_000
  var firstCount: Int64 = 70_000
  /// Its crystal: 50 is fast by 50 parts in a million.
  var driftPartsPerMillion = 0.0
  var tellsLevel = true
  /// The encoder's delay is 312 samples: the file's pre-skip undoes it.
  var redDistance = 0

  /// What arrives of its speech between two times, in the order of arrival.
  func packets(from start: Int64, to end: Int64) throws -> [TapePacket] {
    var encoder = try OpusEncoder(channels: 1, options)
    var chance = Chance(seed: line.seed)
    var result: [TapePacket] = []
    var earlier: [[UInt8]] = []
    var quiet: [UInt8] = []
    var quietFrames = 0
    var sentCount: Int64 = 0
    let rate = 1 + driftPartsPerMillion / 1_000_000
    for number in 0... {
      // In the sender's own samples; on the line they lie closer together if its crystal is fast.
      let mediaTime = Int64(number) * 960
      let spoken = start + Int64(Double(mediaTime) / rate)
      guard spoken < end else { break }
      let isHeard = sound.isHeard(spoken..<spoken + 961)
      // Frames of silence differ only right after sound, so that most of them need no encoder.
      quietFrames = isHeard ? 0 : quietFrames + 1
      var peak: Float = 0
      var payload = quiet
      if quietFrames <= 50 {
        let frame = (0..<960).map { index in
          isHeard ? sound.sample(start + Int64(Double(mediaTime + Int64(index)) / rate)) : 0
        }
        payload = try encoder.encode(frame.span)
        quiet = payload
        peak = frame.map { abs($0) }.max() ?? 0
      }
      let sent = spoken + 960 + line.delaySamples
      if options.isDiscontinuous, payload.count <= 2, number % 20 != 0 { continue }
      sentCount += 1
      let packet = TapePacket(
        kind: redDistance > 0 ? .red : .opus, epoch: epoch, count: firstCount + sentCount,
        timestamp: firstTimestamp &+ UInt32(truncatingIfNeeded: mediaTime),
        arrival: sent + Int64(chance.next() * Double(line.jitterSamples)),
        level: tellsLevel ? (peak > 0.001 ? 20 : 127) : nil,
        payload: redDistance > 0 ? red(payload, earlier) : payload)
      earlier.append(payload)
      if chance.next() >= line.loss {
        result.append(packet)
      } else if chance.next() < line.repeated {
        var again = packet
        again.arrival = sent + 120 * 48
        again.isRepeat = true
        result.append(again)
      }
    }
    return result.sorted { $0.arrival < $1.arrival }
  }

  /// RFC 2198 with the payload of `redDistance` packets before.
  private func red(_ payload: [UInt8], _ earlier: [[UInt8]]) -> [UInt8] {
    guard earlier.count >= redDistance else { return [111] + payload }
    let old = earlier[earlier.count - redDistance]
    let header = UInt32(0x80 | 111) << 24 | UInt32(960 * redDistance) << 10 | UInt32(old.count)
    return (0..<4).map { UInt8(truncatingIfNeeded: header >> UInt32(24 - 8 * $0)) } + [111] + old + payload
  }
}

/// Writes a track as the tape's thread does: by turns of 50 ms.
func record(
  _ packets: [TapePacket], until end: Int64, channels: Int = 1
) -> (file: [UInt8], figures: TrackFigures, levels: LevelEnvelope) {
  var writer = TrackWriter(
    TrackDescription(serial: 7, channels: channels, vendor: "tandem test", comments: [("ARTIST", "ana")]))
  var file: [UInt8] = []
  var now: Int64 = 0
  for packet in packets where packet.arrival < end {
    while now + 2_400 <= packet.arrival {
      now += 2_400
      writer.advance(to: now, into: &file)
    }
    writer.receive(packet, into: &file)
  }
  while now + 2_400 < end {
    now += 2_400
    writer.advance(to: now, into: &file)
  }
  writer.finish(at: end, into: &file)
  return (file, writer.figures, writer.levels)
}

/// What a file decodes to, cut as its header and its last page say. Of hours only a part is kept.
struct Listener {
  private(set) var samples: [Float] = []
  /// Of the samples that are kept, the first one's place.
  private(set) var first: Int64
  private(set) var channels: Int
  /// Of the whole file.
  private(set) var length: Int64
  private(set) var isClosed: Bool

  init(_ file: [UInt8], _ kept: Range<Int64> = 0..<Int64.max) throws {
    var reader = OggReader()
    reader.feed(file.span)
    let head = reader.next()?.bytes ?? []
    channels = Int(head[9])
    let skipped = Int64(head[10]) | Int64(head[11]) << 8
    _ = reader.next()
    isClosed = reader.isClosed
    length = reader.granule - skipped
    first = kept.lowerBound
    var decoder = try OpusDecoder(channels: channels)
    var block = [Float](repeating: 0, count: 5_760 * channels)
    var position = -skipped
    let end = min(length, kept.upperBound)
    while let packet = reader.next(), position < end {
      var span = block.mutableSpan
      let count = Int64(try decoder.decode(packet.bytes.span, into: &span))
      let start = max(position, kept.lowerBound)
      let stop = min(position + count, end)
      if start < stop {
        samples += block[Int(start - position) * channels..<Int(stop - position) * channels]
      }
      position += count
    }
  }

  /// The place of the first sample louder than that, of one channel.
  func onset(over threshold: Float = 0.1, from start: Int64 = 0, channel: Int = 0) -> Int64? {
    var index = Int(max(0, start - first))
    while index * channels + channel < samples.count {
      if abs(samples[index * channels + channel]) > threshold { return Int64(index) + first }
      index += 1
    }
    return nil
  }

  func peak(_ range: Range<Int64>) -> Float {
    let end = min(samples.count, Int(min(range.upperBound, length) - first) * channels)
    let start = min(end, Int(range.lowerBound - first) * channels)
    return samples[start..<end].reduce(0) { max($0, abs($1)) }
  }
}
