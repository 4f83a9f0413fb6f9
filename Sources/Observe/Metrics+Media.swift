// The media plane's metrics: sums over all workers, but for the load, which is each worker's own.

extension Metrics {
  package static let mediaPeers = Gauge(
    "tandem_media_peers", "Transports of clients, connected or connecting.")
  package static let mediaTracks = Gauge("tandem_media_tracks", "Tracks that clients publish.")
  package static let mediaSubscriptions = Gauge(
    "tandem_media_subscriptions", "Tracks on their way to one receiver each.")
  package static let mediaPacketsIn = Counter(
    "tandem_media_packets_total", "Datagrams of the media ports.", labels: "{direction=\"in\"}")
  package static let mediaPacketsOut = Counter(
    "tandem_media_packets_total", "Datagrams of the media ports.", labels: "{direction=\"out\"}")
  package static let mediaBytesIn = Counter(
    "tandem_media_bytes_total", "Bytes of the media ports.", labels: "{direction=\"in\"}")
  package static let mediaBytesOut = Counter(
    "tandem_media_bytes_total", "Bytes of the media ports.", labels: "{direction=\"out\"}")
  package static let mediaForwarded = Counter(
    "tandem_media_forwarded_total", "Media packets sent on to a receiver, without repetitions.")
  package static let mediaLost = Counter(
    "tandem_media_lost_total", "Packets of publishers that never came.")
  package static let mediaNacksIn = Counter(
    "tandem_media_nacks_total", "Requests for lost packets.", labels: "{direction=\"in\"}")
  package static let mediaNacksOut = Counter(
    "tandem_media_nacks_total", "Requests for lost packets.", labels: "{direction=\"out\"}")
  package static let mediaRepeatsIn = Counter(
    "tandem_media_retransmissions_total", "Packets sent again.", labels: "{direction=\"in\"}")
  package static let mediaRepeatsOut = Counter(
    "tandem_media_retransmissions_total", "Packets sent again.", labels: "{direction=\"out\"}")
  package static let mediaPicturesIn = Counter(
    "tandem_media_key_frame_requests_total", "Requests for a key frame.", labels: "{direction=\"in\"}")
  package static let mediaPicturesOut = Counter(
    "tandem_media_key_frame_requests_total", "Requests for a key frame.", labels: "{direction=\"out\"}")
  package static let mediaDropped = [
    "unknown", "malformed", "unauthentic", "replayed", "muted", "kernel", "full", "unread",
  ].map { reason in
    Counter(
      "tandem_media_dropped_total", "Datagrams that were turned away, by reason.",
      labels: "{reason=\"\(reason)\"}")
  }
  package static let mediaHandshakes = Counter("tandem_media_handshakes_total", "DTLS handshakes completed.")
  package static let mediaHandshakesFailed = Counter(
    "tandem_media_handshakes_failed_total", "DTLS handshakes that failed, wrong fingerprints included.")
  package static let mediaForwardingDuration = Summary(
    "tandem_media_turn_duration_seconds",
    "From a batch of datagrams in our hands to its last packet handed to the kernel.")
  package static let mediaMailboxRefused = Counter(
    "tandem_media_mailbox_refused_total", "Commands and facts lost because a mailbox was full.")
  package static let mediaStreamsAccepted = Counter(
    "tandem_media_tcp_connections_total", "Connections for media over TCP.")
  package static let mediaStreamsStrange = Counter(
    "tandem_media_tcp_connections_refused_total",
    "Connections for media that were one too many, or that nobody expected.")
  package static let mediaWorkerLoad = NumberedGauge(
    "tandem_media_worker_load", "Share of the last second that a worker's thread was busy, 0 to 1.",
    label: "worker")
  static let media: [any Metric] =
    [mediaPeers, mediaTracks, mediaSubscriptions] + [
      mediaPacketsIn, mediaPacketsOut, mediaBytesIn, mediaBytesOut, mediaForwarded, mediaLost, mediaNacksIn,
      mediaNacksOut, mediaRepeatsIn, mediaRepeatsOut, mediaPicturesIn, mediaPicturesOut,
    ] + mediaDropped + [
      mediaHandshakes, mediaHandshakesFailed, mediaForwardingDuration, mediaMailboxRefused,
      mediaStreamsAccepted,
      mediaStreamsStrange, mediaWorkerLoad,
    ]
}
