// What a datagram costs through the engine's batches, beside one system call a datagram: CPU nanoseconds of the thread
// that works, over loopback. `swift build -c release --product udp-bench`, then run it; each line is the median of five.

import CSystem
import Engine
import Glibc

let loopback = IPAddress(127, 0, 0, 1)

func open(merging: Bool = false) -> UDPSocket {
  var options = UDPSocket.Options()
  options.address = loopback
  options.isMerging = merging
  do { return try UDPSocket(options) } catch {
    print("no socket: \(error)")
    exit(1)
  }
}

func median(_ values: [Double]) -> Double { values.sorted()[values.count / 2] }

/// The thread's CPU time of the body, in nanoseconds.
func cost(_ body: () -> Void) -> Int64 {
  let start = tandem_thread_cpu_nanoseconds()
  body()
  return tandem_thread_cpu_nanoseconds() - start
}

/// Datagrams a turn to one receiver in groups; `depth` of them may go as one.
func send(bytes: Int, depth: Int, total: Int, drained: inout UDPIngress, _ receiver: borrowing UDPSocket)
  -> Double
{
  let sender = open()
  let peers = 64 / depth
  var outbox = UDPOutbox(for: sender, slots: 64, destinations: 64)
  for index in 0..<64 { outbox.setPath(UDPPath(to: UDPAddress(loopback, port: receiver.port)), of: index) }
  var spent: Int64 = 0
  for _ in 0..<total / 64 {
    spent += cost {
      for _ in 0..<depth { for peer in 0..<peers { outbox.append(to: peer) { _ in bytes } } }
      outbox.flush(into: sender)
    }
    while drained.receive(from: receiver) > 0 {}
  }
  return Double(spent) / Double(total / 64 * 64)
}

/// The plain loop: one `sendto` a datagram.
func sendSingly(bytes: Int, total: Int, drained: inout UDPIngress, _ receiver: borrowing UDPSocket) -> Double
{
  let descriptor = socket(AF_INET, Int32(SOCK_DGRAM.rawValue), 0)
  defer { close(descriptor) }
  var name = sockaddr_in()
  name.sin_family = sa_family_t(AF_INET)
  name.sin_port = receiver.port.bigEndian
  name.sin_addr.s_addr = inet_addr("127.0.0.1")
  let buffer = [UInt8](repeating: 7, count: bytes)
  var spent: Int64 = 0
  for _ in 0..<total / 64 {
    spent += cost {
      for _ in 0..<64 {
        withUnsafePointer(to: &name) {
          $0.withMemoryRebound(to: sockaddr.self, capacity: 1) {
            _ = sendto(descriptor, buffer, bytes, 0, $0, socklen_t(MemoryLayout<sockaddr_in>.size))
          }
        }
      }
    }
    while drained.receive(from: receiver) > 0 {}
  }
  return Double(spent) / Double(total / 64 * 64)
}

enum Receiving { case singly, batch, merged }

/// Sixteen datagrams at a time of one sender wait in the socket, four times; only taking them is timed.
func receive(bytes: Int, by way: Receiving, total: Int) -> Double {
  let receiver = open(merging: way == .merged)
  let sender = open()
  var outbox = UDPOutbox(for: sender, slots: 64, destinations: 1)
  outbox.setPath(UDPPath(to: UDPAddress(loopback, port: receiver.port)), of: 0)
  var ingress = UDPIngress(for: receiver)
  var spent: Int64 = 0
  var taken = 0
  var sum = 0
  let single = way == .singly ? SingleReceiver() : nil
  for _ in 0..<total / 64 {
    if let single {
      for _ in 0..<4 {
        for _ in 0..<16 {
          outbox.append(to: UDPPath(to: UDPAddress(loopback, port: single.port))) { _ in bytes }
        }
        outbox.flush(into: sender)
      }
      spent += cost { taken += single.drain() }
      continue
    }
    for _ in 0..<4 {
      for _ in 0..<16 { outbox.append(to: 0) { _ in bytes } }
      outbox.flush(into: sender)
    }
    spent += cost {
      while ingress.receive(from: receiver) > 0 {
        for index in 0..<ingress.count {
          sum &+= ingress.withDatagram(index) { Int($0[0]) }
          sum &+= Int(ingress.path(index).remote.port)
        }
        taken += ingress.count
      }
    }
  }
  return sum == 1 ? 0 : Double(spent) / Double(max(1, taken))
}

/// The plain loop: one `recvfrom` a datagram.
final class SingleReceiver {
  let descriptor: Int32
  let port: UInt16
  private var buffer = [UInt8](repeating: 0, count: 2_048)

  init() {
    let descriptor = socket(AF_INET, Int32(SOCK_DGRAM.rawValue), 0)
    self.descriptor = descriptor
    var name = sockaddr_in()
    name.sin_family = sa_family_t(AF_INET)
    name.sin_addr.s_addr = inet_addr("127.0.0.1")
    var length = socklen_t(MemoryLayout<sockaddr_in>.size)
    withUnsafeMutablePointer(to: &name) {
      $0.withMemoryRebound(to: sockaddr.self, capacity: 1) {
        _ = bind(descriptor, $0, length)
        _ = getsockname(descriptor, $0, &length)
      }
    }
    self.port = UInt16(bigEndian: name.sin_port)
    _ = tandem_socket_receive_bytes(descriptor, 4_194_304)
  }

  deinit { close(descriptor) }

  func drain() -> Int {
    var count = 0
    var name = sockaddr_in()
    while true {
      var length = socklen_t(MemoryLayout<sockaddr_in>.size)
      let got = withUnsafeMutablePointer(to: &name) {
        $0.withMemoryRebound(to: sockaddr.self, capacity: 1) {
          recvfrom(descriptor, &buffer, buffer.count, Int32(MSG_DONTWAIT), $0, &length)
        }
      }
      if got < 0 { return count }
      count += 1
    }
  }
}

func show(_ name: String, _ figures: [Double], baseline: Double) {
  let middle = median(figures)
  let ratio = (baseline / middle * 100).rounded() / 100
  print("| \(name) | \(Int(middle.rounded())) | \(Int(1e6 / middle)) k/s | \(ratio) |")
}

let total = 64 * 1_000
var ingress = UDPIngress(for: open())
for bytes in [100, 1_100] {
  print("\n\(bytes) B | CPU ns a datagram | of one core | times the plain loop |\n|---|---|---|---|")
  let receiver = open()
  // Rounds alternate, so that a noisy neighbour meets all alike.
  var sending: [[Double]] = Array(repeating: [], count: 5)
  var receiving: [[Double]] = Array(repeating: [], count: 3)
  for _ in 0..<5 {
    sending[0].append(sendSingly(bytes: bytes, total: total, drained: &ingress, receiver))
    for (index, depth) in [1, 2, 4, 16].enumerated() {
      sending[index + 1].append(send(bytes: bytes, depth: depth, total: total, drained: &ingress, receiver))
    }
    for (index, way) in [Receiving.singly, .batch, .merged].enumerated() {
      receiving[index].append(receive(bytes: bytes, by: way, total: total))
    }
  }
  let names = [
    "sendto, one by one", "outbox, 1 waiting", "outbox, 2 waiting", "outbox, 4 waiting", "outbox, 16 waiting",
  ]
  for (name, figures) in zip(names, sending) { show(name, figures, baseline: median(sending[0])) }
  for (name, figures) in zip(["recvfrom, one by one", "ingress", "ingress, merged"], receiving) {
    show(name, figures, baseline: median(receiving[0]))
  }
}
gatheringBench()
