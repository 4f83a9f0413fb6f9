// What became of a track's packets, for the metadata beside it.

package struct TrackFigures: Equatable, Sendable {
  /// Packets that are in the file as they came, the restored ones among them.
  package var packets = 0
  package var payloadBytes = 0
  /// Never came, neither at first nor again.
  package var lost = 0
  /// Of the lost, those whose copy in a later packet is in the file.
  package var restored = 0
  /// Of the lost, those that a decoder can have back from the next packet.
  package var correctable = 0
  /// Came when their time was over.
  package var late = 0
  /// Not Opus, or not whole.
  package var malformed = 0
  /// Left out because the sender's clock is fast.
  package var skipped = 0
  /// Streams one after the other: devices, or connections.
  package var streams = 0
  /// Samples that were filled for loss, for discontinuous transmission, and for time without anything.
  package var concealedSamples: Int64 = 0
  package var comfortSamples: Int64 = 0
  package var silentSamples: Int64 = 0
  package var driftPartsPerMillion: Double?

  package init() {}
}
