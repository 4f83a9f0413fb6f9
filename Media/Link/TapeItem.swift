// What a worker hands to the tape of each packet of a recorded track. The payload goes beside it, through the ring.

package struct TapeItem: Equatable, Sendable {
  package enum Kind: UInt8, Sendable, CaseIterable {
    case opus
    /// Opus with copies of what went before (RFC 2198).
    case red
    /// Its copies are from a time that is not to be on tape: before an unmute, or before the recording.
    case redWithoutCopies
    /// No sound that belongs on tape; its number is not missing.
    case empty
  }

  package var track: TrackHandle
  package var kind: Kind
  /// Which of the track's streams, one after the other.
  package var epoch: UInt32
  /// The endless number of the packet in its stream.
  package var count: Int64
  package var timestamp: UInt32
  /// On the worker's clock, which all workers of the process share.
  package var arrivalNanoseconds: Int64
  /// It came again because it was asked for.
  package var isRepeat: Bool
  /// RFC 6464: below full scale; nil where the sender does not tell.
  package var level: UInt8?

  package init(
    track: TrackHandle, kind: Kind, epoch: UInt32, count: Int64, timestamp: UInt32, arrivalNanoseconds: Int64,
    isRepeat: Bool = false, level: UInt8? = nil
  ) {
    self.track = track
    self.kind = kind
    self.epoch = epoch
    self.count = count
    self.timestamp = timestamp
    self.arrivalNanoseconds = arrivalNanoseconds
    self.isRepeat = isRepeat
    self.level = level
  }
}
