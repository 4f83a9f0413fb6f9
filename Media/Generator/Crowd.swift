// The callers of a generator by their numbers, the heap of their deadlines and the outlet that they write into: all of it
// but sockets and commands' order.

import Caller
import Crypto
import Engine
import Structures
import Wire

struct Crowd: ~Copyable {
  let options: GeneratorOptions
  var exit: Exit
  private var players: [Player?]
  private var heap = DeadlineHeap()
  private var gone = GeneratorCounts()
  private(set) var count = 0

  init(_ options: GeneratorOptions, outbox: consuming UDPOutbox) {
    self.options = options
    exit = Exit(options, outbox: outbox)
    players = Array(repeating: nil, count: options.callersMax)
  }

  func player(_ number: Int32) -> Player? {
    number >= 0 && Int(number) < players.count ? players[Int(number)] : nil
  }

  var connectedCount: Int { exit.connectedCount }

  // MARK: Commands

  mutating func perform(_ command: GeneratorCommand, at now: Instant) {
    switch command {
    case .open(let number, let credentials, let seed): open(number, credentials, seed)
    case .connect(let number, let remote):
      act(number, at: now) { caller, now, exit in caller.connect(to: remote, at: now, into: &exit) }
    case .send(let number, let setups):
      act(number, at: now) { caller, now, _ in
        for setup in setups { caller.add(setup, at: now) }
      }
    case .expect(let number, let streams):
      guard let player = player(number) else { return }
      for stream in streams where player.caller.expect(stream) { player.unheard.append(stream.ssrc) }
    case .forget(let number, let ssrcs):
      for ssrc in ssrcs { player(number)?.forget(ssrc) }
    case .mute(let number, let sender, let isMuted):
      act(number, at: now) { caller, _, _ in caller.mute(sender, isMuted) }
    case .move(let number):
      act(number, at: now) { caller, now, exit in caller.move(to: caller.path + 1, at: now, into: &exit) }
    case .restart(let number, let local, let remote):
      act(number, at: now) { caller, now, exit in
        caller.restart(local: local, remote: remote, at: now, into: &exit)
      }
    case .close(let number): close(number, at: now)
    case .measure, .stop: break
    }
  }

  private mutating func open(_ number: Int32, _ credentials: ICECredentials, _ seed: UInt64) {
    guard number >= 0, Int(number) < players.count, players[Int(number)] == nil else { return }
    players[Int(number)] = Player(
      number,
      CallerOptions(
        implementation: options.implementation, context: options.certificate, local: credentials, seed: seed,
        reportSSRC: UInt32(truncatingIfNeeded: seed) | 1))
    count += 1
  }

  private mutating func close(_ number: Int32, at now: Instant) {
    guard let player = player(number) else { return }
    act(player, at: now) { caller, now, exit in caller.close(at: now, into: &exit) }
    player.scheduled = .max
    var counts = player.counts
    counts.missing = 0
    gone = gone + counts
    if player.isConnected { exit.connectedCount -= 1 }
    players[Int(number)] = nil
    count -= 1
  }

  mutating func closeAll(at now: Instant) {
    for number in players.indices where players[number] != nil { close(Int32(number), at: now) }
  }

  // MARK: Callers at work

  private mutating func act(
    _ number: Int32, at now: Instant, _ body: (inout Caller, Instant, inout Exit) -> Void
  ) {
    if let player = player(number) { act(player, at: now, body) }
  }

  mutating func act(
    _ player: Player, at now: Instant, _ body: (inout Caller, Instant, inout Exit) -> Void
  ) {
    exit.begin(player, at: now)
    body(&player.caller, now, &exit)
    schedule(player)
  }

  mutating func receive(_ datagram: inout MutableSpan<UInt8>, _ player: Player, at now: Instant) {
    exit.begin(player, at: now)
    player.caller.receive(&datagram, at: now, into: &exit)
    schedule(player)
  }

  private mutating func schedule(_ player: Player) {
    guard let deadline = player.caller.deadline?.nanoseconds, deadline < player.scheduled else { return }
    player.scheduled = deadline
    heap.insert(.init(nanoseconds: deadline, number: player.number))
  }

  var deadline: Int64? { heap.first?.nanoseconds }

  /// The next caller that is due, off the heap.
  mutating func takeDue(atNanoseconds now: Int64) -> Player? {
    while let entry = heap.first, entry.nanoseconds <= now {
      heap.removeFirst()
      if let player = player(entry.number), player.scheduled == entry.nanoseconds { return player }
    }
    return nil
  }

  // MARK: Figures

  func counts(dropped: Int) -> GeneratorCounts {
    var sum = gone
    for case let player? in players { sum = sum + player.counts }
    sum.datagramsSent = exit.outbox.counts.datagrams
    sum.bytesSent = exit.outbox.counts.bytes
    return sum
  }

  /// Of each stream by itself.
  func jitter() -> LatencyHistogram {
    var jitter = LatencyHistogram()
    for case let player? in players {
      player.caller.forEachStream { stream, figures in
        guard figures.received > 0 else { return }
        let rate = stream.isVideo ? 90_000.0 : 48_000.0
        jitter.add(Int64(figures.jitterTicks / rate * 1e9))
      }
    }
    return jitter
  }
}
