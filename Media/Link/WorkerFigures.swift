// A worker's counters since its start, and what it holds now: a plain struct that only the worker writes; a copy crosses
// once a second.

package struct WorkerFigures: Equatable, Sendable {
  package var peers = 0
  package var connectedPeers = 0
  package var tracks = 0
  package var subscriptions = 0

  package var packetsIn = 0
  package var bytesIn = 0
  package var packetsOut = 0
  package var bytesOut = 0
  /// Media packets that were sent on; the rest of what goes out is reports, checks and repetitions.
  package var forwarded = 0
  package var retransmissionsOut = 0
  package var retransmissionsIn = 0
  package var lossRequestsIn = 0
  package var lossRequestsOut = 0
  package var pictureRequestsIn = 0
  package var pictureRequestsOut = 0
  /// Packets of publishers that never came, as far as known.
  package var packetsLost = 0

  /// Datagrams turned away, by reason.
  package var droppedUnknown = 0
  package var droppedMalformed = 0
  package var droppedUnauthentic = 0
  package var droppedReplayed = 0
  package var droppedMuted = 0
  package var droppedByKernel = 0
  package var droppedFull = 0
  /// Over TCP: not read by the client in time.
  package var droppedUnread = 0
  /// Connections for media: open now, taken so far, and turned away as nobody's.
  package var streams = 0
  package var streamsAccepted = 0
  package var streamsStrange = 0

  package var handshakes = 0
  package var handshakesFailed = 0
  package var commandsRefused = 0
  package var eventsRefused = 0

  /// Share of the last second that the worker's thread was busy, 0...1.
  package var load = 0.0
  /// Turns with datagrams, from their arrival in our hands to the last one handed to the kernel: sum and count.
  package var forwardingNanoseconds = 0
  package var forwardingTurns = 0

  package init() {}
}
