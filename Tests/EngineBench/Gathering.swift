// What the batching wait saves and costs: a paced sender on another thread, and a loop that only receives.

import CSystem
import Engine
import Glibc

private final class Pace: Sendable {
  let port: UInt16
  let spacing: Int64
  let seconds: Double

  init(port: UInt16, perSecond: Int, seconds: Double) {
    self.port = port
    spacing = 1_000_000_000 / Int64(perSecond)
    self.seconds = seconds
  }

  /// Each datagram carries the time at which it was sent.
  func run() {
    tandem_timer_slack(1_000)
    let sender = open()
    var outbox = UDPOutbox(for: sender, slots: 8, destinations: 1)
    outbox.setPath(UDPPath(to: UDPAddress(loopback, port: port)), of: 0)
    var next = PollLoop.nowNanoseconds
    let end = next + Int64(seconds * 1e9)
    while next < end {
      tandem_sleep_until(next)
      next += spacing
      let now = PollLoop.nowNanoseconds
      outbox.append(to: 0) { bytes in
        for shift in 0..<8 { bytes[shift] = UInt8(truncatingIfNeeded: now >> (8 * Int64(shift))) }
        return 1_100
      }
      outbox.flush(into: sender)
    }
  }
}

func gatheringBench() {
  tandem_timer_slack(1_000)
  print(
    "\n| datagrams/s | wait | CPU µs a datagram | a turn | wait in the socket p50 µs | p99 µs |\n|---|---|---|---|---|---|"
  )
  for rate in [500, 5_000, 20_000] {
    for bound: Int64 in [0, 250_000, 500_000, 1_000_000] { measure(rate, bound) }
  }
}

private func measure(_ rate: Int, _ bound: Int64) {
  let receiver = open()
  let pace = Pace(port: receiver.port, perSecond: rate, seconds: 1.5)
  guard let wakeUp = try? WakeUp(),
    var loop = try? PollLoop(wakeUp: wakeUp, wait: BatchingWait(boundNanoseconds: bound)),
    (try? loop.add(receiver, number: 0)) != nil
  else { return }
  var ingress = UDPIngress(for: receiver)
  var delays: [Int64] = []
  delays.reserveCapacity(rate * 2)
  var thread = pthread_t()
  pthread_create(
    &thread, nil,
    { context in
      guard let context else { return nil }
      Unmanaged<Pace>.fromOpaque(context).takeRetainedValue().run()
      return nil
    }, Unmanaged.passRetained(pace).toOpaque())
  let end = PollLoop.nowNanoseconds + 1_500_000_000
  var turns = 0
  let start = tandem_thread_cpu_nanoseconds()
  while true {
    let turn = loop.turn(deadlineNanoseconds: end)
    if turn.nowNanoseconds >= end { break }
    turns += 1
    let count = turn.readable == 0 ? 0 : ingress.receive(from: receiver)
    for index in 0..<count {
      let sent = ingress.withDatagram(index) { bytes in
        (0..<8).reduce(Int64(0)) { $0 | Int64(bytes[$1]) << (8 * Int64($1)) }
      }
      delays.append(turn.nowNanoseconds - sent)
    }
    loop.took(count, in: turn, deadlineNanoseconds: end)
  }
  let spent = Double(tandem_thread_cpu_nanoseconds() - start) / 1_000
  pthread_join(thread, nil)
  guard !delays.isEmpty else { return }
  delays.sort()
  let each = (spent / Double(delays.count) * 100).rounded() / 100
  let perTurn = (Double(delays.count) / Double(turns) * 10).rounded() / 10
  let (middle, late) = (delays[delays.count / 2] / 1_000, delays[delays.count * 99 / 100] / 1_000)
  print("| \(rate) | \(bound / 1_000) µs | \(each) | \(perTurn) | \(middle) | \(late) |")
}
