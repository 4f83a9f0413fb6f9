// The bounds of the engine's batches and queues.

package enum Limits {
  /// Datagrams a receiving call may bring: beyond 64 the cost of the call no longer shows.
  package static let arrivalsPerCall = 64
  /// Bytes of a slot for a single datagram: an Ethernet frame and some; longer ones are counted and dropped.
  package static let slotBytes = 2_048
  /// Bytes of a slot for merged datagrams: what UDP's length field can say.
  package static let mergedSlotBytes = 65_536
  /// Calls that receive merged datagrams bring fewer, larger slots: 16 of 64 kB are 1 MB.
  package static let mergedArrivalsPerCall = 16
  /// Datagrams in a merged one: the kernel merges at most 64, and passes on at most 128 that were sent as one.
  package static let segmentsPerArrival = 128
  /// Datagrams in a segmented send: what every kernel that knows UDP_SEGMENT takes.
  package static let segmentsPerSend = 64
  /// Bytes in a segmented send: 65,535 less the longest headers, rounded down.
  package static let bytesPerSend = 65_000
  /// Messages a sending call takes: the kernel's own bound.
  package static let messagesPerCall = 1_024
  /// Bytes of a datagram that goes out: 1,500 of Ethernet.
  package static let departureBytes = 1_500
  /// Slots of an outbox, at most: 64 k of 1,500 bytes are 98 MB, above which a mistake is more likely than a need.
  package static let outboxSlots = 65_536
  /// The longest wait for more datagrams to come: the added latency that the design allows.
  package static let batchingWaitNanoseconds: Int64 = 1_000_000
  /// Datagrams of handshakes worked on in one turn: each can cost a quarter of a millisecond, so that running calls
  /// wait for at most one.
  package static let handshakesPerTurn = 4
  /// Calls that receive before what came is sent on: a flood must not keep the outbox from being flushed.
  static let callsPerTurn = 4
  /// An outbox with less room is flushed within the turn; one packet may go out to as many receivers.
  static let outboxReserve = 512
  /// Commands taken in one turn: a storm of joins must not keep media waiting.
  static let commandsPerTurn = 64
  /// Commands that may wait for a worker. A join takes some ten; beyond that the control plane refuses it.
  package static let commandCapacity = 16_384
  /// Facts that may wait for the control plane, of all workers together.
  package static let eventCapacity = 65_536
  /// Figures cross and load is measured this often.
  static let figuresMilliseconds: Int64 = 1_000
  /// Peers of one worker, unless it is told otherwise: twice what one core is meant to carry.
  package static let peers = 20_000
  /// Connections for media of one worker: an office behind a firewall, with each of its people's retries.
  static let streams = 2_048
  /// Of one address: a school may share one.
  static let streamsOfAddress = 256
  static let streamBacklog: Int32 = 256
  static let streamsAcceptedAtOnce = 32
  /// What is read from a connection at once.
  static let streamReadBytes = 65_536
  /// No datagram is longer on any path.
  static let streamFrameBytes = 2_048
  /// What a client may leave unread: two seconds of a picture of 1 Mbit/s.
  static let streamWaitingBytes = 256 << 10
  /// A connection whose datagrams nobody expects may be early: its checks are repeated each 50 ms or so.
  static let streamStrangeFrames = 64
  /// Checks come at once, and are repeated until they are answered.
  static let streamProofMilliseconds: Int64 = 10_000
  /// Checks come each few seconds as long as a path is wanted.
  static let streamSilenceMilliseconds: Int64 = 60_000

  /// Each worker's way to the tape: ten seconds of a hundred recorded people while a disk does not answer.
  package static let tapeRingBytes = 8 << 20
  /// Orders that may wait for the tape's thread: every track of 1,000 rooms at once.
  static let tapeOrders = 16_384
  /// News of the tape that may wait for the control plane: what does not fit waits on the tape's side.
  package static let newsCapacity = 4_096
  /// Waits of 10 ms for the tape to close its files when the process ends: ten seconds on a slow disk.
  package static let tapeEndTries = 1_000
  /// Packets that came before the order about their track: 50 ms of 1,000 voices.
  static let tapeEarlyPackets = 4_096
  /// How often the rings are emptied while anything is recorded.
  static let tapeTurnMilliseconds: Int32 = 50
  /// Pages are synced this often, for all recordings at once: with the reordering, the page and the turn a second.
  static let tapeCommitNanoseconds: Int64 = 250_000_000
  /// Figures of the tape cross, and free space is looked at, this often.
  static let tapeFiguresNanoseconds: Int64 = 1_000_000_000
  /// A piece of a sealed file, at most: its readers take no longer ones.
  static let tapePieceBytes = 65_536
  /// What one file holds back while the disk is full: about two minutes of speech.
  static let tapeWaitingBytes = 1 << 20
  /// A segment of the journal ends when it is this long or this old: what a start after a crash may have to read.
  static let journalSegmentBytes = 32 << 20
  static let journalSegmentNanoseconds: Int64 = 60_000_000_000
  /// A record holds what one file got in a turn; longer ones are damage.
  static let journalRecordBytes = 4 << 20
  /// The journal's buffer is let go of when a burst made it longer.
  static let journalBufferBytes = 1 << 20
}
