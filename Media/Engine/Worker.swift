// One media worker: a thread's loop over its UDP socket, its mailbox and its deadlines. It reads the clock once a turn,
// takes datagrams in batches through the relay, and flushes what came of them in as few calls as it can. Server makes
// one a core and gives each a thread to run on.

import CSystem
package import Crypto
import Forwarding
import Glibc
package import Link
import Structures
import Transport

package struct WorkerOptions: Sendable {
  package var number = 0
  package var socket = UDPSocket.Options()
  /// Whether connections for media are taken as well, at the same address and port.
  package var takesStreams = false
  package var certificate: DTLSContext
  package var srtp = SRTPImplementation.openssl
  package var peersMax = Limits.peers
  package var outboxSlots = 4_096
  /// Where payloads of recorded tracks go.
  package var tape: TapeSender?
  /// Random, for tables that strangers choose the keys of, and for SSRCs of our own.
  package var seeds: (UInt64, UInt64)
  /// Nanoseconds since 1970 less those of the loop's clock: what sender reports need.
  package var wallClockOffset: Int64

  package init(certificate: DTLSContext, seeds: (UInt64, UInt64), wallClockOffset: Int64) {
    self.certificate = certificate
    self.seeds = seeds
    self.wallClockOffset = wallClockOffset
  }
}

/// `@unchecked Sendable`: the machine belongs to the one thread that calls `run`; the rest never changes.
package final class Worker: @unchecked Sendable {
  package let number: Int
  package let port: UInt16
  /// Of connections for media; nil where none are taken.
  package let streamPort: UInt16?
  /// Whether IPv6 reaches it as well.
  package let speaksIPv6: Bool
  /// What the system gave of the buffers that were asked for.
  package let receiveBytes: Int
  package let sendBytes: Int
  package let commands: MailboxSender<Command>
  private var machine: WorkerMachine?

  /// Opens the socket: from here on datagrams wait for `run`.
  package init(_ options: WorkerOptions, events: MailboxSender<Event>) throws(SocketFailure) {
    let wakeUp = try WakeUp()
    let mailbox = Mailbox<Command>(capacity: Limits.commandCapacity) { wakeUp.signal() }
    number = options.number
    commands = mailbox.sender
    let machine = try WorkerMachine(options, wakeUp, mailbox, events)
    port = machine.socket.port
    streamPort = machine.streamPort
    speaksIPv6 = machine.socket.family == .both
    receiveBytes = machine.socket.receiveBytes
    sendBytes = machine.socket.sendBytes
    self.machine = consume machine
  }

  /// Runs until it is told to stop, on the calling thread. Once.
  package func run() {
    guard var machine = machine.take() else { return }
    machine.run()
  }
}

/// What the worker's thread owns.
private struct WorkerMachine: ~Copyable {
  let number: Int
  let socket: UDPSocket
  private var loop: PollLoop
  private var ingress: UDPIngress
  private var relay: Relay
  private var commands: Mailbox<Command>
  private let events: MailboxSender<Event>
  private var streams: StreamPorts?
  let streamPort: UInt16?
  private var isStopping = false
  private var watchesRoom = false
  private var forwardingTurns = 0
  private var forwardingNanoseconds = 0
  private var figuresDue: Instant
  private var busyNanoseconds: Int64 = 0
  private var eventsRefused = 0

  init(
    _ options: WorkerOptions, _ wakeUp: WakeUp, _ commands: consuming Mailbox<Command>,
    _ events: MailboxSender<Event>
  ) throws(SocketFailure) {
    let socket = try UDPSocket(options.socket)
    var loop = try PollLoop(wakeUp: wakeUp)
    try loop.add(socket, number: 0)
    var streams: StreamPorts?
    if options.takesStreams {
      // Another number only where the system chose ours for datagrams and somebody else has it for connections.
      let isChosen = options.socket.port == 0
      let made = try StreamPorts(
        address: options.socket.address, port: socket.port, family: socket.family, orAnother: isChosen)
      try loop.add(poll: made.poll, number: 1)
      streams = consume made
    }
    self.init(options, socket, loop, streams, commands, events)
  }

  private init(
    _ options: WorkerOptions, _ socket: consuming UDPSocket, _ loop: consuming PollLoop,
    _ streams: consuming StreamPorts?, _ commands: consuming Mailbox<Command>, _ events: MailboxSender<Event>
  ) {
    let transport = TransportOptions(
      context: options.certificate, implementation: options.srtp, peersMax: options.peersMax,
      seed: options.seeds)
    let router = RouterOptions(
      seed: (options.seeds.1, options.seeds.0), peersMax: options.peersMax,
      clock: NTPClock(offsetNanoseconds: options.wallClockOffset))
    relay = Relay(
      RelayOptions(transport: transport, router: router),
      outbox: UDPOutbox(for: socket, slots: options.outboxSlots, destinations: options.peersMax),
      tape: options.tape)
    ingress = UDPIngress(for: socket)
    number = options.number
    streamPort = streams?.port
    self.streams = streams
    self.socket = socket
    self.loop = loop
    self.commands = commands
    self.events = events
    figuresDue = Instant(nanoseconds: PollLoop.nowNanoseconds)
  }

  mutating func run() {
    tandem_timer_slack(1_000)
    while !isStopping { turn() }
    relay.flush(into: socket)
  }

  private mutating func turn() {
    let deadline = min(relay.deadline ?? figuresDue, figuresDue)
    let turn = loop.turn(deadlineNanoseconds: deadline.nanoseconds)
    let now = Instant(nanoseconds: turn.nowNanoseconds)
    if turn.isWoken { takeCommands(at: now) }
    var count = turn.readable & 1 != 0 ? takeDatagrams(at: now) : 0
    if turn.readable & 2 != 0 { count += takeStreams(at: now) }
    relay.endTurn(at: now)
    flush()
    watchRoom()
    tellEvents()
    if count > 0 {
      forwardingTurns += 1
      forwardingNanoseconds += Int(PollLoop.nowNanoseconds - turn.nowNanoseconds)
    }
    if now >= figuresDue { tellFigures(at: now) }
    loop.took(count, in: turn, deadlineNanoseconds: relay.deadline?.nanoseconds)
  }

  private mutating func takeCommands(at now: Instant) {
    var isStopping = false
    commands.receive(atMost: Limits.commandsPerTurn) { command in
      if command == .stop { isStopping = true }
      relay.perform(command, at: now)
    }
    self.isStopping = isStopping
  }

  private mutating func takeDatagrams(at now: Instant) -> Int {
    var count = 0
    for _ in 0..<Limits.callsPerTurn {
      let arrived = ingress.receive(from: socket)
      for index in 0..<arrived {
        let path = ingress.path(index)
        ingress.withDatagram(index) { relay.receive(&$0, on: path, at: now) }
        if relay.room < Limits.outboxReserve { flush() }
      }
      count += arrived
      if !ingress.isFull { break }
    }
    return count
  }

  private mutating func takeStreams(at now: Instant) -> Int {
    var count = 0
    guard var streams = streams.take() else { return 0 }
    streams.receive(at: now) { datagram, path in
      count += 1
      return relay.receive(&datagram, on: path, at: now)
    }
    self.streams = consume streams
    return count
  }

  private mutating func flush() {
    guard relay.hasOutput else { return }
    if var streams = streams.take() {
      relay.flush(into: &streams)
      self.streams = consume streams
    }
    relay.flush(into: socket)
  }

  /// A socket that takes no more is waited for; one that does is not, or it would wake the loop at once.
  private mutating func watchRoom() {
    guard relay.isBlocked != watchesRoom else { return }
    watchesRoom = relay.isBlocked
    loop.watchRoom(watchesRoom, of: socket, number: 0)
  }

  private mutating func tellEvents() {
    for event in relay.takeEvents() where !events.send(event) { eventsRefused += 1 }
  }

  private mutating func tellFigures(at now: Instant) {
    let busy = tandem_thread_cpu_nanoseconds()
    let elapsed = now.nanoseconds(since: figuresDue) + Limits.figuresMilliseconds * 1_000_000
    var figures = WorkerFigures()
    figures.load = min(1, Double(busy - busyNanoseconds) / Double(max(1, elapsed)))
    busyNanoseconds = busy
    relay.loaded(figures.load, at: now)
    relay.count(into: &figures)
    figures.forwardingTurns = forwardingTurns
    figures.forwardingNanoseconds = forwardingNanoseconds
    if var streams = streams.take() {
      streams.sweep(at: now)
      figures.streams = streams.counts.open
      figures.streamsAccepted = streams.counts.accepted
      figures.streamsStrange = streams.counts.strange + streams.counts.refused
      figures.droppedUnread = streams.counts.dropped
      self.streams = consume streams
    }
    figures.packetsIn = ingress.counts.datagrams
    figures.bytesIn = ingress.counts.bytes
    figures.droppedByKernel = Int(ingress.counts.kernelDrops)
    figures.commandsRefused = commands.refusedCount
    figures.eventsRefused = eventsRefused
    _ = events.send(.figures(worker: number, figures))
    figuresDue = now.adding(milliseconds: Limits.figuresMilliseconds)
  }
}
