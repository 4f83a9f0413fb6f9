// Media that must not get in, what everything costs, and that nothing stays when peers leave.

import AllocationCount
import Crypto
import Link
import Structures
import Testing
import Wire

@testable import Transport

/// Takes what is sent and forgets it, without memory of its own a datagram.
struct SilentOutlet: DatagramOutlet, ~Copyable {
  private var slot = [UInt8](repeating: 0, count: 1_500)
  var datagrams = 0
  var events = 0

  mutating func send(on path: Path, _ fill: (inout MutableSpan<UInt8>) -> Int) {
    var span = slot.mutableSpan
    if fill(&span) > 0 { datagrams += 1 }
  }

  mutating func happened(_ event: TransportEvent, to peer: Int32) { events += 1 }
}

@Suite("Media") struct MediaTests {
  @Test("media is dropped for a reason before there are keys, from strangers, altered, and the second time")
  func drops() {
    let house = House()
    let client = Client()
    house.add(client)
    house.receive(client.check(), on: client.path)
    #expect(
      house.receive(Client.packet(1) + [UInt8](repeating: 0, count: 16), on: client.path) == .dropped(.noKeys)
    )
    #expect(house.receive(Client.report, on: client.path) == .dropped(.noKeys))
    #expect(house.protect(Client.packet(1), for: client).isEmpty)
    client.begin()
    house.exchange(client)
    let packet = client.protect(Client.packet(1))
    let report = client.protectReport()
    #expect(house.receive(packet, on: .at(66)) == .dropped(.unknownAddress))
    for (bytes, isReport) in [(packet, false), (report, true)] {
      var altered = bytes
      altered[bytes.count - 15] ^= 1
      #expect(house.receive(altered, on: client.path) == .dropped(.unauthentic))
      #expect(
        house.receive(bytes, on: client.path)
          == (isReport ? .rtcp(peer: 0, byteCount: 8) : .rtp(peer: 0, byteCount: 112)))
      #expect(house.receive(bytes, on: client.path) == .dropped(.replayed))
      #expect(house.receive(Array(bytes.prefix(11)), on: client.path) == .dropped(.malformed))
    }
    #expect(house.receive([], on: client.path) == .dropped(.unrecognised))
    #expect(house.receive([64, 0, 1], on: client.path) == .dropped(.unrecognised))
    for source in 0..<256 as Range<UInt32> {
      house.receive(client.protect(Client.packet(1, source: 1_000 + source)), on: client.path)
    }
    #expect(house.count(.tooManyStreams) == 1)
    #expect(house.count(.replayed) == 2 && house.count(.unauthentic) == 2 && house.count(.noKeys) == 2)
    #expect(house.count(.unknownAddress) == 1)
    let figures = house.figures
    #expect(figures.peers == 1 && figures.connectedPeers == 1 && figures.handshakes == 1)
    #expect(figures.droppedFull == 1 && figures.droppedReplayed == 2 && figures.droppedUnknown == 1)
    #expect(figures.droppedUnauthentic == 4 && figures.droppedMalformed == 4)
  }

  @Test("what can't be protected gives nothing: no room, no header, no such peer, a number used before")
  func unprotectable() {
    let house = House()
    let client = Client()
    house.connect(client)
    let packet = Client.packet(1)
    func protect(_ peer: Int32, head: Int, headerCount: Int, room: Int) -> Int {
      var slot = [UInt8](repeating: 0, count: room)
      var span = slot.mutableSpan
      return house.transports.protectRTP(
        for: peer, head: packet.span.extracting(..<head), headerCount: headerCount,
        rest: packet.span.extracting(head...), into: &span)
    }
    #expect(protect(0, head: 12, headerCount: 12, room: packet.count + 15) == 0)
    #expect(protect(0, head: 11, headerCount: 11, room: 200) == 0)
    #expect(protect(0, head: 12, headerCount: 13, room: 200) == 0)
    #expect(protect(7, head: 12, headerCount: 12, room: 200) == 0)
    #expect(protect(0, head: 12, headerCount: 12, room: packet.count + 16) == packet.count + 16)
    #expect(protect(0, head: 12, headerCount: 12, room: 200) == 0)
    #expect(house.protectReport([0x80, 200, 0, 0], for: client).isEmpty)
    #expect(house.protectReport(Client.report, for: Client(3)).isEmpty)
    #expect(!house.isConnected(Client(3)) && house.path(of: Client(3)) == nil)
    house.remove(Client(3))
  }

  @Test("checks and packets, in and out, cost no allocation", arguments: SRTPProfile.allCases)
  func allocations(profile: SRTPProfile) {
    guard tandem_allocation_count() >= 0 else { return }
    let house = House(profiles: [profile])
    let client = Client()
    house.connect(client)
    // Made before, because making them does cost.
    var buffers = (0..<1_010).map { number in
      [
        client.check(nominates: number % 2 == 0),
        client.protect(Client.packet(UInt16(number), count: 1_000)), client.protectReport(),
      ]
    }
    let plain = (0..<1_010).map { Client.packet(UInt16($0), count: 1_000) }
    var outlet = SilentOutlet()
    var slot = [UInt8](repeating: 0, count: 1_500)
    var received = 0
    func turn(_ number: Int) {
      for kind in 0..<3 {
        var span = buffers[number][kind].mutableSpan
        switch house.transports.receive(&span, on: client.path, at: house.now, into: &outlet) {
        case .consumed, .rtp, .rtcp: received += 1
        case .dropped: break
        }
      }
      var span = slot.mutableSpan
      let packet = plain[number]
      let (head, rest) = (packet.span.extracting(..<20), packet.span.extracting(20...))
      if house.transports.protectRTP(for: 0, head: head, headerCount: 12, rest: rest, into: &span) > 0 {
        received += 1
      }
      let report = packet.span.extracting(..<100)
      if house.transports.protectRTCP(for: 0, report, into: &span) > 0 { received += 1 }
      house.now = house.now.adding(milliseconds: 20)
      house.transports.timeout(at: house.now, into: &outlet)
    }
    for number in 0..<10 { turn(number) }
    let before = tandem_allocation_count()
    for number in 10..<1_010 { turn(number) }
    let after = tandem_allocation_count()
    #expect(after - before == 0)
    #expect(received == 5 * 1_010 && outlet.datagrams == 1_010)
  }

  @Test("peers come, connect and go by the thousands, and the heap is as it was")
  func growth() {
    let turns = Environment.number("TANDEM_PEERS", else: 20_000)
    let house = House(peersMax: 64)
    func turn(_ number: Int) {
      let client = Client(Int32(number % 64), role: number % 2 == 0 ? .client : .server)
      // Every hundredth shakes hands; the others leave at some point before.
      if number % 100 == 0 {
        house.connect(client, startsHandshake: number % 200 == 100)
        house.receive(client.protect(Client.packet(1)), on: client.path)
        #expect(house.isConnected(client) == (number % 200 == 0))
      } else {
        house.add(client)
        if number % 3 == 0 { house.receive(client.check(nominates: true), on: client.path) }
        if number % 7 == 0 {
          client.remote.ufrag += "x"
          #expect(house.restart(client))
        }
      }
      house.pass(milliseconds: Int64(number % 50))
      house.remove(client)
      _ = house.take()
      _ = house.takeEvents()
    }
    for number in 0..<2_000 { turn(number) }
    let before = tandem_heap_bytes()
    for number in 2_000..<turns { turn(number) }
    let after = tandem_heap_bytes()
    #expect(house.peers == 0 && house.tableSizes == [0, 0, 0])
    // A peer that stayed would be fifteen kilobytes; other tests run beside this one.
    #expect(Int(after) - Int(before) < 40_000_000)
  }
}
