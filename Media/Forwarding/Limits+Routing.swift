// The bounds of routing, each with where its value comes from.

extension Limits {
  /// A browser with 50 m-lines of its own, each with three layers, retransmission and a restart or two; strangers'
  /// numbers beyond that are not learned.
  static let sourcesPerPeer = 512
  /// Three layers with their retransmissions, and the same again after a restart.
  static let sourcesPerPublication = 12
  /// Rooms show 50 people with sound, picture and screen; whoever publishes more than 64 tracks is no conference.
  /// Those that come in layers count once for each.
  static let publicationsPerPeer = 192
  /// 50 people with three tracks each, and what the negotiation has not cleared away yet.
  static let subscriptionsPerPeer = 512
  /// One room may be a stage with thousands of listeners; a worker holds no more peers than this.
  static let subscribersPerPublication = 16_384
  /// As many as an m-line may have formats.
  static let mappingsPerSubscription = 128

  /// The window in which a late packet has its place, and a second copy is known as one: four seconds of a picture of
  /// 300 packets a second. A multiple of 64.
  static let windowPackets = 1_024
  /// RFC 3550 appendix A.1 takes a step of 3,000 as one that loss cannot explain.
  static let sequenceStepMax = 3_000
  /// Stretches of a source whose numbers were shifted by the same amount: each pause or dropped probe begins one, and
  /// what was sent in older ones can no longer be asked for again.
  /// Each picture of a layer that is left out begins one: a second of 30 pictures, of which each other goes.
  static let stretchesPerSubscription = 20

  /// So much more than what fits is on its way that waiting would cost sound.
  static let floodFactor = 1.5
  /// Lost sound of this share is heard.
  static let soundLossHeeded = 0.015
  /// Loss comes and goes; so long after the last of it sound goes out once again.
  static let redundancyLastsMilliseconds: Int64 = 20_000
  /// Sound of 128 kbit/s; more fits into no header of redundancy anyway beyond 1,023.
  static let redundantBytes = 400
  /// How often what a link bears is shared out anew without an occasion: four times while one looks.
  static let allocationMilliseconds: Int64 = 200
  /// After longer silences rates begin anew.
  static let rateMemoryMilliseconds: Int64 = 2_000
  /// A link that bears less than this share of what was shared out is attended to at once.
  static let hasteShare = 0.9
  /// A second of a picture and sound, of which a report without times tells a share.
  static let packetsOfReport = 60
  /// A picture of unknown size and rate.
  static let likelyBits = 300_000
  static let likelyBitsMin = 60_000
  /// Bits a second for each point of a picture that moves: 1.4 Mbit/s for one of 720 lines.
  static let likelyBitsPerPoint = 1
  /// Who says nothing about priorities is in the middle of 0 to 100.
  static let middlePriority = 50
  /// Behind screens and the three who speak.
  static let restRank = 5
  /// Probes come from timers of a millisecond: at 16 Mbit/s so many packets each.
  static let probePacketsAtOnce = 8
  /// The most that a packet can be padded with.
  static let paddingBytes = 255
  /// Above this load a worker sheds, each second a step more; below the other it takes back, a step in so much time.
  static let loadShedding = 0.88
  static let loadRecovering = 0.65
  static let pressureEaseMilliseconds: Int64 = 5_000
  /// Steps of shedding: one size less, the smallest size, fewer pictures, none.
  static let pressureFrames = 3
  static let pressurePause = 4

  /// Of layers that rest: a camera's and a screen's, each with its repetitions.
  static let sourcesRemembered = 24
  /// What browsers send: three sizes. One more is no help to anybody.
  static let layersPerTrack = 4
  /// Fifteen pictures, so that one large one does not pass for a rate.
  static let layerRateMilliseconds: Int64 = 500
  /// Screens that stand still have a picture a second or so; encoders that gave a layer up send none.
  static let layerSilenceMilliseconds: Int64 = 2_000
  /// How often choices are looked at again without an occasion.
  static let layerChoiceMilliseconds: Int64 = 500
  /// A layer that nobody has goes on for so long: people look back and forth, and a key frame costs more.
  static let layerLingerMilliseconds: Int64 = 3_000
  /// Two layers of one picture arrive within this time: what their sender says about their clocks is not believed beyond.
  static let layerClockMilliseconds: Int64 = 250
  /// Senders report every second or so; RFC 3550 allows for lost ones.
  static let layerReportSeconds: Int64 = 1_000
  /// A source that was replaced is taken back when the new one has been silent for longer than a silent microphone's
  /// 400 ms between packets.
  static let takeBackMilliseconds: Int64 = 500

  /// What may have overtaken the packet that a receiver begins with: a key frame of half a megabyte.
  static let overtakersMax: Int64 = 400
  /// Who connects begins with the last key frame if it is no older: what came since then arrives with it at once, and a
  /// decoder is through with so much of it before the next key frame could come.
  static let startAgeMilliseconds: Int64 = 700

  /// Fixed header 12, extensions 4, the elements at their longest 305, of the payload 8; or the sound before, with 5.
  static let headByteCount = 768
  /// No more of a payload's descriptor holds numbers that are rewritten: VP8 has six bytes, VP9 five.
  static let descriptorBytesRewritten = 8
  /// A datagram is never longer than Ethernet's 1,500 bytes on our path; some room for jumbo frames on loopback.
  static let packetByteCount = 2_048

  /// RFC 3550's shortest interval is five seconds, but browsers report every second, and estimates live on it.
  static let reportMilliseconds: Int64 = 1_000
  /// The first sender report comes soon, so that lips and voice agree from the start.
  static let firstReportMilliseconds: Int64 = 50
  /// Enough for a list in the admin's page; the control plane is told about thousands.
  static let qualityMilliseconds: Int64 = 5_000
  /// Two copies of a packet within this time serve the same request.
  static let resendSpacingMilliseconds: Int64 = 20
  /// Round trips above are a way that nobody waits for: the second request is answered as well.
  static let resendSpacingMaxMilliseconds: Int64 = 200
  /// How many resent packets are remembered for that; a power of two. A second of a picture.
  static let resendsRemembered = 256
  /// A receiver that asks for more than this in a second is asking for load: three full pictures a second.
  static let resendsPerSecond = 1_024
  /// "tandem": who we are in reports about what others send.
  static let ownName: InlineArray<6, UInt8> = [0x74, 0x61, 0x6E, 0x64, 0x65, 0x6D]
  /// After a mute ends: the copies of earlier audio that RED packets carry reach back this far at most.
  static let redundancyMilliseconds: Int64 = 400
}
