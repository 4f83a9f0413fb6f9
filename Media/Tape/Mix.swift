// One file with everybody in it, for those who want to listen: of a pair the mentor left and the student right, else all
// in the middle; as loud as it was, and never clipped. It is as long as the recording. The job that makes it reads the
// tracks' files and feeds them as they are asked for, so that hours of sound need no memory.

package final class Mix {
  private let length: Int64
  private let tracks: [MixTrack]
  private var encoder: OpusEncoder
  private var stream: OggStream
  private var limiter = PeakLimiter()
  private let description: TrackDescription
  /// Samples that went into the encoder.
  private var encoded: Int64 = 0
  private var packetsOnPage = 0
  private var block = [Float](repeating: 0, count: Int(Limits.mixFrame) * 2)
  /// Tracks before this one are in the block already.
  private var added = 0
  private var isStarted = false
  private var isDone = false

  package enum Step: Equatable, Sendable {
    /// 20 ms more; pages may have come out.
    case mixed
    /// More bytes of this track's file are needed, or its end.
    case wants(Int)
    case done
  }

  package init(
    _ pans: [Pan], length: Int64, _ description: TrackDescription,
    bitsPerSecond: Int = Limits.mixBitsPerSecond
  ) throws(OpusFailure) {
    precondition(description.channels == 2, "a mix is stereo")
    self.length = length
    self.description = description
    tracks = pans.map(MixTrack.init)
    var options = OpusEncoder.Options()
    options.bitsPerSecond = bitsPerSecond
    encoder = try OpusEncoder(channels: 2, options)
    stream = OggStream(serial: description.serial)
  }

  package func feed(_ track: Int, _ bytes: Span<UInt8>) { tracks[track].feed(bytes) }
  package func end(_ track: Int) { tracks[track].end() }

  /// Of the whole, 0 to 1.
  package var progress: Double { length > 0 ? min(1, Double(encoded) / Double(length)) : 1 }
  package func peaks(_ track: Int) -> WavePeaks { tracks[track].peaks }

  package func step(into pages: inout [UInt8]) throws(OpusFailure) -> Step {
    guard !isDone else { return .done }
    if !isStarted { start(into: &pages) }
    while added < tracks.count {
      guard try tracks[added].add(Int(Limits.mixFrame), to: &block) else { return .wants(added) }
      added += 1
    }
    added = 0
    // The limiter looks one frame ahead, so that what comes out is a frame behind what went in.
    if let ready = limiter.pass(&block) { try encode(ready, into: &pages) }
    for index in block.indices { block[index] = 0 }
    return isDone ? .done : .mixed
  }

  private func start(into pages: inout [UInt8]) {
    isStarted = true
    let skip = Int64(encoder.delaySamples)
    stream.append(OpusHeaders.identification(channels: 2, preSkip: skip).span, granule: 0)
    stream.flush(into: &pages)
    stream.append(OpusHeaders.tags(vendor: description.vendor, description.comments).span, granule: 0)
    stream.flush(into: &pages)
  }

  private func encode(_ frame: [Float], into pages: inout [UInt8]) throws(OpusFailure) {
    let packet = try encoder.encode(frame.span)
    encoded += Limits.mixFrame
    let end = length + Int64(encoder.delaySamples)
    isDone = encoded >= end
    stream.append(packet.span, granule: min(encoded, end), isLast: isDone)
    packetsOnPage += 1
    if isDone || packetsOnPage == Limits.mixPacketsPerPage {
      stream.flush(into: &pages)
      packetsOnPage = 0
    }
  }
}

/// Turns the sum down before it would clip, and up again slowly. The gain moves in a straight line over a frame, so that
/// it makes no click.
struct PeakLimiter {
  private var gain: Float = 1
  private var waiting: [Float]?
  private static let ceiling: Float = 0.98
  /// From half to full in a second of frames.
  private static let rise: Float = 0.01

  private static func bound(_ frame: [Float]) -> Float {
    var peak: Float = 0
    for sample in frame { peak = max(peak, abs(sample)) }
    return peak > ceiling ? ceiling / peak : 1
  }

  /// Takes a frame and gives the one before, with both its own peak and the next one's kept below the ceiling.
  mutating func pass(_ frame: inout [Float]) -> [Float]? {
    guard var ready = waiting else {
      gain = Self.bound(frame)
      waiting = frame
      return nil
    }
    // `gain` suits the frame that waits; at its end the gain has to suit the next one as well.
    let target = min(Self.bound(ready), Self.bound(frame), gain + Self.rise)
    let frames = ready.count / 2
    if gain != 1 || target != 1 {
      for index in 0..<frames {
        let now = gain + (target - gain) * Float(index + 1) / Float(frames)
        ready[index * 2] *= now
        ready[index * 2 + 1] *= now
      }
    }
    gain = target
    waiting = frame
    return ready
  }
}
