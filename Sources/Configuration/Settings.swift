// Everything an operator can set, typed, with its default. ConfigurationTable names each field for YAML, environment
// and flags; ConfigurationLoader fills it. Server hands the parts to those who need them.

package struct Settings: Sendable, Equatable {
  package var http = HTTP()
  package var data = DataFolder()
  package var store = Storage()
  package var node = Node()
  package var access = Access()
  package var limits = RateLimits()
  package var rooms = Rooms()
  package var recordings = Recordings()
  package var matching = Matching()
  package var sessions = Sessions()
  package var events = Events()
  package var webhooks = Webhooks()
  package var ice = ICE()
  package var turn = TURN()
  package var media = Media()
  package var page = Page()
  package var log = Logging()
  package var drain = Drain()

  package init() {}

  package struct HTTP: Sendable, Equatable {
    package var address = "0.0.0.0"
    /// 0 asks the system for a free port.
    package var port = 7080
    package var publicURL = ""
    package var tls = TLS()
    package var corsOrigins: [String] = []
    package var trustedProxies: [String] = []
    package var proxyProtocol = false
    package var maxConnections = 20_000
    package var maxConnectionsPerAddress = 512
    package var maxBodyBytes = 1 << 20
    package var headTimeout = Duration.seconds(10)
    package var idleTimeout = Duration.seconds(60)

    package init() {}
  }

  /// Both empty: plain HTTP. The loader refuses one without the other.
  package struct TLS: Sendable, Equatable {
    package var certificate = ""
    package var key = ""
    package var isOn: Bool { !certificate.isEmpty }

    package init() {}
  }

  package struct DataFolder: Sendable, Equatable {
    package var directory = "./data"
    /// Empty: in the directory.
    package var masterKeyFile = ""

    package init() {}
  }

  package struct Storage: Sendable, Equatable {
    package enum Kind: String, Sendable, CaseIterable { case sqlite }
    package var kind = Kind.sqlite

    package init() {}
  }

  package struct Node: Sendable, Equatable {
    /// Never empty once loaded: the loader puts the host's name here.
    package var id = ""
    package var region = ""

    package init() {}
  }

  package struct Access: Sendable, Equatable {
    package var keys: [APIKey] = []
    package var jwksFile = ""
    package var jwksIssuer = ""
    package var jwksAudience = ""
    package var maxTokenAge = Duration.seconds(24 * 3600)
    package var tokenLeeway = Duration.seconds(10)

    package init() {}
  }

  package struct APIKey: Sendable, Equatable {
    package var id: String
    package var secret: Secret
    package init(id: String, secret: Secret) {
      self.id = id
      self.secret = secret
    }
  }

  package struct RateLimits: Sendable, Equatable {
    package var joinTimeout = Duration.seconds(10)
    package var messagesPerSecond = 50
    package var messageBurst = 100
    package var requestsPerSecond = 50
    package var requestBurst = 200
    package var authFailuresPerMinute = 20
    package var connectionsPerIdentity = 10

    package init() {}
  }

  package struct Rooms: Sendable, Equatable {
    package enum Topology: String, Sendable, CaseIterable { case sfu, p2p, auto }
    package enum Recording: String, Sendable, CaseIterable {
      case off
      case onDemand = "on_demand"
      case always
    }
    package var defaultTopology = Topology.sfu
    package var maxParticipants = 50
    package var emptyTimeout = Duration.seconds(5 * 60)
    package var maxRooms = 100_000
    package var lobby = false
    package var recording = Recording.onDemand

    package init() {}
  }

  package struct Recordings: Sendable, Equatable {
    /// Zero: for ever.
    package var retention = Duration.zero
    package var warning = Duration.seconds(24 * 3600)
    package var leastFree = 512 << 20
    package var reserve = 128 << 20

    package init() {}
  }

  package struct Matching: Sendable, Equatable {
    package enum Consent: String, Sendable, CaseIterable { case both, automatic }
    package var consent = Consent.both
    package var offerTimeout = Duration.seconds(30)
    package var maximumWait = Duration.seconds(3600)
    package var unansweredOffers = 3
    package var declinedPair = Duration.seconds(600)
    package var weights = Weights()

    /// In percent; only their proportions matter.
    package struct Weights: Sendable, Equatable {
      package var skill = 35
      package var embedding = 15
      package var language = 15
      package var rating = 15
      package var availability = 10
      package var history = 5
      package var fairness = 5

      package init() {}
    }

    package init() {}
  }

  package struct Sessions: Sendable, Equatable {
    package enum Duplicate: String, Sendable, CaseIterable { case replace, reject }
    package var resumeWindow = Duration.seconds(60)
    package var replayEvents = 256
    package var replayBytes = 64 << 10
    package var duplicateIdentity = Duplicate.replace
    package var tokenRefresh = Duration.seconds(60)

    package init() {}
  }

  package struct Events: Sendable, Equatable {
    package var retention = Duration.seconds(7 * 24 * 3600)

    package init() {}
  }

  package struct Webhooks: Sendable, Equatable {
    package var endpoints: [Webhook] = []
    package var timeout = Duration.seconds(10)
    package var maxAge = Duration.seconds(24 * 3600)

    package init() {}
  }

  package struct Webhook: Sendable, Equatable {
    package var url: String
    package var secret: Secret
    /// Names (`room.closed`) or families (`participant.*`); empty: every event.
    package var events: [String]
    package init(url: String, secret: Secret, events: [String] = []) {
      self.url = url
      self.secret = secret
      self.events = events
    }
  }

  package struct ICE: Sendable, Equatable {
    package var stun: [String] = []

    package init() {}
  }

  package struct TURN: Sendable, Equatable {
    package var urls: [String] = []
    package var secret = Secret("")
    /// Where `secret` was read from; empty if it was given itself.
    package var secretFile = ""
    package var ttl = Duration.seconds(3600)

    package init() {}
  }

  package struct Media: Sendable, Equatable {
    package enum SRTP: String, Sendable, CaseIterable {
      case fastest, openssl, libsrtp2
      case ipsecmb = "ipsec-mb"
    }
    package var address = "::"
    package var port = 7081
    /// 0: one a core.
    package var workers = 0
    package var advertise: [String] = []
    package var srtp = SRTP.fastest
    package var audioCodecs = TextRule.audioCodecs
    package var videoCodecs = TextRule.videoCodecs
    package var socketBytes = 4 << 20
    package var tcp = true
    package var loadLimitPercent = 90

    package init() {}
  }

  package struct Page: Sendable, Equatable {
    package var enabled = true

    package init() {}
  }

  package struct Logging: Sendable, Equatable {
    package enum Level: String, Sendable, CaseIterable { case debug, info, warning, error }
    package enum Format: String, Sendable, CaseIterable { case auto, json, human }
    package var level = Level.info
    package var format = Format.auto
    /// As written, `web=debug`; `levelOfSubsystem` reads them.
    package var levels: [String] = []

    package var levelOfSubsystem: [String: Level] {
      var result: [String: Level] = [:]
      for entry in levels {
        let parts = entry.split(separator: "=", maxSplits: 1)
        if parts.count == 2, let level = Level(rawValue: String(parts[1])) {
          result[String(parts[0])] = level
        }
      }
      return result
    }

    package init() {}
  }

  package struct Drain: Sendable, Equatable {
    package var deadline = Duration.seconds(5 * 60)

    package init() {}
  }
}

/// A text that must not be printed by accident: interpolating it gives stars.
package struct Secret: Sendable, Equatable, CustomStringConvertible, CustomReflectable {
  package let value: String
  package init(_ value: String) { self.value = value }
  package var isEmpty: Bool { value.isEmpty }
  package var description: String { isEmpty ? "" : "********" }
  package var customMirror: Mirror { Mirror(self, children: []) }
}
