// Between accept and everything else: takes a load balancer's PROXY header off a new connection, exactly and in
// time, and passes on whom it speaks for.

import Control
import Glibc

@Control final class ProxyGate {
  private final class Visitor {
    let descriptor: Int32
    let peer: NetworkAddress
    var watch: DescriptorWatch?
    var timer: Timer?
    init(_ descriptor: Int32, _ peer: NetworkAddress) {
      self.descriptor = descriptor
      self.peer = peer
    }
  }

  private var visitors: [Int32: Visitor] = [:]
  private let passed: @Control (Int32, NetworkAddress) -> Void
  private let failed: @Control (Int32) -> Void

  /// `passed` gets the descriptor with the header consumed; `failed` gets one to be closed.
  init(
    passed: @escaping @Control (Int32, NetworkAddress) -> Void, failed: @escaping @Control (Int32) -> Void
  ) {
    self.passed = passed
    self.failed = failed
  }

  var waiting: Int { visitors.count }

  func enter(_ descriptor: Int32, _ peer: NetworkAddress) {
    let visitor = Visitor(descriptor, peer)
    visitors[descriptor] = visitor
    visitor.watch = DescriptorWatch(descriptor) { [weak self] in self?.look(descriptor) }
    visitor.timer = Timer(after: Limits.proxyHeaderWait) { [weak self] in self?.end(descriptor) }
  }

  func close() {
    for descriptor in Array(visitors.keys) { end(descriptor) }
  }

  private func look(_ descriptor: Int32) {
    guard let visitor = visitors[descriptor] else { return }
    var bytes = [UInt8](repeating: 0, count: Limits.proxyHeaderBytes)
    let count = recv(descriptor, &bytes, bytes.count, Int32(MSG_PEEK) | Int32(MSG_DONTWAIT))
    if count < 0 && (errno == EAGAIN || errno == EINTR) { return }
    guard count > 0 else {
      end(descriptor)
      return
    }
    switch ProxyHeader.read(Array(bytes.prefix(count))) {
    case .malformed: end(descriptor)
    case .incomplete:
      // What has been looked at would wake us again and again: wait for one byte more.
      SocketAddress.set(descriptor, SOL_SOCKET, SO_RCVLOWAT, Int32(count + 1))
    case .found(let length, let address):
      guard recv(descriptor, &bytes, length, Int32(MSG_DONTWAIT)) == length else {
        end(descriptor)
        return
      }
      SocketAddress.set(descriptor, SOL_SOCKET, SO_RCVLOWAT, 1)
      visitors[descriptor] = nil
      visitor.watch = nil
      visitor.timer = nil
      passed(descriptor, address ?? visitor.peer)
    }
  }

  private func end(_ descriptor: Int32) {
    guard let visitor = visitors.removeValue(forKey: descriptor) else { return }
    visitor.watch = nil
    visitor.timer = nil
    failed(descriptor)
  }
}
