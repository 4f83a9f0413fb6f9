// The media engine of a WebRTC client, without socket and clock: ICE, DTLS, SRTP, streams that it sends and streams that
// it receives. The load generator and the simulation drive it: datagrams and time in; datagrams, facts and figures out.
// One server at a time; streams are added and taken away as descriptions say.

package import Crypto
import Link
package import Structures
package import Wire

package struct CallerOptions: Sendable {
  package var implementation: SRTPImplementation
  /// Certificate and profiles; may be shared by any number of callers.
  package var context: DTLSContext
  package var local: ICECredentials
  /// Everything that a caller draws comes from here.
  package var seed: UInt64
  /// Of its own reports.
  package var reportSSRC: UInt32

  package init(
    implementation: SRTPImplementation = .openssl, context: DTLSContext, local: ICECredentials, seed: UInt64,
    reportSSRC: UInt32 = 1
  ) {
    self.implementation = implementation
    self.context = context
    self.local = local
    self.seed = seed
    self.reportSSRC = reportSSRC
  }
}

/// The server's end, as its description says.
package struct CallerRemote: Equatable, Sendable {
  package var address: TransportAddress
  package var credentials: ICECredentials
  package var fingerprints: [Fingerprint]

  package init(address: TransportAddress, credentials: ICECredentials, fingerprints: [Fingerprint]) {
    self.address = address
    self.credentials = credentials
    self.fingerprints = fingerprints
  }
}

package struct Caller: ~Copyable {
  let options: CallerOptions
  var chance: Chance
  var connectivity: Connectivity
  var remote: CallerRemote?
  var session: DTLSSession?
  var srtp: AnySRTP?
  var handshakeTick: Instant?
  package internal(set) var isConnected = false
  package internal(set) var connectedAt: Instant?
  var counted = CallerFigures()

  var senders: [MediaSender] = []
  var transportSequence = SequenceNumber(0)
  var nextReport: Instant?

  var streams: [InboundStream] = []
  var streamIndex: IndexTable<SSRCKey>
  var nextRepair: Instant?
  var lost: [SequenceNumber] = []
  var blocks: [ReportBlock] = []

  var arrivals: [TransportArrival] = []
  var arrivalUnwrapper = SequenceUnwrapper()
  var feedbackFrom: Int64 = 0
  var feedbackNumber: UInt8 = 0
  var nextFeedback: Instant?

  package init(_ options: CallerOptions) {
    self.options = options
    chance = Chance(seed: options.seed)
    // High, so that a full agent that wants to be in control as well gives way (RFC 8445 section 7.3.1.1).
    connectivity = Connectivity(local: options.local, tieBreaker: chance.next() | 0xFFFF << 48)
    streamIndex = IndexTable(seed: (chance.next(), chance.next()))
    lost.reserveCapacity(Limits.requestedAtOnce)
    arrivals.reserveCapacity(Limits.feedbackArrivals)
  }

  // MARK: The transport

  /// The server's end is known: checks begin, and with the first answer the handshake.
  package mutating func connect(
    to remote: CallerRemote, at now: Instant, into outlet: inout some CallerOutlet & ~Copyable
  ) {
    self.remote = remote
    connectivity.begin(local: options.local, remote: remote.credentials, at: now)
    check(at: now, into: &outlet)
  }

  /// Everything leaves by another local address from here on.
  package mutating func move(
    to path: Int32, at now: Instant, into outlet: inout some CallerOutlet & ~Copyable
  ) {
    connectivity.move(to: path, at: now)
    check(at: now, into: &outlet)
  }

  /// New names on both sides (RFC 8445 section 9); keys and streams stay.
  package mutating func restart(
    local: ICECredentials, remote credentials: ICECredentials, at now: Instant,
    into outlet: inout some CallerOutlet & ~Copyable
  ) {
    remote?.credentials = credentials
    connectivity.begin(local: local, remote: credentials, at: now)
    check(at: now, into: &outlet)
  }

  /// Says goodbye, if there was anything.
  package mutating func close(at now: Instant, into outlet: inout some CallerOutlet & ~Copyable) {
    session?.close()
    sendHandshake(into: &outlet)
    isConnected = false
    handshakeTick = nil
  }

  package var path: Int32 { connectivity.path }
  /// The path in use has been answered since it was taken into use.
  package var isReachable: Bool { connectivity.isAnswered }
  package var roundTripNanoseconds: Int64? { connectivity.roundTrip }

  // MARK: What is sent

  /// Its packets begin when keys are in place. The number names it in calls from here on.
  @discardableResult
  package mutating func add(_ setup: SenderSetup, at now: Instant) -> Int {
    senders.append(MediaSender(setup, at: now, &chance))
    return senders.count - 1
  }

  package mutating func mute(_ sender: Int, _ isMuted: Bool) { senders[sender].isMuted = isMuted }

  /// As after a change of device: other SSRCs, other numbers, a key frame.
  package mutating func restartSource(_ sender: Int, ssrc: UInt32, retransmissionSSRC: UInt32?) {
    senders[sender].restart(ssrc: ssrc, retransmissionSSRC: retransmissionSSRC, &chance)
  }

  package func sender(_ index: Int) -> SenderSetup { senders[index].setup }
  package func sentPackets(_ index: Int) -> Int { senders[index].packetCount }
  package func keyFramesSent(_ index: Int) -> Int { senders[index].keyFrameCount }

  // MARK: What is received

  /// False if there are too many, or one of that name.
  @discardableResult
  package mutating func expect(_ stream: ExpectedStream) -> Bool {
    guard streams.count < Limits.streams, streamIndex[SSRCKey(value: stream.ssrc)] == nil else {
      return false
    }
    streams.append(InboundStream(stream))
    streamIndex.insert(SSRCKey(value: stream.ssrc), Int32(streams.count - 1))
    if let repeats = stream.retransmissionSSRC {
      streamIndex.insert(SSRCKey(value: repeats), Int32(streams.count - 1))
    }
    return true
  }

  package mutating func forget(ssrc: UInt32) {
    guard let number = streamIndex[SSRCKey(value: ssrc)] else { return }
    let gone = streams[Int(number)].expected
    for name in [gone.ssrc, gone.retransmissionSSRC] {
      if let name { streamIndex.remove(SSRCKey(value: name)) }
    }
    // The last one takes its place.
    let last = streams.removeLast()
    guard Int(number) < streams.count else { return }
    streams[Int(number)] = last
    for name in [last.expected.ssrc, last.expected.retransmissionSSRC] {
      if let name { streamIndex.insert(SSRCKey(value: name), number) }
    }
  }

  package func figures(ssrc: UInt32) -> StreamFigures? {
    streamIndex[SSRCKey(value: ssrc)].map { streams[Int($0)].figures }
  }

  /// Of all that are expected, in no particular order.
  package func forEachStream(_ body: (ExpectedStream, StreamFigures) -> Void) {
    for stream in streams { body(stream.expected, stream.figures) }
  }

  package var figures: CallerFigures {
    var figures = counted
    figures.checksSent = connectivity.sentCount
    figures.checksAnswered = connectivity.answeredCount
    figures.checksRefused = connectivity.refusedCount
    for sender in senders {
      figures.sentRepeats += sender.repeatCount
      figures.forgotten += sender.forgottenCount
    }
    return figures
  }
}
