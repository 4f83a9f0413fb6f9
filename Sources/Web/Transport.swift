// libwebsockets as we use it: it owns the adopted sockets, their TLS and their readiness on the control loop.
// What travels is read and written by Connection. The only file that knows its API.
//
// Its HTTP role is not used: it decodes %2F and resolves dot segments before anyone sees the path, takes bare
// line feeds, knows no chunked request bodies and lets unmasked WebSocket frames through.

import CWebsockets
import Control
import Glibc
import Observe
import Synchronization
import Values

private let log = Log("web")

@Control final class Transport {
  private let context: OpaquePointer
  private var vhosts: [VirtualHost] = []
  private let scratch: UnsafeMutableRawBufferPointer
  private var isDestroyed = false

  /// One certificate's worth of connections. The last one takes new ones; older ones go when they are empty.
  fileprivate final class VirtualHost {
    let raw: OpaquePointer
    var connections = 0
    init(_ raw: OpaquePointer) { self.raw = raw }
  }

  /// Where bytes and readiness go.
  @Control protocol Client: AnyObject {
    func received(_ bytes: UnsafeRawBufferPointer)
    func becameWritable()
    /// The last call; the line is no more.
    func lineClosed()
  }

  /// One adopted socket.
  @Control final class Line {
    fileprivate let transport: Transport
    fileprivate var wsi: OpaquePointer?
    fileprivate let vhost: VirtualHost
    fileprivate weak var client: (any Client)?
    let isSecure: Bool
    private var hasTimeout = true
    /// Bytes that libwebsockets keeps because the kernel didn't take them; at most one write's worth.
    private var lastWriteBytes = 0

    fileprivate init(_ transport: Transport, _ vhost: VirtualHost, isSecure: Bool) {
      self.transport = transport
      self.vhost = vhost
      self.isSecure = isSecure
    }

    var isOpen: Bool { wsi != nil }

    var isBlocked: Bool { wsi.map { lws_partial_buffered($0) != 0 } ?? false }

    var parkedBytes: Int { isBlocked ? lastWriteBytes : 0 }

    /// One write of what `fill` puts into the buffer. Nil if the line is broken.
    func write(_ fill: (UnsafeMutableRawBufferPointer) -> Int) -> Int? {
      guard let wsi else { return nil }
      let count = fill(transport.scratch)
      guard count > 0 else { return 0 }
      let start = transport.scratch.baseAddress?.assumingMemoryBound(to: UInt8.self)
      let written = lws_write(wsi, start, count, LWS_WRITE_HTTP)
      guard written >= count else { return nil }
      lastWriteBytes = count
      return count
    }

    /// `becameWritable` once the kernel takes bytes again.
    func askWhenWritable() {
      if let wsi { lws_callback_on_writable(wsi) }
    }

    func setReading(_ isOn: Bool) {
      if let wsi { lws_rx_flow_control(wsi, isOn ? 1 : 0) }
    }

    /// Tells the peer that nothing more will come.
    func finishWriting() {
      if let wsi { shutdown(lws_get_socket_fd(wsi), SocketAddress.finishWriting) }
    }

    /// At once. Not to be called while libwebsockets is calling us about this line.
    func cut() {
      if let wsi { lws_set_timeout(wsi, PENDING_TIMEOUT_USER_OK, Int32(LWS_TO_KILL_SYNC)) }
    }

    /// The one that libwebsockets set for the TLS handshake and would not take back.
    fileprivate func clearTimeout() {
      guard hasTimeout, let wsi else { return }
      hasTimeout = false
      lws_set_timeout(wsi, NO_PENDING_TIMEOUT, 0)
    }

    fileprivate func closed() {
      guard wsi != nil else { return }
      wsi = nil
      vhost.connections -= 1
      let client = client
      self.client = nil
      client?.lineClosed()
      transport.lines[ObjectIdentifier(self)] = nil
      // Not now: libwebsockets is in the midst of taking this line off its host.
      if vhost.connections == 0, transport.vhosts.count > 1 {
        Task { @Control [weak transport] in transport?.removeEmptyHosts() }
      }
    }
  }

  /// Keeps lines alive while libwebsockets has their address.
  fileprivate var lines: [ObjectIdentifier: Line] = [:]

  init(tls: (certificate: String, key: String)?) throws(WebFailure) {
    let collected = Self.collectLog()
    defer { Self.endCollecting(collected) }
    var information = lws_context_creation_info()
    information.port = CONTEXT_PORT_NO_LISTEN
    information.gid = -1
    information.uid = -1
    information.options = UInt64(LWS_SERVER_OPTION_LIBEV) | UInt64(LWS_SERVER_OPTION_EXPLICIT_VHOSTS)
    if tls != nil { information.options |= UInt64(LWS_SERVER_OPTION_DO_SSL_GLOBAL_INIT) }
    information.foreign_loops = Self.loops
    information.pt_serv_buf_size = UInt32(Limits.receiveBytes)
    // The HTTP role's tables, which no connection of ours needs.
    information.max_http_header_pool = 1
    information.max_http_header_data = 64
    guard let context = lws_create_context(&information) else {
      throw WebFailure(
        "libwebsockets does not start on the event loop (\(Self.collectedText))",
        remedy: "install the package libwebsockets-evlib-ev, which has its plug-in for libev")
    }
    self.context = context
    scratch = .allocate(byteCount: Limits.writeBytes, alignment: 16)
    do { try addHost(tls: tls) } catch {
      lws_context_destroy(context)
      scratch.deallocate()
      throw error
    }
  }

  /// New connections get this certificate from now on; the open ones keep theirs.
  func replaceCertificate(_ tls: (certificate: String, key: String)) throws(WebFailure) {
    let collected = Self.collectLog()
    defer { Self.endCollecting(collected) }
    try addHost(tls: tls)
    removeEmptyHosts()
  }

  /// Hands over a connected socket; nil (and the socket closed) if it went away meanwhile.
  func adopt(_ descriptor: Int32, isSecure: Bool, for client: any Client) -> Line? {
    guard let host = vhosts.last else { return nil }
    let line = Line(self, host, isSecure: isSecure)
    var information = lws_adopt_desc_t()
    information.vh = host.raw
    information.type = lws_adoption_type(
      LWS_ADOPT_SOCKET.rawValue | (isSecure ? LWS_ADOPT_ALLOW_SSL.rawValue : 0))
    information.fd.sockfd = descriptor
    information.opaque = Unmanaged.passUnretained(line).toOpaque()
    lines[ObjectIdentifier(line)] = line
    host.connections += 1
    guard let wsi = lws_adopt_descriptor_vhost_via_info(&information) else {
      lines[ObjectIdentifier(line)] = nil
      host.connections -= 1
      return nil
    }
    line.wsi = wsi
    line.client = client
    return line
  }

  /// Ends every line and frees all. Nothing of this object may be used afterwards.
  func destroy() {
    isDestroyed = true
    for line in Array(lines.values) { line.cut() }
    lws_context_destroy(context)
    for line in Array(lines.values) { line.closed() }
    scratch.deallocate()
  }

  // MARK: - Hosts

  private func addHost(tls: (certificate: String, key: String)?) throws(WebFailure) {
    var information = lws_context_creation_info()
    information.port = CONTEXT_PORT_NO_LISTEN_SERVER
    information.protocols = Self.protocols
    information.retry_and_idle_policy = Self.noPolicy
    // One name each: hosts of the same name would share what libwebsockets finds by name.
    Self.hostCount += 1
    let name = strdup("tandem\(Self.hostCount)")
    let certificate = strdup(tls?.certificate ?? "")
    let key = strdup(tls?.key ?? "")
    defer { for text in [certificate, key] { free(text) } }
    information.vhost_name = UnsafePointer(name)
    if tls != nil {
      // Without it the certificate would be ignored without a word.
      information.options = UInt64(LWS_SERVER_OPTION_DO_SSL_GLOBAL_INIT)
      information.ssl_cert_filepath = UnsafePointer(certificate)
      information.ssl_private_key_filepath = UnsafePointer(key)
      information.ssl_cipher_list = Self.ciphers
      information.alpn = Self.alpn
      information.ssl_options_set = Self.noOldVersions
    }
    guard let raw = lws_create_vhost(context, &information) else {
      // The texts may be in use by what is left of it: a few bytes a failed reload.
      throw WebFailure(
        "the TLS certificate \(tls?.certificate ?? "") or its key \(tls?.key ?? "") cannot be used"
          + " (\(Self.collectedText))",
        remedy: "check that both are PEM files that belong together and that this user may read them")
    }
    vhosts.append(VirtualHost(raw))
  }

  fileprivate func removeEmptyHosts() {
    guard vhosts.count > 1, !isDestroyed else { return }
    for host in vhosts.dropLast() where host.connections == 0 { lws_vhost_destroy(host.raw) }
    vhosts = vhosts.dropLast().filter { $0.connections > 0 } + vhosts.suffix(1)
  }

  private static var hostCount = 0

  /// Hosts point at these as long as they live.
  private static let alpn = UnsafePointer(strdup("http/1.1"))
  private static let ciphers = UnsafePointer(strdup("ECDHE+AESGCM:ECDHE+CHACHA20"))

  /// OpenSSL's SSL_OP_NO_SSLv3, _TLSv1 and _TLSv1_1, as fixed in its ABI.
  private static let noOldVersions = 0x0200_0000 | 0x0400_0000 | 0x1000_0000

  /// libwebsockets keeps pointers to both for ever.
  private static let protocols: UnsafePointer<lws_protocols> = {
    let list = UnsafeMutablePointer<lws_protocols>.allocate(capacity: 2)
    list.initialize(repeating: lws_protocols(), count: 2)
    list[0].name = UnsafePointer(strdup("tandem"))
    list[0].callback = transportCallback
    return UnsafePointer(list)
  }()

  /// All zero: silent connections are Connection's affair.
  private static let noPolicy: UnsafePointer<lws_retry_bo_t> = {
    let policy = UnsafeMutablePointer<lws_retry_bo_t>.allocate(capacity: 1)
    policy.initialize(to: lws_retry_bo_t())
    return UnsafePointer(policy)
  }()

  private static let loops: UnsafeMutablePointer<UnsafeMutableRawPointer?> = {
    let list = UnsafeMutablePointer<UnsafeMutableRawPointer?>.allocate(capacity: 1)
    list.initialize(to: UnsafeMutableRawPointer(Control.shared.loop.raw))
    return list
  }()

  // MARK: - Its log

  /// What libwebsockets says while something is being set up goes into the failure instead of the log.
  private nonisolated static let collecting = Mutex<[String]?>(nil)

  private static func collectLog() -> Bool {
    lws_set_log_level(Int32(LLL_ERR | LLL_WARN)) { level, text in
      guard let text else { return }
      Transport.logged(String(cString: text), isError: level & Int32(LLL_ERR) != 0)
    }
    collecting.withLock { $0 = [] }
    return true
  }

  private static func endCollecting(_: Bool) { collecting.withLock { $0 = nil } }

  private static var collectedText: String {
    let lines = collecting.withLock { $0 } ?? []
    return lines.isEmpty ? "no reason given" : lines.joined(separator: "; ")
  }

  private nonisolated static func logged(_ line: String, isError: Bool) {
    let text = RequestHead.trimmed(line.utf8.filter { $0 >= 0x20 })
    let isCollected = collecting.withLock { lines in
      if lines == nil { return false }
      lines?.append(text)
      return true
    }
    if isCollected { return }
    let fields: JSON.Object = ["text": .string(text)]
    if isError { log.error("libwebsockets", fields) } else { log.warning("libwebsockets", fields) }
  }
}

private func transportCallback(
  _ wsi: OpaquePointer?, _ reason: lws_callback_reasons, _ user: UnsafeMutableRawPointer?,
  _ bytes: UnsafeMutableRawPointer?, _ count: Int
) -> Int32 {
  switch reason {
  case LWS_CALLBACK_RAW_RX, LWS_CALLBACK_RAW_WRITEABLE, LWS_CALLBACK_RAW_CLOSE, LWS_CALLBACK_WSI_DESTROY:
    break
  default: return 0
  }
  guard let wsi, let opaque = lws_get_opaque_user_data(wsi) else { return 0 }
  // libwebsockets calls back on the loop's thread, and none of these outlives the call.
  nonisolated(unsafe) let (line, raw) = (opaque, wsi)
  nonisolated(unsafe) let buffer = UnsafeRawBufferPointer(start: bytes, count: count)
  Control.assume {
    let line = Unmanaged<Transport.Line>.fromOpaque(line).takeUnretainedValue()
    switch reason {
    case LWS_CALLBACK_RAW_RX:
      line.clearTimeout()
      line.client?.received(buffer)
    case LWS_CALLBACK_RAW_WRITEABLE: line.client?.becameWritable()
    default:
      lws_set_opaque_user_data(raw, nil)
      line.closed()
    }
  }
  return 0
}
