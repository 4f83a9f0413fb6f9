// From the figures that a worker tells once a second to the metrics that operators read.

import Link
import Observe

enum MediaMetrics {
  /// Gauges are sums over all workers, so each worker's change counts.
  static func count(_ new: WorkerFigures, since old: WorkerFigures, worker: Int) {
    Metrics.mediaPeers.add(Double(new.peers - old.peers))
    Metrics.mediaTracks.add(Double(new.tracks - old.tracks))
    Metrics.mediaSubscriptions.add(Double(new.subscriptions - old.subscriptions))
    Metrics.mediaPacketsIn.add(new.packetsIn - old.packetsIn)
    Metrics.mediaPacketsOut.add(new.packetsOut - old.packetsOut)
    Metrics.mediaBytesIn.add(new.bytesIn - old.bytesIn)
    Metrics.mediaBytesOut.add(new.bytesOut - old.bytesOut)
    Metrics.mediaForwarded.add(new.forwarded - old.forwarded)
    // A packet that comes late was counted as lost before; a counter never goes back.
    Metrics.mediaLost.add(max(0, new.packetsLost - old.packetsLost))
    Metrics.mediaNacksIn.add(new.lossRequestsIn - old.lossRequestsIn)
    Metrics.mediaNacksOut.add(new.lossRequestsOut - old.lossRequestsOut)
    Metrics.mediaRepeatsIn.add(new.retransmissionsIn - old.retransmissionsIn)
    Metrics.mediaRepeatsOut.add(new.retransmissionsOut - old.retransmissionsOut)
    Metrics.mediaPicturesIn.add(new.pictureRequestsIn - old.pictureRequestsIn)
    Metrics.mediaPicturesOut.add(new.pictureRequestsOut - old.pictureRequestsOut)
    for (index, metric) in Metrics.mediaDropped.enumerated() {
      metric.add(drops(new)[index] - drops(old)[index])
    }
    Metrics.mediaHandshakes.add(new.handshakes - old.handshakes)
    Metrics.mediaHandshakesFailed.add(new.handshakesFailed - old.handshakesFailed)
    Metrics.mediaForwardingDuration.add(
      nanoseconds: new.forwardingNanoseconds - old.forwardingNanoseconds,
      count: new.forwardingTurns - old.forwardingTurns)
    Metrics.mediaMailboxRefused.add(
      new.commandsRefused + new.eventsRefused - old.commandsRefused - old.eventsRefused)
    Metrics.mediaStreamsAccepted.add(new.streamsAccepted - old.streamsAccepted)
    Metrics.mediaStreamsStrange.add(new.streamsStrange - old.streamsStrange)
    Metrics.mediaWorkerLoad.set(new.load, of: worker)
  }

  /// In the order of `Metrics.mediaDropped`.
  private static func drops(_ figures: WorkerFigures) -> [Int] {
    [
      figures.droppedUnknown, figures.droppedMalformed, figures.droppedUnauthentic, figures.droppedReplayed,
      figures.droppedMuted, figures.droppedByKernel, figures.droppedFull, figures.droppedUnread,
    ]
  }
}
