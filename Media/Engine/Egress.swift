// The way out of a relay: packets in the clear are protected in the slot that they will be sent from, datagrams of
// transports go out as they are. What transports say of their peers waits here until the call that caused it is over.

import Forwarding
import Link
import Structures
import Transport

struct Egress: ~Copyable {
  var transports: Transports
  var outbox: UDPOutbox {
    _read { yield departures.outbox }
    _modify { yield &departures.outbox }
  }
  var events: [Event] = []
  private let tape: TapeSender?
  private var departures: Departures

  /// What transports write into.
  struct Departures: ~Copyable, DatagramOutlet {
    var outbox: UDPOutbox
    var pending: [(TransportEvent, Int32)] = []

    mutating func send(on path: Path, _ fill: (inout MutableSpan<UInt8>) -> Int) {
      outbox.append(to: UDPPath(path), fill)
    }

    mutating func happened(_ event: TransportEvent, to peer: Int32) { pending.append((event, peer)) }
  }

  init(transports: consuming Transports, outbox: consuming UDPOutbox, tape: TapeSender? = nil) {
    self.tape = tape
    self.transports = transports
    departures = Departures(outbox: outbox)
  }

  var hasPending: Bool { !departures.pending.isEmpty }

  mutating func takePending() -> (TransportEvent, Int32)? {
    departures.pending.isEmpty ? nil : departures.pending.removeFirst()
  }

  mutating func setPath(_ path: Path, of peer: Int32) {
    departures.outbox.setPath(UDPPath(path), of: Int(peer))
  }

  /// For people to read.
  func remote(of peer: Int32) -> String { transports.path(of: peer).map { "\($0.remote)" } ?? "" }

  // MARK: Transports, with what they write into

  mutating func receive(_ datagram: inout MutableSpan<UInt8>, on path: Path, at now: Instant)
    -> Transports.Arrival
  {
    transports.receive(&datagram, on: path, at: now, into: &departures)
  }

  mutating func advanceHandshakes(atMost count: Int, at now: Instant) {
    _ = transports.advanceHandshakes(atMost: count, at: now, into: &departures)
  }

  mutating func timeout(at now: Instant) { transports.timeout(at: now, into: &departures) }

  mutating func remove(_ peer: Int32) { transports.remove(peer, into: &departures) }
}

extension Egress: PacketOutlet {
  @discardableResult
  mutating func sendRTP(to peer: Int32, head: Span<UInt8>, headerCount: Int, rest: Span<UInt8>) -> Bool {
    departures.outbox.append(to: Int(peer)) { slot in
      transports.protectRTP(for: peer, head: head, headerCount: headerCount, rest: rest, into: &slot)
    }
  }

  mutating func sendRTCP(to peer: Int32, _ compound: Span<UInt8>) {
    departures.outbox.append(to: Int(peer)) { slot in
      transports.protectRTCP(for: peer, compound, into: &slot)
    }
  }

  mutating func record(_ item: TapeItem, payload: Span<UInt8>) {
    // What does not fit is counted by the ring.
    _ = tape?.send(item, payload: payload)
  }

  mutating func tell(_ event: Event) { events.append(event) }
}
