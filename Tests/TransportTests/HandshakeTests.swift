// Handshakes through transports: in both roles, early, split, lost, with the wrong people, and in their turn.

import Crypto
import Glibc
import Link
import Structures
import Testing

@testable import Transport

@Suite("Handshakes") struct HandshakeTests {
  @Test(
    "both roles agree on keys with every profile and either implementation, and media flows both ways",
    arguments: SRTPProfile.allCases, SRTPImplementation.allCases)
  func media(profile: SRTPProfile, implementation: SRTPImplementation) {
    for startsHandshake in [false, true] {
      let house = House(implementation, profiles: [profile])
      let client = Client(0, role: startsHandshake ? .server : .client)
      house.connect(client, startsHandshake: startsHandshake)
      #expect(house.takeEvents() == [.path(client.path), .connected])
      #expect(house.isConnected(client) && client.profile == profile)
      for number in 0..<50 as Range<UInt16> {
        let packet = Client.packet(65_500 &+ number, count: Int(number) * 20)
        let (arrival, bytes) = house.open(client.protect(packet), on: client.path)
        #expect(arrival == .rtp(peer: 0, byteCount: packet.count) && bytes == packet)
        let out = house.protect(packet, for: client, cut: 12 + Int(number % 3) * Int(number))
        #expect(client.open(out) == packet)
        #expect(house.open(client.protectReport(), on: client.path).arrival == .rtcp(peer: 0, byteCount: 8))
        #expect(client.open(house.protectReport(Client.report, for: client), isReport: true) == Client.report)
      }
      #expect(house.transports.counts.handshakes == 1 && house.transports.connectedCount == 1)
      house.remove(client)
      #expect(house.transports.connectedCount == 0)
    }
  }

  /// The first flight in two fragments, each in a datagram of its own.
  private func split(_ hello: [UInt8]) -> [[UInt8]] {
    let body = Array(hello[25...])
    let middle = body.count / 2
    return [(0, body[..<middle]), (middle, body[middle...])].enumerated().map { number, part in
      let (offset, bytes) = part
      func three(_ value: Int) -> [UInt8] {
        [UInt8(value >> 16), UInt8(value >> 8 & 0xFF), UInt8(value & 0xFF)]
      }
      let message =
        [1] + three(body.count) + [hello[17], hello[18]] + three(offset) + three(bytes.count) + bytes
      // Records with numbers that the client itself does not come to.
      return [22, 0xFE, 0xFF, 0, 0, 0, 0, 0, 0, 0, UInt8(40 + number)]
        + [UInt8(message.count >> 8), UInt8(message.count & 0xFF)] + message
    }
  }

  @Test(
    "a first flight in two datagrams is answered at once, whichever comes first and whether before or after the check",
    arguments: [[0, 1], [1, 0], [1, 1, 0], [0, 0, 1, 1]], [0, 1, 2])
  func split(order: [Int], checkAfter: Int) throws {
    let house = House()
    let client = Client()
    house.add(client)
    client.begin()
    let parts = split(try #require(client.drain().first))
    for (position, part) in order.enumerated() {
      if position == checkAfter { house.receive(client.check(), on: client.path) }
      #expect(house.receive(parts[part], on: client.path) == .consumed)
    }
    if checkAfter == 2 { house.receive(client.check(), on: client.path) }
    #expect(house.hasWork)
    _ = house.take()
    house.advance()
    let answer = house.take()
    #expect(answer.count >= 1 && answer.allSatisfy { $0.path == client.path && $0.bytes.count <= 1_200 })
    for (_, bytes) in answer { client.receive(bytes) }
    house.exchange(client)
    #expect(house.isConnected(client))
  }

  @Test("nothing of a handshake is answered towards an address that no signed check came from")
  func unproved() {
    let house = House()
    let client = Client()
    house.add(client)
    client.begin()
    let flight = client.drain()
    for datagram in flight { #expect(house.receive(datagram, on: client.path) == .consumed) }
    #expect(!house.hasWork && house.advance() == 0)
    house.receive(client.check(password: "guessed"), on: client.path)
    #expect(!house.hasWork)
    _ = house.take()
    // The check comes from elsewhere: what waits stays where it is.
    house.receive(client.check(), on: .at(200))
    #expect(!house.hasWork && house.take().count == 1)
    house.pass(milliseconds: 1_999)
    house.receive(client.check(), on: client.path)
    #expect(house.hasWork)
    house.exchange(client)
    #expect(house.isConnected(client))
  }

  @Test("early datagrams are kept for two seconds, a few of an address, the newest of all")
  func early() {
    let house = House()
    let client = Client()
    house.add(client)
    let record: [UInt8] = [22, 0xFE, 0xFD] + [UInt8](repeating: 0, count: 10)
    for number in 0..<5 {
      #expect(house.receive(record, on: client.path) == (number < 4 ? .consumed : .dropped(.full)))
    }
    #expect(house.receive([23] + record.dropFirst(), on: .at(3)) == .dropped(.unknownAddress))
    #expect(house.receive(Array(record.dropLast()), on: .at(3)) == .dropped(.malformed))
    #expect(house.receive(record + [UInt8](repeating: 0, count: 2_036), on: .at(3)) == .dropped(.malformed))
    house.pass(milliseconds: 2_000)
    #expect(house.receive(record, on: client.path) == .consumed)
    house.receive(client.check(), on: client.path)
    #expect(house.advance() == 1)
    // Whoever fills the store only makes others repeat themselves.
    let other = Client(1)
    house.add(other)
    house.receive(record, on: other.path)
    for port in 0..<256 as Range<UInt16> {
      #expect(house.receive(record, on: .at(9, port)) == .consumed)
    }
    house.receive(other.check(), on: other.path)
    #expect(house.advance() == 0)
  }

  @Test("a first flight from where somebody has just been waits for the check of whoever it is now")
  func reusedAddress() {
    let house = House()
    let (before, after) = (Client(0), Client(1, at: Client(0).path))
    house.connect(before)
    house.receive(before.protectReport(), on: before.path)
    house.pass(milliseconds: 6_000)
    #expect(!house.hasHandshake(before))
    house.add(after)
    after.begin()
    for datagram in after.drain() { #expect(house.receive(datagram, on: after.path) == .consumed) }
    #expect(!house.hasWork)
    house.receive(after.check(), on: after.path)
    #expect(house.hasWork)
    house.exchange(after)
    #expect(house.isConnected(after) && house.path(of: before) == nil)
  }

  @Test("a handshake of ours that finds the queue full is begun a little later")
  func retried() {
    let house = House()
    let record: [UInt8] = [22, 0xFE, 0xFD] + [UInt8](repeating: 0, count: 10)
    for number in 0..<16 as Range<Int32> {
      let other = Client(number)
      house.add(other)
      house.receive(other.check(), on: other.path)
      for _ in 0..<16 { #expect(house.receive(record, on: other.path) == .consumed) }
    }
    let client = Client(100, role: .server)
    house.add(client, startsHandshake: true)
    house.receive(client.check(), on: client.path)
    #expect(house.advance(1_000) == 256 && !house.hasWork)
    house.pass(milliseconds: 49)
    #expect(!house.hasWork)
    house.pass(milliseconds: 2)
    #expect(house.hasWork)
    house.exchange(client)
    #expect(house.isConnected(client))
  }

  @Test("handshakes wait for their turn, so many a turn; a full queue is made good by repetition")
  func budget() {
    let house = House()
    let clients = (0..<40 as Range<Int32>).map { Client($0) }
    var refused = 0
    for client in clients {
      house.add(client)
      house.receive(client.check(), on: client.path)
      client.begin()
      let flight = client.drain()
      for _ in 0..<10 {
        for datagram in flight where house.receive(datagram, on: client.path) == .dropped(.full) {
          refused += 1
        }
      }
    }
    #expect(refused == 40 * 10 - 256)
    #expect(house.advance(7) == 7 && house.hasWork)
    for client in clients.dropFirst(20) { house.remove(client) }
    #expect(house.advance(1_000) > 0 && !house.hasWork)
    let one = Client(100)
    house.connect(one)
    #expect(house.isConnected(one))
    var count = 0
    let record: [UInt8] = [22, 0xFE, 0xFD] + [UInt8](repeating: 0, count: 10)
    while house.receive(record, on: one.path) == .consumed { count += 1 }
    #expect(count == 16, "one peer's share of the queue")
  }

  @Test("a handshake that meets only losses is repeated by timers, on both sides", arguments: [false, true])
  func losses(startsHandshake: Bool) {
    let house = House()
    let client = Client(0, role: startsHandshake ? .server : .client)
    house.add(client, startsHandshake: startsHandshake)
    house.receive(client.check(), on: client.path)
    client.begin()
    _ = house.take()
    var generator = Seeded(state: 3)
    let start = ContinuousClock.now
    let begin = house.now
    for _ in 0..<10_000 where !(house.isConnected(client) && client.srtp != nil) {
      for datagram in client.drain() where Int.random(in: 0..<3, using: &generator) > 0 {
        house.receive(datagram, on: client.path)
      }
      house.advance()
      for (_, bytes) in house.take() where Int.random(in: 0..<3, using: &generator) > 0 {
        client.receive(bytes)
      }
      usleep(1_000)
      client.dtls.handleTimeout()
      // OpenSSL's clock is the real one, so ours keeps up with it.
      let (seconds, attoseconds) = (ContinuousClock.now - start).components
      house.now = begin.adding(microseconds: seconds * 1_000_000 + attoseconds / 1_000_000_000_000)
      if let deadline = house.deadline, deadline <= house.now { house.pass(milliseconds: 0) }
    }
    #expect(house.isConnected(client) && client.srtp != nil)
    #expect(client.open(house.protect(Client.packet(1), for: client)) == Client.packet(1))
  }

  @Test("whose certificate is another's gets no keys")
  func wrongFingerprint() {
    let house = House()
    let client = Client()
    house.add(client, expecting: House.certificate.fingerprint)
    house.receive(client.check(), on: client.path)
    client.begin()
    house.exchange(client)
    #expect(house.takeEvents() == [.path(client.path), .failed(.fingerprint)])
    #expect(!house.isConnected(client) && house.transports.counts.handshakesFailed == 1)
    #expect(client.state == .closed, "it was told")
    #expect(house.receive(client.protect(Client.packet(1)), on: client.path) == .dropped(.ended))
  }

  @Test("a client that finds the wrong certificate, or no common profile, fails the handshake")
  func refused() {
    let house = House(profiles: [.aeadAES128GCM])
    let wrong = Client(0, expecting: Client.certificates[3].fingerprint)
    house.connect(wrong)
    #expect(wrong.state == .failed(.fingerprint) && !house.isConnected(wrong))
    let context = DTLSContext(Client.certificates[0], profiles: [.aesCM128HMACSHA180])
    let other = Client(1, context: context)
    house.connect(other)
    #expect(!house.isConnected(other))
    #expect(house.takeEvents().contains(.failed(.handshake)))
  }

  @Test("a handshake that does not end in thirty seconds has failed, however alive the client is")
  func endless() {
    let house = House()
    let client = Client()
    house.add(client)
    for _ in 0..<6 {
      house.receive(client.check(), on: client.path)
      house.pass(milliseconds: 5_000)
    }
    #expect(house.takeEvents() == [.path(client.path), .failed(.handshake)])
  }

  // MARK: The end

  @Test("a goodbye ends the transport, and a removed peer is told goodbye")
  func goodbye() {
    let house = House()
    let (client, other) = (Client(0), Client(1))
    house.connect(client)
    house.connect(other)
    _ = house.takeEvents()
    client.dtls.close()
    house.exchange(client)
    #expect(house.takeEvents() == [.failed(.closed)])
    house.remove(other)
    for (path, bytes) in house.take() where path == other.path { other.receive(bytes) }
    #expect(other.state == .closed)
    #expect(house.peers == 1 && house.transports.connectedCount == 0)
  }

  @Test(
    "the handshake is kept until media came and a while has passed, to repeat its last flight if it was lost")
  func freed() {
    let house = House()
    let client = Client()
    house.add(client)
    house.receive(client.check(), on: client.path)
    client.begin()
    for datagram in client.drain() { house.receive(datagram, on: client.path) }
    house.advance()
    for (_, bytes) in house.take() { client.receive(bytes) }
    for datagram in client.drain() { house.receive(datagram, on: client.path) }
    house.advance()
    #expect(house.isConnected(client) && !house.take().isEmpty, "its last flight gets lost")
    house.pass(milliseconds: 6_000)
    #expect(house.hasHandshake(client))
    for _ in 0..<5_000 where client.state != .connected {
      usleep(2_000)
      client.dtls.handleTimeout()
      house.exchange(client)
    }
    #expect(client.state == .connected)
    house.receive(client.protectReport(), on: client.path)
    house.pass(milliseconds: 4_999)
    #expect(house.hasHandshake(client))
    house.pass(milliseconds: 2)
    #expect(!house.hasHandshake(client) && house.isConnected(client))
    #expect(house.receive(client.protect(Client.packet(1)), on: client.path) == .rtp(peer: 0, byteCount: 112))
    client.dtls.close()
    for datagram in client.drain() {
      #expect(house.receive(datagram, on: client.path) == .dropped(.ended))
    }
    house.remove(client)
    #expect(house.take().isEmpty)
  }
}
