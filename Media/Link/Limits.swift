// The bounds of what crosses between the planes.

enum Limits {
  /// A million values: far above any use, and a sign that a size in bytes was passed by mistake.
  static let mailboxCapacity = 1 << 20
  /// 64 MiB: ten seconds of 30,000 packets a second, and a disk that stands still for longer is broken.
  static let tapeRingBytes = 1 << 26
  /// One RTP packet.
  static let tapePayloadBytes = 1_500
}
