// Every metric there is, with its sentence. docs/operations.md lists them; a test compares the two.

package enum Metrics {
  // Web
  package static let httpConnections = Gauge(
    "tandem_http_connections", "Open TCP connections on the HTTP port, WebSockets included.")
  package static let httpRequests = [1, 2, 3, 4, 5].map { statusClass in
    Counter("tandem_http_requests_total", "HTTP requests answered.", labels: "{status=\"\(statusClass)xx\"}")
  }
  package static let httpDuration = Histogram(
    "tandem_http_request_duration_seconds", "From a request's last byte to its response's head.")
  package static let connectionsRefused = Counter(
    "tandem_http_connections_refused_total", "TCP connections turned away by a limit.")
  package static let webSockets = Gauge("tandem_websocket_connections", "Open WebSocket connections.")
  package static let webSocketMessagesIn = Counter(
    "tandem_websocket_messages_total", "WebSocket messages.", labels: "{direction=\"in\"}")
  package static let webSocketMessagesOut = Counter(
    "tandem_websocket_messages_total", "WebSocket messages.", labels: "{direction=\"out\"}")
  package static let webSocketMessagesDropped = Counter(
    "tandem_websocket_messages_dropped_total",
    "Messages dropped or replaced because a client read too slowly.")
  package static let webSocketSlowClosed = Counter(
    "tandem_websocket_slow_closed_total", "WebSockets closed because the client read too slowly.")

  // Sessions
  package static let rooms = Gauge("tandem_rooms", "Open rooms.")
  package static let participants = Gauge(
    "tandem_participants", "Participants in rooms, reconnecting ones included.")
  package static let joins = Counter("tandem_joins_total", "Joins that were granted.")
  package static let resumes = Counter("tandem_resumes_total", "Participants that took their place again.")
  package static let joinDuration = Histogram(
    "tandem_join_seconds",
    "From `join` with an offer to the first packet of others' media sent to the client.")
  package static let messageDuration = Histogram(
    "tandem_message_duration_seconds", "Handling time of a WebSocket message.")
  package static let refusals = Counter("tandem_refusals_total", "Messages and requests that were refused.")
  package static let authenticationFailures = Counter(
    "tandem_authentication_failures_total", "Tokens that were not accepted.")
  package static let rateLimited = Counter(
    "tandem_rate_limited_total", "Messages and requests over a rate limit.")

  // Store
  package static let storeWrites = Counter("tandem_store_writes_total", "Transactions committed.")
  package static let storeWriteDuration = Histogram(
    "tandem_store_write_duration_seconds", "From asking for a write to its commit.")
  package static let storeReadDuration = Histogram("tandem_store_read_duration_seconds", "Time of a read.")
  package static let storeFailures = Counter("tandem_store_failures_total", "Reads and writes that failed.")
  package static let replayDropped = Counter(
    "tandem_replay_dropped_total", "Writes of the replay journal that failed, and events too large for it.")

  // Webhooks
  package static let webhooksDelivered = Counter(
    "tandem_webhooks_total", "Webhook attempts.", labels: "{result=\"delivered\"}")
  package static let webhooksFailed = Counter(
    "tandem_webhooks_total", "Webhook attempts.", labels: "{result=\"failed\"}")
  package static let webhooksSkipped = Counter(
    "tandem_webhooks_skipped_total", "Events given up on because their endpoint failed for too long.")
  package static let webhookBacklog = Gauge("tandem_webhook_backlog", "Events that wait to be delivered.")
  package static let webhookDuration = Histogram(
    "tandem_webhook_duration_seconds", "Time of a webhook attempt.")

  // Process
  package static let loopLag = Histogram(
    "tandem_loop_lag_seconds", "How late the control loop's timers fire: the control plane's own delay.")
  package static let cpuSeconds = Gauge(
    "tandem_process_cpu_seconds_total", "CPU time of this process.", counts: true)
  package static let residentBytes = Gauge("tandem_process_resident_memory_bytes", "Resident memory.")
  package static let heapBytes = Gauge(
    "tandem_process_heap_bytes", "Heap in use, touched or not: what grows here without end is a leak.")
  package static let openDescriptors = Gauge("tandem_process_open_fds", "Open file descriptors.")
  package static let startTime = Gauge(
    "tandem_process_start_time_seconds", "When this process started, since 1970.")
  package static let draining = Gauge("tandem_draining", "1 while this node is being drained.")

  package static let all: [any Metric] =
    [httpConnections] + httpRequests + [
      httpDuration, connectionsRefused, webSockets, webSocketMessagesIn, webSocketMessagesOut,
      webSocketMessagesDropped, webSocketSlowClosed, rooms, participants, joins, resumes, joinDuration,
      messageDuration,
      refusals,
      authenticationFailures, rateLimited, storeWrites, storeWriteDuration, storeReadDuration, storeFailures,
      replayDropped,
      webhooksDelivered, webhooksFailed, webhooksSkipped, webhookBacklog, webhookDuration, loopLag,
      cpuSeconds, residentBytes, heapBytes, openDescriptors, startTime, draining,
    ] + media + recording + matching

  /// The Prometheus text of all metrics; `version` and `node` are the labels of `tandem_build_info`.
  package static func text(version: String, node: String) -> String {
    ProcessSampler.sample()
    var text = ""
    var lastName = ""
    for metric in all {
      if metric.name != lastName {
        text += "# HELP \(metric.name) \(metric.help)\n# TYPE \(metric.name) \(metric.type)\n"
        lastName = metric.name
      }
      metric.samples(into: &text)
    }
    text += "# HELP tandem_build_info Version and node, as labels.\n# TYPE tandem_build_info gauge\n"
    text += "tandem_build_info{version=\"\(escaped(version))\",node=\"\(escaped(node))\"} 1\n"
    return text
  }

  /// A label's value: what would end it or its line is escaped.
  private static func escaped(_ value: String) -> String {
    var result = ""
    for character in value {
      switch character {
      case "\\": result += "\\\\"
      case "\"": result += "\\\""
      case "\n", "\r\n": result += "\\n"
      default: result.append(character)
      }
    }
    return result
  }
}
