// The bounds of the transport that no configuration changes, each with its reason.

enum Limits {
  /// A request's head. Tokens of identity providers run to 4 kB; nginx and Apache allow 8 kB a line.
  static let headBytes = 16_384
  static let targetBytes = 8_192
  static let headerCount = 100
  static let queryFields = 100
  /// A chunk's size line with extensions, and all of a chunked body's trailer.
  static let chunkLineBytes = 256
  static let trailerBytes = 4_096
  /// Empty lines before a request line, which RFC 9112 (2.2) wants forgiven.
  static let leadingEmptyLines = 2
  /// What is kept of requests that came before the last one was answered; then reading stops.
  static let pipelinedBytes = 32_768
  /// Bytes for one write: two TLS records, and what one stalled client can park inside libwebsockets.
  static let writeBytes = 32_768
  /// Writes for one connection before the others get their turn.
  static let writesPerTurn = 4
  /// A response body is fetched ahead of the client to this much.
  static let responseAheadBytes = 131_072
  static let fileReadBytes = 65_536
  /// Below this a compressed body saves no packet.
  static let compressionFloorBytes = 1_024
  /// Compressing more than this would hold up the control loop for milliseconds: done on the file thread.
  static let compressionOnLoopBytes = 16_384
  static let acceptsPerTurn = 64
  static let listenBacklog: Int32 = 1_024
  /// One TLS record decrypts to at most this; libwebsockets must take it whole, or the rest would wait for the
  /// next packet.
  static let receiveBytes = 16_640
  /// PROXY v2 with all its additions; HAProxy's own bound is smaller.
  static let proxyHeaderBytes = 1_024
  static let proxyHeaderWait = Duration.seconds(3)
  /// After the last word of ours: for the peer's close frame, or to read what it was still sending, so that
  /// the kernel's reset doesn't overtake our answer.
  static let closeWait = Duration.seconds(2)
  /// Who was refused in the midst of a body needs longer to read so: most clients send all of it first. Both bounds
  /// together are what one of them can cost; a body beyond them is cut off without having read its answer.
  static let lingerWait = Duration.seconds(10)
  static let lingerBytes = 64 << 20
  /// The slowest upload that is believed to be honest: a second more for every 8 kB.
  static let bodyBytesPerSecond = 8_192
  /// Without a limit on connections libwebsockets still wants to know how large its table must be.
  static let descriptorsUnlimited = 100_000
  static let descriptorsForTheRest = 4_096
  /// How often certificate files are looked at.
  static let certificateCheck = Duration.seconds(10)
  /// HTTPClient: requests at work at once; others wait their turn.
  static let clientConcurrency = 32
  static let clientHeaderBytes = 65_536
}
