// Settings as each part wants them: the one place that knows both sides.

import API
import Access
import Agenda
import Configuration
import Control
import Glibc
import Library
import Matching
import Matchmaker
import Sessions
import Store
import Values
import Web
import Webhooks

extension TandemServer {
  /// The key set of the outside identity provider, if there is one.
  static func jwks(_ settings: Settings) throws(StartFailure) -> JWKSet? {
    let path = settings.access.jwksFile
    guard !path.isEmpty else { return nil }
    guard let bytes = SmallFile.read(path, atMost: 1 << 20) else {
      throw StartFailure("\(path): cannot be read, or has over 1 MiB. access.jwksFile names it.")
    }
    do {
      return try JWKSet(parsing: bytes)
    } catch {
      throw StartFailure("\(path): \(error). access.jwksFile names it.")
    }
  }

  static func sessionsOptions(_ settings: Settings) -> SessionsOptions {
    var options = SessionsOptions()
    options.room.topology = Topology(rawValue: settings.rooms.defaultTopology.rawValue) ?? .sfu
    options.room.maxParticipants = settings.rooms.maxParticipants
    options.room.emptyTimeout = settings.rooms.emptyTimeout
    options.room.recording = RecordingPolicy(rawValue: settings.rooms.recording.rawValue) ?? .onDemand
    options.room.lobby = settings.rooms.lobby
    options.maxRooms = settings.rooms.maxRooms
    options.resumeWindow = settings.sessions.resumeWindow
    options.replayEvents = settings.sessions.replayEvents
    options.replayBytes = settings.sessions.replayBytes
    let sessions = settings.sessions
    options.lessons.earlyEntry = sessions.earlyEntry
    options.lessons.lateAfter = sessions.lateAfter
    options.lessons.noShowAfter = sessions.noShowAfter
    options.lessons.reminders = sessions.reminders.compactMap(Quantity.duration)
    options.lessons.endWarning = sessions.endWarning
    options.lessons.mentorExtension = sessions.mentorExtension
    options.duplicateIdentity = settings.sessions.duplicateIdentity == .replace ? .replace : .reject
    return options
  }

  static func mediaOptions(_ settings: Settings) -> MediaOptions {
    var options = MediaOptions()
    options.audioCodecs = settings.media.audioCodecs
    options.videoCodecs = settings.media.videoCodecs
    options.loadBound = Double(settings.media.loadLimitPercent) / 100
    return options
  }

  static func libraryOptions(_ settings: Settings) -> Library.Options {
    var options = Library.Options()
    options.retention = settings.recordings.retention == .zero ? nil : settings.recordings.retention
    options.warning = settings.recordings.warning
    options.leastFreeBytes = UInt64(settings.recordings.leastFree)
    options.reserveBytes = UInt64(settings.recordings.reserve)
    return options
  }

  static func agendaOptions(_ settings: Settings) -> Agenda.Options {
    var options = Agenda.Options()
    options.ratingWindow = settings.sessions.ratingWindow
    return options
  }

  static func matchmakerOptions(_ settings: Settings) -> Matchmaker.Options {
    var options = Matchmaker.Options()
    let (matching, weights) = (settings.matching, settings.matching.weights)
    options.resumeWindow = settings.sessions.resumeWindow
    options.rules.consent = matching.consent == .both ? .both : .automatic
    options.rules.offerSeconds = Int(matching.offerTimeout.milliseconds / 1_000)
    options.rules.maximumWaitSeconds = Int(matching.maximumWait.milliseconds / 1_000)
    options.rules.unansweredOffers = matching.unansweredOffers
    options.rules.declinedPairSeconds = Int(matching.declinedPair.milliseconds / 1_000)
    options.rules.weights.skill = Double(weights.skill) / 100
    options.rules.weights.embedding = Double(weights.embedding) / 100
    options.rules.weights.language = Double(weights.language) / 100
    options.rules.weights.rating = Double(weights.rating) / 100
    options.rules.weights.availability = Double(weights.availability) / 100
    options.rules.weights.history = Double(weights.history) / 100
    options.rules.weights.fairness = Double(weights.fairness) / 100
    return options
  }

  /// Events must outlive the time in which somebody may still ask for them.
  static func journalWindow(_ settings: Settings) -> Duration {
    settings.sessions.resumeWindow + settings.sessions.resumeWindow
  }

  static func serviceOptions(_ settings: Settings, dev: Bool) -> Service.Options {
    var options = Service.Options()
    options.isDev = dev
    options.node = settings.node.id
    options.region = settings.node.region.isEmpty ? nil : settings.node.region
    options.joinTimeout = settings.limits.joinTimeout
    options.messagesPerSecond = Double(settings.limits.messagesPerSecond)
    options.messageBurst = Double(settings.limits.messageBurst)
    options.requestsPerSecond = Double(settings.limits.requestsPerSecond)
    options.requestBurst = Double(settings.limits.requestBurst)
    options.failuresPerMinute = settings.limits.authFailuresPerMinute
    options.connectionsPerIdentity = settings.limits.connectionsPerIdentity
    options.bodyBytes = settings.http.maxBodyBytes
    options.tokenRefresh = settings.sessions.tokenRefresh
    options.servesPage = settings.page.enabled
    options.iceServers = IceServers(
      stun: settings.ice.stun, turn: settings.turn.urls, turnSecret: Array(settings.turn.secret.value.utf8),
      turnLifetime: settings.turn.ttl)
    return options
  }

  static func webOptions(_ settings: Settings) throws(StartFailure) -> WebServer.Options {
    let http = settings.http
    var options = WebServer.Options()
    options.address = http.address
    options.port = http.port
    if http.tls.isOn { options.tls = (certificate: http.tls.certificate, key: http.tls.key) }
    for text in http.trustedProxies {
      guard let range = AddressRange(text) else {
        throw StartFailure(
          "http.trustedProxies: \"\(text)\" is neither an address nor a range such as 10.0.0.0/8")
      }
      options.trustedProxies.append(range)
    }
    options.proxyProtocol = http.proxyProtocol
    options.corsOrigins = http.corsOrigins
    options.maxConnections = http.maxConnections
    options.maxConnectionsPerAddress = http.maxConnectionsPerAddress
    options.headTimeout = http.headTimeout
    options.idleTimeout = http.idleTimeout
    return options
  }

  static func endpoints(_ settings: Settings) -> [WebhookEndpoint] {
    settings.webhooks.endpoints.map {
      WebhookEndpoint(url: $0.url, secret: Array($0.secret.value.utf8), events: $0.events)
    }
  }
}

/// Whole small files of the operator's.
enum SmallFile {
  static func read(_ path: String, atMost limit: Int) -> [UInt8]? {
    let descriptor = open(path, O_RDONLY | O_CLOEXEC)
    guard descriptor >= 0 else { return nil }
    defer { close(descriptor) }
    var result: [UInt8] = []
    var buffer = [UInt8](repeating: 0, count: 16_384)
    while true {
      let count = Glibc.read(descriptor, &buffer, buffer.count)
      if count == 0 { return result }
      guard count > 0, result.count + count <= limit else { return nil }
      result.append(contentsOf: buffer.prefix(count))
    }
  }
}
