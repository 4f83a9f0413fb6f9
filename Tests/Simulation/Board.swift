// The server of a call: either its parts with the ledger in between, or the very relay that a worker drives, of which
// only datagrams can be seen.

import Crypto
import Engine
import Forwarding
import Link
import Structures
import Transport
import Wire

struct Board: ~Copyable {
  private var parts: Switchboard?
  private var relay: Relay?
  private let network: BadNetwork
  /// Of the relay, which does not tell: any number will do, since its ledger stays empty.
  private var numbers: [PeerHandle: Int32] = [:]

  init(parts: consuming Switchboard, network: BadNetwork) {
    self.parts = consume parts
    self.network = network
  }

  init(
    relayOver network: BadNetwork, context: DTLSContext, implementation: SRTPImplementation,
    seed: (UInt64, UInt64)
  ) {
    self.network = network
    let options = RelayOptions(
      transport: TransportOptions(
        context: context, implementation: implementation, peersMax: 64, seed: seed),
      router: RouterOptions(seed: seed, peersMax: 64))
    relay = Relay(options, outbox: UDPOutbox(slots: 4_096, destinations: 64))
  }

  func number(of handle: PeerHandle) -> Int32? {
    if parts != nil { return parts?.number(of: handle) }
    return numbers[handle]
  }

  mutating func perform(_ command: Command, at now: Instant) {
    parts?.perform(command, at: now)
    guard relay != nil else { return }
    switch command {
    case .connect(let handle, _): numbers[handle] = Int32(truncatingIfNeeded: handle.number)
    case .disconnect(let handle): numbers[handle] = nil
    default: break
    }
    relay?.perform(command, at: now)
    drain()
  }

  mutating func receive(_ datagram: inout [UInt8], from address: TransportAddress, at now: Instant) {
    parts?.receive(&datagram, from: address, at: now)
    guard relay != nil else { return }
    let remote = UDPAddress(IPAddress(high: address.high, low: address.low), port: address.port)
    var span = datagram.mutableSpan
    relay?.receive(&span, on: UDPPath(to: remote), at: now)
  }

  mutating func endTurn(at now: Instant) {
    parts?.endTurn(at: now)
    relay?.endTurn(at: now)
    drain()
  }

  private mutating func drain() {
    let network = network
    relay?.drain { remote, bytes in
      let address = TransportAddress(high: remote.ip.high, low: remote.ip.low, port: remote.port)
      let copy = bytes.withUnsafeBufferPointer { Array($0) }
      network.fromServer(to: address, copy, copy.count)
    }
  }

  mutating func deadline() -> Instant {
    if let deadline = parts?.deadline { return deadline }
    return relay?.deadline ?? .distantFuture
  }

  mutating func takeEvents() -> [Event] {
    if let events = parts?.takeEvents() { return events }
    return relay?.takeEvents() ?? []
  }

  mutating func figures() -> WorkerFigures {
    if parts != nil { return parts?.figures ?? WorkerFigures() }
    var figures = WorkerFigures()
    relay?.count(into: &figures)
    return figures
  }
}
