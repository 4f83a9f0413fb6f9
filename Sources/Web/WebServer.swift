// The one port for HTTP and WebSocket: from the accepted socket, through limits and the PROXY header, to a
// connection on libwebsockets; and the clock that all connections share.

package import Control
import Glibc
import Observe
import Values

private let log = Log("web")

@Control package final class WebServer {
  package struct Options: Sendable {
    package var address = "0.0.0.0"
    /// 0: any free port.
    package var port = 7080
    package var tls: (certificate: String, key: String)?
    /// Only from these is `X-Forwarded-For` or a PROXY header believed.
    package var trustedProxies: [AddressRange] = []
    package var proxyProtocol = false
    /// Exact origins such as `https://app.example`, or `*`.
    package var corsOrigins: [String] = []
    /// 0: no limit. An IPv6 network of 64 bits counts as one address; trusted proxies don't count.
    package var maxConnections = 20_000
    package var maxConnectionsPerAddress = 512
    package var maxFrameBytes = 262_144
    /// Over this a client that doesn't read is closed.
    package var socketQueueBytes = 262_144
    /// Over this what may be dropped is.
    package var socketQueueSoftBytes = 131_072
    /// For a request's head, and for a new connection's first one with its TLS handshake.
    package var headTimeout = Duration.seconds(10)
    /// For a request's body; large ones get a second more for every 8 kB that came.
    package var bodyTimeout = Duration.seconds(30)
    package var idleTimeout = Duration.seconds(60)
    /// How long a client may read nothing of what is there for it.
    package var writeTimeout = Duration.seconds(30)
    package var pingInterval = Duration.seconds(20)
    package var pongTimeout = Duration.seconds(10)

    package init() {}

    /// The sweep that looks for missed deadlines comes four times in the shortest of them.
    fileprivate var sweepInterval: Duration {
      let shortest = [headTimeout, bodyTimeout, idleTimeout, writeTimeout, pingInterval, pongTimeout].min()
      return max(.milliseconds(20), min((shortest ?? .seconds(4)) / 4, .seconds(1)))
    }
  }

  private(set) var options: Options
  let handler: any WebHandler
  private(set) var isStopping = false
  private let transport: Transport
  private var listener: Listener?
  private var gate: ProxyGate?
  private var sweep: Timer?
  private var certificateCheck: Timer?
  private var certificates: CertificateFiles?
  private var connections: [ObjectIdentifier: Connection] = [:]
  private var connectionsByAddress: [NetworkAddress: Int] = [:]
  private var unsettled: [Connection] = []
  private var isClosed = false

  /// Listens at once.
  package init(options: Options, handler: any WebHandler) throws(WebFailure) {
    self.options = options
    self.handler = handler
    Self.makeRoomForDescriptors(options.maxConnections)
    certificates = options.tls.map { CertificateFiles(certificate: $0.certificate, key: $0.key) }
    transport = try Transport(tls: options.tls)
    do throws(WebFailure) {
      listener = try Listener(address: options.address, port: options.port) {
        [weak self] descriptor, address in
        if let self { self.arrived(descriptor, address) } else { Glibc.close(descriptor) }
      }
    } catch {
      transport.destroy()
      throw error
    }
    port = listener?.port ?? options.port
    gate = ProxyGate(
      passed: { [weak self] descriptor, address in
        if let self { self.admit(descriptor, address) } else { Glibc.close(descriptor) }
      }, failed: { descriptor in Glibc.close(descriptor) })
    sweepLater()
    checkCertificatesLater()
  }

  /// The port that is listened on.
  package private(set) var port = 0

  /// Takes over what can change while running: TLS files, origins, limits, timeouts, trusted proxies. Address,
  /// port and whether there is TLS at all stay as they were.
  package func reload(_ options: Options) {
    let old = self.options
    self.options = options
    if (old.tls == nil) != (options.tls == nil) {
      self.options.tls = old.tls
      log.warning("switching TLS on or off needs a restart")
    }
    if let tls = self.options.tls, let old = old.tls, tls != old { useCertificate(tls.certificate, tls.key) }
    sweepLater()
  }

  /// New connections are refused from now on; those that are open go on.
  package func stopAccepting() {
    listener?.stop()
    listener = nil
    gate?.close()
  }

  /// Closes all WebSockets with that code, lets queued bytes go out (at most two seconds), and frees everything.
  package func close(code: Int, reason: String) async {
    guard !isClosed else { return }
    isClosed = true
    stopAccepting()
    isStopping = true
    for connection in connections.values {
      if let socket = connection.socket {
        socket.close(code: code, reason: reason)
      } else if connection.phase == .head {
        connection.breakOff()
      }
    }
    let deadline = Uptime.now + Int(Limits.closeWait.milliseconds)
    while !connections.isEmpty, Uptime.now < deadline { try? await Task.sleep(for: .milliseconds(10)) }
    sweep = nil
    certificateCheck = nil
    transport.destroy()
  }

  var openConnections: Int { connections.count }

  // MARK: - Arrivals

  private func arrived(_ descriptor: Int32, _ peer: NetworkAddress) {
    let total = connections.count + (gate?.waiting ?? 0)
    guard options.maxConnections == 0 || total < options.maxConnections else {
      turnAway(descriptor)
      return
    }
    SocketAddress.set(descriptor, Int32(IPPROTO_TCP), TCP_NODELAY, 1)
    // What the kernel has not sent yet belongs in our queue, where it can still be dropped or replaced.
    SocketAddress.set(
      descriptor, Int32(IPPROTO_TCP), TCP_NOTSENT_LOWAT, Int32(2 * Limits.writeBytes))
    if options.proxyProtocol, isTrusted(peer) {
      gate?.enter(descriptor, peer)
    } else {
      admit(descriptor, peer)
    }
  }

  /// The client's address is known now: to the limits, then to libwebsockets.
  private func admit(_ descriptor: Int32, _ address: NetworkAddress) {
    let client = address.client
    let count = connectionsByAddress[client] ?? 0
    guard
      options.maxConnectionsPerAddress == 0 || count < options.maxConnectionsPerAddress || isTrusted(address)
    else {
      turnAway(descriptor)
      return
    }
    let connection = Connection(server: self, address: address)
    guard let line = transport.adopt(descriptor, isSecure: options.tls != nil, for: connection) else {
      return
    }
    connection.line = line
    connections[ObjectIdentifier(connection)] = connection
    connectionsByAddress[client] = count + 1
    Metrics.httpConnections.add(1)
  }

  func removed(_ connection: Connection) {
    guard connections.removeValue(forKey: ObjectIdentifier(connection)) != nil else { return }
    Metrics.httpConnections.add(-1)
    let client = connection.address.client
    let count = (connectionsByAddress[client] ?? 1) - 1
    connectionsByAddress[client] = count > 0 ? count : nil
  }

  private func isTrusted(_ address: NetworkAddress) -> Bool {
    options.trustedProxies.contains { $0.contains(address) }
  }

  private func turnAway(_ descriptor: Int32) {
    Metrics.connectionsRefused.add()
    if options.tls == nil {
      var answer = Array(
        "HTTP/1.1 503 Service Unavailable\r\nretry-after: 5\r\ncontent-length: 0\r\nconnection: close\r\n\r\n"
          .utf8)
      send(descriptor, &answer, answer.count, Int32(MSG_NOSIGNAL) | Int32(MSG_DONTWAIT))
      shutdown(descriptor, SocketAddress.finishWriting)
      // Unread bytes would turn the close into a reset that overtakes the answer.
      var unread = [UInt8](repeating: 0, count: 4096)
      recv(descriptor, &unread, unread.count, Int32(MSG_DONTWAIT))
    }
    Glibc.close(descriptor)
  }

  // MARK: - Turns and time

  /// `settle` in this turn of the loop, after the callbacks that are running.
  func needsFlush(_ connection: Connection) {
    guard !connection.isUnsettled else { return }
    connection.isUnsettled = true
    unsettled.append(connection)
    if unsettled.count == 1 { Task { @Control in self.settleAll() } }
  }

  private func settleAll() {
    let connections = unsettled
    unsettled = []
    for connection in connections {
      connection.isUnsettled = false
      connection.settle()
    }
  }

  private func sweepLater() {
    sweep = Timer(after: options.sweepInterval) { [weak self] in
      guard let self else { return }
      let now = Uptime.now
      for connection in Array(self.connections.values) { connection.checkTime(now) }
      self.sweepLater()
    }
  }

  // MARK: - Certificates

  private func checkCertificatesLater() {
    guard options.tls != nil else { return }
    certificateCheck = Timer(after: Limits.certificateCheck) { [weak self] in
      self?.checkCertificates()
      self?.checkCertificatesLater()
    }
  }

  func checkCertificates() {
    guard let certificates, certificates.now != certificates else { return }
    useCertificate(certificates.certificate, certificates.key)
  }

  private func useCertificate(_ certificate: String, _ key: String) {
    certificates = CertificateFiles(certificate: certificate, key: key)
    do throws(WebFailure) {
      try transport.replaceCertificate((certificate, key))
      log.info("new connections get the renewed TLS certificate", ["certificate": .string(certificate)])
    } catch {
      log.error("the old TLS certificate stays in use: \(error.what)", ["remedy": .string(error.remedy)])
    }
  }

  /// libwebsockets sizes its tables by the limit of open files when it starts: enough for our connections, and
  /// no table for a million where the system's limit is that high.
  private static func makeRoomForDescriptors(_ maxConnections: Int) {
    var limit = rlimit()
    guard getrlimit(__rlimit_resource_t(RLIMIT_NOFILE.rawValue), &limit) == 0 else { return }
    let wanted = rlim_t(
      (maxConnections == 0 ? Limits.descriptorsUnlimited : maxConnections) + Limits.descriptorsForTheRest)
    let target = min(wanted, limit.rlim_max)
    guard limit.rlim_cur != target else { return }
    if limit.rlim_cur < target || limit.rlim_cur > rlim_t(4 * Limits.descriptorsUnlimited) {
      limit.rlim_cur = max(target, min(limit.rlim_cur, rlim_t(Limits.descriptorsUnlimited)))
      setrlimit(__rlimit_resource_t(RLIMIT_NOFILE.rawValue), &limit)
    }
  }
}
