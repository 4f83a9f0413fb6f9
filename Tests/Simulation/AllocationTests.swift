// The way of a packet through a worker takes nothing from the heap; and peers that come and go leave nothing on it.

import AllocationCount
import Caller
import Crypto
import Link
import Structures
import Testing
import Wire

@Suite("The heap")
struct AllocationTests {
  /// A call that has gone on for a while, and datagrams of its first person that the server has not seen yet.
  private static func warm(_ profile: Int) -> (Call, [[UInt8]]) {
    let call = Call(seed: 5_000 + UInt64(profile), profile: profile, isWatched: false)
    var looks = VideoLooks()
    looks.packetByteCount = 1_000
    looks.keyFrameByteCount = 3_000
    looks.deltaFrameByteCount = 2_000
    call.video = looks
    for _ in 0..<4 { call.at(1) { $0.join(up: Weather(), down: Weather()) } }
    call.run(until: 4_000)
    // From here on datagrams are caught: those of one person only, and no reports of the others.
    call.network.catches = 0
    call.run(until: 20_000) { call.network.caught.count >= 1_300 }
    call.network.isHole = true
    return (call, call.network.takeCaught())
  }

  @Test("a packet is received, forwarded and protected without taking from the heap", arguments: 0..<3)
  func forwarding(profile: Int) {
    guard tandem_allocation_count() >= 0 else { return }
    var (call, datagrams) = Self.warm(profile)
    let source = call.network.address(of: 0, path: 0)
    var counted: Int64 = 0
    let time = call.time
    let before = call.network.swallowed
    for index in datagrams.indices {
      var datagram: [UInt8] = []
      swap(&datagram, &datagrams[index])
      // Media alone: reports come once a second and are measured elsewhere.
      guard DatagramKind(datagram.span) == .rtp else { continue }
      let start = tandem_allocation_count()
      // As far apart as they were sent, since the history grows with what comes in a second.
      let now = time.adding(milliseconds: Int64(index) * 9)
      call.switchboard.receive(&datagram, from: source, at: now)
      if index >= 300 { counted += tandem_allocation_count() - start }
    }
    #expect(counted == 0)
    #expect(call.network.swallowed - before >= 3 * 1_000)
  }

  @Test("peers that come and go leave nothing behind: 20,000 of them, or CHURN_PEERS")
  func churn() async {
    await #expect(processExitsWith: .success) {
      let total = Int(SimulationTests.number("CHURN_PEERS") ?? 20_000)
      let call = Call(seed: 9, isWatched: false)
      call.network.isHole = true
      let client = Call.clientContexts[0]
      var heap = 0
      var handle: UInt64 = 0
      for round in 0..<total / 100 {
        var people: [Person] = []
        for _ in 0..<20 {
          for index in 0..<5 {
            let person = Person(
              Int(handle), network: call.network, server: Call.serverContexts[0], client: client,
              implementation: .openssl, seed: handle)
            handle += 1
            people.append(person)
            call.switchboard.perform(.connect(person.handle, person.peerSetup), at: call.time)
            for kind in 0..<2 {
              call.switchboard.perform(.publish(person.handle, person.trackSetup(kind)), at: call.time)
            }
            if index > 0 {
              let number = handle * 2
              for kind in 0..<2 {
                let setup = person.subscription(number + UInt64(kind), to: people[people.count - 2], kind)
                call.switchboard.perform(.subscribe(person.handle, setup), at: call.time)
              }
            }
          }
          call.network.now += 1
          for person in people { call.switchboard.perform(.disconnect(person.handle), at: call.time) }
          people.removeAll()
          call.switchboard.endTurn(at: call.time)
        }
        // The tables have grown to their size by then.
        if round == total / 400 { heap = Int(tandem_heap_bytes()) }
      }
      let figures = call.switchboard.figures()
      precondition(figures.peers == 0 && figures.tracks == 0 && figures.subscriptions == 0, "\(figures)")
      let growth = Int(tandem_heap_bytes()) - heap
      precondition(growth < 256 << 10, "\(growth) bytes more after \(total) peers")
    }
  }
}
