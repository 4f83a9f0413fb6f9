// ICE as a lite agent speaks it: what a check must show, what it is answered, and where media goes after it.

import Link
import Structures
import Testing
import Wire

@testable import Transport

@Suite("Checks") struct CheckTests {
  @Test("a signed check is answered at once, signed, with the address that it came from")
  func answer() throws {
    let house = House()
    let v6 = Path(
      remote: TransportAddress(high: 0x2001_0DB8 << 32, low: 9, port: 5), localHigh: 1, localLow: 2)
    let client = Client()
    #expect(house.add(client))
    for path in [client.path, v6] {
      #expect(house.receive(client.check(), on: path) == .consumed)
      let sent = house.take()
      #expect(sent.count == 1 && sent[0].path == path)
      #expect(client.read(sent[0].bytes) == .init(mapped: path.remote, isSigned: true))
    }
    #expect(house.takeEvents() == [.path(client.path)])
    #expect(house.path(of: client) == client.path)
  }

  @Test("whoever does not know a ufrag of ours hears nothing")
  func strangers() {
    let house = House()
    let client = Client()
    house.add(client)
    let stranger = Client(1)
    #expect(house.receive(stranger.check(), on: .at(9)) == .dropped(.unknownUser))
    #expect(house.receive(client.check(username: ""), on: .at(9)) == .dropped(.unknownUser))
    #expect(house.receive(client.check(username: "ours0"), on: .at(9)) == .dropped(.unknownUser))
    let long = String(repeating: "x", count: 300) + ":a"
    #expect(house.receive(client.check(username: long), on: .at(9)) == .dropped(.unknownUser))
    #expect(house.receive(client.check(isSummed: false), on: .at(9)) == .dropped(.malformed))
    #expect(house.receive(Array(client.check().dropLast(4)), on: .at(9)) == .dropped(.malformed))
    let transaction = STUNTransaction(high: 1, low: 2)
    for kind in [STUNClass.success, .error, .indication] {
      let message = Client.message(
        kind, transaction: transaction, signedWith: client.remote.password, isSummed: true
      ) { writer, output in
        writer.append(STUNAttribute.username, Array("ours0:them0".utf8).span, into: &output)
      }
      #expect(house.receive(message, on: client.path) == .dropped(.unexpected))
    }
    let allocate = Client.message(
      .request, method: 3, transaction: transaction, signedWith: nil, isSummed: true
    ) { _, _ in }
    #expect(house.receive(allocate, on: client.path) == .dropped(.unexpected))
    #expect(house.take().isEmpty && house.takeEvents().isEmpty)
    #expect(house.count(.unknownUser) == 4 && house.count(.unexpected) == 4)
    #expect(house.count(.malformed) == 2)
  }

  @Test("a check that is not right gets the error that says why, signed where it was")
  func errors() {
    let house = House()
    let client = Client()
    house.add(client)
    func answer(_ check: [UInt8]) -> Client.Answer? {
      house.receive(check, on: client.path)
      let sent = house.take()
      return sent.count == 1 ? client.read(sent[0].bytes) : nil
    }
    #expect(answer(client.check(isSigned: false)) == .init(error: 400, isSigned: false))
    #expect(answer(client.check(password: "guessed")) == .init(error: 401, isSigned: false))
    #expect(answer(client.check(username: "ours0:other")) == .init(error: 401, isSigned: false))
    #expect(answer(client.check(username: "ours0:them")) == .init(error: 401, isSigned: false))
    #expect(
      answer(client.check(unknown: [0x7777, 0x0033]))
        == .init(error: 420, isSigned: true, unknown: [0x7777, 0x33]))
    #expect(answer(client.check(isControlled: true)) == .init(error: 487, isSigned: true))
    #expect(answer(client.check(unknown: [0xC057])) == .init(mapped: client.path.remote, isSigned: true))
    #expect(house.count(.unauthentic) == 3 && house.count(.refused) == 2)
    #expect(house.takeEvents() == [.path(client.path)])
  }

  @Test("no byte of a signed check can be changed", arguments: 1...2 as ClosedRange<UInt64>)
  func altered(seed: UInt64) {
    var generator = Seeded(state: seed)
    let house = House()
    let client = Client()
    house.add(client)
    let check = client.check()
    for index in check.indices {
      var altered = check
      altered[index] ^= UInt8(1 << Int.random(in: 0..<8, using: &generator))
      #expect(house.receive(altered, on: client.path) != .consumed, "byte \(index)")
    }
    #expect(house.path(of: client) == nil && house.takeEvents().isEmpty)
  }

  // MARK: Paths

  @Test("the first path is used at once, and another when the client names it")
  func nomination() {
    let house = House()
    let client = Client()
    house.add(client)
    house.receive(client.check(), on: .at(1))
    house.receive(client.check(), on: .at(2))
    #expect(house.path(of: client) == .at(1))
    house.receive(client.check(nominates: true), on: .at(2))
    #expect(house.path(of: client) == .at(2))
    house.receive(client.check(nominates: true), on: .at(2))
    house.receive(client.check(), on: .at(1))
    #expect(house.takeEvents() == [.path(.at(1)), .path(.at(2))])
    // One remote address, another address of ours.
    let other = Path(remote: Path.at(2).remote, localHigh: 0, localLow: 0xFFFF_0A00_0001)
    house.receive(client.check(nominates: true), on: other)
    #expect(house.takeEvents() == [.path(other)])
  }

  @Test(
    "a client that changes networks is found by its next check, or by its media where the old path is silent")
  func move() {
    let house = House()
    let client = Client()
    house.connect(client)
    house.receive(client.check(nominates: true), on: client.path)
    house.receive(client.check(), on: .at(99))
    let packet = client.protect(Client.packet(1))
    #expect(house.receive(packet, on: .at(99)) == .rtp(peer: 0, byteCount: 112))
    #expect(house.path(of: client) == client.path)
    house.pass(milliseconds: 9_999)
    house.receive(client.protect(Client.packet(2)), on: .at(99))
    #expect(house.path(of: client) == client.path)
    house.pass(milliseconds: 1)
    house.receive(client.protect(Client.packet(3)), on: .at(99))
    #expect(house.path(of: client) == .at(99))
    house.pass(milliseconds: 10_000)
    house.receive(client.check(), on: .at(98))
    #expect(house.path(of: client) == .at(98))
    house.receive(client.check(nominates: true), on: .at(97))
    #expect(house.path(of: client) == .at(97))
    #expect(house.isConnected(client))
  }

  @Test("a peer is known at eight addresses; the one unused for longest gives way, never the one in use")
  func bound() {
    let house = House()
    let client = Client()
    house.connect(client)
    for host in 1...8 as ClosedRange<UInt32> {
      house.pass(milliseconds: 10)
      house.receive(client.check(), on: .at(100 + host))
    }
    #expect(house.path(of: client) == client.path)
    #expect(house.tableSizes[0] == 8)
    #expect(house.receive(client.protect(Client.packet(1)), on: .at(101)) == .dropped(.unknownAddress))
    #expect(house.receive(client.protect(Client.packet(2)), on: client.path) == .rtp(peer: 0, byteCount: 112))
    #expect(house.receive(client.protect(Client.packet(3)), on: .at(102)) == .rtp(peer: 0, byteCount: 112))
    house.remove(client)
    #expect(house.tableSizes == [0, 0, 0])
  }

  @Test("another's address is taken over by a signed check and by nothing else")
  func takeover() {
    let house = House()
    let (one, other) = (Client(0), Client(1))
    house.connect(one)
    house.connect(other)
    _ = house.takeEvents()
    house.receive(other.check(password: "guessed", unknown: []), on: one.path)
    #expect(house.receive(other.protect(Client.packet(1)), on: one.path) == .dropped(.unauthentic))
    #expect(house.path(of: one) == one.path)
    house.receive(other.check(), on: one.path)
    #expect(house.path(of: one) == nil && house.path(of: other) == other.path)
    #expect(house.protect(Client.packet(7), for: one).isEmpty, "there is no way to it any more")
    house.receive(one.check(), on: one.path)
    #expect(house.path(of: one) == one.path && !house.protect(Client.packet(8), for: one).isEmpty)
    _ = house.takeEvents()
    house.receive(one.check(), on: .at(77))
    house.receive(other.check(nominates: true), on: one.path)
    #expect(house.path(of: other) == one.path)
    #expect(house.path(of: one) == .at(77))
    #expect(house.takeEvents() == [.path(one.path), .path(.at(77))])
    #expect(house.receive(other.protect(Client.packet(2)), on: one.path) == .rtp(peer: 1, byteCount: 112))
    #expect(house.receive(one.protect(Client.packet(1)), on: .at(77)) == .rtp(peer: 0, byteCount: 112))
    house.remove(one)
    house.remove(other)
    #expect(house.tableSizes == [0, 0, 0])
  }

  // MARK: Restart

  @Test("after a restart the old credentials are good until the new are used; media goes on")
  func restart() {
    let house = House()
    let client = Client()
    house.connect(client)
    let (oldLocal, oldRemote) = (client.local, client.remote)
    func restart(_ name: String) {
      client.local = ICECredentials(ufrag: "t\(name)", password: "the client's password \(name)")
      client.remote = ICECredentials(ufrag: "o\(name)", password: "the server's password \(name)")
      house.restart(client)
    }
    // Nobody ever used the first of these.
    restart("unused")
    let unused = client.check()
    restart("new")
    #expect(house.receive(unused, on: client.path) == .dropped(.unknownUser))
    let new = (client.local, client.remote)
    (client.local, client.remote) = (oldLocal, oldRemote)
    #expect(house.receive(client.check(), on: client.path) == .consumed)
    let old = client.check()
    (client.local, client.remote) = new
    _ = house.take()
    #expect(house.receive(client.check(nominates: true), on: .at(50)) == .consumed)
    #expect(client.read(house.take()[0].bytes) == .init(mapped: Path.at(50).remote, isSigned: true))
    #expect(house.receive(old, on: client.path) == .dropped(.unknownUser))
    #expect(house.path(of: client) == .at(50) && house.isConnected(client))
    #expect(house.receive(client.protect(Client.packet(1)), on: .at(50)) == .rtp(peer: 0, byteCount: 112))
    #expect(house.tableSizes[1] == 1)
    let other = Client(1)
    house.add(other)
    #expect(!house.restart(other))
    #expect(!house.restart(Client(7)))
    house.remove(client)
    house.remove(other)
    #expect(house.tableSizes == [0, 0, 0])
  }

  // MARK: Consent

  @Test("thirty seconds without a sign of life end a transport, once")
  func silence() {
    let house = House()
    let (client, idle, never) = (Client(0), Client(1), Client(2))
    house.connect(client)
    house.connect(idle)
    house.add(never)
    _ = house.takeEvents()
    for _ in 0..<6 {
      house.pass(milliseconds: 4_999)
      house.receive(client.check(), on: client.path)
    }
    #expect(house.takeEvents() == [])
    house.pass(milliseconds: 6)
    #expect(house.takeEvents() == [.failed(.silence), .failed(.silence)])
    #expect(house.isConnected(client) && !house.isConnected(idle))
    _ = house.take()
    #expect(house.receive(idle.check(), on: idle.path) == .dropped(.ended))
    #expect(house.receive(idle.protect(Client.packet(1)), on: idle.path) == .dropped(.ended))
    #expect(house.protect(Client.packet(1), for: idle).isEmpty)
    #expect(house.protectReport(Client.report, for: idle).isEmpty)
    // Media is a sign of life as well.
    for number in 0..<10 as Range<UInt16> {
      house.pass(milliseconds: 20_000)
      #expect(
        house.receive(client.protect(Client.packet(number)), on: client.path) == .rtp(peer: 0, byteCount: 112)
      )
    }
    #expect(house.takeEvents() == [])
    house.pass(milliseconds: 29_999)
    #expect(house.takeEvents() == [])
    house.pass(milliseconds: 2)
    #expect(house.takeEvents() == [.failed(.silence)])
    house.pass(milliseconds: 100_000)
    #expect(house.takeEvents() == [] && house.take().isEmpty && house.deadline == nil)
  }

  @Test("numbers, ufrags and bounds are refused when they are taken or none")
  func refusals() {
    let house = House(peersMax: 2)
    #expect(house.add(Client(0)))
    #expect(!house.add(Client(0)))
    #expect(!house.add(Client(2)))
    let same = Client(1)
    same.remote = Client(0).remote
    #expect(!house.add(same))
    for ufrag in ["", "a:b", String(repeating: "x", count: 33)] {
      same.remote.ufrag = ufrag
      #expect(!house.add(same))
    }
    same.remote.ufrag = String(repeating: "x", count: 32)
    #expect(house.add(same))
    #expect(house.receive(same.check(), on: same.path) == .consumed)
    #expect(house.peers == 2)
  }
}
