// One DTLS 1.2 association with a peer (RFC 6347, RFC 5764): datagrams and timer in, datagrams out, in the end the
// keys of SRTP. It reads no socket; the one clock in it is OpenSSL's own, for retransmissions. Transport owns one a
// peer and frees it once keys are exported and no data channel needs it.
//
// No cookies: ICE has proved the peer's address before its first datagram is answered. Until the caller says so, no
// more than three times what came in goes out.

import COpenSSL

package struct DTLSSession: ~Copyable {
  package enum Role: Sendable { case server, client }

  package enum State: Equatable, Sendable {
    case handshaking
    case connected
    /// By close_notify, of either side.
    case closed
    case failed(Failure)
  }

  package enum Failure: Equatable, Sendable {
    /// The peer is not who signaling says.
    case fingerprint
    case noCommonProfile
    /// No answer to a dozen retransmissions.
    case timeout
    /// The peer ended it.
    case alert
    /// What came is no DTLS that we speak.
    case protocolViolation
  }

  private let ssl: OpaquePointer
  private let wire: DTLSWire
  private let context: DTLSContext
  private let role: Role
  private let expected: [DTLSFingerprint]
  private var isAddressProved = false
  private var receivedBytes = 0
  private var sentBytes = 0

  package private(set) var state: State = .handshaking
  /// What was no DTLS record at all, and left no trace but this.
  package private(set) var ignoredDatagrams: UInt64 = 0

  /// `fingerprints` are those of the peer's description; one of them must be its certificate's.
  package init(_ context: DTLSContext, _ role: Role, expecting fingerprints: [DTLSFingerprint]) {
    guard let ssl = SSL_new(context.raw), let bio = BIO_new(context.method) else {
      preconditionFailure("no memory for a DTLS session")
    }
    self.ssl = ssl
    self.context = context
    self.role = role
    expected = fingerprints
    wire = DTLSWire(firstTimeoutMicroseconds: context.firstTimeoutMicroseconds)
    BIO_set_data(bio, Unmanaged.passUnretained(wire).toOpaque())
    SSL_set_bio(ssl, bio, bio)
    tandem_set_mtu(ssl, Limits.datagramBytes)
    DTLS_set_timer_cb(ssl) { ssl, previous in
      let first = DTLSWire.of(SSL_get_rbio(ssl))?.firstTimeoutMicroseconds ?? 1_000_000
      return previous == 0 ? first : min(previous &* 2, Limits.longestTimeoutMicroseconds)
    }
    switch role {
    case .server: SSL_set_accept_state(ssl)
    case .client: SSL_set_connect_state(ssl)
    }
  }

  /// Freeing it wipes the keys inside.
  deinit { SSL_free(ssl) }

  /// From here on, answers of any size may go out: an authenticated STUN check came from that address.
  package mutating func proveAddress() { isAddressProved = true }

  /// The client speaks first.
  package mutating func start() {
    guard role == .client, state == .handshaking else { return }
    advance()
  }

  /// Takes one datagram; what the peer sent in it as application bytes is delivered within the call.
  package mutating func receive(
    _ datagram: Span<UInt8>, delivering deliver: (Span<UInt8>) -> Void = { _ in }
  ) {
    guard state == .handshaking || state == .connected else { return }
    guard Self.isRecord(datagram) else {
      ignoredDatagrams += 1
      return
    }
    receivedBytes += datagram.count
    datagram.withUnsafeBufferPointer { bytes in
      wire.arriving = bytes
      if state == .handshaking { advance() }
      if state == .connected { read(deliver) }
      wire.arriving = nil
    }
  }

  /// A whole record of DTLS 1.0 or 1.2 at the start; OpenSSL judges the rest.
  private static func isRecord(_ datagram: Span<UInt8>) -> Bool {
    guard datagram.count >= 13, (20...25).contains(datagram[0]), datagram[1] == 0xFE else { return false }
    return datagram.count >= 13 + Int(datagram[11]) << 8 + Int(datagram[12])
  }

  private mutating func advance() {
    ERR_clear_error()
    let status = SSL_do_handshake(ssl)
    guard status == 1 else {
      judge(status)
      return
    }
    guard SSL_get_selected_srtp_profile(ssl) != nil else {
      fail(.noCommonProfile)
      return
    }
    guard let certificate = SSL_get1_peer_certificate(ssl) else {
      fail(.fingerprint)
      return
    }
    defer { X509_free(certificate) }
    if expected.contains(where: { $0.matches(certificate) }) {
      state = .connected
    } else {
      fail(.fingerprint)
    }
  }

  private mutating func read(_ deliver: (Span<UInt8>) -> Void) {
    withUnsafeTemporaryAllocation(of: UInt8.self, capacity: Limits.longestRecordBytes) { buffer in
      while state == .connected {
        ERR_clear_error()
        let count = SSL_read(ssl, buffer.baseAddress, Int32(buffer.count))
        guard count > 0 else {
          judge(count)
          return
        }
        deliver(Span(_unsafeElements: UnsafeBufferPointer(rebasing: buffer[..<Int(count)])))
      }
    }
  }

  /// What a call that did not succeed means.
  private mutating func judge(_ status: Int32) {
    switch SSL_get_error(ssl, status) {
    case SSL_ERROR_WANT_READ, SSL_ERROR_WANT_WRITE:
      break
    case SSL_ERROR_ZERO_RETURN:
      SSL_shutdown(ssl)
      state = .closed
    default:
      // Reasons from there on are alerts of the peer.
      let reason = ERR_GET_REASON(ERR_peek_last_error())
      state = .failed(reason >= SSL_AD_REASON_OFFSET ? .alert : .protocolViolation)
    }
    ERR_clear_error()
  }

  private mutating func fail(_ failure: Failure) {
    SSL_shutdown(ssl)
    ERR_clear_error()
    state = .failed(failure)
  }

  /// Says goodbye; the datagram for it is waiting to be taken.
  package mutating func close() {
    guard state == .connected || state == .handshaking else { return }
    SSL_shutdown(ssl)
    ERR_clear_error()
    state = .closed
  }

  // MARK: What goes out

  /// Whether `takeDatagram` would give one.
  package var hasDatagram: Bool {
    guard let count = wire.waiting.first?.count else { return false }
    return isAddressProved || sentBytes + count <= 3 * receivedBytes
  }

  /// The next datagram to send, copied into the slot; nil when there is none, or none that may go out yet.
  package mutating func takeDatagram(into slot: inout MutableSpan<UInt8>) -> Int? {
    guard hasDatagram, let datagram = wire.takeFirst() else { return nil }
    let count = datagram.count
    precondition(slot.count >= count, "a slot holds any datagram that DTLS sends")
    for index in datagram.indices { slot[index] = datagram[index] }
    sentBytes += count
    return count
  }

  /// Application bytes, at most 1,150; false when they can't go out.
  package mutating func send(_ bytes: Span<UInt8>) -> Bool {
    guard state == .connected, !bytes.isEmpty, bytes.count <= Limits.longestApplicationBytes else {
      return false
    }
    ERR_clear_error()
    let status = bytes.withUnsafeBufferPointer { SSL_write(ssl, $0.baseAddress, Int32($0.count)) }
    if status <= 0 { judge(status) }
    return status > 0
  }

  // MARK: Time

  /// How long until `handleTimeout` is due, by OpenSSL's clock; nil while nothing waits for an answer.
  package var microsecondsToTimeout: Int64? {
    guard state == .handshaking else { return nil }
    let left = tandem_dtls_timeout_microseconds(ssl)
    return left < 0 ? nil : left
  }

  /// Sends the last flight again if its time has come.
  package mutating func handleTimeout() {
    guard state == .handshaking, tandem_dtls_timeout_microseconds(ssl) == 0 else { return }
    // What could not go out yet is in the flight that comes now.
    wire.dropAll()
    ERR_clear_error()
    if tandem_dtls_handle_timeout(ssl) < 0 { state = .failed(.timeout) }
    ERR_clear_error()
  }

  // MARK: Keys

  package struct Keys: Sendable {
    package let profile: SRTPProfile
    package let sending: SRTPMasterKey
    package let receiving: SRTPMasterKey
  }

  /// The keys of SRTP (RFC 5764 section 4.2); nil unless connected, which the fingerprint is a part of.
  package func exportKeys() -> Keys? {
    guard state == .connected, let chosen = SSL_get_selected_srtp_profile(ssl) else { return nil }
    let profile: SRTPProfile
    switch chosen.pointee.id {
    case UInt(SRTP_AEAD_AES_128_GCM): profile = .aeadAES128GCM
    case UInt(SRTP_AEAD_AES_256_GCM): profile = .aeadAES256GCM
    case UInt(SRTP_AES128_CM_SHA1_80): profile = .aesCM128HMACSHA180
    default: return nil
    }
    let (key, salt) = (profile.keyByteCount, profile.saltByteCount)
    var material = [UInt8](repeating: 0, count: 2 * (key + salt))
    defer { material.cleanse() }
    let label = "EXTRACTOR-dtls_srtp"
    guard
      SSL_export_keying_material(
        ssl, &material, material.count, label, label.utf8.count, nil, 0, 0) == 1
    else {
      ERR_clear_error()
      return nil
    }
    let client = SRTPMasterKey(
      key: Array(material[..<key]), salt: Array(material[(2 * key)..<(2 * key + salt)]))
    let server = SRTPMasterKey(
      key: Array(material[key..<(2 * key)]), salt: Array(material[(2 * key + salt)...]))
    return role == .client
      ? Keys(profile: profile, sending: client, receiving: server)
      : Keys(profile: profile, sending: server, receiving: client)
  }
}
