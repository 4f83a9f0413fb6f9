// Whatever comes in, nothing traps and nothing grows: datagrams of all kinds, broken at random from seeds, in the
// middle of conversations that go on.

import AllocationCount
import Crypto
import Link
import Structures
import Testing

@testable import Transport

@Suite("Broken datagrams") struct MutationTests {
  private func mutated(_ bytes: [UInt8], using generator: inout Seeded) -> [UInt8] {
    var bytes = bytes
    for _ in 0..<Int.random(in: 0...4, using: &generator) {
      switch Int.random(in: 0..<5, using: &generator) {
      case 0 where !bytes.isEmpty:
        bytes[Int.random(in: bytes.indices, using: &generator)] = UInt8.random(in: 0...255, using: &generator)
      case 1 where !bytes.isEmpty:
        bytes[Int.random(in: bytes.indices, using: &generator)] ^=
          1 << UInt8.random(in: 0..<8, using: &generator)
      case 2: bytes.removeLast(Int.random(in: 0...bytes.count, using: &generator))
      case 3:
        bytes += (0..<Int.random(in: 0..<40, using: &generator)).map { _ in
          .random(in: 0...255, using: &generator)
        }
      default:
        // The lengths that stand in datagrams are mostly among the first bytes.
        let place = Int.random(in: 0..<24, using: &generator)
        if place < bytes.count {
          bytes[place] = [0, 1, 0x7F, 0x80, 0xFF].randomElement(using: &generator) ?? 0
        }
      }
    }
    return bytes
  }

  @Test(
    "no datagram traps, or leaves anything behind", arguments: SRTPImplementation.allCases,
    1...4 as ClosedRange<UInt64>)
  func storm(implementation: SRTPImplementation, seed: UInt64) throws {
    var generator = Seeded(state: seed)
    let house = House(implementation, peersMax: 8)
    var heap: [Int] = []
    for round in 0..<25 {
      let clients = (0..<6 as Range<Int32>).map { Client($0, role: $0 == 5 ? .server : .client) }
      for client in clients[..<3] { house.connect(client) }
      for client in clients[3...] { house.add(client, startsHandshake: client.number == 5) }
      for client in clients[3...] {
        house.receive(client.check(), on: client.path)
        client.begin()
      }
      var corpus = clients.flatMap { [$0.check(), $0.check(nominates: true), $0.check(isSigned: false)] }
      for client in clients[..<3] {
        corpus += (1...10).map { client.protect(Client.packet(UInt16($0), count: Int($0) * 30)) }
        corpus += [client.protectReport(), client.protectReport(Client.report + [1, 2, 3, 4])]
        client.dtls.close()
        corpus += client.drain()
      }
      for client in clients[3...] { corpus += client.drain() }
      house.advance()
      corpus += house.take().map(\.bytes) + [[], [22], [0, 1, 0, 0], [0x80], [0x80, 200]]
      for number in 0..<500 {
        let datagram = mutated(corpus.randomElement(using: &generator) ?? [], using: &generator)
        let path =
          Bool.random(using: &generator)
          ? clients[number % 6].path : Path.at(UInt32.random(in: 0...255, using: &generator))
        house.receive(datagram, on: path)
        if number % 20 == 0 {
          house.advance(8)
          corpus += house.take().suffix(1).map(\.bytes)
          house.pass(milliseconds: Int64.random(in: 0...100, using: &generator))
        }
        _ = house.takeEvents()
      }
      // Whoever was not told goodbye by an unbroken datagram is still there.
      for client in clients { house.remove(client) }
      #expect(house.peers == 0 && house.tableSizes == [0, 0, 0])
      _ = house.take()
      if round >= 5 { heap.append(Int(tandem_heap_bytes())) }
    }
    let (first, last) = (try #require(heap.first), try #require(heap.last))
    #expect(last - first < 40_000_000)
  }

  @Test("noise alone, of any length and first byte, is dropped")
  func noise() {
    var generator = Seeded(state: 9)
    let house = House()
    let client = Client()
    house.connect(client)
    for number in 0..<20_000 {
      let noise = (0..<Int.random(in: 0...80, using: &generator)).map { _ in
        UInt8.random(in: 0...255, using: &generator)
      }
      house.receive(noise, on: number % 2 == 0 ? client.path : .at(250))
      house.advance(4)
    }
    #expect(house.isConnected(client))
    let packet = Client.packet(1)
    #expect(house.receive(client.protect(packet), on: client.path) == .rtp(peer: 0, byteCount: packet.count))
  }
}
