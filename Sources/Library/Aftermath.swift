// What is made of a recording when it has ended: the mix, the analysis, hashes of all of it. Runs on the library's own
// thread, one recording after the other; it takes files and keys and gives values.

import Crypto
import Engine
import Glibc
import Store
import Synchronization
import Talk
import Tape
import Values

/// How far the work is, for whoever asks.
package final class JobProgress: Sendable {
  private let thousandths = Atomic(0)
  package var share: Double { Double(thousandths.load(ordering: .relaxed)) / 1_000 }
  func set(_ share: Double) { thousandths.store(Int(share * 1_000), ordering: .relaxed) }
}

struct AftermathFailure: Error, Sendable {
  let reason: String
}

struct AftermathInput: Sendable {
  struct Track: Sendable {
    var row: RecordingTrackRow
    var key: SealingKey
    /// As its sender told them; nil: the sound itself is measured.
    var levels: [UInt8]?
    var path: String
  }

  var recording: RecordingRow
  var tracks: [Track]
  var mixPath: String
  var mixKey: SealingKey
}

struct AftermathOutput: Sendable {
  struct Track: Sendable {
    var row: RecordingTrackRow
    var levels: [UInt8]
    var isToldByLevels: Bool
    var peaks: [UInt8]
    var loudnessDecibels: Double?
  }

  var tracks: [Track]
  var mix: (byteCount: Int, sha256: [UInt8])
}

enum Aftermath {
  static func run(_ input: AftermathInput, _ progress: JobProgress) throws(AftermathFailure)
    -> AftermathOutput
  {
    do {
      return try make(input, progress)
    } catch let failure as DiskFailure {
      throw AftermathFailure(reason: failure.reason)
    } catch let failure as AftermathFailure {
      throw failure
    } catch {
      throw AftermathFailure(reason: "\(error)")
    }
  }

  private static func make(_ input: AftermathInput, _ progress: JobProgress) throws -> AftermathOutput {
    let length = (input.recording.durationMilliseconds ?? 0) * 48
    let tracks = try input.tracks.map { track throws(AftermathFailure) -> TrackReader in
      guard let content = SealedContent(track.path, key: track.key) else {
        throw AftermathFailure(reason: "\(track.row.id).opus is not there, or does not open")
      }
      return TrackReader(content)
    }
    let output = try SealedOutput(input.mixPath, key: input.mixKey)
    let description = TrackDescription(
      serial: 1, channels: 2, vendor: "tandem \(Version.current)",
      comments: [
        ("TITLE", "Recording of \(input.recording.room)"), ("DATE", input.recording.startedAt.rfc3339),
        ("RECORDING", input.recording.id), ("SESSION", input.recording.session),
        ("ROOM", input.recording.room),
      ])
    let mix = try Mix(pans(input.tracks.map(\.row)), length: length, description)
    var pages: [UInt8] = []
    steps: while true {
      switch try mix.step(into: &pages) {
      case .done: break steps
      case .mixed: progress.set(mix.progress)
      case .wants(let index):
        guard let bytes = try tracks[index].next() else {
          mix.end(index)
          continue
        }
        mix.feed(index, bytes.span)
      }
      if pages.count >= Limits.pieceBytes {
        try output.append(pages)
        pages.removeAll(keepingCapacity: true)
      }
    }
    try output.append(pages)
    let mixed = try output.finish()
    var made: [AftermathOutput.Track] = []
    for (index, track) in input.tracks.enumerated() {
      // The mix may have had enough before the file's end.
      while try tracks[index].next() != nil {}
      var row = track.row
      row.bytes = Int64(tracks[index].content.size)
      row.sha256 = tracks[index].finish()
      row.durationMilliseconds = input.recording.durationMilliseconds
      let peaks = mix.peaks(index)
      made.append(
        AftermathOutput.Track(
          row: row, levels: track.levels ?? levels(peaks.steps), isToldByLevels: track.levels != nil,
          peaks: peaks.steps.map { UInt8(min(255, max(0, $0 * 255))) }, loudnessDecibels: loudness(peaks)))
    }
    return AftermathOutput(tracks: made, mix: mixed)
  }

  /// Of two people, the mentor is left and the student right; else all are in the middle.
  static func pans(_ tracks: [RecordingTrackRow]) -> [Pan] {
    let voices = tracks.filter { $0.source != "screen_audio" }
    let roles = Dictionary(voices.map { ($0.identity, $0.role) }, uniquingKeysWith: { first, _ in first })
    guard roles.count == 2, Set(roles.values) == ["mentor", "student"] else {
      return tracks.map { _ in .centre }
    }
    return tracks.map { track in
      if track.source == "screen_audio" { return .centre }
      return roles[track.identity] == "mentor" ? .left : .right
    }
  }

  /// What a sender would have told (RFC 6464), by the sound's peaks: those of speech lie some ten decibels above its level.
  private static func levels(_ peaks: [Float]) -> [UInt8] {
    peaks.map { peak in
      guard peak > 0.000_001 else { return TalkDetector.silent }
      return UInt8(min(127, max(0, 10 - 20 * log10(Double(peak)))))
    }
  }

  private static func loudness(_ peaks: WavePeaks) -> Double? {
    let count = Double(peaks.steps.count) * Double(WavePeaks.samplesPerStep)
    guard count > 0, peaks.energy > 0 else { return nil }
    return (100 * log10(peaks.energy / count)).rounded() / 10
  }
}

/// A track's plain bytes in order, hashed as they pass.
private final class TrackReader {
  let content: SealedContent
  private var offset = 0
  private var hash: SHA256? = SHA256()

  init(_ content: SealedContent) { self.content = content }

  /// Nil at the end.
  func next() throws(AftermathFailure) -> [UInt8]? {
    let count = min(Limits.readBytes, content.size - offset)
    guard count > 0 else { return nil }
    guard let bytes = content.read(at: offset, count: count) else {
      throw AftermathFailure(
        reason: "a track is not what was written: it was changed, or the disk is damaged")
    }
    offset += count
    hash?.update(bytes)
    return bytes
  }

  func finish() -> [UInt8] { hash.take()?.finish() ?? [] }
}
