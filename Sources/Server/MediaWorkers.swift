// The media workers of this server: opens their sockets, gives each a thread, tells clients where they are, and brings
// what they tell onto the control loop.

import Configuration
import Control
import Crypto
import Engine
import Glibc
import Link
import Observe
import Sessions
import Synchronization
import Values
import Wire

private let log = Log("media")

@Control final class MediaWorkers {
  let workers: [Worker]
  private let candidates: [[ICECandidate]]
  private let fingerprint: Fingerprint
  private var events: Mailbox<Link.Event>
  private let wakeUp: WakeUp
  private var watch: DescriptorWatch?
  private let ended = EndedThreads()
  /// Latest figures by worker, and when they came.
  private(set) var figures: [WorkerFigures]
  private var heardAt: [ContinuousClock.Instant]

  /// Who is told of what happens.
  var onEvent: (Link.Event) -> Void = { _ in }

  /// `tellsLoopback`: clients may be on this very machine, and it may have no network.
  init(_ settings: Settings.Media, tapes: [TapeSender], tellsLoopback: Bool) throws(StartFailure) {
    let certificate = DTLSCertificate()
    fingerprint = Fingerprint(
      hash: certificate.fingerprint.algorithm.rawValue, digest: certificate.fingerprint.bytes)
    let context = DTLSContext(certificate)
    do throws(SocketFailure) {
      wakeUp = try WakeUp()
    } catch {
      throw StartFailure("the system gives no event descriptor: \(Self.reason(error.errorNumber))")
    }
    let signal = wakeUp
    events = Mailbox(capacity: Limits.eventCapacity) { signal.signal() }
    var workers: [Worker] = []
    for number in 0..<tapes.count {
      workers.append(try Self.open(number, settings, context, tapes[number], events.sender))
    }
    self.workers = workers
    figures = Array(repeating: WorkerFigures(), count: tapes.count)
    heardAt = Array(repeating: .now, count: tapes.count)
    let hosts = Self.hosts(settings, tellsLoopback: tellsLoopback)
    candidates = workers.map { worker in
      let usable = hosts.filter { worker.speaksIPv6 || $0.isIPv4 }
      let datagrams = usable.enumerated().map { index, host in
        Self.candidate(host.host, port: worker.port, index: index, isIPv4: host.isIPv4)
      }
      guard let port = worker.streamPort else { return datagrams }
      return datagrams
        + usable.enumerated().map { index, host in
          Self.stream(host.host, port: port, index: index, isIPv4: host.isIPv4)
        }
    }
    if let first = workers.first, first.receiveBytes < settings.socketBytes {
      log.warning(
        "the system gives media sockets smaller buffers than media.socketBytes asks for; raise net.core.rmem_max",
        ["asked": .integer(Int64(settings.socketBytes)), "given": .integer(Int64(first.receiveBytes))])
    }
  }

  static func count(_ settings: Settings.Media) -> Int {
    settings.workers == 0 ? max(1, sysconf(Int32(_SC_NPROCESSORS_ONLN))) : settings.workers
  }

  private static func open(
    _ number: Int, _ settings: Settings.Media, _ context: DTLSContext, _ tape: TapeSender,
    _ events: MailboxSender<Link.Event>
  ) throws(StartFailure) -> Worker {
    var generator = SecureRandom()
    var options = WorkerOptions(
      certificate: context, seeds: (generator.next(), generator.next()), wallClockOffset: wallClockOffset)
    options.number = number
    options.tape = tape
    options.srtp = try implementation(settings.srtp)
    guard let address = TransportAddress(host: settings.address, port: 0) else {
      throw StartFailure("media.address: \"\(settings.address)\" is no IP address")
    }
    options.socket.address = IPAddress(high: address.high, low: address.low)
    options.socket.port = settings.port == 0 ? 0 : UInt16(settings.port + number)
    options.takesStreams = settings.tcp
    options.socket.receiveBytes = settings.socketBytes
    options.socket.sendBytes = settings.socketBytes
    do throws(SocketFailure) {
      return try Worker(options, events: events)
    } catch {
      let place = "UDP\(settings.tcp ? " or TCP" : "") \(settings.address) port \(options.socket.port)"
      let advice = error.errorNumber == EADDRINUSE ? "; set media.port to another one" : ""
      throw StartFailure("\(place) cannot be opened: \(reason(error.errorNumber))\(advice)")
    }
  }

  private static func implementation(
    _ wanted: Settings.Media.SRTP
  ) throws(StartFailure) -> SRTPImplementation {
    switch wanted {
    case .fastest: return .fastest
    case .openssl: return .openssl
    case .libsrtp2: return .libsrtp2
    case .ipsecmb:
      if let obstacle = SRTPImplementation.ipsecmb.obstacle {
        throw StartFailure("media.srtp: ipsec-mb cannot be used: \(obstacle)")
      }
      return .ipsecmb
    }
  }

  private static func reason(_ number: Int32) -> String { String(cString: strerror(number)) }

  /// Nanoseconds from the loop's clock to the world's.
  private static var wallClockOffset: Int64 {
    var time = timespec()
    clock_gettime(CLOCK_REALTIME, &time)
    return Int64(time.tv_sec) * 1_000_000_000 + Int64(time.tv_nsec) - PollLoop.nowNanoseconds
  }

  // MARK: Threads

  func start() {
    watch = DescriptorWatch(wakeUp.descriptor) { [unowned self] in collect() }
    for worker in workers {
      let ended = ended
      ended.began()
      WorkThread.spawn(named: "media-\(worker.number)") {
        worker.run()
        ended.ended()
      }
    }
  }

  /// Says goodbye to clients and waits for the threads, but not for ever.
  func stop() async {
    for worker in workers { _ = worker.commands.send(.stop) }
    for _ in 0..<100 where !ended.areAll { try? await Task.sleep(for: .milliseconds(10)) }
    watch = nil
  }

  private func collect() {
    wakeUp.clear()
    var arrived: [Link.Event] = []
    events.receive(atMost: 1_024) { arrived.append($0) }
    for event in arrived {
      if case .figures(let worker, let new) = event {
        MediaMetrics.count(new, since: figures[worker], worker: worker)
        figures[worker] = new
        heardAt[worker] = .now
      }
      onEvent(event)
    }
  }

  /// What is wrong, for readiness: a worker tells its figures once a second, come what may.
  var problem: String? {
    let latest = ContinuousClock.now - Self.tolerableSilence
    guard let silent = heardAt.firstIndex(where: { $0 < latest }) else { return nil }
    return "media worker \(silent) on UDP port \(workers[silent].port) has not been heard of for seconds"
  }

  private static let tolerableSilence = Duration.seconds(5)

  // MARK: What clients are told

  /// For the control plane: each worker with how to reach it.
  var plane: [MediaWorker] {
    zip(workers, candidates).map { worker, candidates in
      let commands = worker.commands
      return MediaWorker(number: worker.number, candidates: candidates, fingerprint: fingerprint) { command in
        commands.send(command)
      }
    }
  }

  private static func candidate(_ host: String, port: UInt16, index: Int, isIPv4: Bool) -> ICECandidate {
    // RFC 8445 section 5.1.2.1: type preference of a host, then ours among several: IPv6 first where there is any.
    let local = UInt32(65_535 - index - (isIPv4 ? 1_000 : 0))
    return ICECandidate(
      foundation: "\(index + 1)", component: 1, transport: .udp, priority: 126 << 24 | local << 8 | 255,
      host: host,
      port: port, kind: .host)
  }

  /// Over TCP, which clients try when nothing else is answered: RFC 6544 section 4.2 has its preferences lower.
  private static func stream(_ host: String, port: UInt16, index: Int, isIPv4: Bool) -> ICECandidate {
    // Direction preference 4 for passive in the three high bits.
    let local = UInt32(4 << 13 | (8_191 - index - (isIPv4 ? 1_000 : 0)))
    return ICECandidate(
      foundation: "t\(index + 1)", component: 1, transport: .tcp, priority: 90 << 24 | local << 8 | 255,
      host: host, port: port, kind: .host, tcpRole: .passive)
  }

  /// The configured addresses, or the one that media binds to, or those of the interfaces. Firefox connects to no
  /// loopback address, so those of the network come first in any case.
  private static func hosts(_ settings: Settings.Media, tellsLoopback: Bool) -> [TransportAddress] {
    let configured = settings.advertise.compactMap { TransportAddress(host: $0, port: 0) }
    if !configured.isEmpty { return configured }
    if let bound = TransportAddress(host: settings.address, port: 0), !Interfaces.isUnspecified(bound) {
      return [bound]
    }
    let all = Interfaces.addresses.filter { settings.address.contains(":") || $0.isIPv4 }
    let outside = all.filter { !$0.isLoopback }
    return outside.isEmpty || tellsLoopback ? outside + all.filter(\.isLoopback) : outside
  }
}

/// Which of the threads have come to their end.
private final class EndedThreads: Sendable {
  private let running = Mutex(0)
  func began() { running.withLock { $0 += 1 } }
  func ended() { running.withLock { $0 -= 1 } }
  var areAll: Bool { running.withLock { $0 == 0 } }
}
