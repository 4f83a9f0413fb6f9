// What a caller has seen of one stream that it receives, since it expects it.

package import Structures

package struct StreamFigures: Equatable, Sendable {
  /// Packets of media, each counted once.
  package var received = 0
  /// That had been missing and came as a retransmission.
  package var recovered = 0
  /// That had been missing and came after all by themselves.
  package var reordered = 0
  package var duplicated = 0
  /// Given up: asked for as often as it is of use, or too old.
  package var lost = 0
  /// Missing at the moment, and not given up.
  package var missing = 0
  /// Retransmissions of what was there, or of nothing that could be told.
  package var uselessRepeats = 0
  /// Packets of padding alone.
  package var padding = 0
  package var requests = 0
  package var keyFrameRequests = 0
  /// The numbering jumped further than any loss.
  package var jumps = 0

  package var firstPacket: Instant?
  package var lastPacket: Instant?
  package var firstKeyFrame: Instant?
  package var keyFrames = 0
  /// All packets of the frame are here.
  package var completeFrames = 0
  /// Complete, and all before since the last key frame as well: what a decoder could show.
  package var shownFrames = 0
  /// Neighbours in sequence whose picture ids do not follow each other.
  package var pictureBreaks = 0
  /// Payloads whose stamp is missing or does not fit.
  package var wrongStamps = 0
  /// Payloads of another sender than the expected one.
  package var foreign = 0
  /// Payload types that were not agreed.
  package var unknownFormats = 0

  package var latencyCount = 0
  package var latencySumNanoseconds: Int64 = 0
  package var latencyMaxNanoseconds: Int64 = 0
  package var jitterTicks: Double = 0
  package var senderReports = 0

  package init() {}
}

/// Of the whole caller.
package struct CallerFigures: Equatable, Sendable {
  package var sentPackets = 0
  package var sentRepeats = 0
  /// Asked for again, and no longer there.
  package var forgotten = 0
  package var receivedPackets = 0
  package var receivedReports = 0
  /// Datagrams that did not prove authentic, by what is wrong with them.
  package var unauthentic = 0
  package var replayed = 0
  package var malformed = 0
  /// Of SSRCs that nobody announced.
  package var unexpected = 0
  package var ignored = 0
  package var lossRequests = 0
  package var pictureRequests = 0
  package var transportFeedbacks = 0
  package var receiverReports = 0
  package var checksSent = 0
  package var checksAnswered = 0
  package var checksRefused = 0

  package init() {}
}
