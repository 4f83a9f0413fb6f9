// What callers write into: the outbox, the facts of the call at hand, and the latency of each packet heard.

import Caller
import Engine
import Structures
import Wire

struct Exit: ~Copyable, CallerOutlet {
  var outbox: UDPOutbox
  let addresses: GeneratorOptions.Addresses
  private let sendLoss: Double
  private var chance: Chance
  /// Who is at work, and since when.
  private var player: Player?
  private var now = Instant(nanoseconds: 0)
  var isMeasuring = false
  var latency = LatencyHistogram()
  var events: [GeneratorEvent] = []
  /// Callers that have just been connected.
  var connectedCount = 0

  init(_ options: GeneratorOptions, outbox: consuming UDPOutbox) {
    self.outbox = outbox
    addresses = options.addresses
    sendLoss = options.sendLoss
    chance = Chance(seed: options.seed &* 2 &+ 1)
  }

  mutating func begin(_ player: Player, at now: Instant) {
    self.player = player
    self.now = now
  }

  mutating func send(
    from path: Int32, to remote: TransportAddress, _ fill: (inout MutableSpan<UInt8>) -> Int
  ) {
    guard let player else { return }
    if player.placed?.path != path || player.placed?.remote != remote {
      player.placed = (path, remote)
      let local =
        addresses == .shared ? LoopbackAddresses.address(of: player.number, path: path) : .unspecified
      let address = UDPAddress(IPAddress(high: remote.high, low: remote.low), port: remote.port)
      outbox.setPath(UDPPath(to: address, from: local), of: Int(player.number))
    }
    // What is lost has been protected like the rest, so that numbers go on.
    let isLost = sendLoss > 0 && chance.share() < sendLoss
    outbox.append(to: Int(player.number)) { slot in
      let count = fill(&slot)
      return isLost ? 0 : count
    }
  }

  mutating func happened(_ event: CallerEvent) {
    guard let player else { return }
    switch event {
    case .reachable: events.append(.reachable(player.number, at: now))
    case .connected:
      if !player.isConnected { connectedCount += 1 }
      player.isConnected = true
      events.append(.connected(player.number, at: now))
    case .failed(let failure): events.append(.failed(player.number, "\(failure)"))
    case .closed: events.append(.closed(player.number))
    }
  }

  mutating func heard(_ packet: HeardPacket) {
    if let stamp = packet.stamp, isMeasuring, !packet.isRepeat {
      latency.add(now.nanoseconds(since: stamp.sent))
    }
    guard let player, !player.unheard.isEmpty,
      let index = player.unheard.firstIndex(of: packet.ssrc)
    else { return }
    player.unheard.remove(at: index)
    events.append(.firstPacket(player.number, ssrc: packet.ssrc, at: now))
  }
}

/// Sixteen loopback addresses a caller, from 127.1.0.0 up.
enum LoopbackAddresses {
  private static let first: UInt64 = 0xFFFF_7F01_0000

  static func address(of number: Int32, path: Int32) -> IPAddress {
    let index = Int64(number) * Int64(Limits.pathsPerCaller) + Int64(path % Limits.pathsPerCaller)
    return IPAddress(high: 0, low: first + UInt64(index))
  }

  /// Whose it is; nil if nobody's.
  static func number(of address: IPAddress) -> Int? {
    guard address.high == 0, address.low >= first, address.low < first + (254 << 16) else { return nil }
    return Int((address.low - first) / UInt64(Limits.pathsPerCaller))
  }
}
