// A session description (RFC 8866, as JSEP uses it: RFC 8829) as values. The sessions read a client's offer into one,
// make the answer as another, and write that out; what WebRTC has no use for is not kept.

package struct SessionDescription: Equatable, Sendable {
  /// `o=`: the session is the same as long as its name is; the version counts up with each change.
  package struct Origin: Equatable, Sendable {
    package var username: String
    package var session: String
    package var version: UInt64

    package init(username: String = "-", session: String, version: UInt64) {
      self.username = username
      self.session = session
      self.version = version
    }
  }

  /// `a=group:BUNDLE 0 1`.
  package struct Group: Equatable, Sendable {
    package var semantics: String
    package var mids: [String]

    package init(_ semantics: String, _ mids: [String]) {
      self.semantics = semantics
      self.mids = mids
    }
  }

  package var origin: Origin
  package var name = "-"
  package var bandwidths: [Bandwidth] = []
  package var groups: [Group] = []
  package var allowsMixedExtensions = false
  /// What follows `a=msid-semantic:`, in one form.
  package var streamSemantics: String?
  package var isICELite = false
  package var iceOptions: [String] = []
  /// At this level for all m-lines that have none of their own; reading puts them there as well.
  package var credentials: ICECredentials?
  package var fingerprints: [Fingerprint] = []
  package var setup: DTLSSetup?
  package var direction: MediaDirection?
  package var media: [MediaDescription] = []

  package init(origin: Origin) { self.origin = origin }

  /// The m-lines that share one transport, in order; empty where nothing is bundled.
  package var bundle: [String] { groups.first { $0.semantics == "BUNDLE" }?.mids ?? [] }
}

/// `b=AS:2000`, in kilobits a second, or `b=TIAS:2000000`, in bits.
package struct Bandwidth: Equatable, Sendable {
  package var type: String
  package var amount: UInt64

  package init(type: String, amount: UInt64) {
    self.type = type
    self.amount = amount
  }
}

/// The short-term name and password of RFC 8839, section 5.4.
package struct ICECredentials: Hashable, Sendable {
  package var ufrag: String
  package var password: String

  package init(ufrag: String, password: String) {
    self.ufrag = ufrag
    self.password = password
  }
}

/// The hash of a certificate (RFC 8122): the function's name in small letters, the bytes.
package struct Fingerprint: Hashable, Sendable {
  package var hash: String
  package var digest: [UInt8]

  package init(hash: String, digest: [UInt8]) {
    self.hash = hash
    self.digest = digest
  }
}

/// Who opens the DTLS connection (RFC 8842).
package enum DTLSSetup: String, Sendable {
  case active, passive, actpass, holdconn
}

package enum MediaDirection: String, Sendable {
  case sendrecv, sendonly, recvonly, inactive

  package init(sends: Bool, receives: Bool) {
    self = sends ? (receives ? .sendrecv : .sendonly) : (receives ? .recvonly : .inactive)
  }

  package var sends: Bool { self == .sendrecv || self == .sendonly }
  package var receives: Bool { self == .sendrecv || self == .recvonly }

  /// The same, seen from the other side.
  package var reversed: Self { Self(sends: receives, receives: sends) }

  /// What both want: an answer's direction, from the offer's and what the answerer would do (RFC 8829, 5.3.1).
  package func answered(sending: Bool, receiving: Bool) -> Self {
    Self(sends: receives && sending, receives: sends && receiving)
  }
}

/// What is wrong with a description, and in which line, counted from 1.
package struct SDPError: Error, Equatable, Sendable, CustomStringConvertible {
  package let line: Int
  package let problem: SDPProblem

  package init(line: Int, problem: SDPProblem) {
    self.line = line
    self.problem = problem
  }

  package var description: String { "line \(line): \(problem.rawValue)" }
}

/// Each as the person who sent it reads it.
package enum SDPProblem: String, Error, Sendable {
  case tooLong = "the description is longer than 256 KiB"
  case lineTooLong = "the line is longer than 4096 bytes"
  case tooManyLines = "there are more than 8192 lines"
  case tooManyMedia = "there are more than 256 m-lines"
  case tooMany = "there are too many attributes of this kind"
  case text = "the line is not UTF-8, or has control characters"
  case syntax = "a line is a letter, an equals sign and a value"
  case version = "a description begins with v=0"
  case origin = "o= needs a name, a session, a version in digits, and an address"
  case noOrigin = "the o= line is missing"
  case bandwidth = "b= needs a type, a colon and a number"
  case mediaLine = "m= needs a kind, a port, a transport and formats"
  case payloadType = "a payload type is a number from 0 to 127 that the m-line lists"
  case samePayloadType = "the m-line lists this payload type twice"
  case mid = "mid is a token of at most 32 bytes"
  case sameMid = "another m-line has the same mid"
  case group = "group names mids that no m-line has, or one of them twice"
  case ufrag = "ice-ufrag has 4 to 256 letters, digits, + and /"
  case password = "ice-pwd has 22 to 256 letters, digits, + and /"
  case credentials = "ice-ufrag and ice-pwd come together"
  case fingerprint = "fingerprint needs a hash and as many pairs of hexadecimal digits as it has bytes"
  case setup = "setup is active, passive, actpass or holdconn"
  case rtpmap = "rtpmap needs a payload type, a name and a clock rate"
  case fmtp = "fmtp needs a payload type and parameters"
  case feedback = "rtcp-fb needs a payload type, or *, and a kind"
  case extmap = "extmap needs an id from 1 to 255 that is not taken, and a name"
  case ssrc = "ssrc needs a number and an attribute"
  case ssrcGroup = "ssrc-group needs a meaning and numbers"
  case streamID = "msid needs a stream and at most one track"
  case rid = "rid needs a name of letters and digits that is not taken, and send or recv"
  case simulcast = "simulcast needs send or recv, and rids that are there"
  case number = "a number is out of its range"
}
