// Every configuration key, once. Settings, the YAML file, environment names, flags, Config/tandem.yaml and
// docs/configuration.md all come from these rows; tests compare the two files with them.

package enum ConfigurationTable {
  package static let keys: [Key] =
    http + storage + access + limits + rooms + recordings + matching + sessions + lessons + events + media
    + operation

  package static func key(named name: String) -> Key? { byName[name] }
  package static func key(flag: String) -> Key? { byFlag[flag] }
  static func key(environmentName: String) -> Key? { byEnvironmentName[environmentName] }

  static let byName = Dictionary(uniqueKeysWithValues: keys.map { ($0.name, $0) })
  static let byFlag = Dictionary(uniqueKeysWithValues: keys.map { ($0.flag, $0) })
  static let byEnvironmentName = Dictionary(uniqueKeysWithValues: keys.map { ($0.environmentName, $0) })

  /// Whether a name is what keys stand below: `http`, `http.tls`.
  static func isSection(_ name: String) -> Bool { keys.contains { $0.name.hasPrefix(name + ".") } }

  /// For an unknown name in YAML: a key that is spelled nearly so, or has the same last word.
  static func suggestion(for name: String) -> String {
    let names = groups.map(\.name) + keys.map(\.name)
    if let nearest = Suggestion.nearest(to: name, in: names) { return "; did you mean \(nearest)?" }
    let last = name.split(separator: ".").last.map { "." + $0.lowercased() } ?? ""
    guard let key = keys.first(where: { !last.isEmpty && $0.name.lowercased().hasSuffix(last) }) else {
      return ""
    }
    return "; did you mean \(key.name)?"
  }

  /// What a group of keys is about, in the order of the table.
  package static let groups: [(name: String, sentence: String)] = [
    ("http", "The port for HTTP, WebSocket, the call page and metrics."),
    ("data", "Where everything durable lives."),
    ("store", "What keeps rooms, sessions, keys and events."),
    ("node", "Who this server is among others."),
    ("access", "Who may sign tokens, and which tokens are taken."),
    ("limits", "What one client or address may ask of the server."),
    ("rooms", "What a room is like unless its creation says otherwise."),
    ("recordings", "How long recordings are kept."),
    ("matching", "Who is brought together from the queue, and how."),
    (
      "sessions",
      "Connections of participants, and the life of booked sessions."
    ),
    ("events", "The record of everything that happened, and what webhooks are sent from."),
    ("webhooks", "Who is told about events."),
    ("ice", "What clients are told for finding a path to each other."),
    ("turn", "A coturn server for networks that let nothing else through."),
    ("media", "The ports and threads that carry audio and video."),
    ("page", "The call page and the console."),
    ("log", "What is logged, and how it looks."),
    ("drain", "How a server is taken out of service."),
  ]

  private static let http: [Key] = [
    .text(
      "http.address", \.http.address, .address, .restart, "Address to listen on; `::` takes IPv6 as well."),
    .integer(
      "http.port", \.http.port, 0...65_535, .restart,
      "TCP port for HTTP and WebSocket; 0 lets the system choose a free one."),
    .text(
      "http.publicURL", \.http.publicURL, .webAddress, .live,
      "How browsers reach this server, used in links; empty takes the request's own host."),
    .text(
      "http.tls.certificate", \.http.tls.certificate, .path, .restart,
      "PEM file with the certificate and its chain; empty serves plain HTTP."),
    .text("http.tls.key", \.http.tls.key, .path, .restart, "PEM file with the certificate's private key."),
    .list(
      "http.corsOrigins", \.http.corsOrigins, .origin, atMost: 100, .live,
      "Origins whose pages may call the HTTP API, such as https://app.example.com; `*` allows all."),
    .list(
      "http.trustedProxies", \.http.trustedProxies, .network, atMost: 100, .live,
      "Networks (CIDR) whose X-Forwarded-For and PROXY headers are believed."),
    .boolean(
      "http.proxyProtocol", \.http.proxyProtocol, .restart,
      "Expect a PROXY protocol header on each connection from a trusted proxy."),
    .integer(
      "http.maxConnections", \.http.maxConnections, 16...1_000_000, .restart,
      "Open TCP connections at most; needs as many file descriptors."),
    .integer(
      "http.maxConnectionsPerAddress", \.http.maxConnectionsPerAddress, 0...1_000_000, .live,
      "Open TCP connections of one address at most; 0 sets no limit. A school shares one."),
    .bytes(
      "http.maxBodyBytes", \.http.maxBodyBytes, 1024...(64 << 20), .live,
      "Largest request body that is taken."),
    .duration(
      "http.headTimeout", \.http.headTimeout, .seconds(1)...(.seconds(300)), .restart,
      "How long a client may take to send a request's head."),
    .duration(
      "http.idleTimeout", \.http.idleTimeout, .seconds(1)...(.seconds(3600)), .restart,
      "How long an HTTP connection may stay open without a request."),
  ]

  private static let storage: [Key] = [
    .text(
      "data.directory", \.data.directory, .path, .restart,
      "Folder for everything durable; made if it is missing. With --dev it is ./data/dev."),
    .text(
      "data.masterKeyFile", \.data.masterKeyFile, .path, .restart,
      "File with the key under which all secrets are sealed; empty: master.key in the data folder. Elsewhere, such as on a secret mount, a copy of the folder opens nothing, and backups don't hold it."
    ),
    .choice("store.kind", \.store.kind, .restart, "The database: `sqlite` is a file in the data folder."),
    .text(
      "node.id", \.node.id, .identifier, .restart,
      "Name of this server in logs, metrics and `joined`; empty takes the host's name."),
    .text(
      "node.region", \.node.region, .identifier, .restart, "Where this server stands, for instance `eu`."),
  ]

  private static let access: [Key] = [
    .apiKeys(
      "access.keys", \.access.keys, .live,
      "API keys: `id` with `secret` or `secretFile`. Keys made by `tandem key create` come on top."),
    .text(
      "access.jwksFile", \.access.jwksFile, .path, .live,
      "JWKS file with the public keys of an outside identity provider (RS256, ES256)."),
    .text("access.jwksIssuer", \.access.jwksIssuer, .any, .live, "The `iss` that such tokens must have."),
    .text(
      "access.jwksAudience", \.access.jwksAudience, .any, .live,
      "The `aud` that such tokens must have; empty accepts any."),
    .duration(
      "access.maxTokenAge", \.access.maxTokenAge, .seconds(60)...(.seconds(24 * 3600)), .live,
      "A token that is valid for longer is refused."),
    .duration(
      "access.tokenLeeway", \.access.tokenLeeway, .zero...(.seconds(300)), .live,
      "How far the clocks of token makers may be off."),
  ]

  private static let limits: [Key] = [
    .duration(
      "limits.joinTimeout", \.limits.joinTimeout, .seconds(1)...(.seconds(300)), .live,
      "A WebSocket that has not joined by then is closed with 4408."),
    .integer(
      "limits.messagesPerSecond", \.limits.messagesPerSecond, 1...10_000, .live,
      "WebSocket messages a second of one client, over time."),
    .integer(
      "limits.messageBurst", \.limits.messageBurst, 1...100_000, .live,
      "WebSocket messages of one client at once."),
    .integer(
      "limits.requestsPerSecond", \.limits.requestsPerSecond, 1...100_000, .live,
      "HTTP requests a second of one address, over time."),
    .integer(
      "limits.requestBurst", \.limits.requestBurst, 1...100_000, .live,
      "HTTP requests of one address at once."),
    .integer(
      "limits.authFailuresPerMinute", \.limits.authFailuresPerMinute, 1...10_000, .live,
      "Refused tokens a minute of one address before it has to wait."),
    .integer(
      "limits.connectionsPerIdentity", \.limits.connectionsPerIdentity, 1...1000, .live,
      "WebSockets of one user at once."),
  ]

  private static let rooms: [Key] = [
    .choice(
      "rooms.defaultTopology", \.rooms.defaultTopology, .live,
      "How media flows: `sfu` through the server, `p2p` directly between two, `auto` whichever fits."),
    .integer(
      "rooms.maxParticipants", \.rooms.maxParticipants, 1...10_000, .live, "Participants of a room at most."),
    .duration(
      "rooms.emptyTimeout", \.rooms.emptyTimeout, .zero...(.seconds(7 * 24 * 3600)), .live,
      "How long a room stays open with nobody in it."),
    .integer("rooms.maxRooms", \.rooms.maxRooms, 1...10_000_000, .live, "Open rooms at most."),
    .boolean("rooms.lobby", \.rooms.lobby, .live, "Whether students wait until a mentor admits them."),
    .choice(
      "rooms.recording", \.rooms.recording, .live,
      "Whether sessions are recorded: `off`, `on_demand` or `always`; consent is needed in any case."),
  ]

  private static let recordings: [Key] = [
    .duration(
      "recordings.retention", \.recordings.retention, .zero...(.seconds(3650 * 24 * 3600)), .live,
      "How long a recording is kept after its end; 0 keeps it until somebody erases it."),
    .duration(
      "recordings.warning", \.recordings.warning, .zero...(.seconds(90 * 24 * 3600)), .live,
      "How long before a recording is removed the event `recording.expiring` says so."),
    .bytes(
      "recordings.leastFree", \.recordings.leastFree, 0...(1 << 40), .live,
      "With less room than this on the disk no new recording begins: an hour of a hundred people in ordinary speech."
    ),
    .bytes(
      "recordings.reserve", \.recordings.reserve, 0...(1 << 40), .live,
      "With less room than this those that run are closed, while there is still room for their ends."),
  ]

  private static let matching: [Key] =
    [
      .choice(
        "matching.consent", \.matching.consent, .live,
        "Whether `both` are asked before a match counts, or it is `automatic`."),
      .duration(
        "matching.offerTimeout", \.matching.offerTimeout, .seconds(3)...(.seconds(3600)), .live,
        "How long an offer stands; who does not answer goes back to the old place."),
      .duration(
        "matching.maximumWait", \.matching.maximumWait, .seconds(10)...(.seconds(7 * 24 * 3600)), .live,
        "How long somebody waits at most, unless the ticket says less."),
      .integer(
        "matching.unansweredOffers", \.matching.unansweredOffers, 1...100, .live,
        "After so many offers without any answer a ticket leaves the queue."),
      .duration(
        "matching.declinedPair", \.matching.declinedPair, .zero...(.seconds(7 * 24 * 3600)), .live,
        "How long two are not offered to each other again after one declined."),
    ] + matchingWeights

  private static let matchingWeights: [Key] = [
    .integer(
      "matching.weights.skill", \.matching.weights.skill, 0...1000, .live,
      "That the mentor teaches what is asked for, at the level."),
    .integer(
      "matching.weights.embedding", \.matching.weights.embedding, 0...1000, .live,
      "That their profiles' embeddings are alike."),
    .integer(
      "matching.weights.language", \.matching.weights.language, 0...1000, .live, "A language in common."),
    .integer(
      "matching.weights.rating", \.matching.weights.rating, 0...1000, .live,
      "The mentor's rating, of which few sessions prove little."),
    .integer(
      "matching.weights.availability", \.matching.weights.availability, 0...1000, .live,
      "Hours of the week in common."),
    .integer(
      "matching.weights.history", \.matching.weights.history, 0...1000, .live,
      "What the two said of earlier sessions."),
    .integer(
      "matching.weights.fairness", \.matching.weights.fairness, 0...1000, .live,
      "That mentors take turns."),
  ]

  private static let sessions: [Key] = [
    .duration(
      "sessions.resumeWindow", \.sessions.resumeWindow, .zero...(.seconds(3600)), .live,
      "How long a participant whose connection dropped keeps its place."),
    .integer(
      "sessions.replayEvents", \.sessions.replayEvents, 0...10_000, .live,
      "Missed events kept for one participant at most."),
    .bytes(
      "sessions.replayBytes", \.sessions.replayBytes, 0...(16 << 20), .live,
      "Size of the missed events kept for one participant at most."),
    .choice(
      "sessions.duplicateIdentity", \.sessions.duplicateIdentity, .live,
      "The same user joins again: `replace` the older connection or `reject` the newer."),
    .duration(
      "sessions.tokenRefresh", \.sessions.tokenRefresh, .zero...(.seconds(3600)), .live,
      "How long before its token expires a client gets a new one; 0 sends none."),
  ]

  private static let events: [Key] = [
    .duration(
      "events.retention", \.events.retention, .seconds(3600)...(.seconds(3650 * 24 * 3600)), .live,
      "How long events can be read again at /v1/events."),
    .webhooks(
      "webhooks.endpoints", \.webhooks.endpoints, .live,
      "Who gets events: `url` with `secret` or `secretFile`, and `events` to get only some."),
    .duration(
      "webhooks.timeout", \.webhooks.timeout, .seconds(1)...(.seconds(60)), .live,
      "How long an endpoint may take to answer."),
    .duration(
      "webhooks.maxAge", \.webhooks.maxAge, .seconds(60)...(.seconds(30 * 24 * 3600)), .live,
      "How long a delivery is tried again before it is given up."),
  ]

  private static let media: [Key] = [
    .list(
      "ice.stun", \.ice.stun, .iceURL, atMost: 16, .live,
      "STUN servers for clients of p2p rooms, such as stun:stun.example.com:3478."),
    .list(
      "turn.urls", \.turn.urls, .iceURL, atMost: 16, .live,
      "TURN servers for clients, such as turn:turn.example.com:3478?transport=udp."),
    .secret("turn.secret", \.turn.secret, .live, "The `static-auth-secret` of the TURN servers."),
    .secretFile(
      "turn.secretFile", of: "turn.secret", \.turn.secretFile, .live,
      "File whose first line is `turn.secret`."),
    .duration(
      "turn.ttl", \.turn.ttl, .seconds(60)...(.seconds(24 * 3600)), .live,
      "How long a TURN credential is valid."),
    .text(
      "media.address", \.media.address, .address, .restart,
      "Address that media comes in at; `::` takes IPv4 and IPv6 on all interfaces."),
    .integer(
      "media.port", \.media.port, 0...65_535, .restart,
      "First UDP port for media; each worker takes the next one. 0 lets the system choose."),
    .integer(
      "media.workers", \.media.workers, 0...256, .restart, "Media threads; 0 starts one a processor core."),
    .list(
      "media.advertise", \.media.advertise, .ipAddress, atMost: 16, .restart,
      "Addresses that clients are told for media, for servers behind NAT; empty takes the interfaces'."),
    .choice(
      "media.srtp", \.media.srtp, .restart,
      "What encrypts media: `ipsec-mb`, `openssl` or `libsrtp2`; `fastest` takes the first that is there."),
    .list(
      "media.audioCodecs", \.media.audioCodecs, .audioCodec, atMost: 8, .restart,
      "Formats for sound, the preferred first; what is not listed is not taken."),
    .list(
      "media.videoCodecs", \.media.videoCodecs, .videoCodec, atMost: 8, .restart,
      "Formats for pictures, the preferred first: a call uses the first that both its ends have."),
    .boolean(
      "media.tcp", \.media.tcp, .restart,
      "Whether media may come over TCP as well, on the same ports, from networks that let no UDP through."),
    .bytes(
      "media.socketBytes", \.media.socketBytes, (64 << 10)...(256 << 20), .restart,
      "Buffers of a worker's socket, each way; the system's limit (net.core.rmem_max) may give less."),
    .integer(
      "media.loadLimitPercent", \.media.loadLimitPercent, 10...100, .live,
      "Above this load of all media threads, new people are refused so that running calls stay well."),
  ]

  private static let operation: [Key] = [
    .boolean(
      "page.enabled", \.page.enabled, .restart, "Whether / serves the call page and /console the console."),
    .choice("log.level", \.log.level, .live, "The least important lines that are written."),
    .choice(
      "log.format", \.log.format, .live, "`json`, `human`, or `auto`: human on a terminal, else JSON."),
    .list(
      "log.levels", \.log.levels, .subsystemLevel, atMost: 32, .live,
      "Levels of single subsystems, such as web=debug."),
    .duration(
      "drain.deadline", \.drain.deadline, .zero...(.seconds(24 * 3600)), .live,
      "How long running calls may go on once the server is asked to stop."),
  ]
}
