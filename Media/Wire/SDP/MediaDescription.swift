// One m-line with all its attributes, as values. Those of a data channel are here as well: the rest stays empty.

package struct MediaDescription: Equatable, Sendable {
  package enum Kind: Equatable, Sendable {
    case audio, video, application
    case other(String)

    package init(_ name: some StringProtocol) {
      switch name {
      case "audio": self = .audio
      case "video": self = .video
      case "application": self = .application
      default: self = .other(String(name))
      }
    }

    package var name: String {
      switch self {
      case .audio: "audio"
      case .video: "video"
      case .application: "application"
      case .other(let name): name
      }
    }
  }

  package var kind: Kind
  package var port: UInt16
  package var transport: String
  /// Payload types in order of preference, or `webrtc-datachannel`.
  package var formats: [String]
  package var bandwidths: [Bandwidth] = []

  package var mid: String?
  package var direction = MediaDirection.sendrecv
  package var credentials: ICECredentials?
  package var iceOptions: [String] = []
  package var candidates: [ICECandidate] = []
  package var hasAllCandidates = false
  package var fingerprints: [Fingerprint] = []
  package var setup: DTLSSetup?
  package var isBundleOnly = false

  package var isMultiplexed = false
  package var isMultiplexedOnly = false
  package var hasReducedReports = false
  package var codecs: [Codec] = []
  package var packetMilliseconds: UInt32?
  package var longestPacketMilliseconds: UInt32?
  package var extensions: [HeaderExtension] = []
  package var allowsMixedExtensions = false
  package var streams: [MediaStreamID] = []
  package var sources: [MediaSource] = []
  package var sourceGroups: [MediaSourceGroup] = []
  package var rids: [RestrictionID] = []
  package var simulcast: Simulcast?

  package var sctpPort: UInt16?
  /// RFC 8841: absent means 64 KiB, zero no bound.
  package var largestMessageByteCount: UInt64?

  package init(kind: Kind, port: UInt16 = 9, transport: String = Self.media, formats: [String] = []) {
    self.kind = kind
    self.port = port
    self.transport = transport
    self.formats = formats
  }

  package static let media = "UDP/TLS/RTP/SAVPF"
  package static let dataChannel = "UDP/DTLS/SCTP"

  /// Port zero means refused or gone, but where the m-line waits for BUNDLE to give it a transport.
  package var isRejected: Bool { port == 0 && !isBundleOnly }

  package func codec(_ payloadType: UInt8) -> Codec? { codecs.first { $0.payloadType == payloadType } }
}

/// `a=extmap:3/sendonly urn:…` (RFC 8285).
package struct HeaderExtension: Equatable, Sendable {
  package var id: UInt8
  package var direction: MediaDirection?
  package var uri: String

  package init(id: UInt8, direction: MediaDirection? = nil, uri: String) {
    self.id = id
    self.direction = direction
    self.uri = uri
  }
}

/// `a=msid:stream track` (RFC 8830); the stream is `-` where there is none.
package struct MediaStreamID: Hashable, Sendable {
  package var stream: String
  package var track: String?

  package init(stream: String, track: String? = nil) {
    self.stream = stream
    self.track = track
  }
}

/// The lines of one `a=ssrc` (RFC 5576).
package struct MediaSource: Equatable, Sendable {
  package var ssrc: UInt32
  package var name: String?
  package var stream: MediaStreamID?

  package init(ssrc: UInt32, name: String? = nil, stream: MediaStreamID? = nil) {
    self.ssrc = ssrc
    self.name = name
    self.stream = stream
  }
}

/// `a=ssrc-group:FID 1 2`: media and its retransmission; `SIM`: layers of older clients.
package struct MediaSourceGroup: Equatable, Sendable {
  package var semantics: String
  package var ssrcs: [UInt32]

  package init(_ semantics: String, _ ssrcs: [UInt32]) {
    self.semantics = semantics
    self.ssrcs = ssrcs
  }
}

/// `a=rid:h send pt=96;max-width=640` (RFC 8851).
package struct RestrictionID: Equatable, Sendable {
  package var name: String
  package var sends: Bool
  package var payloadTypes: [UInt8]
  package var restrictions: FormatParameters

  package init(
    _ name: String, sends: Bool, payloadTypes: [UInt8] = [], restrictions: FormatParameters = .init()
  ) {
    self.name = name
    self.sends = sends
    self.payloadTypes = payloadTypes
    self.restrictions = restrictions
  }
}

/// `a=simulcast:send h;m,n;~l` (RFC 8853): streams, each with alternatives, each perhaps paused at first.
package struct Simulcast: Equatable, Sendable {
  package struct Layer: Equatable, Sendable {
    package var rid: String
    package var isPaused: Bool

    package init(_ rid: String, isPaused: Bool = false) {
      self.rid = rid
      self.isPaused = isPaused
    }
  }

  package var send: [[Layer]] = []
  package var receive: [[Layer]] = []

  package init(send: [[Layer]] = [], receive: [[Layer]] = []) {
    self.send = send
    self.receive = receive
  }
}
