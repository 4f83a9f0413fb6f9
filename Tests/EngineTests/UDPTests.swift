// Datagrams through real sockets of this machine.

import AllocationCount
import CSystem
import Glibc
import Testing

@testable import Engine

@Suite("Datagrams in batches")
struct UDPTests {
  private func socket(_ address: IPAddress, merging: Bool = false) throws -> UDPSocket {
    var options = UDPSocket.Options()
    options.address = address
    options.isMerging = merging
    return try UDPSocket(options)
  }

  /// Receives until so many datagrams came; gives up after half a second.
  private func receive(
    _ expected: Int, from socket: borrowing UDPSocket, into ingress: inout UDPIngress,
    _ body: (inout UDPIngress, Int) -> Void
  ) -> Int {
    var total = 0
    let end = PollLoop.nowNanoseconds + 500_000_000
    while total < expected && PollLoop.nowNanoseconds < end {
      let count = ingress.receive(from: socket)
      for index in 0..<count { body(&ingress, index) }
      total += count
      if count == 0 { usleep(200) }
    }
    return total
  }

  @Test(
    "each datagram of a segmented send arrives by itself, merged by the kernel or not",
    arguments: [false, true])
  func segments(merging: Bool) throws {
    let receiver = try socket(IPAddress(127, 0, 0, 1), merging: merging)
    let sender = try socket(IPAddress(127, 0, 0, 1))
    var ingress = UDPIngress(for: receiver)
    var outbox = UDPOutbox(for: sender, slots: 256, destinations: 1)
    outbox.setPath(UDPPath(to: UDPAddress(IPAddress(127, 0, 0, 1), port: receiver.port)), of: 0)
    let sizes = (0..<40).map { $0 == 39 ? 77 : 1_000 } + [5, 1_200, 1_200]
    for (number, size) in sizes.enumerated() {
      outbox.append(to: 0) { bytes in
        bytes[0] = UInt8(number)
        bytes[size - 1] = UInt8(number)
        return size
      }
    }
    outbox.flush(into: sender)
    #expect(outbox.counts.messages == 3)
    var arrived: [Int] = []
    var isWhole = true
    let port = sender.port
    let count = receive(sizes.count, from: receiver, into: &ingress) { ingress, index in
      if ingress.path(index).remote != UDPAddress(IPAddress(127, 0, 0, 1), port: port) { isWhole = false }
      ingress.withDatagram(index) { bytes in
        let number = UInt8(arrived.count)
        if bytes[0] != number || bytes[bytes.count - 1] != number { isWhole = false }
        arrived.append(bytes.count)
      }
    }
    #expect(count == sizes.count)
    #expect(arrived == sizes)
    #expect(isWhole)
    #expect(ingress.counts.truncated == 0 && ingress.counts.errors == 0)
  }

  @Test("an answer leaves from the address that was asked, though the socket listens on all")
  func answersFromWhereItWasAsked() throws {
    let server = try socket(.unspecified)
    let client = try socket(IPAddress(127, 0, 0, 1))
    var ingress = UDPIngress(for: server)
    var answers = UDPIngress(for: client)
    var question = UDPOutbox(for: client, slots: 8, destinations: 1)
    var answer = UDPOutbox(for: server, slots: 8, destinations: 1)
    // Any 127 address is this machine; without being told, the kernel would answer from 127.0.0.1.
    question.append(to: UDPPath(to: UDPAddress(IPAddress(127, 0, 0, 9), port: server.port))) { _ in 3 }
    question.flush(into: client)
    var path: UDPPath?
    #expect(receive(1, from: server, into: &ingress) { path = $0.path($1) } == 1)
    let asked = try #require(path)
    #expect(asked.local == IPAddress(127, 0, 0, 9))
    answer.append(to: asked) { _ in 4 }
    answer.flush(into: server)
    #expect(receive(1, from: client, into: &answers) { path = $0.path($1) } == 1)
    #expect(path?.remote == UDPAddress(IPAddress(127, 0, 0, 9), port: server.port))
  }

  @Test("a datagram longer than a slot is counted and dropped, the next one is taken")
  func tooLong() throws {
    let receiver = try socket(IPAddress(127, 0, 0, 1))
    let sender = try socket(IPAddress(127, 0, 0, 1))
    var ingress = UDPIngress(for: receiver)
    var outbox = UDPOutbox(for: sender, slots: 8, destinations: 1, slotBytes: 4_000)
    let path = UDPPath(to: UDPAddress(IPAddress(127, 0, 0, 1), port: receiver.port))
    for size in [Limits.slotBytes + 1, Limits.slotBytes] { outbox.append(to: path) { _ in size } }
    outbox.flush(into: sender)
    #expect(receive(1, from: receiver, into: &ingress) { _, _ in } == 1)
    #expect(ingress.counts.truncated == 1)
  }

  @Test("a socket on a port that is taken says so")
  func taken() throws {
    let first = try socket(IPAddress(127, 0, 0, 1))
    var options = UDPSocket.Options()
    options.address = IPAddress(127, 0, 0, 1)
    options.port = first.port
    var failure: SocketFailure?
    do throws(SocketFailure) { _ = try UDPSocket(options) } catch { failure = error }
    #expect(failure == SocketFailure(step: .bind, errorNumber: EADDRINUSE))
  }

  @Test("a thousand turns of sending, waiting and receiving take nothing from the heap")
  func allocations() throws {
    let receiver = try socket(IPAddress(127, 0, 0, 1))
    let sender = try socket(.unspecified)
    var ingress = UDPIngress(for: receiver)
    var outbox = UDPOutbox(for: sender, slots: 64, destinations: 1)
    var loop = try PollLoop(wakeUp: WakeUp())
    try loop.add(receiver, number: 0)
    outbox.setPath(UDPPath(to: UDPAddress(IPAddress(127, 0, 0, 1), port: receiver.port)), of: 0)
    var received = 0
    var bytes = 0
    var before: Int64 = 0
    for turn in 0..<1_010 {
      if turn == 10 { before = tandem_allocation_count() }
      for _ in 0..<8 { outbox.append(to: 0) { _ in 200 } }
      outbox.flush(into: sender)
      let found = loop.turn(deadlineNanoseconds: PollLoop.nowNanoseconds + 1_000_000)
      if found.readable != 0 { received += ingress.receive(from: receiver) }
      for index in 0..<ingress.count { bytes += ingress.withDatagram(index) { $0.count } }
      loop.took(ingress.count, in: found, deadlineNanoseconds: found.nowNanoseconds)
    }
    #expect(tandem_allocation_count() == before)
    #expect(received > 7_000 && bytes >= received * 200)
  }

  @Test("the loop wakes for a socket, for a wake-up and for a deadline, and for nothing else")
  func loop() throws {
    let receiver = try socket(IPAddress(127, 0, 0, 1))
    let wakeUp = try WakeUp()
    var loop = try PollLoop(wakeUp: wakeUp)
    try loop.add(receiver, number: 5)
    let start = PollLoop.nowNanoseconds
    var turn = loop.turn(deadlineNanoseconds: start + 3_000_000)
    #expect(turn.nowNanoseconds - start >= 3_000_000)
    #expect(!turn.isWoken && turn.readable == 0 && turn.writable == 0)
    wakeUp.signal()
    wakeUp.signal()
    turn = loop.turn(deadlineNanoseconds: nil)
    #expect(turn.isWoken && turn.readable == 0)
    var outbox = UDPOutbox(for: receiver, slots: 8, destinations: 1)
    outbox.append(to: UDPPath(to: UDPAddress(IPAddress(127, 0, 0, 1), port: receiver.port))) { _ in 9 }
    outbox.flush(into: receiver)
    turn = loop.turn(deadlineNanoseconds: nil)
    #expect(!turn.isWoken && turn.readable == 1 << 5)
    loop.watchRoom(true, of: receiver, number: 5)
    #expect(loop.turn(deadlineNanoseconds: nil).writable == 1 << 5)
  }
}

@Suite("Letting datagrams gather")
struct BatchingWaitTests {
  /// So many turns, each with so many datagrams, so far apart.
  private func after(_ turns: Int, count: Int, everyNanoseconds spacing: Int64) -> (BatchingWait, Int64) {
    var wait = BatchingWait()
    for turn in 0..<turns { wait.took(count, atNanoseconds: Int64(turn) * spacing) }
    return (wait, Int64(turns) * spacing)
  }

  @Test("a quiet call never waits")
  func quiet() {
    let (wait, now) = after(1_000, count: 1, everyNanoseconds: 1_000_000)
    #expect(wait.wait(fromNanoseconds: now, deadlineNanoseconds: nil) == 0)
  }

  @Test("under load it waits for some sixteen datagrams, never longer than a millisecond")
  func busy() {
    var (wait, now) = after(200, count: 1, everyNanoseconds: 10_000)
    #expect((150_000...200_000).contains(wait.wait(fromNanoseconds: now, deadlineNanoseconds: nil)))
    (wait, now) = after(200, count: 2, everyNanoseconds: 400_000)
    #expect(wait.wait(fromNanoseconds: now, deadlineNanoseconds: nil) == 1_000_000)
  }

  @Test("a deadline ends the wait, and a silence ends the waiting")
  func ends() {
    var (wait, now) = after(200, count: 4, everyNanoseconds: 400_000)
    #expect(wait.wait(fromNanoseconds: now, deadlineNanoseconds: now + 50_000) == 50_000)
    #expect(wait.wait(fromNanoseconds: now, deadlineNanoseconds: now - 1) == 0)
    wait.took(1, atNanoseconds: now + 100_000_000)
    #expect(wait.wait(fromNanoseconds: now, deadlineNanoseconds: nil) == 0)
  }
}
