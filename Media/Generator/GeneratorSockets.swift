// The sockets of a generator: one for all callers, or one for each. Waiting for them is one epoll; what came is read into
// the same slots, whichever socket it came from.

import CSystem
import Engine
import Glibc

struct GeneratorSockets: ~Copyable {
  private static let wakeToken = UInt64.max

  let options: GeneratorOptions
  /// Of all callers, where they share; elsewhere it only says which families the machine speaks.
  let common: Player.Line
  var ingress: UDPIngress
  private let wakeUp: WakeUp
  private let poll: Int32
  private let ready: UnsafeMutablePointer<tandem_ready>
  private var readyCount = 0
  private var readyNext = 0
  /// Callers with sockets of their own, by number; 0 in tokens is the common one.
  private var lines: [Player.Line?] = []

  init(_ options: GeneratorOptions, _ wakeUp: WakeUp) throws(SocketFailure) {
    let line = Player.Line(try UDPSocket(Self.socketOptions(options)))
    let poll = tandem_poll_open()
    guard poll >= 0 else { throw SocketFailure(step: .open, errorNumber: errno) }
    var status = tandem_poll_add(poll, wakeUp.descriptor, UInt32(TANDEM_READABLE), Self.wakeToken)
    if status == 0, options.addresses == .shared {
      status = line.socket.watch(on: poll, token: 0)
    }
    guard status == 0 else {
      close(poll)
      throw SocketFailure(step: .open, errorNumber: status)
    }
    self.options = options
    common = line
    self.wakeUp = wakeUp
    self.poll = poll
    ingress = UDPIngress(for: line.socket)
    ready = .allocate(capacity: Int(TANDEM_READY_MAX))
    if options.addresses == .separate { lines = Array(repeating: nil, count: options.callersMax) }
  }

  deinit {
    close(poll)
    ready.deallocate()
  }

  private static func socketOptions(_ options: GeneratorOptions) -> UDPSocket.Options {
    var socket = UDPSocket.Options()
    socket.tellsTime = true
    let isShared = options.addresses == .shared
    socket.receiveBytes = isShared ? options.socketBytes : min(options.socketBytes, 1 << 20)
    socket.sendBytes = socket.receiveBytes
    return socket
  }

  var dropped: Int { Int(ingress.counts.kernelDrops) }
  var isFull: Bool { ingress.isFull }

  /// A new socket for a caller, and so a new port: at its start, or when it moves.
  mutating func renew(_ player: Player?) {
    guard let player, let socket = try? UDPSocket(Self.socketOptions(options)) else { return }
    let line = Player.Line(socket)
    guard line.socket.watch(on: poll, token: UInt64(player.number) + 1) == 0 else { return }
    player.line = line
    // The old one closes, and with it ends its watch.
    lines[Int(player.number)] = line
  }

  mutating func remove(_ player: Player?) {
    guard let player else { return }
    player.line = nil
    lines[Int(player.number)] = nil
  }

  /// Until the time has come, or it is time to look; whether somebody called.
  mutating func wait(untilNanoseconds deadline: Int64) -> Bool {
    let now = PollLoop.nowNanoseconds
    if deadline > now { tandem_sleep_until(min(deadline, now + Limits.pollNanoseconds)) }
    readyCount = max(0, Int(tandem_poll_wait(poll, ready, TANDEM_READY_MAX, 0)))
    readyNext = 0
    var isWoken = false
    for index in 0..<readyCount where ready[index].token == Self.wakeToken {
      isWoken = true
      wakeUp.clear()
    }
    return isWoken
  }

  /// The token of the next socket with something to read.
  mutating func takeReadable() -> Int? {
    while readyNext < readyCount {
      let token = ready[readyNext].token
      readyNext += 1
      if token != Self.wakeToken { return Int(token) }
    }
    return nil
  }

  mutating func receive(_ line: Int) -> Int {
    if line == 0 { return ingress.receive(from: common.socket) }
    guard let line = lines[line - 1] else { return 0 }
    return ingress.receive(from: line.socket)
  }

  // MARK: Out

  /// All that waits, from the common socket.
  func flush(_ crowd: inout Crowd) {
    guard options.addresses == .shared, !crowd.exit.outbox.isEmpty else { return }
    crowd.exit.outbox.flush(into: common.socket)
  }

  /// All that waits is this caller's. What its socket does not take is lost, as on a full line.
  func flush(_ crowd: inout Crowd, _ player: Player?) {
    guard options.addresses == .separate, !crowd.exit.outbox.isEmpty else { return flush(&crowd) }
    if let line = player?.line { crowd.exit.outbox.flush(into: line.socket) }
    if !crowd.exit.outbox.isEmpty { crowd.exit.outbox.drain { _, _ in } }
  }
}
