// The bounds of a caller: how often it speaks, how much it remembers.

enum Limits {
  /// Browsers pace their checks so until the first answer (RFC 8445 section 14).
  static let checkMilliseconds: Int64 = 50
  /// Consent is asked for every five seconds at most (RFC 7675); browsers ask twice as often.
  static let consentMilliseconds: Int64 = 2_500
  /// Checks on their way: what is sent in 800 ms, more than any answer takes that is of use.
  static let waitingChecks = 16
  /// The handshake's own timer is looked at so often.
  static let handshakeTickMilliseconds: Int64 = 50
  /// RFC 3550's five seconds are for large groups; browsers report each second.
  static let reportMilliseconds: Int64 = 1_000
  /// Browsers send transport-wide feedback every 50 to 250 ms, the more often the more there is to tell.
  static let feedbackMilliseconds: Int64 = 250
  static let feedbackSoonArrivals = 12
  static let feedbackSoonMilliseconds: Int64 = 20
  /// Arrivals between two feedbacks: 100 ms of 40 Mbit/s; what comes beyond is not told of.
  static let feedbackArrivals = 512
  /// How often missing packets are looked at.
  static let repairMilliseconds: Int64 = 20
  /// What overtakes by less is not missing yet.
  static let reorderMilliseconds: Int64 = 10
  /// Between two requests for one packet: a round trip of most calls.
  static let requestAgainMilliseconds: Int64 = 100
  /// As many as browsers make.
  static let requestsOfAPacket = 10
  /// A packet that late is of no use to a call.
  static let repairForMilliseconds: Int64 = 1_000
  /// Missing packets of one stream; a longer gap is a new start.
  static let missingPackets = 512
  /// One request names so many at most: 120 items are 480 bytes.
  static let requestedAtOnce = 120
  /// Between two requests for a key frame.
  static let keyFrameMilliseconds: Int64 = 300
  /// Packets of a received stream that are remembered, a power of two: over a second of 8 Mbit/s.
  static let receivedPackets = 1_024
  /// The same of sound: five seconds.
  static let receivedAudioPackets = 256
  /// Packets of a sent stream that can be sent again, a power of two: a second of 4 Mbit/s.
  static let sentPackets = 512
  /// Silence is told so often (RFC 7587: DTX updates every 400 ms).
  static let silenceMilliseconds: Int64 = 400
  /// Streams that one caller receives: 50 people with sound and picture, and those who came and went.
  static let streams = 512
  /// A sender that was late for longer skips what it missed instead of bursting.
  static let lateMilliseconds: Int64 = 500
  /// A VP8 frame in packets: 400 kB of key frame.
  static let packetsOfAFrame = 400
}
