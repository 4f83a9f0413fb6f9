// A stream that a peer sends, as forwarding sees it: which SSRCs are its own, where it stands, what is known of its
// losses and its clock, and who receives it. A track is one of these, or several where it comes in several sizes: then the
// first of them is the one that commands know, and keeps the numbers of all.

import Link
import Structures
import Talk
import Wire

/// An SSRC that repeats the packets of another.
struct RepeatingSource {
  var ssrc: UInt32
  var media: UInt32
  /// Not named by the description: it is learned anew when the source changes.
  var isLearned: Bool
}

struct Publication {
  let handle: TrackHandle
  /// Negative: nobody's; the number is free.
  let peer: Int32
  /// The track's first; itself for most.
  let lead: Int32
  /// Of a lead: all layers of the track with itself, in the order of the description; empty where there is one stream.
  var layers: [Int32] = []
  let isVideo: Bool
  var isScreen: Bool
  var mid: StreamName?
  var formats: [PayloadFormat]
  var isMuted: Bool

  /// Every SSRC in the router's table that leads here.
  var knownSources: [UInt32] = []
  var repeating: [RepeatingSource] = []
  /// SSRCs that were forwarded before the present one.
  var formerSources: [UInt32] = []
  var subscribers: [Int32] = []
  /// How many of them may ask for packets again.
  var repeatingSubscribers = 0

  /// The source that is forwarded; nil before its first packet.
  var ssrc: UInt32?
  var rid: StreamName?
  /// The name is the description's: what has another is not of this stream.
  var isNamed = false
  /// Another one with each new source, unlike that of any other stream.
  var epoch: UInt32 = 0
  var window = SourceWindow()
  var newestTimestamp = RTPTimestamp(0)
  var newestAt = Instant(nanoseconds: 0)
  var codec: MediaCodec?
  /// Redundancy in packets until then may be of audio from before the mute ended.
  var unmutedAt: Instant?
  /// Since when it goes to the tape; nil while it does not.
  var recordedSince: Instant?
  var isTold = false
  /// Said goodbye, or never sent: nothing to report.
  var isQuiet = true

  var talk = TalkMeter()
  var before = SoundBefore()
  var reception = Reception(clockRate: 0)
  /// Of its losses, how many are in the worker's figures.
  var countedLost = 0
  var losses: LossRequests
  var clock = SenderClock(clockRate: 0)
  var keyframes: KeyframeRequests
  /// Where the newest picture that needs no other begins, for those who come soon after it.
  var newestStart: (count: Int64, timestamp: RTPTimestamp, at: Instant)?
  var history: History
  var rate = LayerRate()
  /// As its last key frame said, where it does.
  var height: Int?
  /// Of the frames in the stream, once a key frame has told it. One at most.
  var structure: [DependencyStructure] = []
  /// The frame that was read last.
  var frame: (number: UInt16, layers: FrameLayers)?
  /// Somebody has it, or had it until then: layers that nobody watches may rest.
  var watchedAt = Instant(nanoseconds: 0)
  var isToldIdle = false

  private var recent: PayloadFormat?

  init(_ peer: Int32, lead: Int32, _ setup: TrackSetup) {
    self.lead = lead
    handle = setup.track
    self.peer = peer
    isVideo = setup.isVideo
    isScreen = setup.isScreen
    mid = setup.mid
    formats = setup.formats
    isMuted = setup.isMuted
    losses = LossRequests(isVideo: setup.isVideo)
    keyframes = Self.keyframes(setup)
    history = History(isVideo: setup.isVideo)
  }

  /// What stands under a number that is free.
  static let vacant = Publication(
    -1, lead: -1,
    TrackSetup(track: TrackHandle(0), isVideo: false, mid: nil, formats: [], extensions: ExtensionMap()))

  static func keyframes(_ setup: TrackSetup) -> KeyframeRequests {
    KeyframeRequests(
      takesPictureLoss: setup.isVideo && setup.formats.contains { $0.takesPictureLoss },
      takesFullIntra: setup.isVideo && setup.formats.contains { $0.takesFullIntra })
  }

  mutating func change(_ setup: TrackSetup) {
    mid = setup.mid
    isScreen = setup.isScreen
    if formats != setup.formats { keyframes = Self.keyframes(setup) }
    formats = setup.formats
    recent = nil
  }

  /// Nearly all packets of a track have one type.
  mutating func format(_ payloadType: UInt8) -> PayloadFormat? {
    if let recent, recent.payloadType == payloadType { return recent }
    var index = 0
    while index < formats.count {
      if formats[index].payloadType == payloadType {
        recent = formats[index]
        return recent
      }
      index += 1
    }
    return nil
  }

  /// The type of the packets that such retransmissions repeat.
  func repeated(_ payloadType: UInt8) -> UInt8? {
    var index = 0
    while index < formats.count {
      if formats[index].retransmission == payloadType {
        // Several formats may share one: then what is sent now is meant.
        let shared = recent.flatMap { $0.retransmission == payloadType ? $0.payloadType : nil }
        return shared ?? formats[index].payloadType
      }
      index += 1
    }
    return nil
  }

  func carries(_ payloadType: UInt8) -> Bool {
    var index = 0
    while index < formats.count {
      if formats[index].payloadType == payloadType { return true }
      index += 1
    }
    return false
  }

  func media(ofRepeating ssrc: UInt32) -> UInt32? {
    var index = 0
    while index < repeating.count {
      if repeating[index].ssrc == ssrc { return repeating[index].media }
      index += 1
    }
    return nil
  }

  /// Whether a packet of another of our SSRCs means that this one goes on with the track. A new number does; one that
  /// was replaced only after its successor has fallen silent, because packets of it may be late.
  func yields(to other: UInt32, at now: Instant) -> Bool {
    ssrc == nil || !formerSources.contains(other)
      || now.milliseconds(since: newestAt) > Limits.takeBackMilliseconds
  }

  /// Begins with a new source, or with the same one from a new number on.
  mutating func restart(_ ssrc: UInt32, epoch: UInt32, clockRate: UInt32, keepsWindow: Bool) {
    if let old = self.ssrc, old != ssrc, !formerSources.contains(old) { formerSources.append(old) }
    self.ssrc = ssrc
    self.epoch = epoch
    if !keepsWindow { window = SourceWindow() }
    reception = Reception(clockRate: clockRate)
    clock = SenderClock(clockRate: clockRate)
    countedLost = 0
    losses = LossRequests(isVideo: isVideo)
    newestStart = nil
    structure = []
    frame = nil
    isQuiet = false
  }
}
