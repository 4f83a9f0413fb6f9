// Plays thousands of WebRTC clients on one thread: their checks, handshakes, media and reports, over real sockets. Whoever
// does their signaling tells it by commands which callers there are and hears by events what becomes of them.

import CSystem
import Caller
package import Engine
import Glibc
package import Link
import Structures
import Wire

/// `@unchecked Sendable`: the machine belongs to the one thread that calls `run`; the rest never changes.
package final class Generator: @unchecked Sendable {
  package let commands: MailboxSender<GeneratorCommand>
  private var machine: GeneratorMachine?

  package init(
    _ options: GeneratorOptions, events: MailboxSender<GeneratorEvent>
  ) throws(SocketFailure) {
    let wakeUp = try WakeUp()
    let mailbox = Mailbox<GeneratorCommand>(capacity: Limits.commandCapacity) { wakeUp.signal() }
    commands = mailbox.sender
    machine = try GeneratorMachine(options, wakeUp, mailbox, events)
  }

  /// Runs until it is told to stop, on the calling thread. Once.
  package func run() {
    guard var machine = machine.take() else { return }
    machine.run()
  }
}

/// What the thread owns.
struct GeneratorMachine: ~Copyable {
  let options: GeneratorOptions
  var crowd: Crowd
  var figures: FiguresKeeper
  private var sockets: GeneratorSockets
  private var commands: Mailbox<GeneratorCommand>
  private let events: MailboxSender<GeneratorEvent>
  private var receiveChance: Chance
  private var isStopping = false

  init(
    _ options: GeneratorOptions, _ wakeUp: WakeUp, _ commands: consuming Mailbox<GeneratorCommand>,
    _ events: MailboxSender<GeneratorEvent>
  ) throws(SocketFailure) {
    let sockets = try GeneratorSockets(options, wakeUp)
    let outbox = UDPOutbox(
      for: sockets.common.socket, slots: Limits.outboxSlots, destinations: options.callersMax)
    self.options = options
    self.sockets = sockets
    self.commands = commands
    self.events = events
    crowd = Crowd(options, outbox: outbox)
    figures = FiguresKeeper(number: options.number, at: PollLoop.nowNanoseconds)
    receiveChance = Chance(seed: options.seed &* 2)
  }

  mutating func run() {
    tandem_timer_slack(1_000)
    while !isStopping { turn() }
    crowd.closeAll(at: Instant(nanoseconds: PollLoop.nowNanoseconds))
    sockets.flush(&crowd)
    tellFigures(isFinal: false)
  }

  private mutating func turn() {
    let deadline = min(crowd.deadline ?? figures.due, figures.due)
    let isWoken = sockets.wait(untilNanoseconds: deadline)
    runTimers()
    if isWoken { takeCommands() }
    takeDatagrams()
    sockets.flush(&crowd)
    tell()
    if PollLoop.nowNanoseconds >= figures.due { tellFigures(isFinal: false) }
  }

  // MARK: Commands

  private mutating func takeCommands() {
    var taken: [GeneratorCommand] = []
    commands.receive(atMost: Limits.commandsPerTurn) { taken.append($0) }
    let now = Instant(nanoseconds: PollLoop.nowNanoseconds)
    for command in taken {
      switch command {
      case .stop: isStopping = true
      case .measure(let begins): measure(begins)
      default: perform(command, at: now)
      }
      if crowd.exit.outbox.room < Limits.outboxReserve { sockets.flush(&crowd) }
    }
  }

  private mutating func perform(_ command: GeneratorCommand, at now: Instant) {
    guard options.addresses == .separate, let number = command.number else {
      crowd.perform(command, at: now)
      return
    }
    // Who closes is gone afterwards, and has a goodbye to say.
    let leaving = crowd.player(number)
    if case .move = command { sockets.renew(leaving) }
    crowd.perform(command, at: now)
    if case .open = command { sockets.renew(crowd.player(number)) }
    sockets.flush(&crowd, leaving ?? crowd.player(number))
    if case .close = command { sockets.remove(leaving) }
  }

  private mutating func measure(_ begins: Bool) {
    if begins {
      figures.begin(crowd.counts(dropped: sockets.dropped), at: PollLoop.nowNanoseconds)
      crowd.exit.isMeasuring = true
      crowd.exit.latency = LatencyHistogram()
    } else if crowd.exit.isMeasuring {
      crowd.exit.isMeasuring = false
      tellFigures(isFinal: true)
    }
  }

  // MARK: Media

  /// What is due goes out.
  private mutating func runTimers() {
    var count = 0
    var now = PollLoop.nowNanoseconds
    // What gets due meanwhile waits for the next turn: whoever is overloaded has to read and to listen as well.
    let bound = now
    while let player = crowd.takeDue(atNanoseconds: bound) {
      if crowd.exit.isMeasuring { figures.lateness.add(now - player.scheduled) }
      player.scheduled = .max
      crowd.act(player, at: Instant(nanoseconds: now)) { caller, now, exit in
        caller.timeout(at: now, into: &exit)
      }
      if options.addresses == .separate { sockets.flush(&crowd, player) }
      if crowd.exit.outbox.room < Limits.outboxReserve { sockets.flush(&crowd) }
      count += 1
      // The clock is read anew now and then, so that a stamp is not older than its packet.
      if count & 15 == 0 { now = PollLoop.nowNanoseconds }
    }
  }

  private mutating func takeDatagrams() {
    var lastTimers = PollLoop.nowNanoseconds
    let offset = tandem_day_nanoseconds() - lastTimers
    while let line = sockets.takeReadable() {
      for _ in 0..<Limits.callsPerTurn {
        let arrived = sockets.receive(line)
        for index in 0..<arrived {
          take(index, of: line, dayOffset: offset)
          // A handshake costs as much as hundreds of packets; media that is due does not wait for a storm of them.
          guard index & 7 == 7 else { continue }
          let now = PollLoop.nowNanoseconds
          if now - lastTimers > Limits.patienceNanoseconds {
            runTimers()
            sockets.flush(&crowd)
            lastTimers = now
          }
        }
        if !sockets.isFull { break }
      }
    }
  }

  private mutating func take(_ index: Int, of line: Int, dayOffset: Int64) {
    guard options.receiveLoss == 0 || receiveChance.share() >= options.receiveLoss else { return }
    let number = line > 0 ? line - 1 : LoopbackAddresses.number(of: sockets.ingress.path(index).local)
    guard let number, let player = crowd.player(Int32(truncatingIfNeeded: number)) else { return }
    let day = sockets.ingress.dayNanoseconds(index)
    let now = Instant(nanoseconds: day == 0 ? PollLoop.nowNanoseconds : day - dayOffset)
    sockets.ingress.withDatagram(index) { datagram in
      crowd.receive(&datagram, player, at: now)
    }
    if options.addresses == .separate { sockets.flush(&crowd, player) }
    if crowd.exit.outbox.room < Limits.outboxReserve { sockets.flush(&crowd) }
  }

  // MARK: What is told

  private mutating func tell() {
    guard !crowd.exit.events.isEmpty else { return }
    for event in crowd.exit.events { _ = events.send(event) }
    crowd.exit.events.removeAll(keepingCapacity: true)
  }

  private mutating func tellFigures(isFinal: Bool) {
    tell()
    var told = figures.take(
      crowd.counts(dropped: sockets.dropped), isMeasuring: crowd.exit.isMeasuring || isFinal,
      at: PollLoop.nowNanoseconds)
    told.callers = crowd.count
    told.connected = crowd.connectedCount
    told.latency = crowd.exit.latency
    told.isFinal = isFinal
    told.droppedByKernel = sockets.dropped
    told.commandsRefused = commands.refusedCount
    if isFinal { told.jitter = crowd.jitter() }
    _ = events.send(.figures(told))
  }
}
