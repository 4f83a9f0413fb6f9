// Media over TCP, for networks that let no UDP through (RFC 6544): a worker's listener and the connections that clients have
// opened to it. A connection is one more path to a peer; which peer, transports learn from its checks, as with UDP. All is
// bounded: connections, what one may leave unread, and the time in which it has to prove that somebody is expected.

import CSystem
import Glibc
import Structures
import Transport
import Wire

package struct StreamCounts: Equatable, Sendable {
  package var accepted = 0
  package var open = 0
  /// Turned away because there were too many.
  package var refused = 0
  /// Closed because what came was no stream of datagrams, or nobody expected it.
  package var strange = 0
  /// Datagrams that a client did not read in time.
  package var dropped = 0
}

struct StreamPorts: ~Copyable {
  private struct Connection {
    var descriptor: Int32
    var remote: TransportAddress
    var generation: UInt32
    var acceptedAt: Instant
    var heardAt: Instant
    /// Somebody's check or packet came over it.
    var isProven = false
    var strangeCount = 0
    var frames = StreamFrames()
    var out: [UInt8] = []
    var isWaitingForRoom = false
  }

  private let listener: Int32
  /// Its own epoll: one more descriptor in the worker's.
  let poll: Int32
  let port: UInt16
  private var connections: [Connection?] = []
  private var free = Numbers()
  private var generation: UInt32 = 0
  private var dirty: [Int32] = []
  private var room: [UInt8]
  private let ready: UnsafeMutablePointer<tandem_ready>
  private(set) var counts = StreamCounts()

  private static let listenerToken: UInt64 = 1 << 32

  /// On the same address and port as the datagrams.
  init(
    address: IPAddress, port wanted: UInt16, family: UDPFamily, orAnother takesAny: Bool = false
  ) throws(SocketFailure) {
    let kinds = Int32(SOCK_STREAM.rawValue | SOCK_NONBLOCK.rawValue | SOCK_CLOEXEC.rawValue)
    let listener = socket(family.number, kinds, 0)
    guard listener >= 0 else { throw SocketFailure(step: .open, errorNumber: errno) }
    var failure = Self.bind(listener, address, wanted, family)
    if failure != nil, takesAny { failure = Self.bind(listener, address, 0, family) }
    if let failure {
      close(listener)
      throw failure
    }
    let poll = tandem_poll_open()
    guard poll >= 0, tandem_poll_add(poll, listener, UInt32(TANDEM_READABLE), Self.listenerToken) == 0 else {
      close(listener)
      throw SocketFailure(step: .open, errorNumber: errno)
    }
    self.listener = listener
    self.poll = poll
    port = Self.boundPort(listener)
    room = Array(repeating: 0, count: Limits.streamReadBytes + Limits.streamFrameBytes + 2)
    ready = .allocate(capacity: Int(TANDEM_READY_MAX))
  }

  deinit {
    for case let connection? in connections { close(connection.descriptor) }
    close(listener)
    close(poll)
    ready.deallocate()
  }

  private static func bind(
    _ descriptor: Int32, _ address: IPAddress, _ port: UInt16, _ family: UDPFamily
  ) -> SocketFailure? {
    var (on, off): (Int32, Int32) = (1, 0)
    let size = socklen_t(MemoryLayout<Int32>.size)
    setsockopt(descriptor, SOL_SOCKET, SO_REUSEADDR, &on, size)
    if family == .both { setsockopt(descriptor, Int32(IPPROTO_IPV6), IPV6_V6ONLY, &off, size) }
    var name = sockaddr_in6()
    guard UDPAddress(address, port: port).store(in: &name, for: family) else {
      return SocketFailure(step: .bind, errorNumber: EAFNOSUPPORT)
    }
    let isBound = withUnsafePointer(to: &name) { name in
      name.withMemoryRebound(to: sockaddr.self, capacity: 1) { raw in
        Glibc.bind(descriptor, raw, family.addressBytes) == 0 && listen(descriptor, Limits.streamBacklog) == 0
      }
    }
    return isBound ? nil : SocketFailure(step: .bind, errorNumber: errno)
  }

  private static func boundPort(_ descriptor: Int32) -> UInt16 {
    var name = sockaddr_in6()
    var length = socklen_t(MemoryLayout<sockaddr_in6>.size)
    _ = withUnsafeMutablePointer(to: &name) { name in
      name.withMemoryRebound(to: sockaddr.self, capacity: 1) { getsockname(descriptor, $0, &length) }
    }
    return UDPAddress(&name).port
  }

  // MARK: the way in

  /// Takes what has come; `body` says whether somebody expected it.
  mutating func receive(at now: Instant, _ body: (inout MutableSpan<UInt8>, Path) -> Bool) {
    let count = Int(tandem_poll_wait(poll, ready, Int32(TANDEM_READY_MAX), 0))
    guard count > 0 else { return }
    for index in 0..<count {
      let (token, events) = (ready[index].token, ready[index].events)
      if token == Self.listenerToken {
        accept(at: now)
        continue
      }
      let number = Int(token)
      guard number < connections.count, connections[number] != nil else { continue }
      if events & UInt32(TANDEM_WRITABLE) != 0 { flush(number) }
      if events & UInt32(TANDEM_READABLE | TANDEM_FAULT) != 0 { read(number, at: now, body) }
    }
  }

  private mutating func accept(at now: Instant) {
    for _ in 0..<Limits.streamsAcceptedAtOnce {
      var name = sockaddr_in6()
      var length = socklen_t(MemoryLayout<sockaddr_in6>.size)
      let descriptor = withUnsafeMutablePointer(to: &name) { name in
        name.withMemoryRebound(to: sockaddr.self, capacity: 1) { tandem_accept(listener, $0, &length) }
      }
      guard descriptor >= 0 else { return }
      let remote = UDPAddress(&name)
      let address = TransportAddress(high: remote.ip.high, low: remote.ip.low, port: remote.port)
      guard counts.open < Limits.streams, ofOne(address) < Limits.streamsOfAddress else {
        counts.refused += 1
        close(descriptor)
        continue
      }
      insert(descriptor, address, at: now)
    }
  }

  private func ofOne(_ address: TransportAddress) -> Int {
    var count = 0
    for case let connection? in connections
    where connection.remote.high == address.high && connection.remote.low == address.low {
      count += 1
    }
    return count
  }

  private mutating func insert(_ descriptor: Int32, _ remote: TransportAddress, at now: Instant) {
    var on: Int32 = 1
    setsockopt(descriptor, Int32(IPPROTO_TCP), TCP_NODELAY, &on, socklen_t(MemoryLayout<Int32>.size))
    let number = free.take()
    while connections.count <= Int(number) { connections.append(nil) }
    guard tandem_poll_add(poll, descriptor, UInt32(TANDEM_READABLE), UInt64(number)) == 0 else {
      free.giveBack(number)
      close(descriptor)
      return
    }
    generation = (generation + 1) & 0x7FFF
    var connection = Connection(
      descriptor: descriptor, remote: remote, generation: generation, acceptedAt: now, heardAt: now)
    connection.out.reserveCapacity(Limits.streamReadBytes)
    connections[Int(number)] = connection
    counts.accepted += 1
    counts.open += 1
  }

  private mutating func read(_ number: Int, at now: Instant, _ body: (inout MutableSpan<UInt8>, Path) -> Bool)
  {
    guard var connection = connections[number] else { return }
    connections[number] = nil
    var bytes: [UInt8] = []
    swap(&bytes, &room)
    defer { swap(&bytes, &room) }
    let kept = connection.frames.rest.count
    for index in 0..<kept { bytes[index] = connection.frames.rest[index] }
    let count = bytes.withUnsafeMutableBytes { buffer in
      recv(connection.descriptor, buffer.baseAddress.map { $0 + kept }, Limits.streamReadBytes, 0)
    }
    if count < 0, errno == EAGAIN || errno == EINTR {
      connections[number] = connection
      return
    }
    guard count > 0 else { return end(number, connection) }
    connection.heardAt = now
    let path = Path(
      remote: connection.remote, scope: Self.scope(UInt32(number), connection.generation))
    var (isProven, strange) = (connection.isProven, connection.strangeCount)
    let verdict = bytes.withUnsafeMutableBufferPointer { buffer in
      connection.frames.take(buffer, count: kept + count) { frame in
        if body(&frame, path) { isProven = true } else if !isProven { strange += 1 }
      }
    }
    (connection.isProven, connection.strangeCount) = (isProven, strange)
    guard verdict == .good, strange <= Limits.streamStrangeFrames else {
      counts.strange += 1
      return end(number, connection)
    }
    connections[number] = connection
  }

  /// How a path says that it is a connection, and which: link-local interfaces have small numbers.
  private static func scope(_ number: UInt32, _ generation: UInt32) -> UInt32 {
    0x8000_0000 | generation << 16 | number
  }

  static func isStream(_ scope: UInt32) -> Bool { scope & 0x8000_0000 != 0 }

  private mutating func end(_ number: Int, _ connection: Connection) {
    _ = tandem_poll_remove(poll, connection.descriptor)
    close(connection.descriptor)
    connections[number] = nil
    free.giveBack(Int32(number))
    counts.open -= 1
  }

  // MARK: the way out

  /// Puts a datagram behind what waits for its connection; what a client does not read is dropped whole.
  mutating func send(_ scope: UInt32, _ datagram: UnsafeBufferPointer<UInt8>) {
    let number = Int(scope & 0xFFFF)
    guard number < connections.count, let known = connections[number],
      known.generation == scope >> 16 & 0x7FFF
    else { return }
    guard known.out.count + datagram.count + 2 <= Limits.streamWaitingBytes else {
      counts.dropped += 1
      return
    }
    if known.out.isEmpty { dirty.append(Int32(number)) }
    connections[number]?.out.append(UInt8(truncatingIfNeeded: datagram.count >> 8))
    connections[number]?.out.append(UInt8(truncatingIfNeeded: datagram.count))
    connections[number]?.out.append(contentsOf: datagram)
  }

  /// Nothing waits for a client to read.
  var isIdle: Bool { connections.allSatisfy { $0?.out.isEmpty ?? true } }

  /// One call for each connection that has got something.
  mutating func flush() {
    while let number = dirty.popLast() { flush(Int(number)) }
  }

  private mutating func flush(_ number: Int) {
    guard var connection = connections[number], !connection.out.isEmpty else { return }
    connections[number] = nil
    let count = connection.out.withUnsafeBytes { bytes in
      Glibc.send(connection.descriptor, bytes.baseAddress, bytes.count, Int32(MSG_NOSIGNAL))
    }
    if count < 0, errno != EAGAIN, errno != EINTR { return end(number, connection) }
    if count == connection.out.count {
      connection.out.removeAll(keepingCapacity: true)
    } else if count > 0 {
      connection.out.removeFirst(count)
    }
    let waits = !connection.out.isEmpty
    if waits != connection.isWaitingForRoom {
      connection.isWaitingForRoom = waits
      let events = TANDEM_READABLE | (waits ? TANDEM_WRITABLE : 0)
      _ = tandem_poll_change(poll, connection.descriptor, UInt32(events), UInt64(number))
    }
    connections[number] = connection
  }

  // MARK: time

  /// Once a second: who has not proved that it is expected, or has been silent for long, is closed.
  mutating func sweep(at now: Instant) {
    for number in connections.indices {
      guard let connection = connections[number] else { continue }
      let isLate =
        !connection.isProven
        && now.milliseconds(since: connection.acceptedAt) > Limits.streamProofMilliseconds
      let isSilent = now.milliseconds(since: connection.heardAt) > Limits.streamSilenceMilliseconds
      guard isLate || isSilent else { continue }
      if isLate { counts.strange += 1 }
      end(number, connection)
    }
  }
}
