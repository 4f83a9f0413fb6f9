// The bounds of the tape, each with where its value comes from.

package enum Limits {
  /// The clock of RTP and of Ogg Opus whatever the bandwidth: samples a second.
  package static let clockRate: Int64 = 48_000
  /// 2.5 ms, the shortest frame of Opus: nothing finer can be filled in.
  static let grain: Int64 = 120
  /// 120 ms, the longest packet of Opus (RFC 6716 section 3.2).
  static let packetSamples: Int64 = 5_760
  /// What decoders throw away at the start: the delay of libopus at 48 kHz, which every WebRTC client's encoder has.
  static let preSkip: Int64 = 312
  /// A retransmission asked for twice over a path of 100 ms is here by then; it adds to what a crash may cost.
  static let reorderSamples: Int64 = 300 * 48
  /// 64 packets of 20 ms are more than the wait; of shorter ones, the oldest give way.
  static let reorderPackets = 64
  /// The offset of a stream is the least delay of its first packets, so that one late packet at the start moves nothing.
  static let anchorSamples: Int64 = 300 * 48
  /// A page: with the wait above and the journal's commit, below the second that a crash may cost.
  static let pageSamples: Int64 = 400 * 48
  /// A lacing table has 255 entries; a page ends before a packet of 1,275 bytes could pass it.
  static let pageSegments = 240
  /// The least delay is looked for in buckets of this length, …
  static let bucketSamples: Int64 = 2 * 48_000
  /// … over so many: 16 s, in which a clock that is off by 100 ppm moves 1.6 ms.
  static let buckets = 8
  /// Off by more than this, and silent: put right. Half of the 20 ms that tracks may be apart.
  static let quietDriftSamples: Int64 = 8 * 48
  /// Off by more than this it is put right in the middle of a word too.
  static let driftSamples: Int64 = 14 * 48
  /// Packets of this level and below are silence in which nobody hears a correction (RFC 6464, below full scale).
  static let quietLevel: UInt8 = 50
  /// A packet this late has not been on its way that long: its sender's clock stood still while it was silent.
  static let stallSamples: Int64 = 48_000
  /// So many late packets in a row, and the stream has a new offset.
  static let stallPackets = 5
  /// What a decoder makes up sounds for so long like what was there; after it comes silence.
  static let concealSamples: Int64 = 120 * 48
  /// DTX sends every 400 ms; when nothing comes for longer, the sender is gone or mute.
  static let comfortSamples: Int64 = 48_000
  /// A gap that is longer is no gap but a clock gone wrong: the longest recording is a day.
  static let recordingSamples: Int64 = 24 * 3_600 * 48_000
  /// Ogg's own limit is 65,307; comments with names of 256 bytes stay far below.
  static let tagsBytes = 16_384
  /// One RTP packet, as the receiver takes it.
  package static let payloadBytes = 1_500
  /// The envelope's step: fine enough for turns of speech, and 36,000 values an hour.
  package static let levelSamples: Int64 = 100 * 48
  /// Drift is measured between samples at least this far apart.
  static let driftSpanSamples: Int64 = 30 * 48_000
  /// What libopus is given to write a packet into: more than the longest of 20 ms in stereo.
  static let opusPacketBytes = 4_000
  /// The longest page (RFC 3533): a heading of 27, 255 lengths, and 255 segments of 255 bytes.
  static let oggPageBytes = 27 + 255 + 255 * 255
  /// The packet that closes a torn file: longer than what decoders throw away at the start.
  static let closingSamples: Int64 = 960
  /// 20 ms: what the mix is encoded in.
  static let mixFrame: Int64 = 960
  /// A second: players can jump to it, and the headings of pages cost little.
  static let mixPacketsPerPage = 50
  /// Two voices in stereo, without anything that can be heard missing.
  package static let mixBitsPerSecond = 64_000
}
