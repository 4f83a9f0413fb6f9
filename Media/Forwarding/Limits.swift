// The bounds of what forwarding keeps about streams and receivers, and its intervals, each with where its value comes
// from. Those of routing stand in a file of their own.

enum Limits {
  /// RFC 3550 appendix A.1 calls it MAX_DROPOUT: a minute of audio, three seconds of a large picture.
  static let sequenceAhead: Int64 = 3_000
  /// The appendix suggests 100; what we ask for again comes up to a second late, among 1,000 packets of a large picture.
  static let sequenceBehind: Int64 = 1_000
  /// Differences above are a clock that was set, not a network.
  static let jitterSeconds: UInt32 = 5

  /// Half a second of video at 4 Mbit/s. With more than that missing a key frame costs less than the repetition.
  static let missing = 256
  /// At 100 ms there and back, eight tries fill the second after which nobody waits any more.
  static let videoTries: UInt8 = 8
  /// Listeners' buffers hold 200 ms at most of the time: three tries at 50 ms there and back.
  static let audioTries: UInt8 = 3
  /// Most packets that come out of order are 5 ms late or less.
  static let reorderMicroseconds: Int64 = 5_000
  /// Below it a second request leaves before anybody could have answered the first, given timers of a millisecond.
  static let lossRequestMicroseconds: Int64 = 20_000
  /// Pictures freeze for longer than anybody accepts, and receivers have asked for a key frame.
  static let lossMicroseconds: Int64 = 1_000_000
  /// Within a continent; used until the first measurement.
  static let roundTripMicroseconds: Int64 = 100_000
  /// Above this it is a clock that was set, or somebody who makes up numbers.
  static let roundTripMaxMicroseconds: Int64 = 60_000_000
  /// Reports of one stream that may still be answered: they go out every second or so.
  static let sentReports = 4

  /// Packets of one publisher between two reports, with the holes in between: 10,000 a second for 100 ms.
  static let arrivals = 1_024
  /// Told of at once: a report of 1,200 bytes holds 200 arrivals and more in the worst case.
  static let arrivalsAtOnce = 200
  /// Senders' estimates are made for feedback every 50 to 250 ms: what says more comes more often, so that feedback stays
  /// a small part of what it is about. So many are told of soon: every 50 ms at 400 packets a second, which is a picture
  /// of 3 Mbit/s, every 100 ms at 150.
  static let arrivalsMany = 12
  static let feedbackManyMilliseconds: Int64 = 20
  /// Sound alone.
  static let feedbackMilliseconds: Int64 = 250
  /// Packets so far apart are silence (DTX has one each 400 ms), from which nobody estimates a rate: they are told of with
  /// the report of each second.
  static let sparseMilliseconds: Int64 = 200
  static let feedbackSparseMilliseconds: Int64 = 1_050

  /// A key frame costs as much as ten others: two a second is what an encoder can bear.
  static let keyframeSpacingMilliseconds: Int64 = 500
  /// Once for each receiver that has just come: joins are rarer than encoders are slow.
  static let urgentKeyframeSpacingMilliseconds: Int64 = 100
  /// Five seconds; who has not answered by then has no picture to send.
  static let keyframeTries = 10

  /// What a worker may hold for repetitions: 1,000 pictures of 1.5 Mbit/s at 205 kB each.
  static let poolBytes = 256 << 20
  /// Audio with all its extensions.
  static let smallSlotBytes = 256
  /// Above what clients send (1,200 and headers), below what Ethernet holds.
  static let largeSlotBytes = 1_280
  /// Slots that are added at once: 64 KiB of small ones, 320 KiB of large ones.
  static let chunkSlots = 256
  /// More than two seconds of 4 Mbit/s.
  static let videoHistory = 1_024
  /// Two seconds and a half, at 50 a second.
  static let audioHistory = 128
  /// Nobody asks for older ones: our own receivers give up after a second, browsers' as well.
  static let historyMilliseconds: Int64 = 1_500

  /// Clients show three at most.
  static let speakers = 3
  /// Who is loud enough to become one: more than three people at once is noise.
  static let speakerCandidates = 8
  /// Quieter than that is a room with nobody speaking: browsers' quiet speech is at 45.
  static let speakingLevel: UInt8 = 45
  /// Where the client itself hears a voice.
  static let voiceLevel: UInt8 = 55
  /// Who speaks already may be this much quieter: the ends of sentences.
  static let speakingMargin: UInt8 = 5
  /// Shorter is a cough or a key.
  static let speakingStartMilliseconds: Int64 = 100
  /// Pauses between words and sentences are shorter.
  static let speakingStopMilliseconds: Int64 = 800
  /// Pauses between syllables: loudness goes on through them.
  static let syllableMilliseconds: Int64 = 200
  /// Faster changes are flicker.
  static let speakersChangeMilliseconds: Int64 = 200
  /// Levels alone are for meters.
  static let speakersRefreshMilliseconds: Int64 = 1_000
  /// How often a room with somebody loud is looked at.
  static let speakersTickMilliseconds: Int64 = 100
  /// In sixteenths of a decibel: 3 dB, which is what one hears as louder.
  static let louderSixteenths = 48

  /// Who talked for how long is for a meter that people look at.
  static let talkMilliseconds: Int64 = 1_000

  /// A path's 1,280 bytes less IPv6, UDP and SRTCP's 20, rounded down.
  package static let compoundBytes = 1_200
}
