// The bounds of what peers and strangers may make us keep, each with where its value comes from.

enum Limits {
  /// Ours are 4 to 16 characters; RFC 8445 allows 256, but nobody can choose them but us.
  static let ufragByteCount = 32
  /// Two networks with both families, through two of our addresses each.
  static let pathsOfPeer = 8
  /// A datagram of DTLS: no path carries more than 1,500, loopback aside.
  static let dtlsByteCount = 2_048
  /// Handshake datagrams that wait for their turn: some hundred peers that come at once, each with a flight. Two
  /// times 512 KiB a worker with the early ones.
  static let handshakeQueue = 256
  /// Two flights of a client with a certificate: no more of one peer wait at a time.
  static let handshakesOfPeer = 16
  /// Handshake datagrams that came before any check from their address.
  static let earlyDatagrams = 256
  /// A first flight is one or two datagrams, and may have been sent twice.
  static let earlyOfAddress = 4
  /// A check follows a first flight within a round trip; older ones are sent again anyway.
  static let earlyMilliseconds: Int64 = 2_000
  /// RFC 7675, section 5.1: consent expires after 30 seconds.
  static let silenceMilliseconds: Int64 = 30_000
  /// From the first check to the keys: OpenSSL gives up after as long, but only once it has sent something.
  static let handshakeMilliseconds: Int64 = 30_000
  /// A path that has been silent for two checks of RFC 7675's 5 seconds gives way to one that is in use.
  static let pathSilenceMilliseconds: Int64 = 10_000
  /// How long DTLS is kept after media came: longer than any repetition of the client's last flight is under way.
  static let graceMilliseconds: Int64 = 5_000
  /// When a handshake of ours that found the queue full is tried again.
  static let retryMilliseconds: Int64 = 50
  /// What one peer's DTLS may send in a turn: a flight is five datagrams, two may be waiting.
  static let datagramsOfTurn = 16
}
