// The bounds of this target.

enum Limits {
  /// RFC 7518 section 3.3: "A key of size 2048 bits or larger MUST be used".
  static let smallestRSABits = 2048
  /// Checking a signature costs the square of the length; nobody issues tokens with longer keys.
  static let largestRSABits = 8192
  /// 65537 in all practice; OpenSSL takes at most 64 bits with large moduli.
  static let largestRSAExponentBytes = 8
  /// How much randomness is fetched at once: 512 numbers, so that fetching is a small part of each.
  static let randomBufferBytes = 4096
  /// What C functions with an `int` length can take, with room to spare; nothing here is nearly as long.
  static let longestMessageBytes = 1 << 30
  /// Streams a peer may send: seven a camera with three layers and their retransmissions, many cameras, many changes
  /// of device in one session.
  static let receivedStreams = 256
  /// Streams a peer may be sent: three a person in the largest room, many times over.
  static let sentStreams = 4096
  /// RFC 3711 section 9.2: SRTP packets under one master key.
  static let packetsOfAKey: UInt64 = 1 << 48
  /// The same for SRTCP.
  static let reportsOfAKey: UInt32 = 1 << 31
  /// What a datagram of DTLS may hold: fits through any path that carries media, as WebRTC's stacks assume.
  static let datagramBytes = 1200
  /// A flight of ours with its certificate is five datagrams; two flights, and some room.
  static let waitingDatagrams = 16
  /// 1,200 less the record's header, nonce and tag, with room for the longest of the ciphers.
  static let longestApplicationBytes = 1150
  /// RFC 6347 section 4.1.1, by way of RFC 5246: 2^14 bytes a record.
  static let longestRecordBytes = 1 << 14
  /// Doubling stops here: OpenSSL tries a dozen times, which is eleven seconds so. At 30 % loss each way, nine calls of 500
  /// and more were not connected after twenty seconds with four seconds here, and all with one.
  static let longestTimeoutMicroseconds: UInt32 = 1_000_000
  /// Ten years: longer than any process runs; browsers look at nothing but the fingerprint.
  static let certificateSeconds = 10 * 365 * 86_400
  /// A piece of a sealed file: 64 KiB is what one read of a player asks for, and an Ogg page is never longer.
  package static let pieceBytes = 1 << 16
}
