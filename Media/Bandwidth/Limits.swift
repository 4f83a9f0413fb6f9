// The bounds of the estimate and of what is made of it, each with where its value comes from.

package enum Limits {
  /// Packets that may be under way: half a second of 40 Mbit/s, and more than anybody's round trip at a picture's rate. A
  /// power of two.
  static let packetsUnderWay = 2_048
  /// What a call begins with: a small picture and sound go through nearly everywhere, and probes find the rest at once.
  package static let startBitsPerSecond = 300_000
  /// Sound alone.
  static let bitsPerSecondMin = 30_000
  /// More than any three pictures take.
  static let bitsPerSecondMax = 100_000_000

  /// Packets sent this close together travel as one: pictures come in bursts.
  static let groupMicroseconds: Int64 = 5_000
  /// Further apart in time than this on the receiver's clock: the clock was set, or what was under way is lost.
  static let clockJumpMicroseconds: Int64 = 3_000_000
  /// Groups that a trend is seen in: half a second of pictures.
  static let trendGroups = 20
  /// How much of a single delay counts; the rest is what was there before.
  static let delaySmoothing = 0.9
  /// What a slope of the delay is multiplied with, so that thresholds are milliseconds of queue.
  static let trendGain = 4.0
  /// Of how many groups a slope is taken for certain.
  static let trendCertainty = 60
  /// Where the threshold begins, and between which bounds it adapts: the jitter of a quiet line, and that of a bad one.
  static let thresholdMilliseconds = 12.5
  static let thresholdRange = 6.0...600.0
  /// How fast the threshold follows: up slowly, so that a queue is not taken for jitter; down quickly.
  static let thresholdUp = 0.0087
  static let thresholdDown = 0.039
  /// What is so far above the threshold is no jitter to adapt to.
  static let thresholdOutlier = 15.0
  /// A trend lasts so long before it counts.
  static let overuseMilliseconds = 10.0

  /// The least delay of so long is that of an empty queue; twice as long, when it has just begun anew.
  static let baseDelayMicroseconds: Int64 = 10_000_000
  /// Three pictures: one of them finds the queue without the burst of the one before.
  static let leastDelayMicroseconds: Int64 = 80_000
  /// Less is jitter.
  static let queueMilliseconds = 8.0
  /// People talk into each other's words when it takes longer.
  static let longQueueMilliseconds = 80.0
  /// If it stands for so long whatever is sent, it is not ours.
  static let longQueuePatienceMilliseconds: Int64 = 1_500

  /// What arrived is counted over so much of the receiver's time.
  static let arrivalWindowMicroseconds: Int64 = 500_000
  /// Less says nothing about a rate.
  static let arrivalWindowMinMicroseconds: Int64 = 100_000
  /// Reports within the window: one each 50 ms, and some more.
  static let arrivalMarks = 32

  /// Of what arrived while a queue grew, this share lets the queue drain.
  static let decrease = 0.85
  /// The share of it that is gone back to when the queue is gone.
  static let restored = 0.93
  /// A queue of less is none.
  static let emptyMilliseconds = 4.0
  /// What passes of a probe that was too fast is shared with others by then: no more than this multiple of what was known.
  static let capacityStep = 2.0
  /// The share of what arrives without a queue that a link bears for certain.
  static let evidence = 0.95
  /// Two round trips of a far away place, and a window of arrivals.
  static let settlingMilliseconds: Int64 = 1_000
  /// In a second, while nothing is known about the link's capacity.
  static let increasePerSecond = 1.08
  /// Above the mean of what arrived at the last decreases by so many deviations, the link has become another.
  static let capacityDeviations = 3.0
  /// How much a new measurement of the capacity counts.
  static let capacitySmoothing = 0.05
  /// No estimate is more than this above what has been seen to arrive, and so much on top for silence.
  static let headroom = 1.5
  static let headroomBits = 10_000.0
  /// At least, in a second, near the capacity.
  static let additiveBitsMin = 4_000.0
  /// A packet of a picture, which one more of each round trip is near the capacity.
  static let packetBits = 9_600.0

  /// Lost packets of this share are the link's own; from the other on they are a queue that overflows.
  static let lossIgnored = 0.02
  static let lossHeeded = 0.10
  /// Fewer packets than this tell nothing about loss.
  static let lossPackets = 20
  static let lossIntervalMilliseconds: Int64 = 300

  /// A probe takes so long at least, in packets and in time: shorter ones measure the buffers of interfaces.
  static let probePackets = 5
  static let probeMilliseconds: Int64 = 20
  package static let probeBytes = 1_200
  /// No probe is faster than this multiple of what is known to pass.
  static let probeFactor = 2.5
  /// What a probe was received with is taken at this share when less arrives than was sent: the queue is full by then.
  static let probeShare = 0.95
  /// A probe is received as fast as it was sent, but for this.
  static let probeLoss = 0.9
  /// After a probe that found something the next one may follow soon; without, the pause doubles up to the longest.
  static let probePauseMilliseconds: Int64 = 250
  static let probePauseMinMilliseconds: Int64 = 1_000
  static let probePauseMaxMilliseconds: Int64 = 4_000
  /// Reports about a probe come within this, or it is given up.
  static let probePatienceMilliseconds: Int64 = 1_000

  /// Without a report for so long, while packets go out, the way is taken for cut.
  static let silenceMilliseconds: Int64 = 1_200
  /// Of the round trip, a new measurement counts for an eighth (RFC 6298).
  static let roundTripSmoothing = 0.125

  /// A step up needs so much more than it costs: a picture's rate goes up and down by that.
  static let upgradeMargin = 1.12
  /// After a step down nothing goes up for so long; after each that follows too soon for twice as long, to the longest.
  static let holdMilliseconds: Int64 = 2_000
  static let holdMaxMilliseconds: Int64 = 16_000
  /// A picture that had to go altogether comes back no sooner.
  static let beginMilliseconds: Int64 = 1_000
  /// A step up that lasted longer than this was right.
  static let provenMilliseconds: Int64 = 10_000
}
