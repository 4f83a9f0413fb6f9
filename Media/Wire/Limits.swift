// The bounds of what is read from outside, each with where its value comes from.

package enum Limits {
  /// Ours carry 7 at most, browsers' 8; RFC 5769's longest 6. More is work for nothing.
  package static let stunAttributes = 32
  /// RFC 8489, section 14.3.
  package static let stunUsernameByteCount = 508
  /// Header 20, ERROR-CODE 8 and UNKNOWN-ATTRIBUTES 20 or an IPv6 address 24, integrity 24, fingerprint 8.
  package static let stunResponseByteCount = 96

  /// A signaling frame is 256 KiB; 50 remote tracks of a browser that knows every codec are half of that.
  package static let sdpByteCount = 256 << 10
  /// The longest line seen is an m-line of 200 bytes; H.264 parameter sets and long tokens get room.
  package static let sdpLineByteCount = 4_096
  /// 256 KiB of a browser's lines, which are 40 bytes on average.
  package static let sdpLines = 8_192
  /// Rooms show at most 50 people with sound, picture and screen each, and reuse the m-lines of those who left.
  package static let sdpMedia = 256
  /// Browsers list 30 formats; RTP has 128 payload types, of which 96 are free for media beside RTCP.
  package static let sdpFormats = 128
  /// Five for each of a browser's 20 formats, and as much again for formats to come.
  package static let sdpFeedback = 512
  /// Browsers know 6 kinds; the registry has 20.
  package static let sdpFeedbackKinds = 32
  /// Browsers have two addresses an interface, over UDP and TCP; a laptop with many virtual ones has 60.
  package static let sdpCandidates = 128
  /// Each m-line carries one track: three simulcast layers, each with RTX and FEC, and what was used before.
  package static let sdpSources = 64
  /// One-byte ids are 14; two-byte ids 255, of which browsers use 20.
  package static let sdpExtensions = 64
  /// RFC 8851 sets none; three layers are usual, encoders know four.
  package static let sdpRids = 16
  /// BUNDLE alone is used by WebRTC; lip sync groups of older clients are skipped over.
  package static let sdpGroups = 32
  /// Hashes that are in use: SHA-1, SHA-2 in four lengths, and room for those to come.
  package static let sdpFingerprints = 8
}
