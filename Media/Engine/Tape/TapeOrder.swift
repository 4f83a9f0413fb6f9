// What the tape's thread is told, and what it tells: values that cross by mailboxes. Recordings and their files are named
// by numbers that their keeper gives out, each once in the life of the process.

package import Crypto
package import Link
package import Tape

/// One participant's sound: a file of its own, under a key of its own.
package struct TapeFileSetup: Sendable {
  package var number: UInt64
  package var recording: UInt64
  /// Within the recording's folder.
  package var name: String
  package var key: SealingKey
  package var description: TrackDescription

  package init(
    number: UInt64, recording: UInt64, name: String, key: SealingKey, description: TrackDescription
  ) {
    self.number = number
    self.recording = recording
    self.name = name
    self.key = key
    self.description = description
  }
}

package enum TapeOrder: Sendable {
  /// A recording begins, in a folder that is made below the tape's; its line of time begins at this time of the loop's clock.
  case open(recording: UInt64, folder: String, beganNanoseconds: Int64)
  case add(TapeFileSetup)
  /// From now on this track's sound belongs into this file; what the file had before is another stream of the same voice.
  case hear(TrackHandle, file: UInt64)
  /// What came after this moment is not kept.
  case drop(TrackHandle, atNanoseconds: Int64)
  /// The recording ends: its files get as long as it, and are closed and synced.
  case close(recording: UInt64, atNanoseconds: Int64)
  /// All recordings are closed, and the thread ends.
  case stop
}

/// A file when its recording has ended.
package struct TapeFileEnd: Sendable {
  package var number: UInt64
  package var figures: TrackFigures
  package var levels: LevelEnvelope
  package var byteCount: Int
  /// False: its end could not be written; a repair does it.
  package var isWhole: Bool
}

package struct TapeFigures: Equatable, Sendable {
  package var packets = 0
  package var bytes = 0
  package var commits = 0
  package var commitNanoseconds: Int64 = 0
  package var refused = 0
  package var files = 0

  package init() {}
}

package enum TapeNews: Sendable {
  /// Sound was lost between these two moments, because the disk took longer than the rings last.
  case gap(recording: UInt64, fromNanoseconds: Int64, untilNanoseconds: Int64)
  /// The recording's files cannot be written; what is on the disk stays.
  case failed(recording: UInt64, reason: String)
  case closed(recording: UInt64, [TapeFileEnd])
  /// Once a second while anything is recorded; nil where the system does not say how much room is left.
  case figures(TapeFigures, freeBytes: UInt64?)
}
